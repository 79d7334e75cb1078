/* SPDX-License-Identifier: GPL-2.0 */
/* The operation that has been in flight for longest. */
#ifndef LT_OLDEST_H
#define LT_OLDEST_H

#include <stdint.h>

#include "paths.h"

/**
 * lt_oldest_read() - how long the oldest operation in flight has been pending
 * @paths: see lt_paths_init()
 * @tracker: its name
 * @age_ns: receives its age; 0 when nothing is in flight
 *
 * Makes the kernel list them all, which is worth it only where there are some: see
 * LT_STAT_IN_FLIGHT.
 *
 * Return: 0 or a negative errno: -ENOENT when there is no such tracker, or it has no such file;
 * -EACCES, -EBADMSG, ...
 */
int lt_oldest_read(const struct lt_paths *paths, const char *tracker, uint64_t *age_ns);

#endif /* LT_OLDEST_H */
