// SPDX-License-Identifier: GPL-2.0
/* All orders of a few calls on a tracker with a few events. */
#include <string.h>

#include "cases.h"
#include "shim_tracker.h"

/* Late enough for a first scan to look at the slots. */
#define START	1000000000000ULL
#define LIMIT	1000

static struct latency_tracker *t;
static int ret[IL_THREADS_MAX];
static unsigned int called[LATENCY_TRACKER_REASONS];

static void callback(const struct latency_tracker_hit *hit)
{
	called[hit->reason]++;
	/* Whoever is told to be too late is. */
	if (hit->reason == LATENCY_TRACKER_TIMEOUT || hit->reason == LATENCY_TRACKER_GC)
		IL_CHECK(hit->delta >= LIMIT);
	IL_CHECK(hit->event->priv[0] == hit->event->key_int);
}

static void make(bool duplicates, bool keep, unsigned int events)
{
	struct latency_tracker_config cfg = {
		.name = "il",
		.key_size = 8,
		.initial_events = events,
		.max_events = events,
		.duplicates = duplicates,
		.keep = keep,
		.cb = callback,
	};

	memset(ret, 0, sizeof(ret));
	memset(called, 0, sizeof(called));
	lt_trackers.next = &lt_trackers;
	lt_trackers.prev = &lt_trackers;
	shim_clock_set(START);
	if (lt_ring_init(&lt_hits, 4))
		abort();
	t = latency_tracker_create(&cfg);
	if (IS_ERR(t))
		abort();
}

static struct latency_tracker_event *prepare(void)
{
	return latency_tracker_event_prepare(t);
}

static int commit(struct latency_tracker_event *ev, u64 key)
{
	ev->priv[0] = key;
	return latency_tracker_event_commit_int(t, ev, key);
}

static int begin(u64 key)
{
	struct latency_tracker_event *ev = prepare();

	return ev ? commit(ev, key) : LATENCY_TRACKER_FULL;
}

static int end(u64 key)
{
	struct latency_tracker_end e = { .now = shim_clock_now };

	return latency_tracker_event_end_int(t, key, &e);
}

static u64 sum(enum lt_count count)
{
	return lt_sum(t, count);
}

/* The ledger, and by destroy that no slot is missing. */
static void check_tracker(void)
{
	IL_CHECK(sum(LT_BEGINS) == sum(LT_MATCHED) + sum(LT_REPLACED) + sum(LT_DROPPED_FULL) +
		 sum(LT_DROPPED_BUSY) + sum(LT_CANCELLED) + sum(LT_ABORTED_GC) +
		 sum(LT_ABORTED_CLEAR) + lt_in_flight(t));
	IL_CHECK(called[LATENCY_TRACKER_TIMEOUT] == sum(LT_TIMED_OUT));
	IL_CHECK(called[LATENCY_TRACKER_GC] == sum(LT_ABORTED_GC));
	IL_CHECK(called[LATENCY_TRACKER_REPLACED] == sum(LT_REPLACED));
	latency_tracker_destroy(t);
	IL_CHECK(!shim_warnings());
}

/* duplicates: two ends of two events with one key. */
static void duplicates_setup(void)
{
	make(true, false, 4);
	begin(1);
	begin(1);
}

static void both_end(unsigned int i)
{
	ret[i] = end(1);
}

static void both_check(void)
{
	IL_CHECK(ret[0] == LATENCY_TRACKER_OK && ret[1] == LATENCY_TRACKER_OK);
	IL_CHECK(sum(LT_ORPHAN_ENDS) == 0 && lt_in_flight(t) == 0);
	check_tracker();
}

/* replace: an end while the key is begun again. */
static void replace_setup(void)
{
	/* Enough of them that batches stay out of the way. */
	make(false, false, 32);
	begin(1);
}

static void replace_end(unsigned int i)
{
	struct latency_tracker_event *ev;
	u64 key = 1;

	if (!i) {
		ret[0] = begin(1);
	} else if (i == 1) {
		ret[1] = end(1);
	} else {
		ev = latency_tracker_event_get(t, &key, 8);
		if (ev)
			latency_tracker_event_put(t, ev);
	}
}

static void replace_check(void)
{
	IL_CHECK(ret[0] == LATENCY_TRACKER_OK && ret[1] == LATENCY_TRACKER_OK);
	IL_CHECK(sum(LT_ORPHAN_ENDS) == 0);
	IL_CHECK(sum(LT_MATCHED) == 1);
	check_tracker();
}

static void begin_begin_end(unsigned int i)
{
	ret[i] = i < 2 ? begin(1) : end(1);
}

static void begin_begin_end_check(void)
{
	IL_CHECK(ret[0] == LATENCY_TRACKER_OK && ret[1] == LATENCY_TRACKER_OK);
	IL_CHECK(ret[2] == LATENCY_TRACKER_OK);
	check_tracker();
}

