/* SPDX-License-Identifier: GPL-2.0 */
/* How far back ftrace's ring buffers reach, from their statistics. */
#ifndef LT_FTRACE_SURVEY_H
#define LT_FTRACE_SURVEY_H

#include <stdint.h>

#include "backend.h"

struct tracefs_instance;

/**
 * lt_ftrace_stats() - what one per_cpu/cpuN/stats file means
 * @text: the file, read with the clock "mono"
 * @since_ns: when the recording began on an empty buffer
 * @bytes: size of the buffer
 * @full: receives whether it has been full, so that the oldest events are gone
 *
 * Return: nanoseconds that the buffer spans, or would span when it is full; 0 when the file is
 * none of these.
 */
uint64_t lt_ftrace_stats(const char *text, uint64_t since_ns, uint64_t bytes, bool *full);

/**
 * lt_ftrace_survey() - look at all CPUs of an instance
 * @instance: instance
 * @since_ns: as above
 * @history: its @bytes is set; receives the rest
 *
 * Return: 0, or -EIO when no CPU's file could be read.
 */
int lt_ftrace_survey(struct tracefs_instance *instance, uint64_t since_ns,
		     struct lt_history *history);

#endif /* LT_FTRACE_SURVEY_H */
