// SPDX-License-Identifier: GPL-2.0
/* latency-tracker hist: how the latencies are distributed. */
#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "explain.h"
#include "histogram.h"
#include "interval.h"
#include "repeat.h"
#include "stats.h"
#include "unit.h"

static const char help[] =
	"Usage: latency-tracker hist [OPTIONS] [TRACKER] [INTERVAL [COUNT]]\n"
	"\n"
	"Prints the distribution of the latencies of all trackers, or of one: since the module\n"
	"was loaded, or every INTERVAL seconds those of the interval, COUNT times or until\n"
	"Ctrl-C, which exits with 0. There is one series for the whole operation (total), one\n"
	"for each stage and one for each value of the tracker's dimension.\n"
	"\n"
	"  -s, --series PATTERN  only series that match, as total, 'stage:*' or 'op=read'\n"
	"  -d, --disk PATTERN    only series of such disks, as sda, 'nvme*' or 8:0\n"
	"  -m, --milliseconds    in milliseconds (default: microseconds)\n"
	"  -N, --nanoseconds     in nanoseconds\n"
	"  -T, --timestamp       the time above each output\n"
	"  -j, --json            one JSON object a line for each series, with all buckets\n"
	"  -h, --help            this text\n";

static const struct option options[] = {
	{ "series", required_argument, NULL, 's' },
	{ "disk", required_argument, NULL, 'd' },
	{ "milliseconds", no_argument, NULL, 'm' },
	{ "nanoseconds", no_argument, NULL, 'N' },
	{ "timestamp", no_argument, NULL, 'T' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static struct cli_hist_args args;

static void parse_arguments(int argc, char **argv)
{
	int option;

	while ((option = cli_option(&cli_hist, argc, argv)) != -1) {
		switch (option) {
		case 's':
			args.pattern = optarg;
			break;
		case 'd':
			args.disk = optarg;
			break;
		case 'm':
		case 'N':
			cli_unit_choose(&cli_hist, option, &args.unit);
			break;
		case 'T':
			args.timestamp = true;
			break;
		case 'j':
			args.json = true;
			break;
		}
	}
	if (!args.unit)
		args.unit = &cli_usecs;
	cli_repeat_parse(&cli_hist, &args.paths, argc, argv, &args.repeat);
}

static int run(int argc, char **argv)
{
	char **names;
	size_t count;
	int code;

	lt_paths_init(&args.paths);
	parse_arguments(argc, argv);
	code = lt_trackers_list(&args.paths, &names, &count);
	if (code || !count)
		return cli_explain_debugfs(&args.paths, code);
	if (args.repeat.tracker)
		code = cli_hist_show(&args, &args.repeat.tracker, 1);
	else
		code = cli_hist_show(&args, (const char **)names, count);
	lt_trackers_free(names, count);
	return code;
}

const struct cli_command cli_hist = {
	.name = "hist",
	.summary = "histograms and percentiles of the latencies",
	.help = help,
	.options = options,
	.letters = "s:d:mNTjh",
	.run = run,
};
