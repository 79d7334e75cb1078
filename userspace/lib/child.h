/* SPDX-License-Identifier: GPL-2.0 */
/* Run a program and wait for it: no shell, clean signals, nothing of ours inherited. */
#ifndef LT_CHILD_H
#define LT_CHILD_H

#include <stddef.h>

/**
 * lt_child_run() - run a program
 * @argv: its arguments, NULL at the end; argv[0] is searched in the system's own directories
 *	(/usr/sbin, /usr/bin, /sbin, /bin, /usr/local/sbin, /usr/local/bin), never in PATH,
 *	unless it holds a slash
 * @message: receives the last line it wrote to stdout or stderr, "" if none
 * @size: room at @message
 *
 * A program that turns itself into a daemon must close its stderr, or this waits for it.
 *
 * Return: its exit status (128 + N when signal N ended it), -ENOENT when there is no such
 * program, or another negative errno.
 */
int lt_child_run(char *const argv[], char *message, size_t size);

/**
 * lt_child_output() - run a program for what it says
 * @argv: as for lt_child_run()
 * @text: receives all that it wrote to stdout, ends in NUL; its stderr is thrown away. The caller
 *	frees it, when 0 or more is returned
 *
 * Return: as lt_child_run().
 */
int lt_child_output(char *const argv[], char **text);

#endif /* LT_CHILD_H */
