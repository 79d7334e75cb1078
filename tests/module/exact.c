// SPDX-License-Identifier: GPL-2.0
/* The cases in which one thread acts and knows what must happen. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "exact.h"

/*
 * What the callback saw in the present case: calls by reason, and the private data
 * of the last event. Written by callbacks, one at a time.
 */
static atomic_t lt_calls[LATENCY_TRACKER_REASONS];
static atomic_t lt_own_calls;
static u64 lt_last_priv;
static s64 lt_last_delta;

static void lt_exact_cb(const struct latency_tracker_hit *hit)
{
	lt_last_priv = *(const u64 *)latency_tracker_event_priv(hit->tracker, hit->event);
	lt_last_delta = hit->delta;
	atomic_inc(&lt_calls[hit->reason]);
}

static void lt_exact_own_cb(const struct latency_tracker_hit *hit)
{
	atomic_inc(&lt_own_calls);
}

/**
 * lt_exact_make() - make the tracker of a case
 * @config: what differs from the default; its callback counts
 *
 * Return: NULL if that failed; then the case has failed.
 */
struct latency_tracker *lt_exact_make(struct latency_tracker_config *config)
{
	struct latency_tracker *t;
	unsigned int i;

	for (i = 0; i < LATENCY_TRACKER_REASONS; i++)
		atomic_set(&lt_calls[i], 0);
	atomic_set(&lt_own_calls, 0);
	config->name = config->name ?: "exact";
	config->owner = THIS_MODULE;
	config->key_size = config->key_size ?: 8;
	config->cb = lt_exact_cb;
	t = latency_tracker_create(config);
	lt_expect("error of the tracker", IS_ERR(t) ? -PTR_ERR(t) : 0, 0);
	return IS_ERR(t) ? NULL : t;
}

/**
 * lt_exact_in() - begin
 * @t:   tracker
 * @key: key
 */
int lt_exact_in(struct latency_tracker *t, u64 key)
{
	return latency_tracker_event_in(t, &key, sizeof(key), NULL);
}

/**
 * lt_exact_out() - end
 * @t:   tracker
 * @key: key
 */
int lt_exact_out(struct latency_tracker *t, u64 key)
{
	return latency_tracker_event_out(t, &key, sizeof(key), 0);
}

/**
 * lt_exact_in_priv() - begin with private data
 * @t:    tracker
 * @key:  key
 * @priv: data
 */
int lt_exact_in_priv(struct latency_tracker *t, u64 key, u64 priv)
{
	struct latency_tracker_event *ev = latency_tracker_event_prepare(t);

	if (!ev)
		return FULL;
	*(u64 *)latency_tracker_event_priv(t, ev) = priv;
	return latency_tracker_event_commit_int(t, ev, key);
}

/* Calls by reason: threshold, timeout, replaced, gc; waits for those of the scan. */
static void lt_expect_calls(unsigned int threshold, unsigned int timeout, unsigned int replaced,
			    unsigned int gc)
{
	const unsigned int want[] = { threshold, timeout, replaced, gc };
	static const char * const names[] = LT_REASON_NAMES;
	unsigned int i, tries;

	for (i = 0; i < LATENCY_TRACKER_REASONS; i++) {
		for (tries = 0; tries < 250 && atomic_read(&lt_calls[i]) < want[i]; tries++)
			msleep(20);
		lt_expect(names[i], atomic_read(&lt_calls[i]), want[i]);
	}
}

/**
 * lt_exact_ledger() - check the whole ledger
 * @t:    tracker
 * @want: what it must be, but for the capacity and what is about wake-ups
 */
