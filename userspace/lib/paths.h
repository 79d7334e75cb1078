/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the modules show themselves.
 *
 * LT_PROC, LT_DEBUGFS and LT_SYSFS in the environment take the place of /proc, the mount point
 * of debugfs and /sys; they are ignored in programs that run with raised privileges.
 */
#ifndef LT_PATHS_H
#define LT_PATHS_H

#include <limits.h>

/* Room for a directory of struct lt_paths plus the names below it. */
#define LT_PATH_MAX (PATH_MAX + 512)

/**
 * struct lt_paths - directories
 * @proc: holds the file latency_tracker (LT_PROC_NAME)
 * @debugfs: holds the directory latency_tracker (LT_DEBUGFS_DIR)
 * @sysfs: holds module/
 */
struct lt_paths {
	char proc[PATH_MAX];
	char debugfs[PATH_MAX];
	char sysfs[PATH_MAX];
};

/**
 * lt_paths_init() - find the directories
 * @paths: receives the environment's, or else the system's: debugfs where the list of mounts
 *	says it is, /sys/kernel/debug when it says nothing
 */
void lt_paths_init(struct lt_paths *paths);

#endif /* LT_PATHS_H */
