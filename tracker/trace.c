// SPDX-License-Identifier: GPL-2.0
/* The tracepoint for each hit. */
#include "core.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * lt_trace_hit() - let tracers see a hit
 * @rec: its record
 *
 * A function of its own in every build: a tracer that does not know the tracepoint can put a
 * kernel probe on its name, as latency-trackerd does with LTTng.
 *
 * Context: any.
 */
noinline void lt_trace_hit(const struct lt_record *rec)
{
	trace_latency_tracker_hit(rec, LT_RECORD_LAYOUT);
}

EXPORT_TRACEPOINT_SYMBOL_GPL(latency_tracker_hit);
