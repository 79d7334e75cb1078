/* SPDX-License-Identifier: GPL-2.0 */
/* Snapshots as examples of how long operations took. */
#ifndef LT_EXEMPLARS_H
#define LT_EXEMPLARS_H

#include <stddef.h>
#include <stdint.h>

#include "latency_tracker_uapi.h"

/**
 * struct lt_exemplar - one snapshot
 * @snapshot: its name
 * @tracker: whose hit it was taken for
 * @delta_ns: how long that operation took
 */
struct lt_exemplar {
	char snapshot[128];
	char tracker[LT_NAME_MAX];
	uint64_t delta_ns;
};

/* The newest snapshots of a daemon, the oldest of them first; all zero: none. */
struct lt_exemplars {
	struct lt_exemplar *list;
	size_t count;
};

/**
 * lt_exemplars_read() - read what the newest snapshots were taken for
 * @exemplars: receives them; release with lt_exemplars_free()
 * @state_dir: directory of the daemon's state
 *
 * What cannot be read is left out: an example is nothing that must be there.
 */
void lt_exemplars_read(struct lt_exemplars *exemplars, const char *state_dir);

/** lt_exemplars_free() - release what lt_exemplars_read() gave. */
void lt_exemplars_free(struct lt_exemplars *exemplars);

/**
 * lt_exemplars_find() - the newest snapshot of an operation that took so long
 * @exemplars: from lt_exemplars_read()
 * @tracker: of this tracker
 * @lower: nanoseconds or more
 * @upper: less nanoseconds
 *
 * Return: it, or NULL.
 */
const struct lt_exemplar *lt_exemplars_find(const struct lt_exemplars *exemplars,
					    const char *tracker, uint64_t lower, uint64_t upper);

#endif /* LT_EXEMPLARS_H */
