// SPDX-License-Identifier: GPL-2.0
/*
 * One operation with its return code counted, and bursts of operations. Any context;
 * an actor is not interrupted by itself, so that its own fields need no protection.
 */
#include <linux/math64.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "test.h"

/* Threshold of some events that no delta exceeds. */
#define LT_NEVER_NS	(U64_MAX / 2)

/**
 * lt_op_mix() - a number that follows from another (the finisher of SplitMix64)
 * @value: any
 */
u64 lt_op_mix(u64 value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
	return value ^ (value >> 31);
}

static u32 lt_random(struct lt_actor *a)
{
	a->seed += 0x9e3779b97f4a7c15ULL;
	return lt_op_mix(a->seed) >> 32;
}

/* Bytes of the key with a number, of several lengths if it is a long one. */
static unsigned int lt_key(const struct lt_site *site, u64 number, u8 *key)
{
	unsigned int len = site->load->config.key_size;

	if (len > 11)
		len -= number & 3;
	memset(key, 0x5a ^ (u8)number, len);
	memcpy(key, &number, min_t(unsigned int, len, sizeof(number)));
	return len;
}

/* The variants for integers are another way to the same place. */
static bool lt_as_int(const struct lt_site *site, u32 random)
{
	const struct latency_tracker_config *cfg = &site->load->config;

	return random & 1 && cfg->key_size == 8 && !cfg->untrusted && !cfg->hash && !cfg->match;
}

static int lt_count(struct lt_actor *a, struct lt_site *site, enum lt_op op, int ret)
{
	/* The controller looks on. */
	WRITE_ONCE(a->ops, a->ops + 1);
	if (ret < 0 || ret >= LT_RETS)
		lt_site_bad(site, LT_BAD_RETURN);
	else
		a->tally[site->index].count[op][ret]++;
	return ret;
}

/* What is done to the events goes by thirds of the keys. */
static u32 lt_third(u64 number)
{
	u32 rest;

	div_u64_rem(number, 3, &rest);
	return rest;
}

/* A callback of the event's own, which must be the one that is called, by key. */
static void lt_cb_other(const struct latency_tracker_hit *hit)
{
	struct lt_site *site = latency_tracker_data(hit->tracker);

	if (lt_third(hit->event->key_int) || !(hit->event->flags & LATENCY_TRACKER_EV_OPTS))
		lt_site_bad(site, LT_BAD_CALLBACK);
	lt_site_own_cb(hit);
}

static int lt_begin_in(struct lt_site *site, u64 number)
{
	static const struct latency_tracker_opts opts[2] = {
		{ .threshold_ns = 1, .cb = lt_cb_other },
		{ .threshold_ns = LT_NEVER_NS },
	};
	unsigned int which = lt_third(number);
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned int len = lt_key(site, number, key);

	return latency_tracker_event_in(lt_site_tracker(site), key, len,
					site->load->opts && which < 2 ? &opts[which] : NULL);
}

static int lt_begin_prepared(struct lt_site *site, u64 number, bool as_int)
{
	struct latency_tracker *t = lt_site_tracker(site);
	struct latency_tracker_event *ev = latency_tracker_event_prepare(t);
	u8 key[LATENCY_TRACKER_KEY_MAX];
	u64 *priv;

	if (!ev)
		return LATENCY_TRACKER_FULL;
	priv = latency_tracker_event_priv(t, ev);
	priv[0] = atomic64_inc_return(&site->ids);
	priv[1] = number;
	priv[2] = lt_op_mix(priv[0] ^ number);
	latency_tracker_event_task(ev, current);
	if (as_int)
		return latency_tracker_event_commit_int(t, ev, number);
	return latency_tracker_event_commit(t, ev, key, lt_key(site, number, key));
}

static int lt_begin(struct lt_actor *a, struct lt_site *site, u64 number)
{
	int ret;

	if (site->load->in)
		ret = lt_begin_in(site, number);
	else
		ret = lt_begin_prepared(site, number, lt_as_int(site, lt_random(a)));
	return lt_count(a, site, LT_OP_BEGIN, ret);
}

static int lt_end(struct lt_actor *a, struct lt_site *site, u64 number)
{
	struct latency_tracker *t = lt_site_tracker(site);
	static const struct latency_tracker_end end;
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned int len;
	int ret;

	if (lt_as_int(site, lt_random(a))) {
		ret = latency_tracker_event_end_int(t, number, &end);
	} else {
		len = lt_key(site, number, key);
		ret = latency_tracker_event_out(t, key, len, a->id);
	}
	return lt_count(a, site, LT_OP_END, ret);
}

