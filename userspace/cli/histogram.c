// SPDX-License-Identifier: GPL-2.0
#include "histogram.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include "clock.h"
#include "hist.h"
#include "json.h"
#include "output.h"
#include "unit.h"

#define STARS 40

static const struct {
	const char *name;
	uint32_t ppm;
	bool in_line;	/* JSON has them all */
} percentiles[] = {
	{ "p50", 500000, true },
	{ "p90", 900000, true },
	{ "p95", 950000, false },
	{ "p99", 990000, true },
	{ "p99.9", 999000, true },
	{ "p99.99", 999900, true },
};

#define NR_PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

const char *cli_percentile(size_t index, uint32_t *ppm)
{
	for (size_t i = 0; i < NR_PERCENTILES; i++) {
		if (!percentiles[i].in_line || index--)
			continue;
		*ppm = percentiles[i].ppm;
		return percentiles[i].name;
	}
	return NULL;
}

static void print_rows(const struct lt_series *series, const struct cli_unit *unit)
{
	static const char stars[] = "****************************************";
	uint64_t rows[LT_HIST_ROWS_MAX], largest = 0;
	unsigned int count = lt_series_rows(series, unit->ns, rows), first = 0;

	while (first < count && !rows[first])
		first++;
	for (unsigned int i = first; i < count; i++)
		if (rows[i] > largest)
			largest = rows[i];
	printf("     %-19s : count    distribution\n", unit->name);
	for (unsigned int i = first; i < count; i++) {
		uint64_t low = i ? 1ULL << i : 0;
		uint64_t high = i < 63 ? (2ULL << i) - 1 : UINT64_MAX;
		int length = (double)rows[i] / (double)largest * STARS;

		printf("%10" PRIu64 " -> %-10" PRIu64 " : %-8" PRIu64 " |%-*.*s|\n", low, high,
		       rows[i], STARS, length, stars);
	}
}

static void print_value(const char *name, uint64_t ns, const struct cli_unit *unit)
{
	char text[CLI_TEXT_MAX];

	printf("%s %s, ", name, cli_unit_format(unit, ns, text));
}

void cli_histogram_print(const struct lt_series *series, const struct cli_unit *unit)
{
	const char *name;
	uint32_t ppm;

	print_rows(series, unit);
	fputs("     ", stdout);
	for (size_t i = 0; (name = cli_percentile(i, &ppm)); i++)
		print_value(name, lt_series_percentile(series, ppm), unit);
	print_value("max", series->max_ns, unit);
	printf("count %" PRIu64 "\n", lt_series_total(series));
}

static struct json_object *buckets_to_json(const struct lt_series *series)
{
	struct json_object *buckets = json_object_new_array();

	for (size_t i = 0; buckets && i < series->nr_buckets; i++) {
		struct json_object *bucket = json_object_new_object();

		lt_json_add_u64(bucket, "lower_ns", series->buckets[i].lower);
		lt_json_add_u64(bucket, "upper_ns", series->buckets[i].upper);
		lt_json_add_u64(bucket, "count", series->buckets[i].count);
		json_object_array_add(buckets, bucket);
	}
	return buckets;
}

struct json_object *cli_percentiles_json(const struct lt_series *series)
{
	struct json_object *values = json_object_new_object();

	for (size_t i = 0; i < NR_PERCENTILES; i++)
		lt_json_add_u64(values, percentiles[i].name,
				lt_series_percentile(series, percentiles[i].ppm));
	return values;
}

int cli_histogram_json(const char *tracker, const struct lt_series *series,
		       uint64_t interval_ns)
{
	struct json_object *object = json_object_new_object();
	char time[LT_CLOCK_TEXT_MAX];

	lt_json_add_string(object, "wall_time",
			   lt_clock_rfc3339(lt_clock_wall_ns(), time, sizeof(time)));
	lt_json_add_string(object, "tracker", tracker);
	lt_json_add_string(object, "series", series->name);
	lt_json_add_u64(object, "interval_ns", interval_ns);
	lt_json_add_u64(object, "count", lt_series_total(series));
	lt_json_add_u64(object, "sum_ns", series->sum_ns);
	lt_json_add_u64(object, "max_ns", series->max_ns);
	lt_json_add(object, "percentiles_ns", cli_percentiles_json(series));
	lt_json_add(object, "buckets", buckets_to_json(series));
	return cli_json_line(object);
}
