/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel API of latency-tracker: time the way from a begin to an end, matched
 * by key, and act when it was too long or the end does not come.
 *
 * What may run concurrently, and where
 * ------------------------------------
 * Everything named latency_tracker_event_*, latency_tracker_now() and the filters
 * may be called from task, softirq, hardirq and NMI context, with interrupts off
 * and a runqueue lock held, on PREEMPT_RT too. They do not sleep, allocate, lock or
 * wake; their loops are bounded. They hold their own RCU read side (preemption
 * off). All of them may run concurrently with each other on one tracker and one key.
 * latency_tracker_create(), _destroy(), _clear(), _shrink(), _probe_init() and
 * _probe_exit() sleep.
 * latency_tracker_destroy() must not run concurrently with anything else on that
 * tracker: unhook the callers first, then tracepoint_synchronize_unregister() or
 * what else makes sure that they have left.
 *
 * Guarantees
 * ----------
 * E1 Exactly one of end, replace, garbage collection and clear gets an event; the
 *    callback is called at most once for each reason, by the one who got it
 *    (timeout: by the scan, before the end is known; then once more at the end).
 *    [host test: event/one_winner, event/duplicates_race, event/timeout, event/gc;
 *    interleave: event; torture: event]
 * E2 begins = matched + replaced + dropped_full + dropped_busy + cancelled +
 *    aborted_gc + aborted_clear + in flight, whenever no call is under way.
 *    [host test: event/one_winner, event/full; interleave: event; torture: event;
 *    fuzz: ops]
 * E3 An end that finds no begin is counted (orphan_ends) and has no other effect.
 *    [host test: event/orphan_end]
 * E4 A negative delta is counted (negative_deltas) and is neither a latency in a
 *    histogram nor a hit. [host test: event/negative_delta]
 * E5 What a caller wrote to an event before commit is what the callback, the
 *    formatter and queries see. [host test: event/contents, event/priv,
 *    event/get_put; torture: event]
 *
 * Writes to shared cache lines by a begin and its end, without contention, as read from
 * lt_add() and lt_take(): two to the line of the predecessor in the table, linking and
 * unlinking (lfht_add_at(), lfht_unlink()), and those to the event's own line, of which
 * one is a compare-and-exchange (lfht_claim()). Two more of those are on the CPU's own
 * stacks of the pool; counters and histograms are the CPU's own. Once a batch, that is
 * up to 32 pairs, the CPU's own limbo is written twice, and once a grace period the word
 * by which it was asked for.
 */
#ifndef LATENCY_TRACKER_H
#define LATENCY_TRACKER_H

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/types.h>
#ifdef CONFIG_CGROUPS
#include <linux/cgroup-defs.h>
#include <linux/kernfs.h>
#endif

#include "../freelist/freelist.h"
#include "../rculfhash/rculfhash.h"
#include "uapi/latency_tracker_uapi.h"

#define LATENCY_TRACKER_KEY_INLINE	16
#define LATENCY_TRACKER_KEY_MAX		64
#define LATENCY_TRACKER_PRIV_INLINE	32
#define LATENCY_TRACKER_PRIV_MAX	256
#define LATENCY_TRACKER_STAGES_MAX	8
#define LATENCY_TRACKER_STACKS_MAX	3
#define LATENCY_TRACKER_DIMS_MAX	2
#define LATENCY_TRACKER_SERIES_MAX	64

struct latency_tracker;
struct latency_tracker_end;
struct latency_tracker_event;
struct latency_tracker_hit;
struct latency_tracker_text;

/**
 * enum latency_tracker_ret - what became of a begin, a stage or an end
 * @LATENCY_TRACKER_OK:       done
 * @LATENCY_TRACKER_FULL:     no free event (counted: dropped_full)
 * @LATENCY_TRACKER_DISABLED: the tracker is disabled; nothing is counted
 * @LATENCY_TRACKER_EXISTS:   the key is in flight already and the tracker was told to keep it
 *                            (counted: dropped_busy)
 * @LATENCY_TRACKER_BUSY:     the bounds on retries were met (counted: dropped_busy for a begin;
 *                            for an end the event stays in flight)
 * @LATENCY_TRACKER_NOENT:    no event with this key (for an end counted: orphan_ends)
 * @LATENCY_TRACKER_INVAL:    the key is empty or longer than configured, there is no such stage, or
 *                            options were given without config.opts; nothing is counted, but
 *                            by _commit() (dropped_busy)
 */