static int lt_cancel(struct lt_actor *a, struct lt_site *site, u64 number)
{
	struct latency_tracker *t = lt_site_tracker(site);
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned int len;
	int ret;

	if (lt_as_int(site, lt_random(a))) {
		ret = latency_tracker_event_cancel_int(t, number);
	} else {
		len = lt_key(site, number, key);
		ret = latency_tracker_event_cancel(t, key, len);
	}
	return lt_count(a, site, LT_OP_CANCEL, ret);
}

static int lt_stage(struct lt_actor *a, struct lt_site *site, u64 number)
{
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned int len = lt_key(site, number, key);
	unsigned int stages = site->load->config.stages;
	int ret;

	ret = latency_tracker_event_stage(lt_site_tracker(site), key, len,
					  stages ? lt_random(a) % stages : 0);
	if (ret == LATENCY_TRACKER_INVAL ? stages : !stages)
		lt_site_bad(site, LT_BAD_RETURN);
	return lt_count(a, site, LT_OP_STAGE, ret);
}

/* What a query found must be what somebody began with that key. */
static void lt_check_event(struct lt_site *site, struct latency_tracker_event *ev, u64 number)
{
	const u64 *priv = latency_tracker_event_priv(lt_site_tracker(site), ev);

	if (site->load->in)
		return;
	if (priv[1] != number || priv[2] != lt_op_mix(priv[0] ^ number))
		lt_site_bad(site, LT_BAD_CONTENT);
}

static void lt_put_held(struct lt_held *held)
{
	if (!held->event)
		return;
	/* It may have ended long ago but must not have been used again. */
	if (READ_ONCE(held->event->begin_ns) != held->begin)
		lt_site_bad(held->site, LT_BAD_CONTENT);
	latency_tracker_event_put(lt_site_tracker(held->site), held->event);
	held->event = NULL;
}

/**
 * lt_op_put_held() - let go of all events that an actor holds
 * @a: actor that does not act any more
 */
void lt_op_put_held(struct lt_actor *a)
{
	unsigned int i;

	for (i = 0; i < LT_HELD; i++)
		lt_put_held(&a->held[i]);
}

static int lt_query(struct lt_actor *a, struct lt_site *site, u64 number, bool hold)
{
	struct lt_held *held = &a->held[lt_random(a) % LT_HELD];
	struct latency_tracker *t = lt_site_tracker(site);
	struct latency_tracker_event *ev;
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned int len = lt_key(site, number, key);

	ev = latency_tracker_event_get(t, key, len);
	if (!ev)
		return lt_count(a, site, LT_OP_QUERY, LATENCY_TRACKER_NOENT);
	lt_check_event(site, ev, number);
	if (hold) {
		lt_put_held(held);
		*held = (struct lt_held) { site, ev, READ_ONCE(ev->begin_ns) };
	} else {
		latency_tracker_event_put(t, ev);
	}
	return lt_count(a, site, LT_OP_QUERY, LATENCY_TRACKER_OK);
}

/* One operation on a key that others use too. */
static void lt_op_shared(struct lt_actor *a, struct lt_site *site)
{
	const struct lt_load *load = site->load;
	u64 number = lt_random(a) % load->keys;
	unsigned int r = lt_random(a) % 100;
	enum lt_op op = LT_OP_BEGIN;

	while (op < LT_OPS - 1 && r >= load->weight[op])
		r -= load->weight[op++];
	switch (op) {
	case LT_OP_BEGIN:
		lt_begin(a, site, number);
		break;
	case LT_OP_END:
		lt_end(a, site, number);
		break;
	case LT_OP_CANCEL:
		lt_cancel(a, site, number);
		break;
	case LT_OP_STAGE:
		lt_stage(a, site, number);
		break;
	default:
		lt_query(a, site, number, op == LT_OP_HOLD);
		break;
	}
}

/* Nobody else uses the key: what must come back is known. */
static void lt_expect_ret(struct lt_site *site, int ret, int want)
{
	if (ret != want && !site->load->lossy)
		lt_site_bad(site, LT_BAD_RETURN);
}

/* Return: whether an event with this key is in flight now. */
static bool lt_own_begin(struct lt_actor *a, struct lt_site *site, u64 number)
{
	int ret = lt_begin(a, site, number);

	if (ret == LATENCY_TRACKER_FULL || ret == LATENCY_TRACKER_BUSY)
		return false;
	lt_expect_ret(site, ret, LATENCY_TRACKER_OK);
	return ret == LATENCY_TRACKER_OK;
}

