/* SPDX-License-Identifier: GPL-2.0 */
/* Ctrl-C and SIGTERM end the waiting, not the program: it has something to say at the end. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * cli_stop_init() - from now on SIGINT and SIGTERM only end cli_wait()
 *
 * They are held back everywhere else, so that none is missed between two waits.
 */
void cli_stop_init(void);

/** cli_stopped() - Return: whether such a signal came. */
bool cli_stopped(void);

/**
 * cli_wait() - wait until a file can be read, a time comes or a signal arrives
 * @fd: file, or -1 for none
 * @deadline_ns: CLOCK_MONOTONIC, or 0 for none
 *
 * Return: 1 when the file can be read (or has failed), 0 on the deadline or a signal, or a
 * negative errno.
 */
int cli_wait(int fd, uint64_t deadline_ns);

#endif /* CLI_STOP_H */
