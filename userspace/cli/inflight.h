/* SPDX-License-Identifier: GPL-2.0 */
/* Operations in flight, of several trackers in one list, oldest first. */
#ifndef CLI_INFLIGHT_H
#define CLI_INFLIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "record.h"

struct lt_paths;

/* An operation: where its record is, because a thousand of struct lt_record are 9 MiB. */
struct cli_inflight_op {
	uint64_t begin_ns;
	const char *text;
	size_t len;
};

/* What a tracker has in flight beyond those that its file lists. */
struct cli_inflight_more {
	char tracker[LT_NAME_MAX];
	uint64_t count;
};

/**
 * struct cli_inflight - the list; all zero to begin with, but for @filter
 * @filter: which operations
 * @ops: operations, in order after cli_inflight_sort()
 * @nr_ops: number of them
 * @more: trackers with operations that are not listed
 * @nr_more: number of them
 * @malformed: records that were not understood
 * @texts: what was read, which @ops point into
 * @nr_texts: number of them
 */
struct cli_inflight {
	struct cli_filter filter;
	struct cli_inflight_op *ops;
	size_t nr_ops;
	struct cli_inflight_more *more;
	size_t nr_more;
	uint64_t malformed;

	char **texts;
	size_t nr_texts;
};

/**
 * cli_inflight_read() - add what one tracker has in flight
 * @list: list
 * @paths: see lt_paths_init()
 * @tracker: its name
 *
 * Return: 0 or a negative errno: -ENOENT when there is no such tracker, -EACCES, -ENOMEM.
 */
int cli_inflight_read(struct cli_inflight *list, const struct lt_paths *paths,
		      const char *tracker);

/** cli_inflight_sort() - bring the operations of all trackers in order, oldest first. */
void cli_inflight_sort(struct cli_inflight *list);

/** cli_inflight_get() - parse the operation at @index, less than list->nr_ops, into @rec. */
void cli_inflight_get(const struct cli_inflight *list, size_t index, struct lt_record *rec);

/** cli_inflight_free() - release what is in the list. */
void cli_inflight_free(struct cli_inflight *list);

#endif /* CLI_INFLIGHT_H */