enum latency_tracker_ret {
	LATENCY_TRACKER_OK,
	LATENCY_TRACKER_FULL,
	LATENCY_TRACKER_DISABLED,
	LATENCY_TRACKER_EXISTS,
	LATENCY_TRACKER_BUSY,
	LATENCY_TRACKER_NOENT,
	LATENCY_TRACKER_INVAL,
};

/**
 * enum latency_tracker_reason - why a callback is called; index into LT_REASON_NAMES
 * @LATENCY_TRACKER_THRESHOLD: the end came and the delta is above the threshold, or
 *                             the event had timed out before
 * @LATENCY_TRACKER_TIMEOUT:   the end has not come within the timeout; it may yet come
 * @LATENCY_TRACKER_REPLACED:  a begin with the same key took its place
 * @LATENCY_TRACKER_GC:        the end has not come within the garbage-collection age
 */
enum latency_tracker_reason {
	LATENCY_TRACKER_THRESHOLD,
	LATENCY_TRACKER_TIMEOUT,
	LATENCY_TRACKER_REPLACED,
	LATENCY_TRACKER_GC,
	LATENCY_TRACKER_REASONS,
};

/* Bits of latency_tracker_event.flags. */
#define LATENCY_TRACKER_EV_OPTS		1	/* has its own threshold and callback */

/**
 * struct latency_tracker_event - one operation in flight
 * @fl:       in the pool; written by the engine
 * @node:     in the table; written by the engine
 * @begin_ns: CLOCK_MONOTONIC
 * @key_int:  keys of up to 8 bytes, zero-extended
 * @key:      keys of up to 16 bytes
 * @refs:     references from latency_tracker_event_get(), and LT_REFS_HELD
 * @cpu:      of the begin
 * @key_len:  bytes
 * @flags:    LATENCY_TRACKER_EV_*
 * @cgroup:   id of its cgroup in the default hierarchy, 0 if unknown
 * @tgid:     process that began it
 * @pid:      thread that began it
 * @comm:     its name
 * @priv:     the probe's own
 * @series:   for each dimension the series that it counts to
 *
 * Between prepare and commit the caller owns it; from then on until it is claimed
 * all of it but @node, @refs and the stages is constant. The first cache line holds
 * all that begin and end touch.
 */
struct latency_tracker_event {
	struct freelist_obj fl;
	struct lfht_node node;
	u64 begin_ns;
	union {
		u64 key_int;
		u8 key[LATENCY_TRACKER_KEY_INLINE];
	};
	atomic_t refs;
	u16 cpu;
	u8 key_len;
	u8 flags;
	u64 cgroup;
	/* second cache line */
	u64 priv[LATENCY_TRACKER_PRIV_INLINE / 8];
	char comm[TASK_COMM_LEN];
	pid_t tgid;
	pid_t pid;
	u8 series[LATENCY_TRACKER_DIMS_MAX];
};

/**
 * struct latency_tracker_stage - when and where an event passed a stage
 * @ns:  CLOCK_MONOTONIC; 0: not passed
 * @cpu: where
 */
struct latency_tracker_stage {
	u64 ns;
	u32 cpu;
};

/**
 * struct latency_tracker_dim - something by which operations differ, as a device or a state
 * @name:   of the dimension; a series is called "NAME=LABEL"
 * @series: labels that get a histogram, in the order in which they are seen, up to
 *          LATENCY_TRACKER_SERIES_MAX; the rest shares "NAME=other"
 * @dense:  labels are 0 .. @series - 1
 * @at_end: label of an ended event, for one that is not known when it begins; else NULL
 * @format: writes a label as text, as latency_tracker_text_str() would take it; NULL: a number
 */
