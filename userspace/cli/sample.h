/* SPDX-License-Identifier: GPL-2.0 */
/* What the trackers have counted at one moment, and what was added since the moment before. */
#ifndef CLI_SAMPLE_H
#define CLI_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hist.h"
#include "stats.h"

/**
 * struct cli_reading - one tracker
 * @stats: its ledger
 * @hist: its histograms since it was loaded or reset
 * @interval_ns: what @added and @added_hist span; 0: there is no earlier sample
 * @added: the ledger with what was counted in the interval
 * @added_hist: the histograms of the interval
 * @oldest_ns: age of the oldest operation in flight; 0: there is none, or its age is not known
 */
struct cli_reading {
	struct lt_stats stats;
	struct lt_hist hist;
	uint64_t interval_ns;
	struct lt_stats added;
	struct lt_hist added_hist;
	uint64_t oldest_ns;
};

/**
 * struct cli_sample - all trackers, by name; release with cli_sample_free()
 * @time_ns: when, CLOCK_MONOTONIC; 0: no sample
 * @interval_ns: time since the sample before, 0: that was none
 * @err: why there are none, a negative errno of lt_trackers_list() or -ENOMEM; else 0
 * @complete: all trackers that there were are in it, also when there was none
 * @readings: trackers
 * @count: number of them
 * @unread: name of a tracker that is there and could not be read, or ""
 * @unread_err: why, a negative errno
 */
struct cli_sample {
	uint64_t time_ns;
	uint64_t interval_ns;
	int err;
	bool complete;
	struct cli_reading *readings;
	size_t count;
	char unread[LT_NAME_MAX];
	int unread_err;
};

/**
 * cli_sample_next() - read everything
 * @paths: see lt_paths_init()
 * @only: name of the tracker that is wanted, NULL: all
 * @sample: the sample before, in any order, or all zero; receives the new one in its place
 *
 * A tracker that was not in the sample before has been loaded since: all that it has counted was
 * counted in the interval. It has no interval if it may have been there, unread.
 */
void cli_sample_next(const struct lt_paths *paths, const char *only, struct cli_sample *sample);

/** cli_sample_find() - Return: the reading of that tracker, or NULL. */
const struct cli_reading *cli_sample_find(const struct cli_sample *sample, const char *tracker);

/** cli_sample_free() - release a sample and leave it all zero. */
void cli_sample_free(struct cli_sample *sample);

#endif /* CLI_SAMPLE_H */
