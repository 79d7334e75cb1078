/* SPDX-License-Identifier: GPL-2.0 */
/* The tracepoint latency_tracker:latency_tracker_hit, for ftrace, perf, LTTng and BPF. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM latency_tracker

#if !defined(LT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LT_TRACE_H

#include <linux/tracepoint.h>

#include "compat/trace_events.h"
#include "ring.h"

TRACE_EVENT(latency_tracker_hit,

	TP_PROTO(const struct lt_record *rec, u64 layout),

	TP_ARGS(rec, layout),

	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u64, begin)
		__field(u64, delta)
		__field(u64, limit)
		__field(u32, cpu_begin)
		__field(u32, cpu_end)
		__field(s32, pid)
		__field(s32, tid)
		__field(u8, reason)
		__array(char, comm, TASK_COMM_LEN)
		__string(tracker, rec->tracker)
		__string(fields, rec->text)
	),

	TP_fast_assign(
		__entry->seq = rec->seq;
		__entry->begin = rec->begin;
		__entry->delta = rec->delta;
		__entry->limit = rec->limit;
		__entry->cpu_begin = rec->cpu_begin;
		__entry->cpu_end = rec->cpu_end;
		__entry->pid = rec->pid;
		__entry->tid = rec->tid;
		__entry->reason = rec->reason;
		memcpy(__entry->comm, rec->comm, TASK_COMM_LEN);
		lt_assign_str(tracker, rec->tracker);
		lt_assign_str(fields, rec->text);
	),

	TP_printk("seq=%llu tracker=%s reason=%s delta_ns=%llu begin_ns=%llu limit_ns=%llu cpu_begin=%u cpu_end=%u pid=%d tid=%d comm=%s%s",
		__entry->seq, __get_str(tracker),
		__print_symbolic(__entry->reason, { 0, "threshold" }, { 1, "timeout" },
				 { 2, "replaced" }, { 3, "gc" }),
		__entry->delta, __entry->begin, __entry->limit, __entry->cpu_begin,
		__entry->cpu_end, __entry->pid, __entry->tid, __entry->comm,
		__get_str(fields))
);

#endif /* LT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
