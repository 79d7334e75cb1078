// SPDX-License-Identifier: GPL-2.0
/* Histograms: the parser, and percentiles against those of the values themselves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hist.h"

#define NR_VALUES 20000

static struct lt_hist parsed(const char *text)
{
	struct lt_hist hist;

	assert_int_equal(lt_hist_parse(text, &hist), 0);
	return hist;
}

/* The kernel's bucket of a value: 16 to the power of two. */
static struct lt_bucket bucket_of(uint64_t value)
{
	struct lt_bucket bucket = { value, value + 1, 0 };
	unsigned int shift;

	if (value >= 32) {
		shift = 63 - __builtin_clzll(value) - 4;
		bucket.lower = value >> shift << shift;
		bucket.upper = bucket.lower + (1ULL << shift);
	}
	return bucket;
}

static int compare_values(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Count sorted values into a series. */
static void fill_series(struct lt_series *series, const uint64_t *values, size_t count)
{
	memset(series, 0, sizeof(*series));
	series->buckets = calloc(count, sizeof(*series->buckets));
	assert_non_null(series->buckets);
	for (size_t i = 0; i < count; i++) {
		struct lt_bucket bucket = bucket_of(values[i]);
		size_t last = series->nr_buckets - 1;

		if (!series->nr_buckets || series->buckets[last].lower != bucket.lower) {
			series->buckets[series->nr_buckets++] = bucket;
			last++;
		}
		series->buckets[last].count++;
		series->count++;
		series->sum_ns += values[i];
		series->max_ns = values[i];
	}
}

static uint64_t random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void file_becomes_series_and_buckets(void **state)
{
	struct lt_hist hist = parsed("series total count 3 sum_ns 4100 max_ns 2050\n"
				     "31 32 1\n2048 2176 2\n"
				     "series stage:queue count 0 sum_ns 0 max_ns 0\n"
				     "series disk=my\\x20disk count 1 sum_ns 5 max_ns 5\n5 6 1\n");

	(void)state;
	assert_int_equal(hist.nr_series, 3);
	assert_string_equal(hist.series[0].name, "total");
	assert_int_equal(hist.series[0].count, 3);
	assert_int_equal(hist.series[0].sum_ns, 4100);
	assert_int_equal(hist.series[0].max_ns, 2050);
	assert_int_equal(hist.series[0].nr_buckets, 2);
	assert_int_equal(hist.series[0].buckets[1].lower, 2048);
	assert_int_equal(hist.series[0].buckets[1].upper, 2176);
	assert_int_equal(hist.series[0].buckets[1].count, 2);
	assert_int_equal(lt_series_total(&hist.series[1]), 0);
	assert_ptr_equal(lt_hist_find(&hist, "disk=my disk"), &hist.series[2]);
	assert_null(lt_hist_find(&hist, "tot"));
	lt_hist_free(&hist);
	assert_int_equal(hist.nr_series, 0);
	hist = parsed("");
	assert_int_equal(hist.nr_series, 0);
}

static void malformed_files_are_refused(void **state)
{
	static const char head[] = "series total count 1 sum_ns 1 max_ns 1\n";
	static const char * const texts[] = {
		"1 2 3\n",
		"\n",
		"series\n",
		"series total\n",
		"series total count 1 sum_ns 1\n",
		"series total count 1 sum_ns 1 max_ns 1",
		"series total count 1 sum_ns 1 max_ns 1 more 2\n",
		"series total count x sum_ns 1 max_ns 1\n",
		"series total sum_ns 1 count 1 max_ns 1\n",
		"series  count 1 sum_ns 1 max_ns 1\n",
		"series a\\x2 count 1 sum_ns 1 max_ns 1\n",
		"series total count 1 sum_ns 1 max_ns 1\n1 2\n",
		"series total count 1 sum_ns 1 max_ns 1\n1 2 3 4\n",
		"series total count 1 sum_ns 1 max_ns 1\n2 2 1\n",
		"series total count 1 sum_ns 1 max_ns 1\n3 2 1\n",
		"series total count 1 sum_ns 1 max_ns 1\n1 3 1\n2 4 1\n",
		"series total count 1 sum_ns 1 max_ns 1\n5 6 1\n1 2 1\n",
		"series total count 1 sum_ns 1 max_ns 1\n1 2 -1\n",
	};
	char name[LT_SERIES_NAME_MAX + 64];
	struct lt_hist hist;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (lt_hist_parse(texts[i], &hist) != -EBADMSG)
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(hist.nr_series, 0);
	}
	snprintf(name, sizeof(name), "series %0*d%s", LT_SERIES_NAME_MAX, 0,
		 head + strlen("series total"));
	assert_int_equal(lt_hist_parse(name, &hist), -EBADMSG);
	assert_int_equal(lt_hist_parse("series t count 18446744073709551616 sum_ns 1 max_ns 1\n",
				       &hist), -ERANGE);
}

