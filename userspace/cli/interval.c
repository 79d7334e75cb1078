// SPDX-License-Identifier: GPL-2.0
#include "interval.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "disk.h"
#include "explain.h"
#include "hist.h"
#include "histogram.h"
#include "output.h"
#include "text.h"

/* A tracker with its last reading; name NULL: its module is gone. */
struct source {
	const char *name;
	struct lt_hist before;
};

/* @disk: name of the disk that it is about, or NULL. */
static int print_series(const struct cli_hist_args *args, const char *tracker,
			const struct lt_series *series, const char *disk)
{
	char name[4 * LT_SERIES_NAME_MAX], printable[4 * CLI_DISK_MAX];

	if (args->json)
		return cli_histogram_json(tracker, series, args->repeat.interval_ns);
	printf("\nseries = %s", lt_text_printable(series->name, name, sizeof(name)));
	if (disk)
		printf(" (%s)", lt_text_printable(disk, printable, sizeof(printable)));
	putchar('\n');
	cli_histogram_print(series, args->unit);
	return CLI_OK;
}

/* By its name, or by the numbers in the name of the series. */
static bool is_disk(const char *pattern, const char *series, const char *disk)
{
	return (disk && !fnmatch(pattern, disk, 0)) ||
	       (!strncmp(series, "dev=", 4) && !fnmatch(pattern, series + 4, 0));
}

static bool is_wanted(const struct cli_hist_args *args, const char *series, const char *disk)
{
	return !(args->pattern && fnmatch(args->pattern, series, 0)) &&
	       !(args->disk && !is_disk(args->disk, series, disk));
}

static int print_hist(const struct cli_hist_args *args, const char *tracker,
		      const struct lt_hist *hist)
{
	unsigned int shown = 0, empty = 0;
	int code = CLI_OK;

	if (!args->json)
		printf("\ntracker = %s\n", tracker);
	for (size_t i = 0; !code && i < hist->nr_series; i++) {
		const struct lt_series *series = &hist->series[i];
		char name[CLI_DISK_MAX];
		const char *disk = cli_disk_name(&args->paths, series->name, name);

		if (!is_wanted(args, series->name, disk))
			continue;
		if (!lt_series_total(series)) {
			empty++;
			continue;
		}
		code = print_series(args, tracker, series, disk);
		shown++;
	}
	if (!args->json && !shown)
		puts(!(args->pattern || args->disk) || empty ? "(no operation measured)" :
						   "(no series matches)");
	return code;
}

/* What was added since @before, which becomes the present reading. */
static int read_delta(const struct cli_hist_args *args, const char *tracker,
		      struct lt_hist *before, struct lt_hist *delta)
{
	struct lt_hist now;
	int err = lt_hist_read(&args->paths, tracker, &now);

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

/* One output of all sources; those whose module is gone are said once and then left out. */
static int print_all(const struct cli_hist_args *args, struct source *sources, size_t count)
{
	int code = CLI_NOTHING;

	if (args->timestamp && !args->json)
		cli_print_time();
	for (size_t i = 0; i < count; i++) {
		struct lt_hist delta;
		int err, shown;

		if (!sources[i].name)
			continue;
		err = read_delta(args, sources[i].name, &sources[i].before, &delta);
		if (err) {
			shown = cli_explain_tracker(&args->paths, sources[i].name, err);
			sources[i].name = NULL;
		} else {
			shown = print_hist(args, sources[i].name, &delta);
			lt_hist_free(&delta);
			code = CLI_OK;
		}
		if (shown && shown != CLI_NOTHING)
			return shown;
	}
	return fflush(stdout) ? CLI_ERROR : code;
}

/* What the repetition works on. */
struct shown {
	const struct cli_hist_args *args;
	struct source *sources;
	size_t count;
};

static int print_shown(void *arg)
{
	const struct shown *shown = arg;

	return print_all(shown->args, shown->sources, shown->count);
}

static int show_sources(const struct cli_hist_args *args, struct source *sources, size_t count)
{
	struct shown shown = { args, sources, count };
	struct lt_hist delta;
	int err;

	for (size_t i = 0; args->repeat.interval_ns && i < count; i++) {
		err = read_delta(args, sources[i].name, &sources[i].before, &delta);
		if (err)
			return cli_explain_tracker(&args->paths, sources[i].name, err);
		lt_hist_free(&delta);
	}
	return cli_repeat_run(&args->repeat, false, print_shown, &shown);
}

int cli_hist_show(const struct cli_hist_args *args, const char **names, size_t count)
{
	struct source *sources = calloc(count, sizeof(*sources));
	int code;

	if (!sources)
		return cli_explain_debugfs(&args->paths, -ENOMEM);
	for (size_t i = 0; i < count; i++)
		sources[i].name = names[i];
	code = show_sources(args, sources, count);
	for (size_t i = 0; i < count; i++)
		lt_hist_free(&sources[i].before);
	free(sources);
	return code;
}
