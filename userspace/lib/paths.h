/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the modules show themselves.
 *
 * LT_PROC, LT_DEBUGFS and LT_SYSFS in the environment take the place of /proc, the mount point
 * of debugfs and /sys; LT_KMOD, LT_MODULES and LT_KMSG that of the directories with modprobe, with
 * the modules of the running kernel, and of /dev/kmsg. They are ignored in programs that run with
 * raised privileges.
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
 * @kmod: holds modprobe, modinfo and rmmod; "": wherever the system has them
 * @modules: holds modules.dep, the list of the modules that are installed
 * @kmsg: the kernel log, a file
 */
struct lt_paths {
	char proc[PATH_MAX];
	char debugfs[PATH_MAX];
	char sysfs[PATH_MAX];
	char kmod[PATH_MAX];
	char modules[PATH_MAX];
	char kmsg[PATH_MAX];
};

/**
 * lt_paths_init() - find the directories
 * @paths: receives the environment's, or else the system's: debugfs where the list of mounts
 *	says it is, /sys/kernel/debug when it says nothing
 */
void lt_paths_init(struct lt_paths *paths);

#endif /* LT_PATHS_H */
