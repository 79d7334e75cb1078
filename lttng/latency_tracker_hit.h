/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint latency_tracker:latency_tracker_hit as an event of LTTng. LTTng includes this
 * header again and again, each time with other meanings of its macros.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM latency_tracker

#if !defined(LT_LTTNG_HIT_H) || defined(TRACE_HEADER_MULTI_READ)
#define LT_LTTNG_HIT_H

#include <lttng/tracepoint-event.h>

/* The same numbers and names as in tracker/trace.h. */
LTTNG_TRACEPOINT_ENUM(latency_tracker_reason,
	TP_ENUM_VALUES(
		ctf_enum_value("threshold", 0)
		ctf_enum_value("timeout", 1)
		ctf_enum_value("replaced", 2)
		ctf_enum_value("gc", 3)
	)
)

LTTNG_TRACEPOINT_EVENT_CODE(latency_tracker_hit,

	TP_PROTO(const struct lt_record *rec, u64 layout),

	TP_ARGS(rec, layout),

	TP_locvar(
		const struct lt_record *hit;
	),

	TP_code_pre(
		tp_locvar->hit = layout == LT_RECORD_LAYOUT ? rec : &lt_unknown_hit;
	),

	TP_FIELDS(
		ctf_integer(u64, seq, tp_locvar->hit->seq)
		ctf_integer(u64, begin, tp_locvar->hit->begin)
		ctf_integer(s64, delta, tp_locvar->hit->delta)
		ctf_integer(u64, limit, tp_locvar->hit->limit)
		ctf_integer(u32, cpu_begin, tp_locvar->hit->cpu_begin)
		ctf_integer(u32, cpu_end, tp_locvar->hit->cpu_end)
		ctf_integer(s32, pid, tp_locvar->hit->pid)
		ctf_integer(s32, tid, tp_locvar->hit->tid)
		ctf_enum(latency_tracker_reason, u8, reason, tp_locvar->hit->reason)
		ctf_array_text(char, comm, tp_locvar->hit->comm, TASK_COMM_LEN)
		ctf_string(tracker, tp_locvar->hit->tracker)
		ctf_string(fields, tp_locvar->hit->text)
	),

	TP_code_post()
)

#endif /* LT_LTTNG_HIT_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE latency_tracker_hit
#include <lttng/define_trace.h>