/* Against the value of the same rank in the sorted values, within the width of a bucket. */
static void check_percentiles(const uint64_t *values, size_t count)
{
	static const uint32_t ppms[] = { 1, 10000, 500000, 900000, 950000, 990000, 999000,
					 999900, 1000000 };
	struct lt_series series;

	fill_series(&series, values, count);
	assert_int_equal(lt_series_total(&series), count);
	for (size_t i = 0; i < sizeof(ppms) / sizeof(ppms[0]); i++) {
		uint64_t rank = ((unsigned __int128)count * ppms[i] + 999999) / 1000000;
		uint64_t exact = values[rank - 1];
		uint64_t got = lt_series_percentile(&series, ppms[i]);
		uint64_t error = got > exact ? got - exact : exact - got;

		if (error > exact / 16 + 1)
			fail_msg("%u ppm of %zu values: %llu, exactly %llu", ppms[i], count,
				 (unsigned long long)got, (unsigned long long)exact);
		assert_true(got <= series.max_ns);
	}
	free(series.buckets);
}

static void percentiles_are_within_a_bucket_of_the_exact_ones(void **state)
{
	uint64_t *values = calloc(NR_VALUES, sizeof(*values)), seed = 88172645463325252ULL;

	(void)state;
	for (unsigned int spread = 1; spread < 64; spread += 3) {
		for (size_t i = 0; i < NR_VALUES; i++) {
			unsigned int shift = random_bits(&seed) % spread + 64 - spread;

			values[i] = random_bits(&seed) >> shift;
		}
		qsort(values, NR_VALUES, sizeof(*values), compare_values);
		for (size_t count = 1; count <= NR_VALUES; count *= 7)
			check_percentiles(values + NR_VALUES - count, count);
		check_percentiles(values, NR_VALUES);
	}
	free(values);
}

static void percentiles_interpolate_inside_a_bucket(void **state)
{
	struct lt_bucket bucket = { 1024, 1088, 64 };
	struct lt_series series = { .max_ns = 1087, .buckets = &bucket, .nr_buckets = 1 };

	(void)state;
	assert_int_equal(lt_series_percentile(&series, 500000), 1056);
	assert_int_equal(lt_series_percentile(&series, 250000), 1040);
	assert_int_equal(lt_series_percentile(&series, 0), 1024);
	assert_int_equal(lt_series_percentile(&series, 1000000), 1087);
	/* No value lies above the maximum: the same 64 values now share [1024, 1039]. */
	series.max_ns = 1039;
	assert_int_equal(lt_series_percentile(&series, 500000), 1032);
	assert_int_equal(lt_series_percentile(&series, 1000000), 1039);
}

static void empty_and_huge_series_are_fine(void **state)
{
	struct lt_bucket bucket = { UINT64_MAX - 1, UINT64_MAX, UINT64_MAX / 2 };
	struct lt_series series = { 0 };
	uint64_t rows[LT_HIST_ROWS_MAX];

	(void)state;
	assert_int_equal(lt_series_percentile(&series, 990000), 0);
	assert_int_equal(lt_series_rows(&series, 1000, rows), 0);
	series = (struct lt_series){ .max_ns = UINT64_MAX - 1, .buckets = &bucket,
				     .nr_buckets = 1 };
	assert_true(lt_series_percentile(&series, 500000) == UINT64_MAX - 1);
	assert_int_equal(lt_series_rows(&series, 1, rows), 64);
	assert_true(rows[63] == UINT64_MAX / 2);
	assert_int_equal(lt_series_rows(&series, 1000000, rows), 45);
}

