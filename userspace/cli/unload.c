// SPDX-License-Identifier: GPL-2.0
/* latency-tracker unload: unload probes, or everything. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "command.h"
#include "explain.h"
#include "holders.h"
#include "module.h"
#include "modules.h"
#include "names.h"
#include "text.h"

static const char help[] =
	"Usage: latency-tracker unload PROBE...\n"
	"       latency-tracker unload --all\n"
	"\n"
	"Unloads the modules of probes. Their hits stay in /proc/latency_tracker, which belongs\n"
	"to the core, until that is unloaded too.\n"
	"\n"
	"  -a, --all   all probes, then the core\n"
	"  -h, --help  this text\n";

static const struct option options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static int explain_in_use(const char *module, char **holders, size_t count)
{
	char text[256];

	fprintf(stderr, "latency-tracker: %s is in use", module);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s %s", i ? "," : " by",
			lt_text_printable(holders[i], text, sizeof(text)));
	fputs(count ? "; end that first\n" :
		      ". Who uses it is not known: a process of another user that reads\n"
		      "its files, or an event of it that is traced.\n", stderr);
	return CLI_ERROR;
}

static int explain(const struct lt_paths *paths, const char *module, int status,
		   const char *message)
{
	char **holders;
	size_t count;
	int code;

	if (lt_holders_find(paths, module, &holders, &count))
		return cli_explain_memory();
	if (status > 0 && (count || strstr(message, "in use") ||
			   strstr(message, "temporarily unavailable")))
		code = explain_in_use(module, holders, count);
	else
		code = cli_explain_kmod(paths, "unload", module, "rmmod", status, message);
	lt_names_free(holders, count);
	return code;
}

/* rmmod, not modprobe -r: that would take the core along, and the hits in its ring with it. */
static int unload(const struct lt_paths *paths, const char *module)
{
	char program[LT_PATH_MAX], message[512];
	char *const argv[] = { lt_kmod_program(paths, "rmmod", program), (char *)module, NULL };
	int ret = lt_child_run(argv, message, sizeof(message));

	return ret ? explain(paths, module, ret, message) : CLI_OK;
}

/* The core is refused as long as a probe is left: then that has been said, and is enough. */
static int unload_all(const struct lt_paths *paths)
{
	int code = CLI_OK;
	char **names;
	size_t count;

	if (!lt_module_loaded(paths, LT_MODULE_CORE))
		return cli_explain_debugfs(paths, -ENOENT);
	if (lt_modules_loaded(paths, &names, &count))
		return cli_explain_memory();
	for (size_t i = 0; i < count; i++)
		if (unload(paths, names[i]))
			code = CLI_ERROR;
	lt_names_free(names, count);
	return code ? code : unload(paths, LT_MODULE_CORE);
}

/* A wrong name is no reason to do a part of what was asked. */
static int check(const struct lt_paths *paths, char **words, size_t count)
{
	char module[LT_MODULE_MAX];

	for (size_t i = 0; i < count; i++) {
		cli_module_name(&cli_unload, words[i], module);
		if (!lt_module_loaded(paths, module))
			return cli_explain_not_loaded(paths, module);
	}
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	char module[LT_MODULE_MAX];
	struct lt_paths paths;
	bool all = false;
	int code;

	while (cli_option(&cli_unload, argc, argv) != -1)
		all = true;	/* there is no other */
	if (all == (optind < argc))
		cli_usage_error(&cli_unload, all ? "--all takes no names" : "PROBE is missing");
	lt_paths_init(&paths);
	if (all)
		return unload_all(&paths);
	code = check(&paths, argv + optind, argc - optind);
	for (; !code && optind < argc; optind++) {
		cli_module_name(&cli_unload, argv[optind], module);
		code = unload(&paths, module);
	}
	return code;
}

const struct cli_command cli_unload = {
	.name = "unload",
	.summary = "unload probes, or everything",
	.help = help,
	.options = options,
	.letters = "ah",
	.run = run,
};
