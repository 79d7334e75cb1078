// SPDX-License-Identifier: GPL-2.0
/*
 * Our hits as events of LTTng's kernel tracer. LTTng attaches to the tracepoint by its name, so
 * this module needs lttng-tracer and not latency_tracker: either may come and go without the
 * other, and the latency_tracker that is loaded may be another version than the one whose
 * records were known here. LT_RECORD_LAYOUT tells; the event is recorded all the same.
 */
#include <linux/module.h>

#include <lttng/tracer.h>

/* The tracepoint itself: the build fails when LTTng's side of it has other arguments. */
#include "trace.h"

#include <wrapper/tracepoint.h>

/* No hit has this number. */
static const struct lt_record lt_unknown_hit = {
	.seq = U64_MAX,
	.comm = "?",
	.tracker = "?",
	.text = " error=lttng-probe-latency-tracker_is_of_another_version",
};

#define LTTNG_PACKAGE_BUILD
#define CREATE_TRACE_POINTS
#include "latency_tracker_hit.h"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hits of latency_tracker as events of LTTng");