void lt_exact_ledger(struct latency_tracker *t, const struct latency_tracker_ledger *want)
{
	struct latency_tracker_ledger l;

	latency_tracker_ledger(t, &l);
	lt_expect("begins", l.begins, want->begins);
	lt_expect("matched", l.matched, want->matched);
	lt_expect("replaced", l.replaced, want->replaced);
	lt_expect("dropped_full", l.dropped_full, want->dropped_full);
	lt_expect("dropped_busy", l.dropped_busy, want->dropped_busy);
	lt_expect("cancelled", l.cancelled, want->cancelled);
	lt_expect("aborted_gc", l.aborted_gc, want->aborted_gc);
	lt_expect("aborted_clear", l.aborted_clear, want->aborted_clear);
	lt_expect("in_flight", l.in_flight, want->in_flight);
	lt_expect("timed_out", l.timed_out, want->timed_out);
	lt_expect("orphan_ends", l.orphan_ends, want->orphan_ends);
	lt_expect("negative_deltas", l.negative_deltas, want->negative_deltas);
	lt_expect("hits", l.hits, want->hits);
}

static void lt_exact_returns(void)
{
	struct latency_tracker_config config = { .keep = true };
	static const struct latency_tracker_opts opts = { .threshold_ns = 1 };
	struct latency_tracker *t = lt_exact_make(&config);
	u64 key = 7, longer[2] = { 7, 7 };

	if (!t)
		return;
	lt_expect("end without a begin", lt_exact_out(t, 7), NOENT);
	lt_expect("begin", lt_exact_in(t, 7), OK);
	lt_expect("begin again", lt_exact_in(t, 7), EXISTS);
	lt_expect("begin with a key too long",
		  latency_tracker_event_in(t, longer, sizeof(longer), NULL), INVAL);
	lt_expect("begin without a key", latency_tracker_event_in(t, &key, 0, NULL), INVAL);
	lt_expect("begin with options where there are none",
		  latency_tracker_event_in(t, &key, sizeof(key), &opts), INVAL);
	lt_expect("stage where there is none",
		  latency_tracker_event_stage(t, &key, sizeof(key), 0), INVAL);
	lt_expect("end with a key too long",
		  latency_tracker_event_out(t, longer, sizeof(longer), 0), INVAL);
	lt_expect("end", lt_exact_out(t, 7), OK);
	lt_expect("end again", lt_exact_out(t, 7), NOENT);
	lt_expect("cancel without a begin", latency_tracker_event_cancel_int(t, 7), NOENT);
	lt_expect("begin", lt_exact_in(t, 8), OK);
	lt_expect("cancel", latency_tracker_event_cancel_int(t, 8), OK);
	lt_expect("begin", lt_exact_in(t, 9), OK);
	lt_exact_ledger(t, &(struct latency_tracker_ledger) {
		.begins = 4, .matched = 1, .dropped_busy = 1, .cancelled = 1, .in_flight = 1,
		.orphan_ends = 2 });
	latency_tracker_clear(t);
	lt_expect("end after clear", lt_exact_out(t, 9), NOENT);
	lt_exact_ledger(t, &(struct latency_tracker_ledger) {
		.begins = 4, .matched = 1, .dropped_busy = 1, .cancelled = 1, .aborted_clear = 1,
		.orphan_ends = 3 });
	latency_tracker_destroy(t);
}

static void lt_expect_refused(const char *what, const struct latency_tracker_config *config,
			      int err)
{
	struct latency_tracker *t = latency_tracker_create(config);

	lt_expect(what, IS_ERR(t) ? -PTR_ERR(t) : 0, err);
	if (!IS_ERR(t))
		latency_tracker_destroy(t);
}

static void lt_exact_configs(void)
{
	struct latency_tracker_config config = { .name = "exact", .key_size = 8 }, bad;

	bad = config;
	bad.name = "no/slash";
	lt_expect_refused("a name with a slash", &bad, EINVAL);
	bad.name = "a-name-that-is-longer-than-31-chars";
	lt_expect_refused("a name that is too long", &bad, EINVAL);
	bad = config;
	bad.key_size = 0;
	lt_expect_refused("no key", &bad, EINVAL);
	bad.key_size = LATENCY_TRACKER_KEY_MAX + 1;
	lt_expect_refused("a key too long", &bad, EINVAL);
	bad = config;
	bad.stages = LATENCY_TRACKER_STAGES_MAX + 1;
	lt_expect_refused("too many stages", &bad, EINVAL);
	bad = config;
	bad.max_events = 16;
	bad.initial_events = 32;
	lt_expect_refused("more events at first than at most", &bad, EINVAL);
	latency_tracker_destroy(NULL);
}