static void rows_are_powers_of_two_and_add_up(void **state)
{
	/* In microseconds: 0, 1, 1, 2, 3, 4, 20131. */
	static const uint64_t values[] = { 5, 1000, 1999, 2000, 3990, 4000, 20131402 };
	struct lt_series series;
	uint64_t rows[LT_HIST_ROWS_MAX], sum = 0;

	(void)state;
	fill_series(&series, values, sizeof(values) / sizeof(values[0]));
	assert_int_equal(lt_series_rows(&series, 1000, rows), 15);
	for (int i = 0; i < LT_HIST_ROWS_MAX; i++)
		sum += rows[i];
	assert_int_equal(sum, 7);
	assert_int_equal(rows[14], 1);
	assert_int_equal(lt_series_below(&series, 1000000), 6);
	assert_int_equal(lt_series_below(&series, 0), 0);
	assert_int_equal(lt_series_below(&series, UINT64_MAX), 7);
	/* In nanoseconds the bounds of rows are bounds of buckets: no rounding at all. */
	assert_int_equal(lt_series_rows(&series, 1, rows), 25);
	assert_int_equal(rows[2], 1);
	assert_int_equal(rows[9], 1);
	assert_int_equal(rows[10], 2);
	assert_int_equal(rows[11], 2);
	assert_int_equal(rows[24], 1);
	free(series.buckets);
}

#define BEFORE "series total count 5 sum_ns 500 max_ns 2050\n100 104 3\n2048 2176 2\n"

static void differences_hold_only_what_is_new(void **state)
{
	struct lt_hist before = parsed(BEFORE), now;
	const struct lt_series *total;

	(void)state;
	now = parsed("series total count 8 sum_ns 900 max_ns 2050\n50 52 1\n100 104 5\n"
		     "2048 2176 2\nseries disk=new count 1 sum_ns 7 max_ns 7\n7 8 1\n");
	lt_hist_subtract(&now, &before);
	total = lt_hist_find(&now, "total");
	assert_int_equal(total->count, 3);
	assert_int_equal(total->sum_ns, 400);
	assert_int_equal(total->nr_buckets, 2);
	assert_int_equal(total->buckets[0].lower, 50);
	assert_int_equal(total->buckets[1].count, 2);
	assert_int_equal(total->max_ns, 103);
	assert_int_equal(lt_series_total(lt_hist_find(&now, "disk=new")), 1);
	lt_hist_free(&now);

	now = parsed("series total count 6 sum_ns 3500 max_ns 3000\n100 104 3\n2048 2176 2\n"
		     "2944 3072 1\n");
	lt_hist_subtract(&now, &before);
	assert_int_equal(now.series[0].max_ns, 3000);
	assert_int_equal(now.series[0].nr_buckets, 1);
	lt_hist_free(&now);

	now = parsed(BEFORE);
	lt_hist_subtract(&now, &before);
	assert_int_equal(lt_series_total(&now.series[0]), 0);
	assert_int_equal(now.series[0].max_ns, 0);
	lt_hist_free(&now);
	lt_hist_free(&before);
}

static void a_reset_in_between_is_seen(void **state)
{
	static const char * const texts[] = {
		"series total count 1 sum_ns 100 max_ns 101\n100 104 1\n",
		"series total count 9 sum_ns 900 max_ns 2050\n100 104 2\n2048 2176 7\n",
		"series total count 9 sum_ns 900 max_ns 2050\n104 108 2\n2048 2176 7\n",
	};
	struct lt_hist before = parsed(BEFORE), now;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t total;

		now = parsed(texts[i]);
		total = lt_series_total(&now.series[0]);
		lt_hist_subtract(&now, &before);
		assert_int_equal(lt_series_total(&now.series[0]), total);
		lt_hist_free(&now);
	}
	lt_hist_free(&before);
}

static void copies_are_independent(void **state)
{
	struct lt_hist hist = parsed(BEFORE "series none count 0 sum_ns 0 max_ns 0\n"), copy;

	(void)state;
	assert_int_equal(lt_hist_copy(&copy, &hist), 0);
	lt_hist_free(&hist);
	assert_int_equal(copy.nr_series, 2);
	assert_int_equal(lt_series_total(&copy.series[0]), 5);
	lt_hist_free(&copy);
	assert_int_equal(lt_hist_copy(&copy, &hist), 0);
	assert_int_equal(copy.nr_series, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_becomes_series_and_buckets),
		cmocka_unit_test(malformed_files_are_refused),
		cmocka_unit_test(percentiles_are_within_a_bucket_of_the_exact_ones),
		cmocka_unit_test(percentiles_interpolate_inside_a_bucket),
		cmocka_unit_test(empty_and_huge_series_are_fine),
		cmocka_unit_test(rows_are_powers_of_two_and_add_up),
		cmocka_unit_test(differences_hold_only_what_is_new),
		cmocka_unit_test(a_reset_in_between_is_seen),
		cmocka_unit_test(copies_are_independent),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
