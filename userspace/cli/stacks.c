// SPDX-License-Identifier: GPL-2.0
/* latency-tracker stacks: where the hits spent their time. */
#include "command.h"
#include "gather.h"

static const char help[] =
	"Usage: latency-tracker stacks [OPTIONS] [TRACKER]\n"
	"\n"
	"Adds up the hits by their stacks, the stack with the most time first: hits of all\n"
	"trackers, or of one, that are in the ring of the kernel now, or in a file that\n"
	"/proc/latency_tracker was read into. Load the module with stack=1 or begin_stack=1, and\n"
	"with user_stack=1 for the callers in user space, which are named as long as the\n"
	"process lives.\n"
	"\n"
	"  -f, --folded        comm;frame;... MICROSECONDS, one stack a line, as flamegraph.pl\n"
	"                      reads it\n"
	CLI_GATHER_HELP
	"  -j, --json          one JSON object a line for each stack\n"
	"  -h, --help          this text\n";

static const struct option options[] = {
	{ "folded", no_argument, NULL, 'f' },
	CLI_GATHER_OPTIONS,
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static struct cli_gather gather = { .command = &cli_stacks, .folds.kind = -1 };
static enum cli_folds_style style;

static void set_style(enum cli_folds_style wanted)
{
	if (style != CLI_FOLDS_LIST && style != wanted)
		cli_usage_error(&cli_stacks, "-f and -j exclude each other");
	style = wanted;
}

static int run(int argc, char **argv)
{
	int option, code;

	while ((option = cli_option(&cli_stacks, argc, argv)) != -1) {
		if (option == 'f')
			set_style(CLI_FOLDS_FOLDED);
		else if (option == 'j')
			set_style(CLI_FOLDS_JSON);
		else
			cli_gather_option(&gather, option);
	}
	cli_gather_arguments(&gather, argc, argv);
	code = cli_gather_read(&gather);
	if (!code)
		code = cli_folds_print(&gather.folds, style);
	return code ? code : cli_gather_explain(&gather);
}

const struct cli_command cli_stacks = {
	.name = "stacks",
	.summary = "where the hits waited, added up by stack, for flame graphs too",
	.help = help,
	.options = options,
	.letters = "fj" CLI_GATHER_LETTERS "h",
	.run = run,
};
