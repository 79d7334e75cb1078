/* SPDX-License-Identifier: GPL-2.0 */
/* Files of a tracefs instance, with what libtracefs has had from its first release on. */
#ifndef LT_FTRACE_FILE_H
#define LT_FTRACE_FILE_H

struct tracefs_instance;

/**
 * lt_ftrace_open() - open a file of an instance
 * @instance: instance
 * @file: path below its directory
 * @flags: as of open(); O_CLOEXEC is added
 *
 * Return: a file descriptor, or a negative errno.
 */
int lt_ftrace_open(struct tracefs_instance *instance, const char *file, int flags);

/** lt_ftrace_clear() - forget what an instance has traced; Return: 0 or a negative errno. */
int lt_ftrace_clear(struct tracefs_instance *instance);

#endif /* LT_FTRACE_FILE_H */
