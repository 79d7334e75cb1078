// SPDX-License-Identifier: GPL-2.0
/*
 * Off-CPU time: from the moment a task is switched out until it is switched in again.
 *
 * Between the two it did not run, so that its stack at the end is that of the begin:
 * stack=1 takes it (kind "task") for those that are reported and for no other. Where the
 * kernel keeps the stack of another task to itself (compat/stacktrace.h) begin_stack=1
 * takes it at each switch-out (kind "begin").
 *
 * A task that exits is switched out one last time, dead: that is no begin, so nothing
 * pends for ever. All others come back, if only to be killed; they may sleep for days,
 * so that nothing is given up by default (gc_ms).
 *
 * An end without begin (orphan_ends) is the first switch to a task: a new one, or one
 * that was off the CPU when the module was loaded or that a filter turned away.
 */
#include "latency_tracker.h"
#include "compat/sched.h"

/**
 * struct offcpu_wait - how a task waits, and who ended that
 * @waker:      thread; 0: an interrupt of the idle task
 * @waker_cpu:  where the waker ran; -1: nobody has woken it
 * @waker_comm: its name
 * @state:      enum offcpu_state
 *
 * The waker writes its part while the task is off the CPU, under the task's pi_lock.
 */
struct offcpu_wait {
	pid_t waker;
	int waker_cpu;
	char waker_comm[TASK_COMM_LEN];
	u8 state;
};

static_assert(sizeof(struct offcpu_wait) <= LATENCY_TRACKER_PRIV_INLINE);

/* Those of lt_state_index() in which a task can be and come back. */
enum offcpu_state {
	OFFCPU_RUNNING,
	OFFCPU_INTERRUPTIBLE,
	OFFCPU_UNINTERRUPTIBLE,
	OFFCPU_STOPPED,
	OFFCPU_TRACED,
	OFFCPU_PARKED,
	OFFCPU_IDLE,
	OFFCPU_STATES,
};

/* The kernel's words, then its letters for the same. */
static const char * const offcpu_state_names[] = {
	"running", "interruptible", "uninterruptible", "stopped", "traced", "parked", "idle",
	"R", "S", "D", "T", "t", "P", "I",
};

static_assert(ARRAY_SIZE(offcpu_state_names) == 2 * OFFCPU_STATES);

static void offcpu_format(struct latency_tracker_text *text, const struct latency_tracker_hit *hit)
{
	const struct offcpu_wait *wait = latency_tracker_event_priv(hit->tracker, hit->event);
	int cpu = READ_ONCE(wait->waker_cpu);

	latency_tracker_text_str(text, "state", offcpu_state_names[OFFCPU_STATES + wait->state]);
	latency_tracker_text_u64(text, "preempted", wait->state == OFFCPU_RUNNING);
	/* Somebody may be waking it right now. */
	if (cpu < 0)
		return;
	latency_tracker_text_s64(text, "waker_pid", READ_ONCE(wait->waker));
	latency_tracker_text_str(text, "waker_comm", wait->waker_comm);
	latency_tracker_text_u64(text, "waker_cpu", cpu);
}

static void offcpu_format_state(char *buf, size_t size, u64 state)
{
	strscpy(buf, offcpu_state_names[state], size);
}

static const struct latency_tracker_dim offcpu_dims[] = {
	{ .name = "state", .series = OFFCPU_STATES, .dense = true, .format = offcpu_format_state },
};

enum { OFFCPU_FILTER_STATE = LATENCY_TRACKER_FILTER_OWN };

static const char * const offcpu_filters[] = { "state", NULL };

static struct latency_tracker_names offcpu_states = {
	.names = offcpu_state_names,
	.nr = ARRAY_SIZE(offcpu_state_names),
};

static u64 offcpu_max_us;

static bool offcpu_report(const struct latency_tracker_hit *hit)
{
	u64 max_us = READ_ONCE(offcpu_max_us);

	return !max_us || (u64)hit->delta <= max_us * NSEC_PER_USEC;
}

static struct latency_tracker_probe offcpu = {
	.config = {
		.name = "offcpu",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.priv_size = sizeof(struct offcpu_wait),
		.dims = offcpu_dims,
		.nr_dims = ARRAY_SIZE(offcpu_dims),
		.report = offcpu_report,
		.format = offcpu_format,
	},
	.filters = offcpu_filters,
	.set = {
		.threshold_us = 100000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
	},
};

