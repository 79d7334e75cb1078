// SPDX-License-Identifier: GPL-2.0
/* latency-tracker hist: how the latencies are distributed. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "command.h"
#include "explain.h"
#include "hist.h"
#include "histogram.h"
#include "output.h"
#include "stats.h"
#include "stop.h"
#include "text.h"

static const char help[] =
	"Usage: latency-tracker hist [OPTIONS] [TRACKER] [INTERVAL [COUNT]]\n"
	"\n"
	"Prints the distribution of the latencies of all trackers, or of one: since the module\n"
	"was loaded, or every INTERVAL seconds those of the interval, COUNT times or until\n"
	"Ctrl-C, which exits with 0. There is one series for the whole operation (total), one\n"
	"for each stage and one for each value of the tracker's dimension.\n"
	"\n"
	"  -s, --series PATTERN  only series that match, as total, 'stage:*' or 'disk=sda'\n"
	"  -m, --milliseconds    in milliseconds (default: microseconds)\n"
	"  -N, --nanoseconds     in nanoseconds\n"
	"  -T, --timestamp       the time above each output\n"
	"  -j, --json            one JSON object a line for each series, with all buckets\n"
	"  -h, --help            this text\n";

static const struct option options[] = {
	{ "series", required_argument, NULL, 's' },
	{ "milliseconds", no_argument, NULL, 'm' },
	{ "nanoseconds", no_argument, NULL, 'N' },
	{ "timestamp", no_argument, NULL, 'T' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const struct cli_unit nsecs = { "nsecs", 1 };
static const struct cli_unit usecs = { "usecs", 1000 };
static const struct cli_unit msecs = { "msecs", 1000000 };

/* A tracker with its last reading. */
struct source {
	const char *name;
	struct lt_hist before;
};

static struct {
	struct lt_paths paths;
	const struct cli_unit *unit;
	const char *pattern;
	const char *tracker;
	bool timestamp, json;
	uint64_t interval_ns, count;
} arguments = { .unit = &usecs };

static void set_unit(const struct cli_unit *unit)
{
	if (arguments.unit != &usecs && arguments.unit != unit)
		cli_usage_error(&cli_hist, "-m and -N exclude each other");
	arguments.unit = unit;
}

static void parse_positional(int argc, char **argv)
{
	struct lt_stats stats;

	/* Trackers may have numbers for names; one that is loaded goes before an interval. */
	if (optind < argc && (!isdigit((unsigned char)*argv[optind]) ||
			      !lt_stats_read(&arguments.paths, argv[optind], &stats)))
		arguments.tracker = argv[optind++];
	if (optind < argc)
		arguments.interval_ns = cli_seconds(&cli_hist, argv[optind++]);
	if (optind < argc)
		arguments.count = cli_number(&cli_hist, "COUNT", argv[optind++], 1, UINT64_MAX);
	if (optind < argc)
		cli_usage_error(&cli_hist, "unexpected argument '%s'", argv[optind]);
}

static void parse_arguments(int argc, char **argv)
{
	int option;

	while ((option = cli_option(&cli_hist, argc, argv)) != -1) {
		switch (option) {
		case 's':
			arguments.pattern = optarg;
			break;
		case 'm':
			set_unit(&msecs);
			break;
		case 'N':
			set_unit(&nsecs);
			break;
		case 'T':
			arguments.timestamp = true;
			break;
		case 'j':
			arguments.json = true;
			break;
		}
	}
	parse_positional(argc, argv);
}

static int print_series(const char *tracker, const struct lt_series *series)
{
	char name[4 * LT_SERIES_NAME_MAX];

	if (arguments.json)
		return cli_histogram_json(tracker, series, arguments.interval_ns);
	printf("\nseries = %s\n", lt_text_printable(series->name, name, sizeof(name)));
	cli_histogram_print(series, arguments.unit);
	return CLI_OK;
}

