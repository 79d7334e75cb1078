// SPDX-License-Identifier: GPL-2.0
#include "top_column.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "output.h"
#include "sample.h"
#include "unit.h"
#include "wide.h"

#define NSEC_PER_SEC 1000000000ULL
/* Of what cli_short_count() and cli_short_duration() write. */
#define COUNT_WIDTH	5
#define TIME_WIDTH	6

static const struct lt_stats *ledger(const struct cli_reading *reading, bool total)
{
	return total ? &reading->stats : &reading->added;
}

static bool is_known(const struct cli_reading *reading, bool total)
{
	return total || reading->interval_ns;
}

/* A count, of the interval or of all time. */
static bool counter(const struct cli_reading *reading, bool total, unsigned int stat,
		    uint64_t *value)
{
	*value = ledger(reading, total)->value[stat];
	return is_known(reading, total);
}

/* A count of all time, whatever the others are. */
static bool ever(const struct cli_reading *reading, bool total, unsigned int stat,
		 uint64_t *value)
{
	(void)total;
	return counter(reading, true, stat, value);
}

/* A count of the interval, whatever the others are. */
static bool lately(const struct cli_reading *reading, bool total, unsigned int stat,
		   uint64_t *value)
{
	(void)total;
	return counter(reading, false, stat, value);
}

/* A setting; 0 is none. */
static bool limit(const struct cli_reading *reading, bool total, unsigned int stat,
		  uint64_t *value)
{
	return ever(reading, total, stat, value) && *value;
}

static bool rate(const struct cli_reading *reading, bool total, unsigned int stat,
		 uint64_t *value)
{
	if (!lately(reading, total, stat, value))
		return false;
	*value = lt_mul_div(*value, NSEC_PER_SEC, reading->interval_ns);
	return true;
}

static bool drops(const struct cli_reading *reading, bool total, unsigned int stat,
		  uint64_t *value)
{
	(void)total;
	*value = reading->stats.value[stat] + reading->stats.value[LT_STAT_DROPPED_BUSY];
	return true;
}

static bool aborted(const struct cli_reading *reading, bool total, unsigned int stat,
		    uint64_t *value)
{
	*value = ledger(reading, total)->value[stat] +
		 ledger(reading, total)->value[LT_STAT_ABORTED_CLEAR];
	return is_known(reading, total);
}

static bool oldest(const struct cli_reading *reading, bool total, unsigned int unused,
		   uint64_t *value)
{
	(void)total;
	(void)unused;
	*value = reading->oldest_ns;
	return reading->oldest_ns;
}

/* The operations themselves, if there are any. */
static const struct lt_series *operations(const struct cli_reading *reading, bool total)
{
	const struct lt_series *series = lt_hist_find(total ? &reading->hist :
							      &reading->added_hist, "total");

	return series && lt_series_total(series) ? series : NULL;
}

static bool percentile(const struct cli_reading *reading, bool total, unsigned int ppm,
		       uint64_t *value)
{
	const struct lt_series *series = operations(reading, total);

	if (series)
		*value = lt_series_percentile(series, ppm);
	return series;
}

static bool largest(const struct cli_reading *reading, bool total, unsigned int unused,
		    uint64_t *value)
{
	const struct lt_series *series = operations(reading, total);

	(void)unused;
	if (series)
		*value = series->max_ns;
	return series;
}

const struct top_column top_columns[TOP_NR_COLUMNS] = {
	{ "TRACKER", TOP_NAME, 0, NULL, 0, false },
	{ "OPS/S", TOP_COUNT, 4, rate, LT_STAT_BEGINS, false },
	{ "P50", TOP_TIME, 6, percentile, 500000, false },
	{ "P99", TOP_TIME, 2, percentile, 990000, false },
	{ "P99.9", TOP_TIME, 7, percentile, 999000, false },
	{ "MAX", TOP_TIME, 1, largest, 0, false },
	{ "FLIGHT", TOP_COUNT, 8, ever, LT_STAT_IN_FLIGHT, false },
	{ "OLDEST", TOP_TIME, 5, oldest, 0, false },
	{ "+HITS", TOP_COUNT, 3, lately, LT_STAT_HITS, true },
	{ "HITS", TOP_COUNT, 9, ever, LT_STAT_HITS, false },
	{ "DROPS", TOP_COUNT, 10, drops, LT_STAT_DROPPED_FULL, true },
	{ "ON", TOP_FLAG, 11, ever, LT_STAT_ENABLED, false },
	{ "THRESH", TOP_TIME, 12, limit, LT_STAT_THRESHOLD_NS, false },
	{ "TIMEOUT", TOP_TIME, 13, limit, LT_STAT_TIMEOUT_NS, false },
	{ "BEGINS", TOP_COUNT, 14, counter, LT_STAT_BEGINS, false },
	{ "MATCHED", TOP_COUNT, 15, counter, LT_STAT_MATCHED, false },
	{ "TIMEDOUT", TOP_COUNT, 16, counter, LT_STAT_TIMED_OUT, false },
	{ "REPLACED", TOP_COUNT, 17, counter, LT_STAT_REPLACED, false },
	{ "ABORTED", TOP_COUNT, 18, aborted, LT_STAT_ABORTED_GC, false },
	{ "SUPPRESSED", TOP_COUNT, 19, counter, LT_STAT_SUPPRESSED_WAKES, false },
	{ "LOST", TOP_COUNT, 20, ever, LT_STAT_LOST_HITS, true },
	{ "FILTERED", TOP_COUNT, 21, counter, LT_STAT_FILTERED, false },
	{ "SLOTS", TOP_COUNT, 22, ever, LT_STAT_CAPACITY, false },
	{ "ORPHANS", TOP_COUNT, 23, counter, LT_STAT_ORPHAN_ENDS, false },
	{ "CANCELLED", TOP_COUNT, 24, counter, LT_STAT_CANCELLED, false },
};

