/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event loop of the main thread: hits, signals, the watchdog and the end of snapshots.
 *
 * It sleeps while nothing happens. The module wakes its readers at most once per
 * rate_limit_ms, so hits that follow a wake-up may lie unread: after every batch the loop looks
 * once more a second later, until it finds nothing.
 */
#ifndef LT_LOOP_H
#define LT_LOOP_H

#include <stdbool.h>

#include "reader.h"
#include "reload.h"

/**
 * lt_loop_block_signals() - route SIGTERM, SIGINT and SIGHUP to the loop
 *
 * Before any thread is started, so that all of them inherit the mask.
 *
 * Return: a descriptor for lt_loop_run() or a negative errno.
 */
int lt_loop_block_signals(void);

/**
 * lt_loop_run() - handle events until a signal, or the first snapshot with @once
 * @reader: open
 * @signal_fd: from lt_loop_block_signals()
 * @once: end when the first snapshot has ended
 * @reload: what SIGHUP reloads
 *
 * On the way out all hits that are there are journalled, a snapshot that is being taken is
 * finished (for up to ten seconds, then, or with a second signal, it is given up), and one that
 * only waits fails.
 *
 * Return: exit status of the daemon.
 */
int lt_loop_run(struct lt_reader *reader, int signal_fd, bool once, struct lt_reload *reload);

#endif /* LT_LOOP_H */
