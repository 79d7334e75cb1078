/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon has done since it was started, for whoever asks.
 *
 * Each number is written by the one thread that is named here and read by all, without a lock:
 * who reads never delays who writes. Numbers that are read one after the other may be of
 * different moments.
 */
#ifndef LT_COUNTS_H
#define LT_COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

/**
 * struct lt_counts - all numbers
 * @hits: hits journalled; main thread
 * @lost: records that were overwritten before they were read; main thread
 * @malformed: records that could not be parsed; main thread
 * @journal_waiting: bytes of journal lines in memory that the disk did not take yet; main thread
 * @journal_dropped: journal lines that are lost; main thread
 * @snapshots_ended: snapshots that succeeded or failed; proof thread
 * @snapshots_failed: those that failed; proof thread
 * @last_snapshot_ns: when the last one succeeded, CLOCK_REALTIME; 0: none; proof thread
 */
struct lt_counts {
	_Atomic uint64_t hits;
	_Atomic uint64_t lost;
	_Atomic uint64_t malformed;
	_Atomic uint64_t journal_waiting;
	_Atomic uint64_t journal_dropped;
	_Atomic uint64_t snapshots_ended;
	_Atomic uint64_t snapshots_failed;
	_Atomic uint64_t last_snapshot_ns;
};

extern struct lt_counts lt_counts;

/** lt_count_add() - count @n more; only the thread that owns @count */
void lt_count_add(_Atomic uint64_t *count, uint64_t n);

/** lt_count_set() - change what goes up and down; only the thread that owns @count */
void lt_count_set(_Atomic uint64_t *count, uint64_t value);

/** lt_count_get() - Return: the number now, or as it was a moment ago; any thread. */
uint64_t lt_count_get(const _Atomic uint64_t *count);

#endif /* LT_COUNTS_H */
