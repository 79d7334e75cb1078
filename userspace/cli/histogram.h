/* SPDX-License-Identifier: GPL-2.0 */
/* How hist shows one series. */
#ifndef CLI_HISTOGRAM_H
#define CLI_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

struct cli_unit;
struct json_object;
struct lt_series;

/** cli_histogram_print() - print rows by powers of two and a line of percentiles. */
void cli_histogram_print(const struct lt_series *series, const struct cli_unit *unit);

/**
 * cli_percentile() - the percentiles of a line
 * @index: from 0
 * @ppm: receives the part in millionths
 *
 * Return: its name, as "p99.9", or NULL behind the last one.
 */
const char *cli_percentile(size_t index, uint32_t *ppm);

/** cli_percentiles_json() - Return: an object with the percentiles in nanoseconds, or NULL. */
struct json_object *cli_percentiles_json(const struct lt_series *series);

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