static_assert(LT_STAT_COUNT == 24, "a new number of the ledger may want a column");

int top_column_find(const char *name)
{
	for (int i = 0; i < TOP_NR_COLUMNS; i++)
		if (!strcasecmp(top_columns[i].heading, name))
			return i;
	return -1;
}

bool top_column_value(const struct top_column *column, const struct cli_reading *reading,
		      bool total, uint64_t *value)
{
	return column->value(reading, total, column->arg, value);
}

const char *top_column_text(const struct top_column *column, const struct cli_reading *reading,
			    bool total, const struct cli_unit *unit, char *buf)
{
	uint64_t value;

	if (column->kind == TOP_NAME)
		return strcpy(buf, reading->stats.tracker);
	if (!top_column_value(column, reading, total, &value))
		return strcpy(buf, "-");
	switch (column->kind) {
	case TOP_TIME:
		return unit ? cli_unit_format(unit, value, buf) : cli_short_duration(value, buf);
	case TOP_FLAG:
		return strcpy(buf, cli_yes_no(value));
	default:
		return cli_short_count(value, buf);
	}
}

static unsigned int larger(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

/* As wide as its widest name; numbers that change do not change the width. */
static unsigned int width(const struct top_column *column, const struct cli_sample *sample,
			  const struct cli_unit *unit)
{
	unsigned int columns = strlen(column->heading);
	char buf[CLI_TEXT_MAX];

	switch (column->kind) {
	case TOP_NAME:
		for (size_t i = 0; i < sample->count; i++)
			columns = larger(columns, strlen(sample->readings[i].stats.tracker));
		return columns;
	case TOP_TIME:
		/* Room for 100 s. */
		return larger(columns, unit ?
			      strlen(cli_unit_format(unit, 99 * NSEC_PER_SEC, buf)) : TIME_WIDTH);
	case TOP_FLAG:
		return larger(columns, strlen(cli_yes_no(true)));
	default:
		return larger(columns, COUNT_WIDTH);
	}
}

static size_t column_of_rank(unsigned int rank)
{
	size_t i = 0;

	while (top_columns[i].rank != rank)
		i++;
	return i;
}

void top_columns_fit(const struct cli_sample *sample, const struct cli_unit *unit,
		     unsigned int room, unsigned int widths[TOP_NR_COLUMNS])
{
	unsigned int used = 0;

	memset(widths, 0, TOP_NR_COLUMNS * sizeof(*widths));
	for (unsigned int rank = 0; rank < TOP_NR_COLUMNS; rank++) {
		size_t i = column_of_rank(rank);
		unsigned int wanted = width(&top_columns[i], sample, unit);

		if (rank && used + 1 + wanted > room)
			break;
		widths[i] = wanted;
		used += wanted + (rank > 0);
	}
}

struct order {
	const struct top_column *column;
	bool total;
	bool reverse;
};

static int compare_names(const struct cli_reading *a, const struct cli_reading *b)
{
	return strcmp(a->stats.tracker, b->stats.tracker);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	uint64_t x = 0, y = 0;
	bool has_x, has_y;

	if (order->column->kind == TOP_NAME)
		return order->reverse ? compare_names(b, a) : compare_names(a, b);
	has_x = top_column_value(order->column, a, order->total, &x);
	has_y = top_column_value(order->column, b, order->total, &y);
	if (has_x != has_y)
		return has_y - has_x;
	if (!has_x || x == y)
		return compare_names(a, b);
	return (x < y) == order->reverse ? -1 : 1;
}

void top_sort(struct cli_sample *sample, size_t column, bool total, bool reverse)
{
	struct order order = { &top_columns[column], total, reverse };

	if (sample->count)
		qsort_r(sample->readings, sample->count, sizeof(*sample->readings), compare,
			&order);
}
