// SPDX-License-Identifier: GPL-2.0
#include "top_batch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "clock.h"
#include "command.h"
#include "explain.h"
#include "histogram.h"
#include "json.h"
#include "output.h"
#include "repeat.h"
#include "sample.h"
#include "stop.h"
#include "table.h"
#include "top_column.h"
#include "top_state.h"

struct batch {
	const struct lt_paths *paths;
	const struct top_state *state;
	bool json;
	struct cli_sample sample;
	bool waiting;	/* it was said that there is nothing to show */
	bool printed;
};

/* The ledger and the operations' percentiles, of the interval or in total. */
static struct json_object *numbers_json(const struct lt_stats *stats, const struct lt_hist *hist)
{
	struct json_object *object = json_object_new_object();
	const struct lt_series *series = lt_hist_find(hist, "total");

	for (int i = LT_STAT_BEGINS; i < LT_STAT_COUNT; i++)
		if (i != LT_STAT_IN_FLIGHT)
			lt_json_add_u64(object, lt_stat_name(i), stats->value[i]);
	if (series && lt_series_total(series)) {
		lt_json_add_u64(object, "max_ns", series->max_ns);
		lt_json_add(object, "percentiles_ns", cli_percentiles_json(series));
	}
	return object;
}

static int print_json(const struct cli_reading *reading)
{
	static const enum lt_stat settings[] = {
		LT_STAT_THRESHOLD_NS, LT_STAT_TIMEOUT_NS, LT_STAT_MAX_EVENTS, LT_STAT_CAPACITY,
		LT_STAT_IN_FLIGHT,
	};
	struct json_object *object = json_object_new_object();
	const struct lt_stats *stats = &reading->stats;
	char time[LT_CLOCK_TEXT_MAX];

	lt_json_add_string(object, "wall_time",
			   lt_clock_rfc3339(lt_clock_wall_ns(), time, sizeof(time)));
	lt_json_add_string(object, "tracker", stats->tracker);
	lt_json_add(object, "enabled", json_object_new_boolean(stats->value[LT_STAT_ENABLED]));
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		lt_json_add_u64(object, lt_stat_name(settings[i]), stats->value[settings[i]]);
	if (reading->oldest_ns)
		lt_json_add_u64(object, "oldest_ns", reading->oldest_ns);
	lt_json_add(object, "total", numbers_json(stats, &reading->hist));
	if (reading->interval_ns) {
		lt_json_add_u64(object, "interval_ns", reading->interval_ns);
		lt_json_add(object, "interval",
			    numbers_json(&reading->added, &reading->added_hist));
	}
	return cli_json_line(object);
}

static void print_table(const struct batch *batch, const struct cli_sample *sample)
{
	static char right[TOP_NR_COLUMNS][CLI_TEXT_MAX];
	const char *headings[TOP_NR_COLUMNS];
	struct cli_table table = { headings, TOP_NR_COLUMNS, NULL, 0 };
	const struct top_state *state = batch->state;
	char text[CLI_TEXT_MAX];

	for (size_t i = 0; i < TOP_NR_COLUMNS; i++) {
		snprintf(right[i], sizeof(right[i]), "%s%s",
			 top_columns[i].kind == TOP_NAME ? "" : ">", top_columns[i].heading);
		headings[i] = right[i];
	}
	for (size_t row = 0; row < sample->count; row++)
		for (size_t i = 0; i < TOP_NR_COLUMNS; i++)
			cli_table_add(&table, top_column_text(&top_columns[i],
							      &sample->readings[row],
							      state->total, state->unit, text));
	cli_table_print(&table);
}

/* The line above a table: time, and what the numbers are of. */
static void print_head(const struct batch *batch)
{
	char time[LT_CLOCK_TEXT_MAX], span[CLI_TEXT_MAX];

	printf("%s%s  %s %s\n", batch->printed ? "\n" : "",
	       lt_clock_hms(lt_clock_wall_ns(), 0, time, sizeof(time)),
	       batch->state->total ? "since load, after" : "interval",
	       cli_duration(batch->sample.interval_ns, span));
}

/* Trackers may all go; the next one that comes is shown. Said once each time. */
static void explain_absence(struct batch *batch, const struct cli_sample *sample)
{
	char text[LT_PATH_MAX];

	if (*sample->unread)
		fprintf(stderr, "latency-tracker: %s\n",
			cli_why_unread(sample->unread, sample->unread_err, text, sizeof(text)));
	if (sample->count || *sample->unread) {
		batch->waiting = false;
		return;
	}
	if (!batch->waiting && batch->state->only && !sample->err)
		fprintf(stderr, "latency-tracker: waiting for the tracker %s\n",
			batch->state->only);
	else if (!batch->waiting)
		fprintf(stderr, "latency-tracker: waiting for a module. %s\n",
			cli_why_none(batch->paths, sample->err, text, sizeof(text)));
	batch->waiting = true;
}

static int print_sample(struct batch *batch)
{
	struct cli_sample *sample = &batch->sample;
	int code = CLI_OK;

	explain_absence(batch, sample);
	if (!sample->count)
		return CLI_OK;
	top_sort(sample, batch->state->sort, batch->state->total, batch->state->reverse);
	if (!batch->json) {
		print_head(batch);
		print_table(batch, sample);
	}
	for (size_t i = 0; batch->json && !code && i < sample->count; i++)
		code = print_json(&sample->readings[i]);
	batch->printed = true;
	return fflush(stdout) ? CLI_ERROR : code;
}

static int print_interval(void *arg)
{
	struct batch *batch = arg;

	cli_sample_next(batch->paths, batch->state->only, &batch->sample);
	return print_sample(batch);
}

int top_batch(const struct lt_paths *paths, const struct cli_repeat *repeat,
	      const struct top_state *state, bool json)
{
	struct batch batch = { .paths = paths, .state = state, .json = json };
	struct cli_sample *sample = &batch.sample;
	int code;

	cli_stop_init();
	cli_sample_next(paths, state->only, sample);
	if (sample->err)
		code = cli_explain_debugfs(paths, sample->err);
	else if (*sample->unread)
		code = cli_explain_tracker(paths, sample->unread, sample->unread_err);
	else if (!sample->count && state->only)
		code = cli_explain_tracker(paths, state->only, -ENOENT);
	else if (!sample->count)
		code = cli_explain_debugfs(paths, 0);
	else
		code = cli_repeat_run(repeat, false, print_interval, &batch);
	cli_sample_free(sample);
	return code;
}
