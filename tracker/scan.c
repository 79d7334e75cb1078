// SPDX-License-Identifier: GPL-2.0
/*
 * The scan: what a tracker does in the background so that begin and end need not.
 * It walks the slots for operations past their timeout or age, lets the pool and
 * the table grow, keeps grace periods going, and wakes readers for hits that the
 * rate limit held back.
 *
 * Runs from a work item in task context; one at a time for a tracker.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sched.h>

#include "core.h"

/* Bounds of the time between two scans, and slots looked at without a pause. */
#define LT_SCAN_MIN_NS	((u64)10 * NSEC_PER_MSEC)
#define LT_SCAN_MAX_NS	((u64)NSEC_PER_SEC)
/* A timeout is noticed this late at most, unless its owner wants otherwise. */
#define LT_WALK_MAX_NS	((u64)NSEC_PER_SEC)
#define LT_SCAN_CHUNK	256

/* A pending operation is past the timeout: report it, once. */
static void lt_scan_timeout(struct latency_tracker *t, struct latency_tracker_event *ev,
			    u64 now, u64 limit)
{
	struct latency_tracker_hit hit = {
		.tracker = t,
		.event = ev,
		.reason = LATENCY_TRACKER_TIMEOUT,
		.now = now,
		.delta = now - ev->begin_ns,
		.limit = limit,
		.cpu = raw_smp_processor_id(),
	};

	/* Decides against an end that comes right now: one of them is first. */
	if (!lfht_set_flag(&ev->node))
		return;
	lt_count(t, LT_TIMED_OUT);
	lt_hit(&hit);
}

/* A pending operation is too old to be believed. */
static void lt_scan_gc(struct latency_tracker *t, struct latency_tracker_event *ev, u64 now,
		       u64 limit)
{
	struct latency_tracker_hit hit = {
		.tracker = t,
		.event = ev,
		.reason = LATENCY_TRACKER_GC,
		.now = now,
		.delta = now - ev->begin_ns,
		.limit = limit,
		.cpu = raw_smp_processor_id(),
	};

	if (lt_event_abort(t, ev, LT_ABORTED_GC))
		lt_hit(&hit);
}

static void lt_scan_slot(struct latency_tracker *t, struct latency_tracker_event *ev, u64 now)
{
	u64 timeout = READ_ONCE(t->timeout_ns), gc = READ_ONCE(t->gc_ns), begin;
	s64 age;

	/* Begin and the rest of the slot can be read if it is live. */
	if (!lfht_live_acquire(&ev->node))
		return;
	begin = READ_ONCE(ev->begin_ns);
	age = now - begin;
	if (age < 0 || ((!timeout || age < timeout) && (!gc || age < gc)))
		return;
	/* It could have been one that was being added, was refused and used again. */
	if (!lfht_contains(&t->ht, &ev->node) || READ_ONCE(ev->begin_ns) != begin)
		return;
	if (gc && age >= gc)
		lt_scan_gc(t, ev, now, gc);
	else
		lt_scan_timeout(t, ev, now, timeout);
}

static void lt_scan_slots(struct latency_tracker *t)
{
	/* Pairs with the release in freelist_grow(). */
	unsigned int i, n = smp_load_acquire(&t->pool.capacity);

	for (i = 0; i < n; i++) {
		u64 now = latency_tracker_now();

		/* Within one read side an event that is in the table stays the same. */
		preempt_disable_notrace();
		do {
			lt_scan_slot(t, freelist_obj(&t->pool, i), now);
		} while (++i % LT_SCAN_CHUNK && i < n);
		preempt_enable_notrace();
		i--;
		cond_resched();
	}
}

/**
 * lt_in_flight() - number of operations that have begun and not ended
 * @t: tracker
 *
 * Context: task. Counted from the slots themselves, not from the ledger.
 */
unsigned int lt_in_flight(struct latency_tracker *t)
{
	unsigned int i = 0, live = 0;
	bool more = true;

	while (more) {
		preempt_disable_notrace();
		do {
			struct latency_tracker_event *ev;

			/* Pairs with the release in freelist_grow(); a shrink waits for us. */
			more = i < smp_load_acquire(&t->pool.capacity);
			if (!more)
				break;
			ev = freelist_obj(&t->pool, i);
			live += lfht_live(&ev->node);
		} while (++i % LT_SCAN_CHUNK);
		preempt_enable_notrace();
		cond_resched();
	}
	return live;
}

