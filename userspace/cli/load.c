// SPDX-License-Identifier: GPL-2.0
/* latency-tracker load: load a probe, with parameters that it really has. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assign.h"
#include "child.h"
#include "command.h"
#include "klog.h"
#include "module.h"
#include "modules.h"
#include "param.h"

static const char help[] =
	"Usage: latency-tracker load PROBE [PARAM=VALUE]...\n"
	"\n"
	"Loads the module of a probe, as in: load block threshold_us=5000 comm=fio. PROBE is\n"
	"block or latency_tracker_block; latency_tracker is the core, which every probe brings\n"
	"along. A parameter that the module has not is refused, and those that it has are listed.\n"
	"When the module does not load this says why, in the module's own words if they can be\n"
	"read.\n"
	"\n"
	"  -h, --help  this text\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static int explain_loaded(const char *module)
{
	fprintf(stderr, "latency-tracker: %s is loaded already. Change its parameters with:\n"
		"  latency-tracker set %s PARAM=VALUE\n", module, lt_module_probe(module));
	return CLI_ERROR;
}

static int run_modprobe(const struct lt_paths *paths, const char *module, char *const *argv)
{
	char message[512];
	int klog = lt_klog_open(paths);
	int ret = lt_child_run(argv, message, sizeof(message));
	int code = CLI_OK;

	if (ret)
		code = cli_explain_kmod(paths, "load", module, "modprobe", ret, message);
	/* Who may not load modules was stopped before the module had a say. */
	if (ret > 0 && !strstr(message, "Operation not permitted"))
		cli_print_klog(klog);
	if (klog >= 0)
		close(klog);
	return code;
}

/* modprobe MODULE NAME=VALUE..., with the names as the module has them. */
static int load(const struct lt_paths *paths, const char *module,
		const struct cli_assign *assigns, size_t count)
{
	char program[LT_PATH_MAX];
	char **argv = calloc(count + 3, sizeof(*argv));
	bool complete = argv;
	int code;

	for (size_t i = 0; complete && i < count; i++)
		complete = asprintf(&argv[i + 2], "%s=%s", assigns[i].param->name,
				    assigns[i].value) >= 0;
	if (complete) {
		argv[0] = lt_kmod_program(paths, "modprobe", program);
		argv[1] = (char *)module;
		code = run_modprobe(paths, module, argv);
	} else {
		code = cli_explain_memory();
	}
	for (size_t i = 0; argv && i < count; i++)
		free(argv[i + 2]);
	free(argv);
	return code;
}

/* modprobe puts values with blanks in quotes, which is where others would end. */
static void check_quotes(const struct cli_assign *assigns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strchr(assigns[i].value, '"'))
			cli_usage_error(&cli_load, "the value of %s cannot hold quotes",
					assigns[i].param->name);
}

static int explain_params(const struct lt_paths *paths, const char *module, int err)
{
	if (err == -ENOENT)
		return cli_explain_not_installed(paths, module);
	return cli_explain_kmod(paths, "load", module, "modinfo",
				err == -ENOPKG ? -ENOENT : err, "");
}

/* With as many of @assigns as there are words. */
static int load_with(const struct lt_paths *paths, const char *module,
		     const struct lt_params *params, char **words, struct cli_assign *assigns)
{
	size_t count = 0;
	int code;

	while (words[count])
		count++;
	code = cli_assign_parse(&cli_load, module, params, words, count, assigns);
	if (code)
		return code;
	check_quotes(assigns, count);
	return load(paths, module, assigns, count);
}

static int run(int argc, char **argv)
{
	struct cli_assign *assigns;
	char module[LT_MODULE_MAX];
	struct lt_params params;
	struct lt_paths paths;
	int err, code;

	while (cli_option(&cli_load, argc, argv) != -1)
		;	/* there is none but -h */
	if (optind == argc)
		cli_usage_error(&cli_load, "PROBE is missing");
	lt_paths_init(&paths);
	cli_module_name(&cli_load, argv[optind++], module);
	if (lt_module_loaded(&paths, module))
		return explain_loaded(module);
	err = lt_params_installed(&paths, module, &params);
	if (err)
		return explain_params(&paths, module, err);
	assigns = calloc(argc - optind + 1, sizeof(*assigns));
	if (assigns)
		code = load_with(&paths, module, &params, argv + optind, assigns);
	else
		code = cli_explain_memory();
	free(assigns);
	lt_params_free(&params);
	return code;
}

const struct cli_command cli_load = {
	.name = "load",
	.summary = "load a probe, with its parameters checked",
	.help = help,
	.options = options,
	.letters = "h",
	.run = run,
};