static void lt_exact_callbacks(void)
{
	struct latency_tracker_config config = {
		.threshold_ns = 2 * NSEC_PER_MSEC, .timeout_ns = 60 * NSEC_PER_MSEC,
		.gc_ns = 400 * NSEC_PER_MSEC, .opts = true,
	};
	static const struct latency_tracker_opts own = {
		.threshold_ns = 1, .cb = lt_exact_own_cb,
	};
	struct latency_tracker *t = lt_exact_make(&config);
	u64 key = 5;

	if (!t)
		return;
	/* Longer than the threshold. */
	lt_expect("begin", lt_exact_in_priv(t, 1, 11), OK);
	usleep_range(3000, 4000);
	lt_expect("end", lt_exact_out(t, 1), OK);
	lt_expect("private data in the callback", lt_last_priv, 11);
	lt_expect_range("delta in the callback", lt_last_delta, 3 * NSEC_PER_MSEC, NSEC_PER_SEC);
	lt_expect_calls(1, 0, 0, 0);
	/* Replaced. */
	lt_expect("begin", lt_exact_in_priv(t, 2, 21), OK);
	lt_expect("begin again", lt_exact_in_priv(t, 2, 22), OK);
	lt_expect("private data in the callback", lt_last_priv, 21);
	lt_expect_calls(1, 0, 1, 0);
	lt_expect("cancel", latency_tracker_event_cancel_int(t, 2), OK);
	/* Pending, then ended, then nothing more. */
	lt_expect("begin", lt_exact_in_priv(t, 3, 31), OK);
	lt_expect_calls(1, 1, 1, 0);
	lt_expect("end after the timeout", lt_exact_out(t, 3), OK);
	lt_expect_calls(2, 1, 1, 0);
	lt_expect("private data in the callback", lt_last_priv, 31);
	/* Pending until it is too old. */
	lt_expect("begin", lt_exact_in_priv(t, 4, 41), OK);
	lt_expect_calls(2, 2, 1, 1);
	lt_expect("end after old age", lt_exact_out(t, 4), NOENT);
	/* A callback of its own. */
	lt_expect("begin", latency_tracker_event_in(t, &key, sizeof(key), &own), OK);
	udelay(5);
	lt_expect("end", lt_exact_out(t, 5), OK);
	lt_expect("calls of the event's own", atomic_read(&lt_own_calls), 1);
	lt_expect_calls(2, 2, 1, 1);
	lt_exact_ledger(t, &(struct latency_tracker_ledger) {
		.begins = 6, .matched = 3, .replaced = 1, .cancelled = 1, .aborted_gc = 1,
		.timed_out = 2, .orphan_ends = 1, .hits = 5 });
	latency_tracker_destroy(t);
}

static void lt_exact_negative(void)
{
	struct latency_tracker_config config = { .threshold_ns = 1 };
	struct latency_tracker *t = lt_exact_make(&config);
	const struct latency_tracker_end end = { .now = 1 };

	if (!t)
		return;
	lt_expect("begin", lt_exact_in(t, 1), OK);
	lt_expect("end before the begin", latency_tracker_event_end_int(t, 1, &end), OK);
	lt_expect_calls(0, 0, 0, 0);
	lt_exact_ledger(t, &(struct latency_tracker_ledger) {
		.begins = 1, .matched = 1, .negative_deltas = 1 });
	latency_tracker_destroy(t);
}