static void lt_own_between(struct lt_actor *a, struct lt_site *site, u64 number)
{
	const u8 *weight = site->load->weight;

	if (lt_random(a) % 100 < weight[LT_OP_STAGE])
		lt_expect_ret(site, lt_stage(a, site, number), LATENCY_TRACKER_OK);
	if (lt_random(a) % 100 < weight[LT_OP_QUERY])
		lt_expect_ret(site, lt_query(a, site, number, false), LATENCY_TRACKER_OK);
	if (lt_random(a) % 100 < weight[LT_OP_HOLD])
		lt_expect_ret(site, lt_query(a, site, number, true), LATENCY_TRACKER_OK);
}

static void lt_own_end(struct lt_actor *a, struct lt_site *site, u64 number)
{
	unsigned int tries;
	int ret = LATENCY_TRACKER_BUSY;
	bool cancel = lt_random(a) % 100 < site->load->weight[LT_OP_CANCEL];

	for (tries = 0; ret == LATENCY_TRACKER_BUSY && tries < 8; tries++)
		ret = cancel ? lt_cancel(a, site, number) : lt_end(a, site, number);
	lt_expect_ret(site, ret, LATENCY_TRACKER_OK);
	/* The key is not in flight any more. */
	if (!cancel && !(lt_random(a) & 63))
		lt_expect_ret(site, lt_end(a, site, number), LATENCY_TRACKER_NOENT);
}

/* Begin @n of the actor's own keys, end them in another order. Return: how many began. */
static unsigned int lt_burst_own(struct lt_actor *a, struct lt_site *site, unsigned int n)
{
	u64 first = ((u64)a->id << 40) + a->seq, open = 0;
	unsigned int i, begun = 0, turn = lt_random(a);

	for (i = 0; i < n; i++)
		if (lt_own_begin(a, site, first + i))
			open |= 1ULL << i;
	for (i = 0; i < n; i++)
		if (open & (1ULL << i))
			lt_own_between(a, site, first + i);
	for (i = 0; i < site->load->burst; i++) {
		/* An odd factor visits each number below a power of two once. */
		unsigned int at = (i * 5 + turn) & (site->load->burst - 1);

		if (!(open & (1ULL << at)))
			continue;
		lt_own_end(a, site, first + at);
		begun++;
	}
	a->seq += n;
	return begun;
}

/* Return: how many pairs the actor may do now. */
static unsigned int lt_take_quota(struct lt_round *round, unsigned int n)
{
	s64 left = atomic64_read(&round->quota);

	if (left == S64_MAX)
		return n;
	do {
		if (left <= 0)
			return 0;
		n = min_t(s64, n, left);
	} while (!atomic64_try_cmpxchg(&round->quota, &left, left - n));
	return n;
}

static bool lt_right_context(enum lt_ctx ctx)
{
	switch (ctx) {
	case LT_CTX_TASK:
		return !in_nmi() && !hardirq_count() && !in_serving_softirq();
	case LT_CTX_SOFTIRQ:
		return !in_nmi() && !hardirq_count() && in_serving_softirq();
	case LT_CTX_HARDIRQ:
		return !in_nmi() && hardirq_count();
	default:
		return in_nmi();
	}
}

/**
 * lt_op_burst() - act once
 * @a: actor, in its context
 *
 * Return: number of operations done; 0: the round is over.
 */
unsigned int lt_op_burst(struct lt_actor *a)
{
	struct lt_round *round = a->round;
	struct lt_site *site = &round->site[lt_random(a) % round->sites];
	const struct lt_load *load = site->load;
	u64 before = a->ops;
	unsigned int i, n;

	if (!lt_right_context(a->ctx))
		lt_site_bad(site, LT_BAD_CONTEXT);
	/* The tracker must stay as long as it is used, see lt_site_swap(). */
	if (load->swap)
		preempt_disable();
	if (!load->keys) {
		n = lt_take_quota(round, load->burst);
		i = lt_burst_own(a, site, n);
		if (n > i && atomic64_read(&round->quota) != S64_MAX)
			atomic64_add(n - i, &round->quota);
	} else {
		for (i = 0; i < load->burst; i++)
			lt_op_shared(a, site);
	}
	if (load->swap)
		preempt_enable();
	a->bursts++;
	return a->ops - before;
}

/**
 * lt_op_drain() - end all that is in flight with shared keys
 * @a:    actor on whose behalf
 * @site: where nobody else acts any more
 *
 * Context: task.
 */
void lt_op_drain(struct lt_actor *a, struct lt_site *site)
{
	u64 number = 0;

	while (number < site->load->keys) {
		preempt_disable();
		if (lt_end(a, site, number) != LATENCY_TRACKER_OK)
			number++;
		preempt_enable();
		cond_resched();
	}
}
