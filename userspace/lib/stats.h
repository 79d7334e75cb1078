/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loaded trackers: which there are, and their ledgers (debugfs stats).
 */
#ifndef LT_STATS_H
#define LT_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "latency_tracker_uapi.h"
#include "module.h"
#include "paths.h"

/* Numbers of the stats file: LT_STAT_NAMES without its first two, "tracker" and "module". */
enum lt_stat {
	LT_STAT_ENABLED,
	LT_STAT_THRESHOLD_NS,
	LT_STAT_TIMEOUT_NS,
	LT_STAT_MAX_EVENTS,
	LT_STAT_CAPACITY,
	LT_STAT_BEGINS,
	LT_STAT_MATCHED,
	LT_STAT_REPLACED,
	LT_STAT_DROPPED_FULL,
	LT_STAT_DROPPED_BUSY,
	LT_STAT_CANCELLED,
	LT_STAT_ABORTED_GC,
	LT_STAT_ABORTED_CLEAR,
	LT_STAT_IN_FLIGHT,
	LT_STAT_TIMED_OUT,
	LT_STAT_ORPHAN_ENDS,
	LT_STAT_NEGATIVE_DELTAS,
	LT_STAT_HITS,
	LT_STAT_SUPPRESSED_WAKES,
	LT_STAT_RATCHETED,
	LT_STAT_LOST_HITS,
	LT_STAT_SEEN,
	LT_STAT_FILTERED,
	LT_STAT_MISSED_HOOKS,
	LT_STAT_COUNT
};

/**
 * struct lt_stats - the stats file of one tracker
 * @tracker: its name
 * @module: module that made it
 * @value: numbers; times in nanoseconds, all others are counts
 */
struct lt_stats {
	char tracker[LT_NAME_MAX];
	char module[LT_MODULE_MAX];
	uint64_t value[LT_STAT_COUNT];
};

/**
 * lt_stats_parse() - parse the text of a stats file
 * @text: "name value" lines, ends in NUL
 * @stats: receives the result; undefined after an error
 *
 * Names that are not in LT_STAT_NAMES are skipped: a newer module may have more of them.
 *
 * Return: 0; -EBADMSG when a line is malformed, a name comes twice or is missing; -ERANGE.
 */
int lt_stats_parse(const char *text, struct lt_stats *stats);

/**
 * lt_stats_read() - read the stats file of a tracker
 * @paths: see lt_paths_init()
 * @tracker: its name
 * @stats: receives the result
 *
 * Return: 0 or a negative errno: -ENOENT when there is no such tracker, -EACCES, -EBADMSG, ...
 */
int lt_stats_read(const struct lt_paths *paths, const char *tracker, struct lt_stats *stats);

/**
 * lt_stats_subtract() - leave in @now only what was counted since @before
 * @now: changed in place; settings and what is in flight stay
 * @before: an earlier reading of the same tracker
 *
 * A tracker that was loaded anew in between (it has counted less than before) stays whole.
 */
void lt_stats_subtract(struct lt_stats *now, const struct lt_stats *before);

/**
 * lt_tracker_read() - read one of the files of a tracker
 * @paths: see lt_paths_init()
 * @tracker: its name
 * @file: "stats", "histogram", "filters" or "pending"
 * @text: receives what it says, ends in NUL; the caller frees it
 * @len: receives its length; may be NULL
 *
 * Return: 0 or a negative errno: -ENOENT when there is no such tracker, -EACCES, ...
 */
int lt_tracker_read(const struct lt_paths *paths, const char *tracker, const char *file,
		    char **text, size_t *len);

/** lt_stat_name() - Return: name of a number as in the stats file, "?" if out of range. */
const char *lt_stat_name(enum lt_stat stat);

/**
 * lt_trackers_list() - names of the trackers that exist now
 * @paths: see lt_paths_init()
 * @names: receives a sorted array of strings; release with lt_trackers_free()
 * @count: receives their number, which may be 0
 *
 * Return: 0 or a negative errno: -ENOENT when the core module is not loaded or debugfs is not
 * mounted, -EACCES when debugfs may not be searched, -ENOMEM.
 */
int lt_trackers_list(const struct lt_paths *paths, char ***names, size_t *count);

/** lt_trackers_free() - release what lt_trackers_list() gave; NULL is fine. */
void lt_trackers_free(char **names, size_t count);

#endif /* LT_STATS_H */
