// SPDX-License-Identifier: GPL-2.0
/* The exact cases about the memory of events: exhaustion, growth, references. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>

#include "compat/rcupdate.h"
#include "exact.h"

/* Begin with keys from @first on until one is refused. Return: how many were not. */
static unsigned int lt_fill(struct latency_tracker *t, u64 first, unsigned int most)
{
	unsigned int n = 0;

	while (n < most && lt_exact_in(t, first + n) == OK)
		n++;
	return n;
}

static void lt_empty(struct latency_tracker *t, u64 first, unsigned int n)
{
	while (n--)
		lt_expect("end", lt_exact_out(t, first + n), OK);
}

/* Begin again and again until it succeeds. Return: how often it was refused. */
static unsigned int lt_in_when_ready(struct latency_tracker *t, u64 key, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	unsigned int refused = 0;

	while (lt_exact_in(t, key) != OK) {
		refused++;
		if (time_after(jiffies, end))
			break;
		usleep_range(1000, 2000);
	}
	return refused;
}

/* Begin with keys from @first on until @n have begun. Return: how often that was refused. */
static unsigned int lt_fill_when_ready(struct latency_tracker *t, u64 first, unsigned int n,
				       unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	unsigned int refused = 0, done;

	for (done = lt_fill(t, first, n); done < n; done += lt_fill(t, first + done, n - done)) {
		refused++;
		if (time_after(jiffies, end))
			break;
		usleep_range(1000, 2000);
	}
	lt_expect("begins when all have come back", done, n);
	return refused;
}

/**
 * lt_exact_pool() - N slots: N begins and then FULL, each counted; later N again
 */
void lt_exact_pool(void)
{
	static const unsigned int sizes[] = { 1, 2, 63, 64, 65, 1000, 4096 };
	unsigned int i, drops;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int n = sizes[i];
		struct latency_tracker_config config = { .initial_events = n, .max_events = n };
		struct latency_tracker *t = lt_exact_make(&config);

		if (!t)
			return;
		lt_expect("begins in an empty pool", lt_fill(t, 0, n + 1), n);
		for (drops = 1; drops < 100; drops++)
			lt_expect("begin in a full pool", lt_exact_in(t, n + drops), FULL);
		lt_empty(t, 0, n);
		lt_exact_ledger(t, &(struct latency_tracker_ledger) {
			.begins = n + 100, .matched = n, .dropped_full = 100 });
		/* Grace periods, and the scan for what was put on a CPU that has gone quiet. */
		drops += lt_fill_when_ready(t, 0, n, 10000);
		lt_expect("begin in a pool that is full again", lt_exact_in(t, n), FULL);
		drops++;
		lt_exact_ledger(t, &(struct latency_tracker_ledger) {
			.begins = 2 * n + drops, .matched = n, .dropped_full = drops,
			.in_flight = n });
		latency_tracker_destroy(t);
	}
}

/**
 * lt_exact_growth() - a pool that may grow drops until it has; then no more
 */
void lt_exact_growth(void)
{
	struct latency_tracker_config config = { .initial_events = 64, .max_events = 8192 };
	struct latency_tracker *t = lt_exact_make(&config);
	struct latency_tracker_ledger l;
	unsigned int n = 0, drops = 0, i;

	if (!t)
		return;
	for (i = 0; i < 100 && n < 8192; i++) {
		n += lt_fill(t, n, 8192 - n);
		drops += n < 8192;
		msleep(50);
	}
	lt_expect("begins", n, 8192);
	latency_tracker_ledger(t, &l);
	lt_expect("capacity", l.capacity, 8192);
	lt_expect("dropped_full", l.dropped_full, drops);
	lt_empty(t, 0, n);
	lt_diag("from 64 to %llu events, %u drops on the way", l.capacity, drops);
	/*
	 * From now on there is room: what has ended is ready after a grace period, whoever has
	 * asked for it. Where they are not polled it must be one of ours, which a begin that
	 * finds nothing asks for.
	 */
	for (i = 0; i < 64; i++) {
		synchronize_rcu();
		n = lt_fill_when_ready(t, 0, 2000, 10000);
#ifdef LT_RCU_EMULATED
		drops += n;
#else
		if (!lt_expect("drops in a pool that has grown", n, 0))
			break;
#endif
		lt_empty(t, 0, 2000);
	}
	lt_exact_ledger(t, &(struct latency_tracker_ledger) {
		.begins = 8192 + drops + 128000, .matched = 8192 + 128000,
		.dropped_full = drops });
	latency_tracker_destroy(t);
}

/**
 * lt_exact_reference() - an event that is held can be read and is not used again
 */
void lt_exact_reference(void)
{
	struct latency_tracker_config config = { .initial_events = 1, .max_events = 1 };
	struct latency_tracker *t = lt_exact_make(&config);
	struct latency_tracker_event *ev;
	unsigned int drops = 0;
	u64 key = 1, begin;

	if (!t)
		return;
	lt_expect("begin", lt_exact_in_priv(t, 1, 77), OK);
	ev = latency_tracker_event_get(t, &key, sizeof(key));
	if (lt_expect("query", !ev, 0)) {
		begin = ev->begin_ns;
		lt_expect("end", lt_exact_out(t, 1), OK);
		/* The only slot is held: it must not be used again. */
		for (drops = 0; drops < 15; drops++) {
			lt_expect("begin while the slot is held", lt_exact_in(t, 2), FULL);
			msleep(20);
		}
		lt_expect("begin of the event held", ev->begin_ns, begin);
		lt_expect("private data of the event held", ev->priv[0], 77);
		lt_expect("query after the end",
			  !latency_tracker_event_get(t, &key, sizeof(key)), true);
		latency_tracker_event_put(t, ev);
		drops += lt_in_when_ready(t, 2, 10000);
		lt_exact_ledger(t, &(struct latency_tracker_ledger) {
			.begins = 2 + drops, .matched = 1, .dropped_full = drops,
			.in_flight = 1 });
	}
	latency_tracker_destroy(t);
}