struct latency_tracker_dim {
	const char *name;
	unsigned int series;
	bool dense;
	u64 (*at_end)(const struct latency_tracker_event *ev,
		      const struct latency_tracker_end *end);
	void (*format)(char *buf, size_t size, u64 label);
};

/**
 * struct latency_tracker_config - what a tracker is made from; copied
 * @name:       unique, at most LT_NAME_MAX - 1 letters, digits, '_' or '-'
 * @owner:      THIS_MODULE
 * @key_size:   longest key in bytes, 1 .. LATENCY_TRACKER_KEY_MAX; up to 8, and without
 *              @hash, @match and @untrusted: compared and hashed as one integer, which
 *              the functions named _int want
 * @priv_size:  bytes of private data an event, up to LATENCY_TRACKER_PRIV_MAX
 * @stages:     number of intermediate points, up to LATENCY_TRACKER_STAGES_MAX
 * @stage_names: @stages + 1 names of the ways begin..stage 0, .., last stage..end
 * @opts:       events may have their own threshold and callback
 * @duplicates: several events may have the same key; an end takes the oldest
 * @keep:       a begin with a key in flight is refused instead of replacing it; not with
 *              @duplicates
 * @untrusted:  keys come from outsiders: hash them with a per-boot secret
 * @initial_events: events made at first; 0: a default
 * @max_events: events at most; 0: a default
 * @threshold_ns: limit of the delta; 0: none
 * @timeout_ns: age of a pending event that makes a hit; 0: none
 * @gc_ns:      age at which a pending event is given up; 0: never
 * @scan_ns:    time between two looks at the pending events, the resolution of @timeout_ns and
 *              @gc_ns; 0: an eighth of the shorter of them, 10 ms or more, 1 s or less for timeouts
 * @rate_limit_ns: least time between two wake-ups of readers
 * @stack:      take a kernel stack with each hit
 * @user_stack: take the user-space stack with each hit that the task ends that began it
 * @stacks:     room in each event for so many stacks taken before the hit, see
 *              latency_tracker_event_stack(); up to LATENCY_TRACKER_STACKS_MAX
 * @dims:       dimensions by which deltas are counted in histograms of their own
 * @nr_dims:    number of @dims, up to LATENCY_TRACKER_DIMS_MAX
 * @cb:         called for each reason, in the context of the end (threshold), of the begin
 *              (replaced) or of the scan (timeout, gc); preemption is off: must not sleep;
 *              may be NULL
 * @report:     whether an operation that ended too late is a hit, asked in the context of the
 *              end; what it holds back is counted (ratcheted) and stays in the histograms; NULL:
 *              all are
 * @hash:       own hash of a key, well mixed in its upper bits; may be NULL
 * @match:      own comparison of two keys; may be NULL
 * @format:     appends the probe's fields of a hit or pending event; any context; may be NULL
 * @data:       the creator's own
 */
struct latency_tracker_config {
	const char *name;
	struct module *owner;
	unsigned int key_size;
	unsigned int priv_size;
	unsigned int stages;
	const char *const *stage_names;
	bool opts;
	bool duplicates;
	bool keep;
	bool untrusted;
	unsigned int initial_events;
	unsigned int max_events;
	u64 threshold_ns;
	u64 timeout_ns;
	u64 gc_ns;
	u64 scan_ns;
	u64 rate_limit_ns;
	bool stack;
	bool user_stack;
	unsigned int stacks;
	const struct latency_tracker_dim *dims;
	unsigned int nr_dims;
	void (*cb)(const struct latency_tracker_hit *hit);
	bool (*report)(const struct latency_tracker_hit *hit);
	unsigned long (*hash)(const void *key, unsigned int len);
	bool (*match)(const void *a, const void *b, unsigned int len);
	void (*format)(struct latency_tracker_text *text, const struct latency_tracker_hit *hit);
	void *data;
};

/**
 * struct latency_tracker_opts - what one event may have of its own (config.opts)
 * @threshold_ns: limit of its delta instead of the tracker's; 0: the tracker's
 * @cb:           called instead of the tracker's; NULL: the tracker's
 */
