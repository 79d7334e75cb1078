/* SPDX-License-Identifier: GPL-2.0 */
/* top without a terminal: a table, or JSON lines, for each interval. */
#ifndef CLI_TOP_BATCH_H
#define CLI_TOP_BATCH_H

#include <stdbool.h>

struct cli_repeat;
struct lt_paths;
struct top_state;

/**
 * top_batch() - print what each interval adds
 * @paths: see lt_paths_init()
 * @repeat: how often
 * @state: order of rows, unit, and whether numbers are totals
 * @json: JSON lines
 *
 * Return: exit code; CLI_NOTHING when no module is loaded at the beginning.
 */
int top_batch(const struct lt_paths *paths, const struct cli_repeat *repeat,
	      const struct top_state *state, bool json);

#endif /* CLI_TOP_BATCH_H */
