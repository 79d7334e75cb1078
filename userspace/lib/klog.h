/* SPDX-License-Identifier: GPL-2.0 */
/* What the modules say in the kernel log, from a moment on. */
#ifndef LT_KLOG_H
#define LT_KLOG_H

#include <stddef.h>

#include "paths.h"

/**
 * lt_klog_open() - mark the present end of the kernel log
 * @paths: see lt_paths_init()
 *
 * Return: a file, which the caller closes, or a negative errno: -EPERM when it is root's alone.
 */
int lt_klog_open(const struct lt_paths *paths);

/**
 * lt_klog_read() - what modules of latency-tracker have said since then
 * @fd: of lt_klog_open(); a negative errno is an empty log
 * @lines: receives their lines, with control characters as \xHH; release with lt_names_free()
 * @count: receives their number
 *
 * Return: 0 or -ENOMEM.
 */
int lt_klog_read(int fd, char ***lines, size_t *count);

#endif /* LT_KLOG_H */