struct latency_tracker_opts {
	u64 threshold_ns;
	void (*cb)(const struct latency_tracker_hit *hit);
};

/**
 * struct latency_tracker_end - more about an end
 * @now:  time of the end from latency_tracker_now(); 0: read the clock
 * @id:   handed to the callback
 * @data: handed to the callback and the formatter
 * @task: with config.stack: the stack that goes with a hit is that of this task, which does
 *        not run; NULL: that of the end
 */
struct latency_tracker_end {
	u64 now;
	unsigned int id;
	const void *data;
	struct task_struct *task;
};

/**
 * struct latency_tracker_hit - what a callback and a formatter get
 * @tracker: the tracker
 * @event:   the event, readable until they return; what is needed longer must be copied
 * @reason:  why; LATENCY_TRACKER_REASONS for a formatter called for the list of
 *           pending events
 * @now:     time of the end or of the scan
 * @delta:   ns from begin to @now
 * @limit:   ns, the threshold or timeout that was exceeded
 * @cpu:     where the callback runs
 * @id:      from the end
 * @data:    from the end; NULL for timeout, gc and replaced
 * @task:    from the end
 */
struct latency_tracker_hit {
	struct latency_tracker *tracker;
	struct latency_tracker_event *event;
	enum latency_tracker_reason reason;
	u64 now;
	s64 delta;
	u64 limit;
	unsigned int cpu;
	unsigned int id;
	const void *data;
	struct task_struct *task;
};

/**
 * struct latency_tracker_ledger - what a tracker has counted since it was made
 * @capacity:         events that exist
 * @begins:           latency_tracker_event_prepare() while enabled
 * @matched:          ended
 * @replaced:         by a begin with the same key
 * @dropped_full:     begins that found no free event
 * @dropped_busy:     begins that were refused
 * @cancelled:        forgotten by latency_tracker_event_cancel()
 * @aborted_gc:       given up because of their age
 * @aborted_clear:    forgotten by latency_tracker_clear()
 * @in_flight:        begun and not ended, counted from the events themselves
 * @timed_out:        pending past the timeout
 * @orphan_ends:      ends without a begin
 * @negative_deltas:  ends before their begin
 * @hits:             above the threshold or past the timeout
 * @suppressed_wakes: hits for which readers were not woken at once
 * @ratcheted:        above the threshold but not slower than all before, or not for
 *                    config.report
 * @lost_hits:        hits that could not be recorded
 *
 * The fields are called as in LT_STAT_NAMES. Balances (E2) while nobody calls.
 */
struct latency_tracker_ledger {
	u64 capacity;
	u64 begins;
	u64 matched;
	u64 replaced;
	u64 dropped_full;
	u64 dropped_busy;
	u64 cancelled;
	u64 aborted_gc;
	u64 aborted_clear;
	u64 in_flight;
	u64 timed_out;
	u64 orphan_ends;
	u64 negative_deltas;
	u64 hits;
	u64 suppressed_wakes;
	u64 ratcheted;
	u64 lost_hits;
};

struct latency_tracker *latency_tracker_create(const struct latency_tracker_config *config);
void latency_tracker_destroy(struct latency_tracker *tracker);
void latency_tracker_clear(struct latency_tracker *tracker);
void latency_tracker_shrink(struct latency_tracker *tracker);
void *latency_tracker_data(struct latency_tracker *tracker);
void latency_tracker_ledger(struct latency_tracker *tracker,
			    struct latency_tracker_ledger *ledger);

int latency_tracker_event_in(struct latency_tracker *tracker, const void *key, unsigned int len,
			     const struct latency_tracker_opts *opts);
int latency_tracker_event_stage(struct latency_tracker *tracker, const void *key,
				unsigned int len, unsigned int stage);
int latency_tracker_event_stage_int(struct latency_tracker *tracker, u64 key, unsigned int stage);
int latency_tracker_event_out(struct latency_tracker *tracker, const void *key,
			      unsigned int len, unsigned int id);
int latency_tracker_event_end(struct latency_tracker *tracker, const void *key,
			      unsigned int len, const struct latency_tracker_end *end);
