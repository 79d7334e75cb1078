// SPDX-License-Identifier: GPL-2.0
/*
 * Torture of trackers: begins, ends, stages, cancels and queries on shared and own keys in
 * all configurations, while another thread scans, clears, toggles and changes the limits.
 * After each round the ledger must balance and every slot must have come back.
 */
#include "torture.h"

#include "shim_tracker.h"

#define USERS	4
#define ROUNDS	8
#define SHARED	8

static struct latency_tracker *t;
static double round_seconds;
static unsigned long called[LATENCY_TRACKER_REASONS];

static u64 mix(u64 key)
{
	return key * 0x9e3779b97f4a7c15ULL ^ 0x5a5a;
}

static void check_event(struct latency_tracker *tracker, struct latency_tracker_event *ev)
{
	u64 *priv = latency_tracker_event_priv(tracker, ev);

	/* What the caller wrote before commit (E5), all of one piece. */
	TORTURE_CHECK(priv[1] == mix(priv[0]));
	TORTURE_CHECK(priv[2] == ~priv[0]);
}

static void callback(const struct latency_tracker_hit *hit)
{
	check_event(hit->tracker, hit->event);
	__atomic_fetch_add(&called[hit->reason], 1, __ATOMIC_RELAXED);
}

static void format(struct latency_tracker_text *text, const struct latency_tracker_hit *hit)
{
	check_event(hit->tracker, hit->event);
	if (hit->tracker->cfg.stages)
		latency_tracker_text_stages(text, hit);
}

/* Keys longer than 8 bytes repeat their number. */
static void key_of(u64 number, u8 *key)
{
	unsigned int i;

	for (i = 0; i < t->cfg.key_size; i++)
		key[i] = ((u8 *)&number)[i % 8];
}

static int begin(u64 number)
{
	struct latency_tracker_event *ev = latency_tracker_event_prepare(t);
	u8 key[LATENCY_TRACKER_KEY_MAX];
	u64 *priv;

	if (!ev)
		return LATENCY_TRACKER_FULL;
	priv = latency_tracker_event_priv(t, ev);
	priv[0] = number;
	priv[1] = mix(number);
	priv[2] = ~number;
	latency_tracker_event_task(ev, current);
	key_of(number, key);
	return latency_tracker_event_commit(t, ev, key, t->cfg.key_size);
}

static void user(unsigned int i)
{
	u64 seed = i + 1, own = 1000 * (i + 1);
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned long ops = 0;

	for (; torture_goes_on(); ops++) {
		u64 r = shim_rand(&seed), number = r & 0x800 ? (r >> 16) % SHARED : own + ops % 64;
		unsigned int len = t->cfg.key_size;
		struct latency_tracker_event *ev;

		key_of(number, key);
		switch (r % 16) {
		case 0 ... 5:
			begin(number);
			break;
		case 6 ... 10:
			latency_tracker_event_out(t, key, len, 0);
			break;
		case 11:
			if (t->cfg.stages)
				latency_tracker_event_stage(t, key, len, (r >> 8) & 1);
			break;
		case 12:
			latency_tracker_event_cancel(t, key, len);
			break;
		case 13: case 14:
			ev = latency_tracker_event_get(t, key, len);
			if (!ev)
				break;
			/* It may end while we look, but it stays. */
			TORTURE_CHECK(*(u64 *)latency_tracker_event_priv(t, ev) == number);
			if (r & 0x100)
				sched_yield();
			check_event(t, ev);
			latency_tracker_event_put(t, ev);
			break;
		default:
			if (!(r & 0x3000))
				sched_yield();
		}
	}
	torture_count(ops);
}

