/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Run a program and wait for it: no shell, clean signals, a normal priority whatever the
 * caller's is, nothing of ours inherited.
 */
#ifndef LT_CHILD_H
#define LT_CHILD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

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

/**
 * struct lt_child_place - where a program runs
 * @dir: its working directory
 * @in: descriptor that becomes its stdin
 * @out: descriptor that becomes its stdout and stderr
 * @env: one more variable of its environment, "NAME=value"
 * @max_file: bytes that a file which it writes may have
 * @limit_ms: how long it may run
 * @stop: it is ended when this becomes true
 */
struct lt_child_place {
	const char *dir;
	int in;
	int out;
	char *env;
	uint64_t max_file;
	uint64_t limit_ms;
	atomic_bool *stop;
};

/**
 * lt_child_run_in() - run a program of the user's, in a process group of its own
 * @argv: as for lt_child_run()
 * @place: where and how long
 *
 * One that takes too long gets SIGTERM and, two seconds later, SIGKILL, with all of its group.
 *
 * Return: as lt_child_run(), or -ETIMEDOUT, or -EINTR when it was stopped.
 */
int lt_child_run_in(char *const argv[], const struct lt_child_place *place);

#endif /* LT_CHILD_H */
