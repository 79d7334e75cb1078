// SPDX-License-Identifier: GPL-2.0
/* latency-tracker flamegraph: where the hits spent their time, as a picture. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "flame.h"
#include "gather.h"

static const char help[] =
	"Usage: latency-tracker flamegraph [OPTIONS] [TRACKER]\n"
	"\n"
	"Draws the stacks that 'latency-tracker stacks' lists as a flame graph: an SVG file for a\n"
	"browser, where a click enlarges a frame. Frames are as wide as the time that hits spent\n"
	"in them.\n"
	"\n"
	"  -o, --output FILE   into this file (default: standard output)\n"
	CLI_GATHER_HELP
	"  -h, --help          this text\n";

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	CLI_GATHER_OPTIONS,
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static struct cli_gather gather = { .command = &cli_flamegraph, .folds.kind = -1 };
static const char *output;

static int add(const struct cli_fold *fold, void *root)
{
	if (!cli_flame_add(root, fold->text, fold->ns, fold->count))
		return CLI_OK;
	fputs("latency-tracker: out of memory\n", stderr);
	return CLI_ERROR;
}

static int cannot_write(void)
{
	fprintf(stderr, "latency-tracker: cannot write %s: %s\n", output, strerror(errno));
	return CLI_ERROR;
}

static int write_file(const struct cli_flame *root, const char *title)
{
	FILE *out;

	if (!output) {
		cli_flame_write(root, stdout, title);
		return CLI_OK;
	}
	out = fopen(output, "we");
	if (!out)
		return cannot_write();
	cli_flame_write(root, out, title);
	if (ferror(out)) {
		fclose(out);
		return cannot_write();
	}
	return fclose(out) ? cannot_write() : CLI_OK;
}

static int run(int argc, char **argv)
{
	struct cli_flame root = { .name = "all" };
	char title[128];
	int option, code;

	while ((option = cli_option(&cli_flamegraph, argc, argv)) != -1) {
		if (option == 'o')
			output = optarg;
		else
			cli_gather_option(&gather, option);
	}
	cli_gather_arguments(&gather, argc, argv);
	code = cli_gather_read(&gather);
	if (!code)
		code = cli_folds_each(&gather.folds, add, &root);
	snprintf(title, sizeof(title), "Time in hits%s%s", gather.filter.tracker ? " of " : "",
		 gather.filter.tracker ? gather.filter.tracker : "");
	/* No picture of nothing. */
	if (!code && root.count)
		code = write_file(&root, title);
	cli_flame_free(&root);
	return code ? code : cli_gather_explain(&gather);
}

const struct cli_command cli_flamegraph = {
	.name = "flamegraph",
	.summary = "the same as a picture for a browser",
	.help = help,
	.options = options,
	.letters = "o:" CLI_GATHER_LETTERS "h",
	.run = run,
};