/*
 * More slots, up to the maximum, and a table to match (the paper's Algorithm 2); or fewer,
 * if somebody has asked for that.
 */
static void lt_scan_grow(struct latency_tracker *t)
{
	unsigned int capacity = t->pool.capacity;
	unsigned int order = lfht_order(&t->ht);

	if (READ_ONCE(t->want_growth)) {
		WRITE_ONCE(t->want_growth, false);
		if (capacity < t->cfg.max_events || t->want_shrink)
			freelist_grow(&t->pool, min(capacity * 2, t->cfg.max_events));
		t->want_shrink = false;
	} else if (t->want_shrink) {
		t->want_shrink = freelist_shrink(&t->pool, t->cfg.initial_events);
		/* A table that is too large is cold; the chains may have asked for it, though. */
		capacity = roundup_pow_of_two(t->pool.capacity);
		if (1U << order > 4 * capacity)
			lfht_resize(&t->ht, ilog2(capacity));
		order = lfht_order(&t->ht);
	}
	if (READ_ONCE(t->want_series)) {
		unsigned int i;

		WRITE_ONCE(t->want_series, false);
		for (i = 0; i < t->cfg.nr_dims; i++)
			if (lt_dim_low(&t->dim[i]))
				lt_dim_grow(&t->dim[i]);
	}
	/* A table that cannot be made larger is only slower. */
	if (1U << order < t->pool.capacity ||
	    (READ_ONCE(t->ht.crowded) && 1U << order < 4 * t->pool.capacity))
		lfht_resize(&t->ht, order + 1);
}

/* Time between two walks over the slots; U64_MAX: there is nothing to look for. */
static u64 lt_walk_period(struct latency_tracker *t)
{
	u64 timeout = READ_ONCE(t->timeout_ns), gc = READ_ONCE(t->gc_ns);
	u64 ns = U64_MAX;

	if ((timeout || gc) && READ_ONCE(t->scan_ns))
		return READ_ONCE(t->scan_ns);
	if (timeout)
		ns = min(timeout / 8, LT_WALK_MAX_NS);
	if (gc)
		ns = min(ns, gc / 8);
	return max(ns, LT_SCAN_MIN_NS);
}

static bool lt_walk_due(struct latency_tracker *t)
{
	u64 now = latency_tracker_now();

	/* A delay that was asked for in ticks may be short by a part of one. */
	if (now - t->last_walk + TICK_NSEC < lt_walk_period(t))
		return false;
	t->last_walk = now;
	return true;
}

/* Growth and wake-ups that were held back do not wait for the next walk. */
static unsigned long lt_scan_period(struct latency_tracker *t)
{
	u64 ns = min(lt_walk_period(t), LT_SCAN_MAX_NS);

	if (READ_ONCE(t->unwoken))
		ns = min(ns, max(READ_ONCE(t->rate_limit_ns) / 4, LT_SCAN_MIN_NS));
	return max(nsecs_to_jiffies(ns), 1UL);
}

/**
 * lt_scan() - the work item
 * @work: the tracker's
 */
void lt_scan(struct work_struct *work)
{
	struct latency_tracker *t = container_of(to_delayed_work(work), struct latency_tracker,
						 scan);

	mutex_lock(&t->lock);
	if (lt_walk_due(t))
		lt_scan_slots(t);
	lt_scan_grow(t);
	lt_hit_wake_rest(t);
	/* While slots wait for their grace period look again soon. */
	freelist_flush(&t->pool);
	mutex_unlock(&t->lock);
	queue_delayed_work(lt_wq, &t->scan, lt_scan_period(t));
}

/**
 * lt_scan_soon() - have the scan run now
 * @t: tracker
 *
 * Context: any that may wake; from elsewhere by the tracker's irq_work.
 */
void lt_scan_soon(struct latency_tracker *t)
{
	mod_delayed_work(lt_wq, &t->scan, 0);
}
