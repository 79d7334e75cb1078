/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much history a snapshot has: what it is, whether it is enough, and how to get more.
 *
 * The time that a ring buffer spans is its size divided by what the events of a second take
 * (Desfossez, Desnoyers, Dagenais, equations 1 to 3). It is measured, not computed from guesses:
 * a back end looks how far back its buffers reach and how full they are. Used by the main thread
 * only.
 */
#ifndef LT_COVER_H
#define LT_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "backend.h"

/* Limits of trackers that are remembered, so that each is told once. */
#define LT_COVER_WARNINGS_MAX	32

/**
 * struct lt_cover - what is known, and what was said about it
 * @wanted_ns: --cover, 0 if nobody asked
 * @told_ns: the span that was logged last
 * @told_estimated: it was not measured with full buffers
 * @limited: it was said that there is no memory for more
 * @warned: hashes of warnings that were given
 * @nr_warned: number of them
 */
struct lt_cover {
	uint64_t wanted_ns;
	uint64_t told_ns;
	bool told_estimated;
	bool limited;
	uint64_t warned[LT_COVER_WARNINGS_MAX];
	unsigned int nr_warned;
};

/**
 * lt_cover_bytes() - the size of buffer that spans what is wanted
 * @history: measured
 * @wanted_ns: the span
 *
 * A quarter more than the proportion, as rates vary.
 *
 * Return: bytes for each CPU; 0 when the buffers do, or when it is not known yet.
 */
uint64_t lt_cover_bytes(const struct lt_history *history, uint64_t wanted_ns);

/**
 * lt_cover_update() - take a new measurement
 * @cover: state
 * @history: measured
 *
 * Logs the span when it has changed by a quarter, tells the service manager, and warns about
 * each tracker whose threshold or timeout is longer: its operations begin before the trace.
 *
 * Return: bytes that the buffer of each CPU should have instead; 0 to leave it.
 */
uint64_t lt_cover_update(struct lt_cover *cover, const struct lt_history *history);

/**
 * lt_cover_next_ms() - when to measure again
 * @cover: state
 * @history: the last measurement; NULL: none yet
 *
 * Return: milliseconds from now; 0: no more until a snapshot is taken.
 */
uint64_t lt_cover_next_ms(const struct lt_cover *cover, const struct lt_history *history);

#endif /* LT_COVER_H */
