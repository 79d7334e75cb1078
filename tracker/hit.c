// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when an operation was too slow or does not end: the callback, the
 * record in the ring, the tracepoint, the synthetic event, and waking the readers.
 * Rare by definition, but in any context.
 */
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "compat/stacktrace.h"
#include "core.h"

/* The stack of the thread that began a pending operation, if it sleeps. Task context. */
static unsigned int lt_stack_of(pid_t nr, unsigned long *stack)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	unsigned int frames = 0;

	if (task) {
		frames = lt_stack_of_sleeper(task, stack, LT_STACK_MAX);
		put_task_struct(task);
	}
	put_pid(pid);
	return frames;
}

static bool lt_pending(const struct latency_tracker_hit *hit)
{
	return hit->reason == LATENCY_TRACKER_TIMEOUT || hit->reason == LATENCY_TRACKER_REASONS;
}

/* The stacks that were kept with the event. */
static void lt_record_stacks(struct lt_record *rec, const struct lt_stacks *stacks)
{
	/* Pairs with the release in latency_tracker_event_stack(). */
	unsigned int used = smp_load_acquire(&stacks->used);

	while (rec->stacks < used) {
		rec->stack[rec->stacks] = stacks->stack[rec->stacks];
		rec->stacks++;
	}
}

/* The stack of the end, or of the task that the hit is about. */
static noinline void lt_record_stack(struct lt_record *rec, const struct latency_tracker_hit *hit)
{
	struct lt_stack *stack = &rec->stack[rec->stacks];

	stack->kind = LT_STACK_TASK;
	if (hit->task)
		stack->frames = lt_stack_of_task(hit->task, stack->addr, LT_STACK_MAX);
	else if (lt_pending(hit))
		stack->frames = lt_stack_of(hit->event->pid, stack->addr);
	else
		stack->kind = LT_STACK_END;
	/* Skipped: this function, lt_hit_record(), lt_hit() and lt_end_hit(). */
	if (stack->kind == LT_STACK_END)
		stack->frames = stack_trace_save(stack->addr, LT_STACK_MAX, 4);
	rec->stacks += !!stack->frames;
}

/* Where the task that ends what it has begun itself is in user space. */
static void lt_record_user_stack(struct lt_record *rec, const struct latency_tracker_hit *hit)
{
	struct lt_stack *stack = &rec->stack[rec->stacks];

	if (hit->reason != LATENCY_TRACKER_THRESHOLD || hit->event->pid != current->pid)
		return;
	stack->kind = LT_STACK_USER;
	stack->frames = lt_user_stack(stack->addr, LT_STACK_MAX);
	rec->stacks += !!stack->frames;
}

/**
 * lt_hit_record() - describe a hit
 * @rec: filled in, but for its seq
 * @hit: hit
 *
 * Context: any; for pending operations (timeout and the list of them) task.
 */
void lt_hit_record(struct lt_record *rec, const struct latency_tracker_hit *hit)
{
	struct latency_tracker_text text = { .buf = rec->text, .size = sizeof(rec->text) };
	struct latency_tracker_event *ev = hit->event;
	struct latency_tracker *t = hit->tracker;

	rec->now = hit->now;
	rec->begin = ev->begin_ns;
	rec->delta = hit->delta;
	rec->limit = hit->limit;
	rec->cpu_begin = ev->cpu;
	rec->cpu_end = hit->cpu;
	rec->pid = ev->tgid;
	rec->tid = ev->pid;
	rec->reason = hit->reason;
	rec->stacks = 0;
	rec->cgroup = ev->cgroup;
	memcpy(rec->comm, ev->comm, sizeof(rec->comm));
	rec->comm[sizeof(rec->comm) - 1] = '\0';
	strscpy(rec->tracker, t->name, sizeof(rec->tracker));
	rec->text[0] = '\0';
	if (t->cfg.format)
		t->cfg.format(&text, hit);
	rec->text_len = text.len;
	if (t->off_stacks)
		lt_record_stacks(rec, lt_stacks_of(t, ev));
	if (t->cfg.user_stack)
		lt_record_user_stack(rec, hit);
	if (READ_ONCE(t->stack))
		lt_record_stack(rec, hit);
}

