// SPDX-License-Identifier: GPL-2.0
/* Tests of the histogram's buckets; what hist.h promises. */
#include <math.h>

#include "unit.h"

#include <hist.h>

#define SAMPLES	200000

static u64 sample[SAMPLES];
static u64 bucket[LT_HIST_BUCKETS];

static void test_bounds(void **state)
{
	unsigned int i;

	assert_int_equal(lt_hist_lower(0), 0);
	assert_int_equal(lt_hist_lower(LT_HIST_BUCKETS), 1ULL << LT_HIST_MAX_LOG2);
	for (i = 0; i < LT_HIST_BUCKETS; i++) {
		assert_true(lt_hist_lower(i) < lt_hist_lower(i + 1));
		assert_int_equal(lt_hist_index(lt_hist_lower(i)), i);
		assert_int_equal(lt_hist_index(lt_hist_lower(i + 1) - 1), i);
	}
}

static void test_last(void **state)
{
	assert_int_equal(lt_hist_index(1ULL << LT_HIST_MAX_LOG2), LT_HIST_BUCKETS - 1);
	assert_int_equal(lt_hist_index((1ULL << LT_HIST_MAX_LOG2) - 1), LT_HIST_BUCKETS - 1);
	assert_int_equal(lt_hist_index(1ULL << 63), LT_HIST_BUCKETS - 1);
	assert_int_equal(lt_hist_index(~0ULL), LT_HIST_BUCKETS - 1);
}

/* From 1 ns to 100 s and on: a bucket is as wide as a sixteenth of its lower bound. */
static void test_error(void **state)
{
	u64 seed = 1, n;

	for (n = 0; n < 5000000; n++) {
		u64 value = shim_rand(&seed) >> (22 + shim_rand(&seed) % 42);
		unsigned int i = lt_hist_index(value);
		u64 lower = lt_hist_lower(i), upper = lt_hist_lower(i + 1);

		assert_true(lower <= value && value < upper);
		assert_true(upper - lower == 1 || (upper - lower) * 16 <= lower);
	}
	for (n = 0; n < 1 << 17; n++)
		assert_true(lt_hist_lower(lt_hist_index(n)) <= n &&
			    lt_hist_lower(lt_hist_index(n) + 1) > n);
}

static int compare(const void *a, const void *b)
{
	return *(const u64 *)a < *(const u64 *)b ? -1 : *(const u64 *)a > *(const u64 *)b;
}

static u64 percentile(unsigned long rank)
{
	unsigned long seen = 0;
	unsigned int i;

	for (i = 0; i < LT_HIST_BUCKETS; i++) {
		seen += bucket[i];
		if (seen > rank)
			break;
	}
	return lt_hist_lower(i);
}

static void check_percentiles(const char *shape)
{
	static const double points[] = { 0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1 };
	double worst = 0;
	unsigned long i;

	memset(bucket, 0, sizeof(bucket));
	for (i = 0; i < SAMPLES; i++)
		bucket[lt_hist_index(sample[i])]++;
	qsort(sample, SAMPLES, sizeof(sample[0]), compare);
	for (i = 0; i < ARRAY_SIZE(points); i++) {
		unsigned long rank = points[i] * (SAMPLES - 1);
		u64 exact = sample[rank], told = percentile(rank);
		double error = exact ? ((double)exact - told) / exact : 0;

		assert_true(told <= exact);
		assert_true(error <= 0.0625);
		worst = fmax(worst, error);
	}
	print_message("# %s: worst error of a percentile %.2f %%\n", shape, worst * 100);
	assert_true(worst > 0);
}

static double unit(u64 *seed)
{
	return ((shim_rand(seed) >> 11) + 0.5) / (1ULL << 53);
}

static double normal(u64 *seed)
{
	return sqrt(-2 * log(unit(seed))) * cos(2 * M_PI * unit(seed));
}

static void test_percentiles(void **state)
{
	u64 seed = 42;
	unsigned long i;

	for (i = 0; i < SAMPLES; i++)
		sample[i] = 1 + unit(&seed) * 1e9;
	check_percentiles("uniform");
	/* A cache hit of 90 ns or a disk of 4 ms. */
	for (i = 0; i < SAMPLES; i++)
		sample[i] = unit(&seed) < 0.95 ? 90 + 8 * fabs(normal(&seed)) :
			    4e6 + 3e5 * fabs(normal(&seed));
	check_percentiles("bimodal");
	/* Pareto with alpha 1.1: the mean is in the tail. */
	for (i = 0; i < SAMPLES; i++)
		sample[i] = fmin(2000 / pow(unit(&seed), 1 / 1.1), 1e11);
	check_percentiles("heavy tail");
	for (i = 0; i < SAMPLES; i++)
		sample[i] = exp(10 + 2 * normal(&seed));
	check_percentiles("log-normal");
}

static const struct CMUnitTest tests[] = {
	UNIT("hist/bounds", test_bounds),
	UNIT("hist/last", test_last),
	UNIT("hist/error", test_error),
	UNIT("hist/percentiles", test_percentiles),
};

UNIT_MAIN("hist", tests)
