/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms by dimension: one for each label that has been seen, up to a bound, and
 * one for all others.
 *
 * A label gets the next free series, from any context and without a lock: its key is
 * set by compare-and-exchange and never changes again. Histograms are allocated ahead
 * from the scan; while a new label finds none that is spare, it counts as other.
 */
#ifndef LT_DIM_H
#define LT_DIM_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/types.h>

#include "hist.h"
#include "latency_tracker.h"

/* Series 0 of each dimension. */
#define LT_DIM_OTHER	0
#define LT_DIM_SPARE	4
#define LT_DIM_MAP_LOG2	8

/**
 * struct lt_dim - a dimension of a tracker
 * @cfg:  what its creator said
 * @at_end: from @cfg
 * @room: series that have a histogram, LT_DIM_OTHER included; grows by the scan alone
 * @key:  label + 1 of each series, 0: free; [LT_DIM_OTHER] is not used
 * @map:  where a label is likely to be found, by its hash
 * @hist: histogram of each series, valid below @room
 * @base: it as it was at the last reset, all CPUs together; under the tracker's lock
 */
struct lt_dim {
	const struct latency_tracker_dim *cfg;
	u64 (*at_end)(const struct latency_tracker_event *ev,
		      const struct latency_tracker_end *end);
	unsigned int room;
	atomic64_t key[LATENCY_TRACKER_SERIES_MAX + 1];
	u8 map[1 << LT_DIM_MAP_LOG2];
	struct lt_hist __percpu *hist[LATENCY_TRACKER_SERIES_MAX + 1];
	struct lt_hist *base[LATENCY_TRACKER_SERIES_MAX + 1];
};

int lt_dim_init(struct lt_dim *dim, const struct latency_tracker_dim *cfg);
void lt_dim_exit(struct lt_dim *dim);
unsigned int lt_dim_search(struct lt_dim *dim, u64 label);
bool lt_dim_low(const struct lt_dim *dim);
int lt_dim_grow(struct lt_dim *dim);

/**
 * lt_dim_key() - what a series is of
 * @dim:    dimension
 * @series: less than LATENCY_TRACKER_SERIES_MAX + 1
 *
 * In one piece on 32-bit machines too. Context: any. Return: label + 1, 0: the series is free.
 */
static __always_inline u64 lt_dim_key(const struct lt_dim *dim, unsigned int series)
{
	/* Pairs with the exchange in lt_dim_search(), whose caller had seen the histogram. */
	return atomic64_read_acquire(&dim->key[series]);
}

/**
 * lt_dim_known() - the series that a label counts to, if it was asked for lately
 * @dim:   dimension
 * @label: less than U64_MAX
 *
 * Context: any. Return: the series, or LT_DIM_OTHER: ask lt_dim_search().
 */
static __always_inline unsigned int lt_dim_known(struct lt_dim *dim, u64 label)
{
	unsigned int series = READ_ONCE(dim->map[hash_64(label, LT_DIM_MAP_LOG2)]);

	return lt_dim_key(dim, series) == label + 1 ? series : LT_DIM_OTHER;
}

#endif /* LT_DIM_H */