/*
 * Wake who sleeps on /proc/latency_tracker, but not more often than the tracker's
 * limit says; the scan wakes them later for what has been recorded meanwhile.
 */
static void lt_hit_wake(struct latency_tracker *t, u64 now)
{
	s64 last = atomic64_read(&t->last_wake);

	/* Ordered behind the record by lt_ring_commit(). */
	if (!lt_proc_waited_for())
		return;
	if (now - (u64)last < READ_ONCE(t->rate_limit_ns) ||
	    !atomic64_try_cmpxchg(&t->last_wake, &last, now)) {
		WRITE_ONCE(t->unwoken, true);
		lt_count(t, LT_SUPPRESSED_WAKES);
		return;
	}
	lt_proc_wake();
}

/**
 * lt_hit_wake_rest() - wake the readers for hits that were not allowed to
 * @t: tracker
 *
 * Context: the scan.
 */
void lt_hit_wake_rest(struct latency_tracker *t)
{
	u64 now = latency_tracker_now();

	if (!READ_ONCE(t->unwoken))
		return;
	if (now - (u64)atomic64_read(&t->last_wake) < READ_ONCE(t->rate_limit_ns))
		return;
	WRITE_ONCE(t->unwoken, false);
	atomic64_set(&t->last_wake, now);
	lt_proc_wake();
}

/* With the ratchet on: whether this delta is greater than all that have hit. */
static bool lt_is_worst(struct latency_tracker *t, s64 delta)
{
	s64 worst = atomic64_read(&t->worst);

	while (delta > worst)
		if (atomic64_try_cmpxchg(&t->worst, &worst, delta))
			return true;
	return false;
}

/* Whether a hit is not to be: the probe does not want it, or the ratchet has seen worse. */
static bool lt_held_back(struct latency_tracker *t, const struct latency_tracker_hit *hit)
{
	if (t->cfg.report && !t->cfg.report(hit))
		return true;
	return READ_ONCE(t->ratchet) && !lt_is_worst(t, hit->delta);
}

/**
 * lt_hit_callback() - call the event's own callback, or else the tracker's
 * @hit: hit
 *
 * Context: any, preemption off.
 */
void lt_hit_callback(const struct latency_tracker_hit *hit)
{
	struct latency_tracker_event *ev = hit->event;
	struct latency_tracker *t = hit->tracker;
	void (*cb)(const struct latency_tracker_hit *hit) = t->cfg.cb;

	if (ev->flags & LATENCY_TRACKER_EV_OPTS) {
		struct latency_tracker_opts *opts = (void *)((char *)ev + t->off_opts);

		cb = opts->cb ?: cb;
	}
	if (cb)
		cb(hit);
}

/**
 * lt_hit() - an operation was too slow, or is pending for too long
 * @hit: hit
 *
 * Context: any, preemption off. The callback is called for every reason; only
 * thresholds and timeouts are recorded.
 */
void lt_hit(const struct latency_tracker_hit *hit)
{
	struct latency_tracker *t = hit->tracker;
	struct lt_record *rec;

	if (hit->reason == LATENCY_TRACKER_THRESHOLD && lt_held_back(t, hit)) {
		lt_count(t, LT_RATCHETED);
		return;
	}
	lt_hit_callback(hit);
	if (hit->reason == LATENCY_TRACKER_GC)
		return;
	lt_count(t, LT_HITS);
	rec = lt_ring_reserve(&lt_hits);
	if (!rec) {
		lt_count(t, LT_LOST_HITS);
		return;
	}
	lt_hit_record(rec, hit);
	lt_trace_hit(rec);
	lt_synth_hit(rec);
	lt_ring_commit(rec);
	lt_hit_wake(t, hit->now);
}
