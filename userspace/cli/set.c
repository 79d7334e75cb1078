// SPDX-License-Identifier: GPL-2.0
/* latency-tracker set: change parameters of a probe that is loaded, or show them. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "assign.h"
#include "command.h"
#include "json.h"
#include "klog.h"
#include "module.h"
#include "modules.h"
#include "output.h"
#include "param.h"
#include "table.h"
#include "text.h"

static const char help[] =
	"Usage: latency-tracker set PROBE PARAM=VALUE...\n"
	"       latency-tracker set [-j] PROBE\n"
	"\n"
	"Changes parameters of a probe that is loaded, or shows them all. Nothing is changed when\n"
	"one of the names is wrong, or can be set only when the module is loaded. A value that\n"
	"the module refuses leaves the parameter as it was.\n"
	"\n"
	"  -j, --json  show them as JSON, one object a line\n"
	"  -h, --help  this text\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const char * const headings[] = { "PARAMETER", "VALUE", "CHANGE", "MEANING" };

/* As large as what sysfs shows. */
#define VALUE_MAX 4096

static const char *value_of(const struct lt_paths *paths, const char *module,
			    const struct lt_param *param, char *value)
{
	return lt_param_read(paths, module, param->name, value, VALUE_MAX) ? "?" : value;
}

static void print_table(const struct lt_paths *paths, const char *module,
			const struct lt_params *params)
{
	struct cli_table table = { headings, sizeof(headings) / sizeof(headings[0]), NULL, 0 };
	char value[VALUE_MAX];

	for (size_t i = 0; i < params->count; i++) {
		const struct lt_param *param = &params->list[i];

		cli_table_add(&table, param->name);
		cli_table_add(&table, value_of(paths, module, param, value));
		cli_table_add(&table, param->writable ? "any time" : "at load");
		cli_table_add(&table, param->meaning);
	}
	cli_table_print(&table);
}

static int print_json(const struct lt_paths *paths, const char *module,
		      const struct lt_params *params)
{
	char value[VALUE_MAX];
	int code = CLI_OK;

	for (size_t i = 0; !code && i < params->count; i++) {
		const struct lt_param *param = &params->list[i];
		struct json_object *object = json_object_new_object();

		lt_json_add_string(object, "module", module);
		lt_json_add_string(object, "parameter", param->name);
		lt_json_add_string(object, "value", value_of(paths, module, param, value));
		lt_json_add(object, "load_only", json_object_new_boolean(!param->writable));
		lt_json_add_string(object, "meaning", param->meaning);
		code = cli_json_line(object);
	}
	return code;
}

static int check_writable(const char *module, const struct cli_assign *assigns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *probe = lt_module_probe(module), *name = assigns[i].param->name;

		if (assigns[i].param->writable)
			continue;
		fprintf(stderr, "latency-tracker: %s of %s is set when the module is loaded. "
			"Nothing was changed. Load it again:\n"
			"  latency-tracker unload %s\n  latency-tracker load %s %s=...\n",
			name, module, probe, probe, name);
		return CLI_ERROR;
	}
	return CLI_OK;
}

static void explain_refused(const struct lt_paths *paths, const char *module,
			    const struct cli_assign *assign, int klog)
{
	const struct lt_param *param = assign->param;
	char value[VALUE_MAX], text[256];

	fprintf(stderr, "latency-tracker: %s does not take the value '%s' for %s", module,
		lt_text_printable(assign->value, text, sizeof(text)), param->name);
	fprintf(stderr, ", which stays '%s'.\n",
		lt_text_printable(value_of(paths, module, param, value), text, sizeof(text)));
	if (*param->meaning)
		fprintf(stderr, "  %s: %s\n", param->name, param->meaning);
	cli_print_klog(klog);
}

static void explain(const struct lt_paths *paths, const char *module,
		    const struct cli_assign *assign, int err, int klog)
{
	if (err == -EINVAL || err == -ERANGE) {
		explain_refused(paths, module, assign, klog);
		return;
	}
	fprintf(stderr, "latency-tracker: cannot set %s of %s: %s\n", assign->param->name, module,
		strerror(-err));
	if (err == -EACCES || err == -EPERM)
		fputs(geteuid() ? "Only root may do that: run it with sudo.\n" :
				  "/sys may not be written here, as in a container.\n", stderr);
}

/* In the order of the arguments, up to the first that fails. */
static int change(const struct lt_paths *paths, const char *module,
		  const struct cli_assign *assigns, size_t count)
{
	int klog = lt_klog_open(paths), err = 0;
	size_t done = 0;

	while (!err && done < count) {
		err = lt_param_write(paths, module, assigns[done].param->name,
				     assigns[done].value);
		if (!err)
			done++;
	}
	if (err)
		explain(paths, module, &assigns[done], err, klog);
	for (size_t i = 0; err && i < count; i++)
		if (i != done)
			fprintf(stderr, "  %s was %s\n", assigns[i].param->name,
				i < done ? "changed before that" : "not changed either");
	if (klog >= 0)
		close(klog);
	return err ? CLI_ERROR : CLI_OK;
}

static int set(const struct lt_paths *paths, const char *module, const struct lt_params *params,
	       char **words, size_t count)
{
	struct cli_assign *assigns = calloc(count, sizeof(*assigns));
	int code;

	if (!assigns)
		return cli_explain_memory();
	code = cli_assign_parse(&cli_set, module, params, words, count, assigns);
	if (!code)
		code = check_writable(module, assigns, count);
	if (!code)
		code = change(paths, module, assigns, count);
	free(assigns);
	return code;
}

static int explain_unreadable(const struct lt_paths *paths, const char *module, int err)
{
	int code;

	if (err != -ENOENT) {
		fprintf(stderr, "latency-tracker: cannot read the parameters of %s: %s\n", module,
			strerror(-err));
		return CLI_ERROR;
	}
	code = cli_explain_not_loaded(paths, module);
	fprintf(stderr, "Load it with:\n  latency-tracker load %s\n", lt_module_probe(module));
	return code;
}

static int run(int argc, char **argv)
{
	char module[LT_MODULE_MAX];
	struct lt_params params;
	struct lt_paths paths;
	bool json = false;
	int err, code = CLI_OK;

	while (cli_option(&cli_set, argc, argv) != -1)
		json = true;	/* there is no other */
	if (optind == argc)
		cli_usage_error(&cli_set, "PROBE is missing");
	lt_paths_init(&paths);
	cli_module_name(&cli_set, argv[optind++], module);
	if (json && optind < argc)
		cli_usage_error(&cli_set, "--json shows parameters, it takes no PARAM=VALUE");
	err = lt_params_loaded(&paths, module, &params);
	if (err)
		return explain_unreadable(&paths, module, err);
	if (optind < argc)
		code = set(&paths, module, &params, argv + optind, argc - optind);
	else if (json)
		code = print_json(&paths, module, &params);
	else
		print_table(&paths, module, &params);
	lt_params_free(&params);
	return code;
}

const struct cli_command cli_set = {
	.name = "set",
	.summary = "change the parameters of a probe, or show them",
	.help = help,
	.options = options,
	.letters = "jh",
	.run = run,
};