static __always_inline bool offcpu_state_wanted(enum offcpu_state state)
{
	return latency_tracker_names_want(&offcpu_states, state) ||
	       latency_tracker_names_want(&offcpu_states, OFFCPU_STATES + state);
}

/* Return: enum offcpu_state, or OFFCPU_STATES for a task that will not come back. */
static __always_inline unsigned int offcpu_state(bool runnable, unsigned int state)
{
	static const u8 states[] = {
		OFFCPU_RUNNING, OFFCPU_INTERRUPTIBLE, OFFCPU_UNINTERRUPTIBLE, OFFCPU_STOPPED,
		OFFCPU_TRACED, OFFCPU_STATES, OFFCPU_STATES, OFFCPU_PARKED, OFFCPU_IDLE,
	};

	/* Index 0 is no bit, the last one is that of the highest. */
	static_assert(TASK_REPORT_IDLE == 1 << (ARRAY_SIZE(states) - 2));

	if (runnable)
		return OFFCPU_RUNNING;
	if (unlikely(state & TASK_DEAD))
		return OFFCPU_STATES;
	return states[lt_state_index(state)];
}

static __always_inline void offcpu_begin(const struct task_struct *p, unsigned int state)
{
	struct latency_tracker_event *ev;
	struct offcpu_wait *wait;

	if (unlikely(state == OFFCPU_STATES) || !latency_tracker_probe_wants(&offcpu, p))
		return;
	if (unlikely(!offcpu_state_wanted(state))) {
		latency_tracker_probe_reject(&offcpu, OFFCPU_FILTER_STATE);
		return;
	}
	ev = latency_tracker_probe_begin(&offcpu, p);
	if (unlikely(!ev))
		return;
	latency_tracker_event_series(ev, 0, state);
	wait = (struct offcpu_wait *)ev->priv;
	wait->state = state;
	wait->waker_cpu = -1;
	latency_tracker_event_commit_int(offcpu.tracker, ev, p->pid);
}

static void offcpu_switch(void *probe, LT_SCHED_SWITCH_ARGS)
{
	struct latency_tracker_end end;

	if (prev->pid)
		offcpu_begin(prev, offcpu_state(lt_switch_runnable(), lt_switch_state()));
	if (!next->pid)
		return;
	/* Set one by one: an initialiser would clear all of it first. */
	end.now = 0;
	end.id = 0;
	end.data = NULL;
	end.task = next;
	latency_tracker_event_end_int(offcpu.tracker, next->pid, &end);
}

LATENCY_TRACKER_HOOK_CHECK(sched_switch, offcpu_switch)

/* The last one counts: a wake-up may have been for nothing. */
static void offcpu_waking(void *probe, struct task_struct *p)
{
	struct latency_tracker_event *ev;
	struct offcpu_wait *wait;
	u64 key = p->pid;

	ev = latency_tracker_event_get(offcpu.tracker, &key, sizeof(key));
	if (!ev)
		return;
	wait = latency_tracker_event_priv(offcpu.tracker, ev);
	WRITE_ONCE(wait->waker, current->pid);
	/* Who lists pending operations meanwhile may see a name that is half another's. */
	memcpy(wait->waker_comm, current->comm, TASK_COMM_LEN);
	WRITE_ONCE(wait->waker_cpu, raw_smp_processor_id());
	latency_tracker_event_put(offcpu.tracker, ev);
}

LATENCY_TRACKER_HOOK_CHECK(sched_waking, offcpu_waking)

static struct latency_tracker_hook offcpu_hooks[] = {
	{ .name = "sched_waking", .probe = offcpu_waking },
	{ .name = "sched_switch", .probe = offcpu_switch },
};

LATENCY_TRACKER_PARAM_NAMES(offcpu, state, offcpu_states,
			    "a list of running (or R), interruptible (S), uninterruptible (D), stopped (T), traced (t), parked (P), idle (I)",
			    "only tasks that wait in these states, such as uninterruptible,running or D,R; empty: all");
LATENCY_TRACKER_PARAM_NUMBER(offcpu, max_us, offcpu_max_us, 0, 1000000000000, 0644,
			     "do not report what takes longer, in microseconds; 0: no upper bound");

LATENCY_TRACKER_PARAM_USER_STACK(offcpu);
LATENCY_TRACKER_PROBE(offcpu, offcpu_hooks, "Reports tasks that are off the CPU for too long");
