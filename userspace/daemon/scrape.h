/* SPDX-License-Identifier: GPL-2.0 */
/* What one scrape gets: the numbers of the daemon, and those of the trackers. */
#ifndef LT_SCRAPE_H
#define LT_SCRAPE_H

#include <stddef.h>

#include "exposition.h"
#include "paths.h"

/**
 * lt_scrape() - collect all metrics
 * @paths: where the trackers are
 * @format: which format
 * @state_dir: directory whose snapshots become exemplars
 * @len: receives the length of the text
 *
 * Where the trackers cannot be read (no core module, no debugfs, no permission) there are still
 * the numbers of the daemon, and latency_tracker_up is 0. Takes as long as the kernel and the
 * disk take, so no thread that must not be late calls it.
 *
 * Return: the text, which the caller frees, or NULL without memory.
 */
char *lt_scrape(const struct lt_paths *paths, enum lt_metrics_format format,
		const char *state_dir, size_t *len);

#endif /* LT_SCRAPE_H */
