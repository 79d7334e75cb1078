/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms: the log-linear buckets of the kernel, and what is computed from them.
 *
 * Inside a bucket the values are taken to be spread evenly (16 buckets to the power of two
 * bound the error to 6.25 %), and no value is taken to be above the largest that was seen.
 */
#ifndef LT_HIST_H
#define LT_HIST_H

#include <stddef.h>
#include <stdint.h>

#include "paths.h"

/* Longest name of a series, NUL included. */
#define LT_SERIES_NAME_MAX 128

/* Rows of lt_series_rows(): enough for every power of two of a 64-bit number. */
#define LT_HIST_ROWS_MAX 65

/* Values v with lower <= v < upper, in nanoseconds. */
struct lt_bucket {
	uint64_t lower;
	uint64_t upper;
	uint64_t count;
};

/**
 * struct lt_series - one series of a histogram
 * @name: "total", "stage:NAME" or "DIMENSION=VALUE", unescaped
 * @count: number of values as the kernel counted them
 * @sum_ns: their sum
 * @max_ns: the largest
 * @buckets: non-empty buckets in rising order
 * @nr_buckets: number of @buckets
 *
 * The kernel counts on while it prints, so @count may differ from the sum of the buckets.
 * All that is computed here comes from the buckets.
 */
struct lt_series {
	char name[LT_SERIES_NAME_MAX];
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	struct lt_bucket *buckets;
	size_t nr_buckets;
};

/* The histogram file of one tracker. */
struct lt_hist {
	struct lt_series *series;
	size_t nr_series;
};

/**
 * lt_hist_parse() - parse the text of a histogram file
 * @text: ends in NUL
 * @hist: receives the result; release with lt_hist_free(); empty after an error
 *
 * Return: 0; -EBADMSG when a line is malformed or buckets overlap or do not rise; -ERANGE;
 * -ENOMEM.
 */
int lt_hist_parse(const char *text, struct lt_hist *hist);

/**
 * lt_hist_read() - read the histogram file of a tracker
 * @paths: see lt_paths_init()
 * @tracker: its name
 * @hist: receives the result; release with lt_hist_free()
 *
 * Return: 0 or a negative errno: -ENOENT when there is no such tracker, -EACCES, -EBADMSG, ...
 */
int lt_hist_read(const struct lt_paths *paths, const char *tracker, struct lt_hist *hist);

/** lt_hist_free() - release a histogram and leave it empty; an empty one is fine. */
void lt_hist_free(struct lt_hist *hist);

/**
 * lt_hist_copy() - copy a histogram
 * @to: receives the copy; release with lt_hist_free(); empty after an error
 * @from: what to copy
 *
 * Return: 0 or -ENOMEM.
 */
int lt_hist_copy(struct lt_hist *to, const struct lt_hist *from);

/** lt_hist_find() - Return: the series of that name, or NULL. */
const struct lt_series *lt_hist_find(const struct lt_hist *hist, const char *name);

/**
 * lt_hist_subtract() - leave in @now only what was added since @before
 * @now: changed in place
 * @before: an earlier reading of the same tracker, or an empty histogram
 *
 * A series that was reset in between (it has less than before) stays whole. The largest value
 * is known exactly only when it is a new record; else max_ns becomes the upper end of the
 * highest bucket that got something, at most the old max_ns.
 */
void lt_hist_subtract(struct lt_hist *now, const struct lt_hist *before);

/** lt_series_total() - Return: sum of the buckets' counts. */
uint64_t lt_series_total(const struct lt_series *series);

/**
 * lt_series_percentile() - the value that a part of all values does not exceed
 * @series: series
 * @ppm: that part in millionths, 0 .. 1000000: 990000 is p99, 999900 is p99.99
 *
 * Return: nanoseconds; 0 when the series is empty.
 */
uint64_t lt_series_percentile(const struct lt_series *series, uint32_t ppm);

/**
 * lt_series_below() - how many values are below a limit
 * @series: series
 * @limit_ns: nanoseconds
 *
 * Return: that number, rounded to the nearest where the limit divides a bucket.
 */
uint64_t lt_series_below(const struct lt_series *series, uint64_t limit_ns);

/**
 * lt_series_rows() - counts by powers of two, as bcc prints them
 * @series: series
 * @unit_ns: nanoseconds in one unit, at least 1
 * @rows: row 0 receives the count of 0 and 1 units, row i that of [2^i, 2^(i+1)) units
 *
 * The rows add up to lt_series_total().
 *
 * Return: number of rows up to and including the last that is not empty.
 */
unsigned int lt_series_rows(const struct lt_series *series, uint64_t unit_ns,
			    uint64_t rows[LT_HIST_ROWS_MAX]);

#endif /* LT_HIST_H */