static void lt_exact_stages(void)
{
	static const char * const names[] = { "first", "second", "last" };
	struct latency_tracker_config config = { .stages = 2, .stage_names = names };
	const struct latency_tracker_stage *stage;
	struct latency_tracker *t = lt_exact_make(&config);
	struct latency_tracker_event *ev;
	u64 key = 1;

	if (!t)
		return;
	lt_expect("stage without a begin", latency_tracker_event_stage(t, &key, 8, 0), NOENT);
	lt_expect("begin", lt_exact_in(t, key), OK);
	lt_expect("stage 1", latency_tracker_event_stage(t, &key, 8, 1), OK);
	lt_expect("stage 2", latency_tracker_event_stage(t, &key, 8, 2), INVAL);
	ev = latency_tracker_event_get(t, &key, sizeof(key));
	if (lt_expect("query", !ev, 0)) {
		stage = latency_tracker_event_stages(t, ev);
		lt_expect("time of a stage that was not passed", stage[0].ns, 0);
		lt_expect_range("time of a stage", stage[1].ns, ev->begin_ns,
				latency_tracker_now());
		latency_tracker_event_put(t, ev);
	}
	lt_expect("end", lt_exact_out(t, key), OK);
	latency_tracker_destroy(t);
}

static void lt_exact_duplicates(void)
{
	struct latency_tracker_config config = { .duplicates = true, .threshold_ns = 1 };
	struct latency_tracker *t = lt_exact_make(&config);
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < 10; i++)
		lt_expect("begin", lt_exact_in_priv(t, 1, i), OK);
	udelay(5);
	for (i = 0; i < 10; i++) {
		lt_expect("end", lt_exact_out(t, 1), OK);
		lt_expect("which one ended", lt_last_priv, i);
	}
	lt_expect("end", lt_exact_out(t, 1), NOENT);
	lt_exact_ledger(t, &(struct latency_tracker_ledger) {
		.begins = 10, .matched = 10, .orphan_ends = 1, .hits = 10 });
	latency_tracker_destroy(t);
}

/* Keys of all lengths, each with a prefix that is another's. */
static void lt_exact_lengths(void)
{
	static const unsigned int sizes[] = { 4, 8, 16, 17, LATENCY_TRACKER_KEY_MAX };
	static const u8 key[LATENCY_TRACKER_KEY_MAX] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	unsigned int i, len, untrusted;

	for (i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		struct latency_tracker_config config = { };
		struct latency_tracker *t;

		untrusted = i & 1;
		config.key_size = sizes[i / 2];
		config.untrusted = untrusted;
		t = lt_exact_make(&config);
		if (!t)
			return;
		for (len = 1; len <= config.key_size && len <= 10; len++)
			lt_expect("begin", latency_tracker_event_in(t, key, len, NULL), OK);
		for (len = 1; len <= config.key_size && len <= 10; len++)
			lt_expect("end", latency_tracker_event_out(t, key, len, 0), OK);
		lt_expect("end", latency_tracker_event_out(t, key, 1, 0), NOENT);
		latency_tracker_destroy(t);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} lt_exact[] = {
	{ "return codes", lt_exact_returns },
	{ "configurations that are refused", lt_exact_configs },
	{ "a pool of N: N begins, then FULL, counted", lt_exact_pool },
	{ "a grown pool stops the drops", lt_exact_growth },
	{ "one callback for each reason", lt_exact_callbacks },
	{ "negative deltas", lt_exact_negative },
	{ "a reference outlives the end", lt_exact_reference },
	{ "stages of an event", lt_exact_stages },
	{ "duplicates end in their order", lt_exact_duplicates },
	{ "keys of all lengths", lt_exact_lengths },
};

/**
 * lt_exact_count() - number of exact cases
 */
unsigned int lt_exact_count(void)
{
	return ARRAY_SIZE(lt_exact);
}

/**
 * lt_exact_name() - what a case is called
 * @i: its number, from 0
 */
const char *lt_exact_name(unsigned int i)
{
	return lt_exact[i].name;
}

/**
 * lt_exact_run() - one case
 * @i: its number
 */
void lt_exact_run(unsigned int i)
{
	lt_exact[i].run();
}