static void keeper(void)
{
	u64 seed = 77, cursor = 0, lost;
	struct lt_record rec;
	struct lt_hist *h = malloc(sizeof(*h));

	while (torture_goes_on()) {
		u64 r = shim_rand(&seed);

		t->scan.work.func(&t->scan.work);
		if (!(r & 0x7))
			latency_tracker_clear(t);
		if (!(r & 0x70))
			WRITE_ONCE(t->enabled, !READ_ONCE(t->enabled));
		if (!(r & 0x7000))
			latency_tracker_shrink(t);
		if (!(r & 0x700)) {
			WRITE_ONCE(t->timeout_ns, 1 + (r >> 32) % 2000000);
			WRITE_ONCE(t->gc_ns, 1 + (r >> 40) % 8000000);
			lt_set_threshold(t, (r >> 48) % 100000);
			lt_reset(t);
		}
		mutex_lock(&t->lock);
		lt_series_read(t, 0, h);
		mutex_unlock(&t->lock);
		while (lt_ring_read(&lt_hits, &cursor, &rec, &lost))
			TORTURE_CHECK(cursor <= (u64)atomic64_read(&lt_hits.head));
		lt_in_flight(t);
		usleep(r % 1000);
	}
	free(h);
}

static void thread(unsigned int i, void *arg)
{
	if (i < USERS)
		user(i);
	else if (i == USERS)
		keeper();
	else
		torture_wait(round_seconds);
}

static void round_run(unsigned int n)
{
	static const char *const names[] = { "a", "b", "c" };
	struct latency_tracker_config cfg = {
		.name = "torture",
		.key_size = n & 1 ? 24 : 8,
		.priv_size = n & 2 ? 64 : 32,
		.stages = n & 2 ? 2 : 0,
		.stage_names = names,
		.duplicates = n % 3 == 1,
		.keep = n % 3 == 2,
		.untrusted = n & 4,
		.initial_events = 256,
		.max_events = 8192,
		.timeout_ns = 100000,
		.gc_ns = 400000,
		.threshold_ns = 20000,
		.cb = callback,
		.format = format,
	};

	t = latency_tracker_create(&cfg);
	if (IS_ERR(t))
		abort();
	torture_stop = false;
	shim_threads_run(USERS + 2, thread, NULL);
	TORTURE_CHECK(lt_sum(t, LT_BEGINS) ==
		      lt_sum(t, LT_MATCHED) + lt_sum(t, LT_REPLACED) +
		      lt_sum(t, LT_DROPPED_FULL) + lt_sum(t, LT_DROPPED_BUSY) +
		      lt_sum(t, LT_CANCELLED) + lt_sum(t, LT_ABORTED_GC) +
		      lt_sum(t, LT_ABORTED_CLEAR) + lt_in_flight(t));
	TORTURE_CHECK(called[LATENCY_TRACKER_TIMEOUT] == lt_sum(t, LT_TIMED_OUT));
	TORTURE_CHECK(called[LATENCY_TRACKER_GC] == lt_sum(t, LT_ABORTED_GC));
	TORTURE_CHECK(called[LATENCY_TRACKER_REPLACED] == lt_sum(t, LT_REPLACED));
	printf("# round %u: begins %llu matched %llu full %llu busy %llu replaced %llu "
	       "cancelled %llu gc %llu clear %llu timed out %llu orphans %llu hits %llu\n", n,
	       lt_sum(t, LT_BEGINS), lt_sum(t, LT_MATCHED), lt_sum(t, LT_DROPPED_FULL),
	       lt_sum(t, LT_DROPPED_BUSY), lt_sum(t, LT_REPLACED), lt_sum(t, LT_CANCELLED),
	       lt_sum(t, LT_ABORTED_GC), lt_sum(t, LT_ABORTED_CLEAR), lt_sum(t, LT_TIMED_OUT),
	       lt_sum(t, LT_ORPHAN_ENDS), lt_sum(t, LT_HITS));
	memset(called, 0, sizeof(called));
	/* Warns if a slot is missing. */
	latency_tracker_destroy(t);
}

int main(int argc, char **argv)
{
	unsigned int n;

	round_seconds = torture_seconds(argc, argv) / ROUNDS;
	shim_init(8, 2);
	if (lt_ring_init(&lt_hits, 64))
		return 1;
	for (n = 0; n < ROUNDS; n++)
		round_run(n);
	lt_ring_exit(&lt_hits);
	TORTURE_CHECK(shim_allocated() == 0);
	return torture_result("event");
}