/* one winner: end, scan with gc, cancel. */
static void late_setup(void)
{
	make(false, false, 2);
	t->gc_ns = LIMIT;
	begin(1);
	shim_clock_set(START + LIMIT);
}

static void late(unsigned int i)
{
	if (!i)
		t->scan.work.func(&t->scan.work);
	else if (i == 1)
		ret[1] = end(1);
	else
		ret[2] = latency_tracker_event_cancel_int(t, 1);
}

static void late_check(void)
{
	IL_CHECK(sum(LT_MATCHED) + sum(LT_CANCELLED) + sum(LT_ABORTED_GC) == 1);
	IL_CHECK((ret[1] == LATENCY_TRACKER_OK) == sum(LT_MATCHED));
	IL_CHECK((ret[2] == LATENCY_TRACKER_OK) == sum(LT_CANCELLED));
	check_tracker();
}

/* timeout: flag against end; who comes second knows of the first. */
static void timeout_setup(void)
{
	make(false, false, 2);
	t->timeout_ns = LIMIT;
	begin(1);
	shim_clock_set(START + LIMIT);
}

static void timeout(unsigned int i)
{
	if (!i)
		t->scan.work.func(&t->scan.work);
	else
		ret[1] = end(1);
}

static void timeout_check(void)
{
	IL_CHECK(ret[1] == LATENCY_TRACKER_OK);
	IL_CHECK(called[LATENCY_TRACKER_THRESHOLD] == called[LATENCY_TRACKER_TIMEOUT]);
	IL_CHECK(called[LATENCY_TRACKER_TIMEOUT] <= 1);
	check_tracker();
}

/*
 * What the engine writes to an event unmarked belongs to the access before it. Where another
 * thread may look at that at the same time, the mark is here.
 */
static struct latency_tracker_event *prepare_marked(void)
{
	struct latency_tracker_event *ev = prepare();

	if (ev)
		shim_point(&ev->begin_ns, SHIM_WRITE);
	return ev;
}

static int begin_marked(u64 key)
{
	struct latency_tracker_event *ev = prepare_marked();

	return ev ? commit(ev, key) : LATENCY_TRACKER_FULL;
}

/* references: two queries and the end; then the slot is used again if it may be. */
static void refs_setup(void)
{
	make(false, false, 1);
	begin(1);
}

static void refs(unsigned int i)
{
	struct latency_tracker_event *ev;
	u64 key = 1;

	if (!i) {
		ret[0] = end(1);
		begin_marked(2);
		return;
	}
	ev = latency_tracker_event_get(t, &key, 8);
	if (!ev)
		return;
	shim_point(&ev->begin_ns, SHIM_READ);
	IL_CHECK(ev->key_int == 1);
	latency_tracker_event_put(t, ev);
}

static void refs_check(void)
{
	IL_CHECK(ret[0] == LATENCY_TRACKER_OK);
	check_tracker();
}

/*
 * refused: an event that took long to be added is refused and used again at once, while
 * the scan looks at the slot.
 */
static void refused_setup(void)
{
	make(false, true, 2);
	t->gc_ns = LIMIT;
}

static void refused(unsigned int i)
{
	struct latency_tracker_event *ev;

	if (!i) {
		ev = prepare_marked();
		shim_clock_set(START + 5 * LIMIT);
		if (commit(ev, 1) != LATENCY_TRACKER_EXISTS)
			return;
		ev = prepare_marked();
		commit(ev, 2);
	} else if (i == 1) {
		begin(1);
	} else {
		t->scan.work.func(&t->scan.work);
	}
}

static void refused_check(void)
{
	check_tracker();
}

/* pool of one: everybody wants the last slot. */
static void last_setup(void)
{
	make(false, false, 1);
}

static void last(unsigned int i)
{
	ret[i] = begin(i);
	if (ret[i] == LATENCY_TRACKER_OK)
		IL_CHECK(end(i) == LATENCY_TRACKER_OK);
}

static void last_check(void)
{
	IL_CHECK(sum(LT_MATCHED) >= 1);
	IL_CHECK(sum(LT_MATCHED) + sum(LT_DROPPED_FULL) == 3);
	check_tracker();
}

const struct il_case il_cases[] = {
	{ "event: two ends, two duplicates", 2, 0, 0, duplicates_setup, both_end, both_check },
	{ "event: begin again, end, query", 3, 0, 0, replace_setup, replace_end, replace_check },
	{ "event: begin again twice, end", 3, 0, 0,
	  replace_setup, begin_begin_end, begin_begin_end_check },
	{ "event: gc, end, cancel", 3, 0, 0, late_setup, late, late_check },
	{ "event: timeout, end", 2, 0, 0, timeout_setup, timeout, timeout_check },
	{ "event: end and reuse, two references", 3, 0, 0, refs_setup, refs, refs_check },
	{ "event: refused and reused, scan", 3, 0, 0, refused_setup, refused, refused_check },
	{ "event: three begin and end, one slot", 3, 0, 0, last_setup, last, last_check },
};
const unsigned int il_nr_cases = ARRAY_SIZE(il_cases);
