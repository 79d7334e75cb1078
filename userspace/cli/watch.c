// SPDX-License-Identifier: GPL-2.0
/* latency-tracker watch: hits as they come. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "hits.h"
#include "stats.h"
#include "stop.h"
#include "stream.h"

static const char help[] =
	"Usage: latency-tracker watch [OPTIONS] [TRACKER]\n"
	"\n"
	"Prints every hit as it comes, of all trackers or of one, until Ctrl-C, which prints a\n"
	"summary and exits with 0. COMM and TID are of who began the operation.\n"
	"LAT is how long the operation took (reason=timeout: how long it has taken so far).\n"
	"\n"
	"  -n, --count COUNT   stop after COUNT hits\n"
	CLI_FILTER_HELP
	"  -T, --timestamp     TIME with its date, in UTC\n"
	"  -m, --milliseconds  LAT in milliseconds (default: microseconds)\n"
	"  -s, --stack         stacks too, when the tracker records them (stack=1)\n"
	"  -a, --all           begin with the hits that are still in the ring\n"
	"  -j, --json          one JSON object a line\n"
	"  -h, --help          this text\n";

static const struct option options[] = {
	{ "count", required_argument, NULL, 'n' },
	CLI_FILTER_OPTIONS,
	{ "timestamp", no_argument, NULL, 'T' },
	{ "milliseconds", no_argument, NULL, 'm' },
	{ "stack", no_argument, NULL, 's' },
	{ "all", no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static struct cli_stream stream;
static bool all;

static void parse_options(int argc, char **argv)
{
	int option;

	while ((option = cli_option(&cli_watch, argc, argv)) != -1) {
		switch (option) {
		case 'n':
			stream.count = cli_number(&cli_watch, "COUNT", optarg, 1, UINT64_MAX);
			break;
		case 'T':
			stream.style.date = true;
			break;
		case 'm':
			stream.style.millis = true;
			break;
		case 's':
			stream.style.stack = true;
			break;
		case 'a':
			all = true;
			break;
		case 'j':
			stream.style.json = true;
			break;
		default:
			cli_filter_option(&stream.filter, &cli_watch, option);
		}
	}
	if (optind < argc)
		stream.filter.tracker = argv[optind++];
	if (optind < argc)
		cli_usage_error(&cli_watch, "unexpected argument '%s'", argv[optind]);
}

/* A misspelt name would wait for ever in silence; but its module may also come later. */
static void warn_about_tracker(const struct lt_paths *paths)
{
	struct lt_stats stats;

	if (stream.filter.tracker && lt_stats_read(paths, stream.filter.tracker, &stats) == -ENOENT)
		fprintf(stderr, "latency-tracker: no tracker '%s' is loaded now; waiting for "
			"it\n", stream.filter.tracker);
}

static int run(int argc, char **argv)
{
	char path[LT_PATH_MAX];
	struct lt_paths paths;
	int fd, code;

	parse_options(argc, argv);
	lt_paths_init(&paths);
	snprintf(path, sizeof(path), "%s/%s", paths.proc, LT_PROC_NAME);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return cli_explain_stream(&paths, path, -errno);
	if (!all)
		lseek(fd, 0, SEEK_END);
	warn_about_tracker(&paths);
	cli_stop_init();
	cli_hits_heading(&stream.style);
	code = cli_stream_run(&stream, fd, path);
	if (cli_stopped())
		cli_stream_summary(&stream);
	close(fd);
	return code;
}

const struct cli_command cli_watch = {
	.name = "watch",
	.summary = "hits as they come",
	.help = help,
	.options = options,
	.letters = "n:" CLI_FILTER_LETTERS "Tmsajh",
	.run = run,
};
