// SPDX-License-Identifier: GPL-2.0
#include "sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "oldest.h"

static void free_reading(struct cli_reading *reading)
{
	lt_hist_free(&reading->hist);
	lt_hist_free(&reading->added_hist);
}

/* An age that cannot be read is not known, which is no reason to do without the rest. */
static void read_oldest(const struct lt_paths *paths, struct cli_reading *reading)
{
	if (reading->stats.value[LT_STAT_IN_FLIGHT])
		lt_oldest_read(paths, reading->stats.tracker, &reading->oldest_ns);
}

static int subtract(struct cli_reading *reading, const struct cli_reading *before)
{
	int err = lt_hist_copy(&reading->added_hist, &reading->hist);

	if (err)
		return err;
	reading->added = reading->stats;
	if (before) {
		lt_stats_subtract(&reading->added, &before->stats);
		lt_hist_subtract(&reading->added_hist, &before->hist);
	}
	return 0;
}

static int read_tracker(const struct lt_paths *paths, const char *name,
			const struct cli_sample *before, uint64_t interval_ns,
			struct cli_reading *reading)
{
	const struct cli_reading *last = cli_sample_find(before, name);
	int err;

	*reading = (struct cli_reading){ 0 };
	err = lt_stats_read(paths, name, &reading->stats);
	if (!err)
		err = lt_hist_read(paths, name, &reading->hist);
	if (err)
		return err;
	read_oldest(paths, reading);
	if (!last && !before->complete)
		return 0;
	reading->interval_ns = interval_ns;
	err = subtract(reading, last);
	if (err)
		free_reading(reading);
	return err;
}

/* A tracker that goes in this very moment is not there any more. */
static void add_tracker(const struct lt_paths *paths, const char *name,
			const struct cli_sample *before, struct cli_sample *sample)
{
	int err = read_tracker(paths, name, before, sample->interval_ns,
			       &sample->readings[sample->count]);

	if (!err) {
		sample->count++;
	} else if (err != -ENOENT) {
		strncpy(sample->unread, name, sizeof(sample->unread) - 1);
		sample->unread_err = err;
		sample->complete = false;
	}
}

static void take(const struct lt_paths *paths, const char *only,
		 const struct cli_sample *before, struct cli_sample *sample)
{
	char **names;
	size_t count;

	*sample = (struct cli_sample){ .time_ns = lt_clock_mono_ns() };
	if (before->time_ns)
		sample->interval_ns = sample->time_ns - before->time_ns;
	sample->err = lt_trackers_list(paths, &names, &count);
	sample->complete = !sample->err || !lt_module_loaded(paths, LT_MODULE_CORE);
	if (sample->err)
		return;
	sample->readings = calloc(count, sizeof(*sample->readings));
	if (count && !sample->readings) {
		sample->err = -ENOMEM;
		sample->complete = false;
	}
	for (size_t i = 0; !sample->err && i < count; i++)
		if (!only || !strcmp(only, names[i]))
			add_tracker(paths, names[i], before, sample);
	lt_trackers_free(names, count);
}

void cli_sample_next(const struct lt_paths *paths, const char *only, struct cli_sample *sample)
{
	struct cli_sample before = *sample;

	take(paths, only, &before, sample);
	cli_sample_free(&before);
}

const struct cli_reading *cli_sample_find(const struct cli_sample *sample, const char *tracker)
{
	for (size_t i = 0; i < sample->count; i++)
		if (!strcmp(sample->readings[i].stats.tracker, tracker))
			return &sample->readings[i];
	return NULL;
}

void cli_sample_free(struct cli_sample *sample)
{
	for (size_t i = 0; i < sample->count; i++)
		free_reading(&sample->readings[i]);
	free(sample->readings);
	*sample = (struct cli_sample){ 0 };
}
