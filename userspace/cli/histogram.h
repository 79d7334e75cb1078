/* SPDX-License-Identifier: GPL-2.0 */
/* How hist shows one series. */
#ifndef CLI_HISTOGRAM_H
#define CLI_HISTOGRAM_H

#include <stdint.h>

struct lt_series;

/** struct cli_unit - unit of the rows and percentiles */
struct cli_unit {
	const char *name;	/* as bcc writes it: "nsecs", "usecs", "msecs" */
	uint64_t ns;
};

/** cli_histogram_print() - print rows by powers of two and a line of percentiles. */
void cli_histogram_print(const struct lt_series *series, const struct cli_unit *unit);

/**
 * cli_histogram_json() - print one series as a JSON object on one line
 * @tracker: name of the tracker
 * @series: series
 * @interval_ns: what the counts span, 0: since the module was loaded or reset
 *
 * Return: exit code.
 */
int cli_histogram_json(const char *tracker, const struct lt_series *series,
		       uint64_t interval_ns);

#endif /* CLI_HISTOGRAM_H */
