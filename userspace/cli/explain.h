/* SPDX-License-Identifier: GPL-2.0 */
/* Says in plain words why something is not there, and what to do about it. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <stddef.h>

struct lt_paths;

/**
 * cli_explain_stream() - why /proc/latency_tracker could not be opened
 * @paths: see lt_paths_init()
 * @path: the file
 * @err: negative errno of open()
 *
 * Return: exit code of the program.
 */
int cli_explain_stream(const struct lt_paths *paths, const char *path, int err);

/**
 * cli_why_none() - the same as cli_explain_debugfs() says, in one line and without the remedy
 * @paths: see lt_paths_init()
 * @err: negative errno of lt_trackers_list(), or 0 when the list is empty
 * @buf: receives the text
 * @size: room at @buf
 *
 * Return: @buf.
 */
const char *cli_why_none(const struct lt_paths *paths, int err, char *buf, size_t size);

/**
 * cli_why_unread() - why one tracker, which is there, could not be read, in one line
 * @tracker: its name
 * @err: negative errno
 * @buf: receives the text
 * @size: room at @buf
 *
 * Return: @buf.
 */
const char *cli_why_unread(const char *tracker, int err, char *buf, size_t size);

/**
 * cli_explain_debugfs() - why the trackers could not be listed or read
 * @paths: see lt_paths_init()
 * @err: negative errno, or 0 when the list is empty
 *
 * Return: exit code of the program.
 */
int cli_explain_debugfs(const struct lt_paths *paths, int err);

/**
 * cli_explain_tracker() - why one tracker could not be read
 * @paths: see lt_paths_init()
 * @tracker: its name
 * @err: negative errno
 *
 * Return: exit code of the program.
 */
int cli_explain_tracker(const struct lt_paths *paths, const char *tracker, int err);

/**
 * cli_explain_snapshots() - why the snapshots could not be read
 * @state_dir: directory of the daemon's state
 * @err: negative errno, or 0 when there is none
 *
 * Return: exit code of the program.
 */
int cli_explain_snapshots(const char *state_dir, int err);

#endif /* CLI_EXPLAIN_H */
