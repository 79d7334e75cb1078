/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log-linear histogram of latencies, one per CPU and series.
 *
 * Sixteen buckets to the power of two: a value is known to within a sixteenth of
 * itself (6.25 %), below 16 ns exactly. Values from 2^LT_HIST_MAX_LOG2 ns (about
 * 73 min) on share the last bucket; their sum and maximum stay exact.
 *
 * A CPU's buckets are written by that CPU only, with operations that an interrupt
 * or NMI on it cannot tear; anybody may read them, and sees each bucket at some
 * time of its own. Nothing is ever set back: a reset is the reader's to subtract.
 */
#ifndef LT_HIST_H
#define LT_HIST_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define LT_HIST_SUB_LOG2	4
#define LT_HIST_SUB		16U
#define LT_HIST_MAX_LOG2	42
#define LT_HIST_BUCKETS		((LT_HIST_MAX_LOG2 - LT_HIST_SUB_LOG2 + 1) * LT_HIST_SUB)

/**
 * struct lt_hist - counts of one series
 * @sum:    of all values, ns
 * @max:    greatest value since the last reset of the tracker, ns
 * @bucket: counts
 */
struct lt_hist {
	u64 sum;
	u64 max;
	u64 bucket[LT_HIST_BUCKETS];
};

/**
 * lt_hist_index() - the bucket of a value
 * @ns: value
 */
static __always_inline unsigned int lt_hist_index(u64 ns)
{
	unsigned int up;

	if (unlikely(ns >= 1ULL << LT_HIST_MAX_LOG2))
		return LT_HIST_BUCKETS - 1;
	/* With bit 4 set, values below 16 get their exact buckets by the same formula. */
	up = fls64(ns | LT_HIST_SUB) - 1 - LT_HIST_SUB_LOG2;
	return up * LT_HIST_SUB + (unsigned int)(ns >> up);
}

u64 lt_hist_lower(unsigned int index);

#endif /* LT_HIST_H */
