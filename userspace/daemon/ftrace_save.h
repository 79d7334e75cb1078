/* SPDX-License-Identifier: GPL-2.0 */
/* Copies of a frozen ftrace buffer: as text for people, as pages for programs. */
#ifndef LT_FTRACE_SAVE_H
#define LT_FTRACE_SAVE_H

#include <stdbool.h>
#include <stddef.h>

struct tracefs_instance;

#define LT_FTRACE_TEXT	"trace.txt"
#define LT_FTRACE_RAW	"trace.raw"

/**
 * lt_ftrace_page_size() - bytes of one ring-buffer page as the raw files hand it out
 *
 * Return: the size, or a negative errno.
 */
int lt_ftrace_page_size(void);

/**
 * lt_ftrace_save() - write trace.txt and trace.raw/cpuN
 * @instance: whose buffer does not change meanwhile
 * @dir: the snapshot's directory
 * @spare: take the buffer that was swapped out, not the one that records
 * @why: receives a reason on failure, LT_WHY_MAX
 *
 * Consumes the pages that it reads.
 *
 * Return: 0 or a negative errno.
 */
int lt_ftrace_save(struct tracefs_instance *instance, const char *dir, bool spare, char *why);

#endif /* LT_FTRACE_SAVE_H */
