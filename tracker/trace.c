// SPDX-License-Identifier: GPL-2.0
/* The tracepoint for each hit. */
#include "core.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * lt_trace_hit() - let tracers see a hit
 * @rec: its record
 *
 * Context: any.
 */
void lt_trace_hit(const struct lt_record *rec)
{
	trace_latency_tracker_hit(rec);
}

EXPORT_TRACEPOINT_SYMBOL_GPL(latency_tracker_hit);