static int print_hist(const char *tracker, const struct lt_hist *hist)
{
	unsigned int shown = 0, empty = 0;
	int code = CLI_OK;

	if (!arguments.json)
		printf("\ntracker = %s\n", tracker);
	for (size_t i = 0; !code && i < hist->nr_series; i++) {
		const struct lt_series *series = &hist->series[i];

		if (arguments.pattern && fnmatch(arguments.pattern, series->name, 0))
			continue;
		if (!lt_series_total(series)) {
			empty++;
			continue;
		}
		code = print_series(tracker, series);
		shown++;
	}
	if (!arguments.json && !shown)
		puts(!arguments.pattern || empty ? "(no operation measured)" :
						   "(no series matches)");
	return code;
}

/* What was added since @before, which becomes the present reading. */
static int read_delta(const char *tracker, struct lt_hist *before, struct lt_hist *delta)
{
	struct lt_hist now;
	int err = lt_hist_read(&arguments.paths, tracker, &now);

	if (err)
		return err;
	err = lt_hist_copy(delta, &now);
	if (err) {
		lt_hist_free(&now);
		return err;
	}
	lt_hist_subtract(delta, before);
	lt_hist_free(before);
	*before = now;
	return 0;
}

static void print_timestamp(void)
{
	char time[LT_CLOCK_TEXT_MAX];

	if (arguments.timestamp && !arguments.json)
		printf("\n%s\n", lt_clock_hms(lt_clock_wall_ns(), 0, time, sizeof(time)));
}

/* One output of all sources; those whose module is gone are said once and then left out. */
static int print_all(struct source *sources, size_t count)
{
	int code = CLI_NOTHING;

	print_timestamp();
	for (size_t i = 0; i < count; i++) {
		struct lt_hist delta;
		int err, shown;

		if (!sources[i].name)
			continue;
		err = read_delta(sources[i].name, &sources[i].before, &delta);
		if (err) {
			shown = cli_explain_tracker(&arguments.paths, sources[i].name, err);
			sources[i].name = NULL;
		} else {
			shown = print_hist(sources[i].name, &delta);
			lt_hist_free(&delta);
			code = CLI_OK;
		}
		if (shown && shown != CLI_NOTHING)
			return shown;
	}
	return fflush(stdout) ? CLI_ERROR : code;
}

/* Print every interval; the last time on the signal, because half an interval counts too. */
static int print_repeatedly(struct source *sources, size_t count)
{
	uint64_t deadline = lt_clock_mono_ns(), prints = 0;
	int code = CLI_OK;

	cli_stop_init();
	while (!code && !cli_stopped() && (!arguments.count || prints < arguments.count)) {
		deadline += arguments.interval_ns;
		code = cli_wait(-1, deadline) < 0 ? CLI_ERROR : print_all(sources, count);
		prints++;
	}
	return code;
}

static int show_sources(struct source *sources, size_t count)
{
	struct lt_hist delta;
	int err;

	if (!arguments.interval_ns)
		return print_all(sources, count);
	for (size_t i = 0; i < count; i++) {
		err = read_delta(sources[i].name, &sources[i].before, &delta);
		if (err)
			return cli_explain_tracker(&arguments.paths, sources[i].name, err);
		lt_hist_free(&delta);
	}
	return print_repeatedly(sources, count);
}

static int show(char **names, size_t count)
{
	struct source *sources = calloc(count, sizeof(*sources));
	int code;

	if (!sources)
		return cli_explain_debugfs(&arguments.paths, -ENOMEM);
	for (size_t i = 0; i < count; i++)
		sources[i].name = names[i];
	code = show_sources(sources, count);
	for (size_t i = 0; i < count; i++)
		lt_hist_free(&sources[i].before);
	free(sources);
	return code;
}

static int run(int argc, char **argv)
{
	char **names;
	size_t count;
	int code;

	lt_paths_init(&arguments.paths);
	parse_arguments(argc, argv);
	code = lt_trackers_list(&arguments.paths, &names, &count);
	if (code || !count)
		return cli_explain_debugfs(&arguments.paths, code);
	if (arguments.tracker)
		code = show((char **)&arguments.tracker, 1);
	else
		code = show(names, count);
	lt_trackers_free(names, count);
	return code;
}

const struct cli_command cli_hist = {
	.name = "hist",
	.summary = "histograms and percentiles of the latencies",
	.help = help,
	.options = options,
	.letters = "s:mNTjh",
	.run = run,
};
