// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler wake-up latency: from the moment a task is woken until it runs.
 *
 * A task that is woken while it still runs does not wait. Its begin is cancelled
 * when it is switched out while runnable, or replaced by the next wake-up when it
 * sleeps first; so only waits that began with a wake-up are timed.
 *
 * An end without begin (orphan_ends) is a switch to a task that had been preempted.
 */
#include "latency_tracker.h"
#include "compat/sched.h"

/**
 * struct wakeup_waker - who woke the task; the CPU is that of the begin
 * @pid:  thread; 0: an interrupt of the idle task
 * @from: CPU on which the woken task ran last
 * @comm: its name
 */
struct wakeup_waker {
	pid_t pid;
	u32 from;
	char comm[TASK_COMM_LEN];
};

static_assert(sizeof(struct wakeup_waker) <= LATENCY_TRACKER_PRIV_INLINE);

/**
 * struct wakeup_switch - the switch that ended the wait
 * @prev: who held the CPU
 * @next: who gets it
 */
struct wakeup_switch {
	const struct task_struct *prev;
	const struct task_struct *next;
};

static const char *wakeup_policy(unsigned int policy)
{
	static const char * const names[] = {
		"normal", "fifo", "rr", "batch", "iso", "idle", "deadline", "ext",
	};

	return policy < ARRAY_SIZE(names) ? names[policy] : "other";
}

static void wakeup_format(struct latency_tracker_text *text,
			  const struct latency_tracker_hit *hit)
{
	const struct wakeup_waker *waker = latency_tracker_event_priv(hit->tracker, hit->event);
	const struct wakeup_switch *sw = hit->data;

	if (sw) {
		latency_tracker_text_s64(text, "prio", sw->next->prio);
		latency_tracker_text_str(text, "policy", wakeup_policy(sw->next->policy));
	}
	latency_tracker_text_s64(text, "waker_pid", waker->pid);
	latency_tracker_text_str(text, "waker_comm", waker->comm);
	latency_tracker_text_u64(text, "waker_cpu", hit->event->cpu);
	latency_tracker_text_u64(text, "from_cpu", waker->from);
	if (!sw)
		return;
	latency_tracker_text_u64(text, "migrated", waker->from != hit->cpu);
	latency_tracker_text_s64(text, "prev_pid", sw->prev->pid);
	latency_tracker_text_str(text, "prev_comm", sw->prev->comm);
	latency_tracker_text_s64(text, "prev_prio", sw->prev->prio);
	if (lt_ran_known(sw->prev))
		latency_tracker_text_us(text, "prev_ran_us", lt_ran_ns(sw->prev));
}

enum wakeup_class { WAKEUP_DEADLINE, WAKEUP_RT, WAKEUP_NORMAL, WAKEUP_CLASSES };

static void wakeup_format_class(char *buf, size_t size, u64 class)
{
	static const char * const names[WAKEUP_CLASSES] = { "deadline", "rt", "normal" };

	strscpy(buf, names[class], size);
}

static const struct latency_tracker_dim wakeup_dims[] = {
	{ .name = "class", .series = WAKEUP_CLASSES, .dense = true,
	  .format = wakeup_format_class },
};

enum { WAKEUP_FILTER_RT_ONLY = LATENCY_TRACKER_FILTER_OWN, WAKEUP_FILTER_MIN_PRIO };

static const char * const wakeup_filters[] = { "rt_only", "min_prio", NULL };

static u64 wakeup_rt_only;
static u64 wakeup_min_prio = MAX_PRIO - 1;

static void wakeup_apply(struct latency_tracker_probe *probe)
{
	WRITE_ONCE(probe->own_filtering, wakeup_rt_only || wakeup_min_prio < MAX_PRIO - 1);
}

static bool wakeup_filter(struct latency_tracker_probe *probe, const struct task_struct *p)
{
	int prio = READ_ONCE(p->prio);

	if (READ_ONCE(wakeup_rt_only) && prio >= MAX_RT_PRIO)
		return latency_tracker_probe_reject(probe, WAKEUP_FILTER_RT_ONLY);
	if (prio > (int)READ_ONCE(wakeup_min_prio))
		return latency_tracker_probe_reject(probe, WAKEUP_FILTER_MIN_PRIO);
	return true;
}

static struct latency_tracker_probe wakeup = {
	.config = {
		.name = "wakeup",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.priv_size = sizeof(struct wakeup_waker),
		.dims = wakeup_dims,
		.nr_dims = ARRAY_SIZE(wakeup_dims),
		.format = wakeup_format,
	},
	.filters = wakeup_filters,
	.own_filter = wakeup_filter,
	.apply = wakeup_apply,
	.set = {
		.threshold_us = 5000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
		.gc_ms = 600000,
	},
};

static __always_inline enum wakeup_class wakeup_class(const struct task_struct *p)
{
	int prio = READ_ONCE(p->prio);

	if (likely(prio >= MAX_RT_PRIO))
		return WAKEUP_NORMAL;
	return prio >= 0 ? WAKEUP_RT : WAKEUP_DEADLINE;
}

static void wakeup_begin(void *probe, struct task_struct *p)
{
	struct latency_tracker_event *ev;
	struct wakeup_waker *waker;

	if (!latency_tracker_probe_wants(&wakeup, p))
		return;
	ev = latency_tracker_probe_begin(&wakeup, p);
	if (unlikely(!ev))
		return;
	latency_tracker_event_series(ev, 0, wakeup_class(p));
	waker = (struct wakeup_waker *)ev->priv;
	waker->pid = current->pid;
	waker->from = task_cpu(p);
	memcpy(waker->comm, current->comm, TASK_COMM_LEN);
	latency_tracker_event_commit_int(wakeup.tracker, ev, p->pid);
}

LATENCY_TRACKER_HOOK_CHECK(sched_waking, wakeup_begin)
LATENCY_TRACKER_HOOK_CHECK(sched_wakeup_new, wakeup_begin)

static void wakeup_switch(void *probe, LT_SCHED_SWITCH_ARGS)
{
	struct latency_tracker_end end;
	struct wakeup_switch sw;

	if (lt_switch_runnable() && prev->pid)
		latency_tracker_event_cancel_int(wakeup.tracker, prev->pid);
	if (!next->pid)
		return;
	/* Set one by one: an initialiser would clear all of it first. */
	sw.prev = prev;
	sw.next = next;
	end.now = 0;
	end.id = 0;
	end.data = &sw;
	end.task = NULL;
	latency_tracker_event_end_int(wakeup.tracker, next->pid, &end);
}

LATENCY_TRACKER_HOOK_CHECK(sched_switch, wakeup_switch)

static struct latency_tracker_hook wakeup_hooks[] = {
	{ .name = "sched_switch", .probe = wakeup_switch },
	{ .name = "sched_wakeup_new", .probe = wakeup_begin },
	{ .name = "sched_waking", .probe = wakeup_begin },
};

LATENCY_TRACKER_PARAM_NUMBER(wakeup, rt_only, wakeup_rt_only, 0, 1, 0644,
			     "1: only tasks of the real-time and deadline classes");
LATENCY_TRACKER_PARAM_NUMBER(wakeup, min_prio, wakeup_min_prio, 0, MAX_PRIO - 1, 0644,
			     "only tasks at least as urgent as this kernel priority, 0..139; below 100 is real-time");

LATENCY_TRACKER_PROBE(wakeup, wakeup_hooks, "Reports tasks that wait too long for a CPU");