int latency_tracker_event_end_int(struct latency_tracker *tracker, u64 key,
				  const struct latency_tracker_end *end);
int latency_tracker_event_cancel(struct latency_tracker *tracker, const void *key,
				 unsigned int len);
int latency_tracker_event_cancel_int(struct latency_tracker *tracker, u64 key);
struct latency_tracker_event *latency_tracker_event_get(struct latency_tracker *tracker,
							const void *key, unsigned int len);
void latency_tracker_event_put(struct latency_tracker *tracker,
			       struct latency_tracker_event *event);

struct latency_tracker_event *latency_tracker_event_prepare(struct latency_tracker *tracker);
int latency_tracker_event_commit(struct latency_tracker *tracker,
				 struct latency_tracker_event *event,
				 const void *key, unsigned int len);
int latency_tracker_event_commit_int(struct latency_tracker *tracker,
				     struct latency_tracker_event *event, u64 key);
void latency_tracker_event_label(struct latency_tracker *tracker,
				 struct latency_tracker_event *event, unsigned int dim, u64 label);
bool latency_tracker_event_stack(struct latency_tracker *tracker,
				 struct latency_tracker_event *event, enum lt_stack_kind kind);
void *latency_tracker_event_priv(struct latency_tracker *tracker,
				 struct latency_tracker_event *event);
const struct latency_tracker_stage *
latency_tracker_event_stages(struct latency_tracker *tracker, struct latency_tracker_event *event);

/**
 * latency_tracker_now() - the clock of all trackers
 *
 * CLOCK_MONOTONIC in nanoseconds, the default clock of LTTng and ftrace's "mono".
 * Any context. While the clock is being adjusted it may step back by a few
 * nanoseconds between CPUs.
 */
static __always_inline u64 latency_tracker_now(void)
{
	return ktime_get_mono_fast_ns();
}

/**
 * latency_tracker_cgroup() - id of a task's cgroup in the default hierarchy
 * @task: pinned by the caller or current
 *
 * Context: any, preemption off.
 */
static __always_inline u64 latency_tracker_cgroup(const struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return rcu_dereference_sched(task->cgroups)->dfl_cgrp->kn->id;
#else
	return 0;
#endif
}

/**
 * latency_tracker_event_task() - note who began an operation
 * @event: prepared, not yet committed
 * @task:  pinned by the caller or current
 */
static __always_inline void latency_tracker_event_task(struct latency_tracker_event *event,
						       const struct task_struct *task)
{
	event->tgid = task->tgid;
	event->pid = task->pid;
	event->cgroup = latency_tracker_cgroup(task);
	/* Not under alloc_lock: a rename may tear the name, the last byte stays NUL. */
	memcpy(event->comm, task->comm, TASK_COMM_LEN);
}

/**
 * latency_tracker_event_series() - latency_tracker_event_label() of a dense dimension
 * @event: prepared, not yet committed
 * @dim:   0 .. config.nr_dims - 1, with config.dims[dim].dense
 * @label: less than config.dims[dim].series
 */
static __always_inline void latency_tracker_event_series(struct latency_tracker_event *event,
							 unsigned int dim, unsigned int label)
{
	/* Series 0 is that of all others. */
	event->series[dim] = label + 1;
}

/*
 * Text of hits: append " name=value" to the record; names are literals, values are
 * escaped. Any context. What does not fit is left out as a whole field.
 */
void latency_tracker_text_u64(struct latency_tracker_text *text, const char *name, u64 value);
void latency_tracker_text_s64(struct latency_tracker_text *text, const char *name, s64 value);
void latency_tracker_text_us(struct latency_tracker_text *text, const char *name, u64 ns);
void latency_tracker_text_str(struct latency_tracker_text *text, const char *name,
			      const char *value);
void latency_tracker_text_dev(struct latency_tracker_text *text, const char *name,
			      unsigned int major, unsigned int minor);
void latency_tracker_text_stages(struct latency_tracker_text *text,
				 const struct latency_tracker_hit *hit);

#include "latency_tracker_probe.h"

#endif /* LATENCY_TRACKER_H */
