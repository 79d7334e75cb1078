/* SPDX-License-Identifier: GPL-2.0 */
/* What the trackers have counted, for Prometheus and all who read its formats. */
#ifndef LT_METRICS_H
#define LT_METRICS_H

#include <stdio.h>

#include "exposition.h"
#include "paths.h"

/**
 * lt_metrics_write() - write the metrics of all trackers
 * @out: receives them; whoever opened it looks for errors of writing
 * @paths: see lt_paths_init()
 * @format: which format
 * @state_dir: directory of the daemon's state, whose snapshots become exemplars; NULL: none
 *
 * The upper ends of the buckets are one nanosecond below the powers of two, which are ends of
 * the kernel's own buckets: no count is an estimate. All are read before anything is written.
 * Without a tracker there are still the names.
 *
 * Return: 0 or a negative errno: -ENOENT when the core module is not loaded or debugfs is not
 * mounted, -EACCES, -EBADMSG, -ENOMEM.
 */
int lt_metrics_write(FILE *out, const struct lt_paths *paths, enum lt_metrics_format format,
		     const char *state_dir);

#endif /* LT_METRICS_H */
