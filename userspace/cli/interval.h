/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms of several trackers, once or interval by interval. */
#ifndef CLI_INTERVAL_H
#define CLI_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "paths.h"
#include "repeat.h"

struct cli_unit;

/**
 * struct cli_hist_args - what the user asked for
 * @paths: where the trackers are
 * @unit: unit of rows and percentiles
 * @pattern: of fnmatch(), which series; NULL: all
 * @disk: of fnmatch(), series of which disks, by name or number; NULL: all series
 * @timestamp: print the time
 * @json: JSON lines
 * @repeat: how often; once is everything since the module was loaded
 */
struct cli_hist_args {
	struct lt_paths paths;
	const struct cli_unit *unit;
	const char *pattern;
	const char *disk;
	bool timestamp;
	bool json;
	struct cli_repeat repeat;
};

/**
 * cli_hist_show() - print the histograms of some trackers
 * @args: what the user asked for
 * @names: trackers
 * @count: number of them
 *
 * Return: exit code.
 */
int cli_hist_show(const struct cli_hist_args *args, const char **names, size_t count);

#endif /* CLI_INTERVAL_H */
