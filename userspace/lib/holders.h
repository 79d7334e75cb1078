/* SPDX-License-Identifier: GPL-2.0 */
/* Who uses a module, so that it cannot be unloaded. */
#ifndef LT_HOLDERS_H
#define LT_HOLDERS_H

#include <stddef.h>

#include "paths.h"

/**
 * lt_holders_find() - who uses a module
 * @paths: see lt_paths_init()
 * @module: name, as "latency_tracker"
 * @names: receives modules that need it, as "latency_tracker_block", and, of the core, processes
 *	that have one of its files open, as "latency-trackerd (process 812)"; release with
 *	lt_names_free()
 * @count: receives their number; 0 when nobody is known, or nobody may look
 *
 * Files of other users' processes are seen by root only.
 *
 * Return: 0 or -ENOMEM.
 */
int lt_holders_find(const struct lt_paths *paths, const char *module, char ***names,
		    size_t *count);

#endif /* LT_HOLDERS_H */
