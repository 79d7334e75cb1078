// SPDX-License-Identifier: GPL-2.0
/* The cases in which all contexts act at once. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "test.h"

/* Begin, end, cancel, stage, query, hold. */
#define LT_MIX_PAIRS	{ 48, 48, 2, 0, 2, 0 }
#define LT_MIX_ALL	{ 40, 38, 4, 6, 6, 6 }

static const char * const lt_stage_names[] = { "one", "two", "three", "rest" };

/* As bad as a hash may be: a few chains. */
static unsigned long lt_bad_hash(const void *key, unsigned int len)
{
	return (unsigned long)(*(const u8 *)key & 3) << (BITS_PER_LONG - 8);
}

static bool lt_own_match(const void *a, const void *b, unsigned int len)
{
	return !memcmp(a, b, len);
}

static const struct lt_load lt_loads[] = {
	{
		.name = "own integer keys: every return code as foreseen",
		.config = { .key_size = 8, .max_events = 65536, .threshold_ns = 1 },
		.weight = { 0, 0, 6, 0, 12, 0 },
		.burst = 16,
	}, {
		.name = "thresholds and callbacks of single events",
		.config = {
			.key_size = 8, .max_events = 65536, .opts = true, .threshold_ns = 1000000,
		},
		.weight = { 0, 0, 6, 0, 12, 0 },
		.burst = 16,
		.in = true,
		.opts = true,
	}, {
		.name = "shared keys: a begin replaces",
		.config = { .key_size = 8, .max_events = 65536, .threshold_ns = 1 },
		.keys = 48,
		.weight = LT_MIX_PAIRS,
		.burst = 16,
	}, {
		.name = "shared keys: a begin keeps",
		.config = { .key_size = 8, .max_events = 65536, .keep = true },
		.keys = 48,
		.weight = LT_MIX_ALL,
		.burst = 16,
	}, {
		.name = "shared keys: duplicates",
		.config = {
			.key_size = 8, .max_events = 65536, .duplicates = true, .threshold_ns = 1,
		},
		.keys = 32,
		.weight = { 44, 50, 2, 0, 2, 2 },
		.burst = 16,
	}, {
		.name = "shared byte keys with a secret",
		.config = { .key_size = 16, .max_events = 65536, .untrusted = true },
		.keys = 64,
		.weight = LT_MIX_ALL,
		.burst = 16,
	}, {
		.name = "long keys, stages, references held across the end",
		.config = {
			.key_size = 40, .priv_size = 64, .stages = 3, .max_events = 65536,
			.stage_names = lt_stage_names, .threshold_ns = 1, .stack = true,
		},
		.keys = 64,
		.weight = { 36, 30, 2, 12, 8, 12 },
		.burst = 8,
	}, {
		.name = "own keys with stages and references",
		.config = {
			.key_size = 16, .stages = 2, .max_events = 65536, .untrusted = true,
			.stage_names = lt_stage_names + 1,
		},
		.weight = { 0, 0, 5, 40, 20, 20 },
		.burst = 8,
	}, {
		.name = "a bad hash: long chains",
		.config = {
			.key_size = 8, .max_events = 65536, .hash = lt_bad_hash,
			.match = lt_own_match,
		},
		.keys = 64,
		.weight = LT_MIX_ALL,
		.burst = 8,
	}, {
		.name = "timeouts and old age",
		.config = {
			.key_size = 8, .max_events = 65536, .timeout_ns = 20 * NSEC_PER_MSEC,
			.gc_ns = 90 * NSEC_PER_MSEC,
		},
		.keys = 16384,
		.weight = { 40, 52, 4, 0, 2, 2 },
		.burst = 8,
	}, {
		.name = "a pool that is too small",
		.config = { .key_size = 8, .initial_events = 96, .max_events = 96 },
		.keys = 256,
		.weight = LT_MIX_ALL,
		.burst = 16,
	}, {
		.name = "pool and table grow",
		.config = { .key_size = 8, .initial_events = 32, .max_events = 65536 },
		.keys = 40000,
		.weight = { 60, 30, 2, 0, 4, 4 },
		.burst = 32,
	}, {
		.name = "four trackers at once",
		.config = { .key_size = 8, .max_events = 16384 },
		.sites = 4,
		.keys = 64,
		.weight = LT_MIX_ALL,
		.burst = 8,
	}, {
		.name = "clear with events in flight",
		.config = { .key_size = 8, .max_events = 65536, .threshold_ns = 1 },
		.keys = 1024,
		.weight = LT_MIX_ALL,
		.burst = 16,
		.clear = true,
	}, {
		.name = "destroy with events in flight",
		.config = { .key_size = 8, .max_events = 16384 },
		.keys = 1024,
		.weight = { 44, 44, 6, 0, 6, 0 },
		.burst = 16,
		.swap = true,
	}, {
		.name = "a probe's enabled goes to and fro",
		.config = { .key_size = 8, .max_events = 16384 },
		.weight = { 0, 0, 6, 0, 12, 0 },
		.burst = 16,
		.in = true,
		.lossy = true,
		.toggle = true,
	},
};

/**
 * lt_storm_count() - number of storms
 */
unsigned int lt_storm_count(void)
{
	return ARRAY_SIZE(lt_loads);
}

/**
 * lt_storm_name() - what a case is called
 * @i: its number, from 0
 */
const char *lt_storm_name(unsigned int i)
{
	return lt_loads[i].name;
}

/**
 * lt_storm_run() - one storm
 * @i:  its number
 * @ms: for how long
 */
void lt_storm_run(unsigned int i, unsigned int ms)
{
	lt_round_run(&lt_loads[i], ms, 0);
}

/**
 * lt_storm_pairs() - the last case: a number of pairs from all contexts
 * @pairs: how many; 0: as many as fit into @ms
 * @ms:    for how long, if @pairs is 0
 */
void lt_storm_pairs(u64 pairs, unsigned int ms)
{
	static const struct lt_load load = {
		.config = { .key_size = 8, .initial_events = 16384, .max_events = 262144 },
		.burst = 32,
		.in = true,
	};
	u64 begun = latency_tracker_now(), matched, took;

	matched = lt_round_run(&load, pairs ? 0 : ms, pairs);
	took = div_u64(latency_tracker_now() - begun, NSEC_PER_MSEC);
	if (pairs && !lt_test_stopping())
		lt_expect("pairs matched", matched, pairs);
	lt_diag("%llu pairs in %llu ms", matched, took);
}
