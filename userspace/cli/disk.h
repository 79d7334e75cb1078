/* SPDX-License-Identifier: GPL-2.0 */
/* Disks by the numbers that the kernel's series have. */
#ifndef CLI_DISK_H
#define CLI_DISK_H

#include <limits.h>

struct lt_paths;

/* Room for a disk's name. */
#define CLI_DISK_MAX (NAME_MAX + 1)

/**
 * cli_disk_name() - the disk that a series is about
 * @paths: see lt_paths_init()
 * @series: name of a series, as "dev=8:0"
 * @name: receives the disk's name, CLI_DISK_MAX bytes
 *
 * Return: @name, or NULL if it is about no disk, or about one that is gone.
 */
const char *cli_disk_name(const struct lt_paths *paths, const char *series, char *name);

#endif /* CLI_DISK_H */
