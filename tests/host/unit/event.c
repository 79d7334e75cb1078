// SPDX-License-Identifier: GPL-2.0
/* Tests of events, trackers and hits; the guarantees E1 .. E5 are in latency_tracker.h. */
#include "unit.h"

#include "shim_tracker.h"

#define THREADS	4
#define START	1000000000000ULL

static struct latency_tracker *t;
static unsigned long wrong;
static bool stop;

/* What the callbacks saw. */
static unsigned int called[LATENCY_TRACKER_REASONS];
static unsigned int called_own;
static struct latency_tracker_hit last;
static struct latency_tracker_event last_event;
static char last_text[256];

static void callback(const struct latency_tracker_hit *hit)
{
	__atomic_fetch_add(&called[hit->reason], 1, __ATOMIC_RELAXED);
	if (!shim_reading())
		unit_wrong(&wrong);
	last = *hit;
	last_event = *hit->event;
}

static void callback_own(const struct latency_tracker_hit *hit)
{
	called_own++;
	last = *hit;
}

static void format(struct latency_tracker_text *text, const struct latency_tracker_hit *hit)
{
	latency_tracker_text_u64(text, "priv", *(u64 *)latency_tracker_event_priv(hit->tracker,
										hit->event));
	if (hit->tracker->cfg.stages)
		latency_tracker_text_stages(text, hit);
}

static struct latency_tracker_config config(unsigned int key_size, unsigned int events)
{
	return (struct latency_tracker_config) {
		.name = "test",
		.key_size = key_size,
		.initial_events = events,
		.max_events = events,
		.cb = callback,
	};
}

static void make(const struct latency_tracker_config *cfg)
{
	memset(called, 0, sizeof(called));
	called_own = 0;
	wrong = 0;
	stop = false;
	shim_clock_set(START);
	assert_int_equal(lt_ring_init(&lt_hits, 64), 0);
	t = latency_tracker_create(cfg);
	assert_false(IS_ERR(t));
}

/* E2; then destroy, which complains by a warning if a slot is missing. */
static void balanced(void)
{
	assert_int_equal(lt_sum(t, LT_BEGINS),
			 lt_sum(t, LT_MATCHED) + lt_sum(t, LT_REPLACED) +
			 lt_sum(t, LT_DROPPED_FULL) + lt_sum(t, LT_DROPPED_BUSY) +
			 lt_sum(t, LT_CANCELLED) + lt_sum(t, LT_ABORTED_GC) +
			 lt_sum(t, LT_ABORTED_CLEAR) + lt_in_flight(t));
}

static void unmake(void)
{
	balanced();
	latency_tracker_destroy(t);
	lt_ring_exit(&lt_hits);
	shim_clock_real();
	assert_int_equal(wrong, 0);
}

static int begin(u64 key)
{
	return latency_tracker_event_in(t, &key, sizeof(key), NULL);
}

static int end(u64 key)
{
	return latency_tracker_event_out(t, &key, sizeof(key), 5);
}

static void scan_now(void)
{
	t->scan.work.func(&t->scan.work);
}

/* As if the last one were long ago. */
static void scan(void)
{
	t->last_walk = 0;
	scan_now();
}

static void counts(enum lt_count count, u64 n)
{
	assert_int_equal(lt_sum(t, count), n);
}

static u64 hist_total(struct lt_hist *h)
{
	u64 n = 0;
	unsigned int i;

	mutex_lock(&t->lock);
	lt_series_read(t, 0, h);
	mutex_unlock(&t->lock);
	for (i = 0; i < LT_HIST_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

static void test_pairs(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	struct lt_hist h;
	u64 i;

	make(&cfg);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(begin(i), LATENCY_TRACKER_OK);
		shim_clock_set(shim_clock_now + i);
		assert_int_equal(lt_in_flight(t), 1);
		assert_int_equal(end(i), LATENCY_TRACKER_OK);
		if (!(i % 16))
			scan();
		shim_gp_wait();
	}
	counts(LT_MATCHED, 1000);
	counts(LT_DROPPED_FULL, 0);
	assert_int_equal(hist_total(&h), 1000);
	assert_int_equal(h.sum, 999 * 1000 / 2);
	assert_int_equal(h.max, 999);
	assert_int_equal(h.bucket[lt_hist_index(7)], 1);
	lt_reset(t);
	assert_int_equal(hist_total(&h), 0);
	assert_int_equal(h.max, 0);
	unmake();
}

static void test_orphan_end(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);

	make(&cfg);
	assert_int_equal(end(1), LATENCY_TRACKER_NOENT);
	assert_int_equal(begin(2), LATENCY_TRACKER_OK);
	assert_int_equal(end(1), LATENCY_TRACKER_NOENT);
	assert_int_equal(end(2), LATENCY_TRACKER_OK);
	assert_int_equal(end(2), LATENCY_TRACKER_NOENT);
	counts(LT_ORPHAN_ENDS, 3);
	counts(LT_MATCHED, 1);
	unmake();
}

static void test_negative_delta(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	struct lt_hist h;

	cfg.threshold_ns = 1;
	make(&cfg);
	assert_int_equal(begin(1), LATENCY_TRACKER_OK);
	shim_clock_set(START - 10);
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	counts(LT_NEGATIVE_DELTAS, 1);
	counts(LT_MATCHED, 1);
	counts(LT_HITS, 0);
	assert_int_equal(called[LATENCY_TRACKER_THRESHOLD], 0);
	assert_int_equal(hist_total(&h), 0);
	/* Nothing is too old either: the scan sees a begin in the future. */
	t->timeout_ns = 1;
	t->gc_ns = 1;
	shim_clock_set(START);
	assert_int_equal(begin(1), LATENCY_TRACKER_OK);
	shim_clock_set(START - 10);
	scan();
	counts(LT_TIMED_OUT, 0);
	counts(LT_ABORTED_GC, 0);
	unmake();
}

static void test_contents(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	struct latency_tracker_event *ev;
	struct latency_tracker_end e = { .id = 9, .data = &cfg };
	struct lt_record rec;
	u64 cursor = 0, lost;
	char buf[LT_RECORD_MAX];

	cfg.threshold_ns = 1000;
	cfg.format = format;
	make(&cfg);
	shim_cpu_set(2);
	ev = latency_tracker_event_prepare(t);
	assert_non_null(ev);
	assert_true(shim_reading());
	latency_tracker_event_task(ev, current);
	*(u64 *)latency_tracker_event_priv(t, ev) = 77;
	ev->cgroup = 123;
	assert_int_equal(latency_tracker_event_commit_int(t, ev, 4711), LATENCY_TRACKER_OK);
	assert_false(shim_reading());
	shim_cpu_set(3);
	e.now = START + 1000;
	assert_int_equal(latency_tracker_event_end_int(t, 4711, &e), LATENCY_TRACKER_OK);
	counts(LT_HITS, 0);
	shim_cpu_set(2);
	ev = latency_tracker_event_prepare(t);
	latency_tracker_event_task(ev, current);
	*(u64 *)latency_tracker_event_priv(t, ev) = 78;
	ev->cgroup = 123;
	latency_tracker_event_commit_int(t, ev, 4711);
	shim_cpu_set(3);
	e.now = START + 1234567;
	assert_int_equal(latency_tracker_event_end_int(t, 4711, &e), LATENCY_TRACKER_OK);
	counts(LT_HITS, 1);
	assert_int_equal(called[LATENCY_TRACKER_THRESHOLD], 1);
	assert_ptr_equal(last.tracker, t);
	assert_ptr_equal(last.data, &cfg);
	assert_int_equal(last.id, 9);
	assert_int_equal(last.cpu, 3);
	assert_int_equal(last.delta, 1234567);
	assert_int_equal(last.limit, 1000);
	assert_int_equal(last.now, START + 1234567);
	assert_int_equal(last_event.begin_ns, START);
	assert_int_equal(last_event.cpu, 2);
	assert_int_equal(last_event.cgroup, 123);
	assert_int_equal(last_event.pid, 1002);
	assert_int_equal(last_event.tgid, 1000);
	assert_int_equal(last_event.priv[0], 78);
	assert_string_equal(last_event.comm, "t2");
	assert_int_equal(lt_ring_read(&lt_hits, &cursor, &rec, &lost), 1);
	lt_record_format(buf, sizeof(buf), &rec, false);
	assert_string_equal(buf, "seq=0 ts=1000.001234567 tracker=test reason=threshold "
			    "delta_us=1234.567 begin=1000.000000000 threshold_us=1.000 "
			    "cpu_begin=2 cpu_end=3 pid=1000 tid=1002 comm=t2 cgroup=123 node_begin=0 node_end=1 priv=78\n");
	lt_record_format(buf, sizeof(buf), &rec, true);
	assert_string_equal(buf, "tracker=test delta_us=1234.567 begin=1000.000000000 "
			    "threshold_us=1.000 cpu_begin=2 cpu_end=3 pid=1000 tid=1002 comm=t2 "
			    "cgroup=123 node_begin=0 node_end=1 priv=78\n");
	shim_cpu_set(0);
	unmake();
}

static void test_replace(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);

	make(&cfg);
	assert_int_equal(begin(1), LATENCY_TRACKER_OK);
	shim_clock_set(START + 100);
	assert_int_equal(begin(1), LATENCY_TRACKER_OK);
	counts(LT_REPLACED, 1);
	assert_int_equal(called[LATENCY_TRACKER_REPLACED], 1);
	assert_int_equal(last.delta, 100);
	assert_int_equal(last_event.begin_ns, START);
	assert_int_equal(lt_in_flight(t), 1);
	balanced();
	cfg.threshold_ns = 1;
	lt_set_threshold(t, 40);
	shim_clock_set(START + 150);
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	assert_int_equal(last.delta, 50);
	assert_int_equal(last.id, 5);
	assert_int_equal(end(1), LATENCY_TRACKER_NOENT);
	unmake();
}

static void test_keep(void **state)
{
	struct latency_tracker_config cfg = config(8, 4);
	unsigned int i;

	cfg.keep = true;
	cfg.threshold_ns = 1;
	make(&cfg);
	assert_int_equal(begin(1), LATENCY_TRACKER_OK);
	shim_clock_set(START + 100);
	/* A refused event can be used again at once: more often than there are events. */
	for (i = 0; i < 10; i++)
		assert_int_equal(begin(1), LATENCY_TRACKER_EXISTS);
	counts(LT_DROPPED_BUSY, 10);
	assert_int_equal(lt_in_flight(t), 1);
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	assert_int_equal(last.delta, 100);
	unmake();
}

static void test_duplicates(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	unsigned int i;

	cfg.duplicates = true;
	cfg.threshold_ns = 1;
	make(&cfg);
	for (i = 0; i < 10; i++) {
		assert_int_equal(begin(7), LATENCY_TRACKER_OK);
		shim_clock_set(START + i + 1);
	}
	counts(LT_REPLACED, 0);
	assert_int_equal(lt_in_flight(t), 10);
	shim_clock_set(START + 1000);
	for (i = 0; i < 10; i++) {
		assert_int_equal(end(7), LATENCY_TRACKER_OK);
		/* The oldest first. */
		assert_int_equal(last.delta, 1000 - i);
	}
	assert_int_equal(end(7), LATENCY_TRACKER_NOENT);
	unmake();
}

static void test_full(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);
	u64 i;

	make(&cfg);
	for (i = 0; i < 16; i++)
		assert_int_equal(begin(i), LATENCY_TRACKER_OK);
	for (; i < 40; i++)
		assert_int_equal(begin(i), LATENCY_TRACKER_FULL);
	counts(LT_DROPPED_FULL, 24);
	balanced();
	for (i = 0; i < 16; i++)
		assert_int_equal(end(i), LATENCY_TRACKER_OK);
	scan();
	shim_gp_wait();
	for (i = 0; i < 16; i++)
		assert_int_equal(begin(i), LATENCY_TRACKER_OK);
	unmake();
}

static void test_grow(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	unsigned int i;
	u64 key = 0;

	cfg.max_events = 1000;
	make(&cfg);
	assert_int_equal(t->pool.capacity, 64);
	for (i = 0; i < 10; i++) {
		while (key < 1000 && begin(key) == LATENCY_TRACKER_OK)
			key++;
		assert_int_equal(atomic_read(&t->scan.work.queued), 1);
		shim_work_run(&t->scan.work);
	}
	assert_int_equal(t->pool.capacity, 1000);
	assert_int_equal(key, 1000);
	assert_int_equal(lt_in_flight(t), 1000);
	/* The table has kept pace. */
	assert_int_equal(lfht_order(&t->ht), 10);
	assert_int_equal(begin(key), LATENCY_TRACKER_FULL);
	for (key = 0; key < 1000; key++)
		assert_int_equal(end(key), LATENCY_TRACKER_OK);
	unmake();
}

/* Let the scan run, and what has been put come back. */
static void scan_and_settle(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		t->scan.work.func(&t->scan.work);
		shim_gp_wait();
	}
}

static void test_shrink(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	u64 key = 0, held;
	unsigned int i;

	cfg.max_events = 1024;
	make(&cfg);
	for (i = 0; i < 10; i++) {
		while (key < 1024 && begin(key) == LATENCY_TRACKER_OK)
			key++;
		shim_work_run(&t->scan.work);
	}
	assert_int_equal(key, 1024);
	/* All in flight: told to shrink, it waits until they end. */
	latency_tracker_shrink(t);
	assert_int_equal(atomic_read(&t->scan.work.queued), 1);
	scan_and_settle();
	assert_int_equal(t->pool.capacity, 1024);
	assert_int_equal(lt_in_flight(t), 1024);
	/* The first that began is in the first chunk, so that all others can go. */
	for (held = 1; held < 1024; held++)
		assert_int_equal(end(held), LATENCY_TRACKER_OK);
	scan_and_settle();
	assert_int_equal(t->pool.capacity, 64);
	assert_int_equal(lfht_order(&t->ht), 6);
	assert_int_equal(lt_in_flight(t), 1);
	assert_int_equal(end(0), LATENCY_TRACKER_OK);
	/* Whoever needs more gets it again. */
	scan_and_settle();
	for (key = 0, i = 0; i < 10; i++) {
		while (key < 1024 && begin(key) == LATENCY_TRACKER_OK)
			key++;
		shim_work_run(&t->scan.work);
	}
	assert_int_equal(t->pool.capacity, 1024);
	assert_int_equal(key, 1024);
	/* Told to shrink when all are needed: growth wins. */
	latency_tracker_shrink(t);
	t->scan.work.func(&t->scan.work);
	assert_int_equal(begin(key), LATENCY_TRACKER_FULL);
	for (key = 0; key < 1024; key++)
		assert_int_equal(end(key), LATENCY_TRACKER_OK);
	assert_true(READ_ONCE(t->want_growth));
	scan_and_settle();
	assert_int_equal(t->pool.capacity, 1024);
	for (key = 0; key < 1024; key++)
		assert_int_equal(begin(key), LATENCY_TRACKER_OK);
	latency_tracker_clear(t);
	unmake();
}

static void test_disabled(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);
	u64 key = 1;

	make(&cfg);
	assert_int_equal(begin(1), LATENCY_TRACKER_OK);
	WRITE_ONCE(t->enabled, false);
	assert_int_equal(begin(2), LATENCY_TRACKER_DISABLED);
	assert_null(latency_tracker_event_prepare(t));
	assert_false(shim_reading());
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	WRITE_ONCE(t->enabled, true);
	assert_int_equal(latency_tracker_event_in(t, &key, 0, NULL), LATENCY_TRACKER_INVAL);
	assert_int_equal(latency_tracker_event_in(t, &key, 9, NULL), LATENCY_TRACKER_INVAL);
	assert_int_equal(latency_tracker_event_out(t, &key, 9, 0), LATENCY_TRACKER_INVAL);
	assert_int_equal(latency_tracker_event_cancel(t, &key, 9), LATENCY_TRACKER_INVAL);
	assert_null(latency_tracker_event_get(t, &key, 9));
	counts(LT_BEGINS, 1);
	/* Prepared with a key that does not fit: a begin that was dropped. */
	assert_int_equal(latency_tracker_event_commit(t, latency_tracker_event_prepare(t), &key, 9),
			 LATENCY_TRACKER_INVAL);
	assert_false(shim_reading());
	counts(LT_DROPPED_BUSY, 1);
	unmake();
}

static void test_timeout(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);

	cfg.timeout_ns = 1000;
	cfg.threshold_ns = 1 << 30;
	make(&cfg);
	begin(1);
	shim_clock_set(START + 999);
	begin(2);
	scan();
	counts(LT_TIMED_OUT, 0);
	shim_clock_set(START + 1000);
	scan();
	scan();
	counts(LT_TIMED_OUT, 1);
	counts(LT_HITS, 1);
	assert_int_equal(called[LATENCY_TRACKER_TIMEOUT], 1);
	assert_int_equal(last.delta, 1000);
	assert_int_equal(last.limit, 1000);
	assert_int_equal(last_event.key_int, 1);
	assert_int_equal(lt_in_flight(t), 2);
	/* Then its end, below the threshold: the callback is called once more. */
	shim_clock_set(START + 1500);
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	assert_int_equal(called[LATENCY_TRACKER_THRESHOLD], 1);
	assert_int_equal(last.delta, 1500);
	assert_int_equal(end(2), LATENCY_TRACKER_OK);
	assert_int_equal(called[LATENCY_TRACKER_THRESHOLD], 1);
	counts(LT_HITS, 2);
	unmake();
}

/* Scans for other reasons do not look at the slots before it is time. */
static void test_scan_period(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);

	cfg.timeout_ns = 80 * NSEC_PER_MSEC;
	make(&cfg);
	begin(1);
	scan();
	shim_clock_set(START + 81 * NSEC_PER_MSEC);
	scan_now();
	counts(LT_TIMED_OUT, 1);
	begin(2);
	t->timeout_ns = 1;
	shim_clock_set(START + 84 * NSEC_PER_MSEC);
	scan_now();
	counts(LT_TIMED_OUT, 1);
	shim_clock_set(START + 91 * NSEC_PER_MSEC);
	scan_now();
	counts(LT_TIMED_OUT, 2);
	/* The period that its owner wants. */
	t->scan_ns = NSEC_PER_SEC;
	begin(3);
	shim_clock_set(START + 900 * NSEC_PER_MSEC);
	scan_now();
	counts(LT_TIMED_OUT, 2);
	shim_clock_set(START + 1091 * NSEC_PER_MSEC);
	scan_now();
	counts(LT_TIMED_OUT, 3);
	unmake();
}

static u64 count_of(const char *series, u64 *sum)
{
	char buf[5 * LT_NAME_MAX];
	const char *name;
	struct lt_hist h;
	unsigned int i, j;
	u64 n = 0;

	*sum = 0;
	mutex_lock(&t->lock);
	for (i = 0; (name = lt_series_name(t, i, buf, sizeof(buf))); i++) {
		if (strcmp(name, series))
			continue;
		lt_series_read(t, i, &h);
		for (j = 0; j < LT_HIST_BUCKETS; j++)
			n += h.bucket[j];
		*sum = h.sum;
	}
	mutex_unlock(&t->lock);
	return n;
}

static void expect_series(const char *series, u64 n, u64 ns)
{
	u64 sum;

	assert_int_equal(count_of(series, &sum), n);
	assert_int_equal(sum, ns);
}

static void begin_labelled(u64 key, u64 label, unsigned int class)
{
	struct latency_tracker_event *ev = latency_tracker_event_prepare(t);

	assert_non_null(ev);
	latency_tracker_event_task(ev, current);
	latency_tracker_event_label(t, ev, 0, label);
	latency_tracker_event_series(ev, 1, class);
	assert_int_equal(latency_tracker_event_commit_int(t, ev, key), LATENCY_TRACKER_OK);
}

static void class_format(char *buf, size_t size, u64 label)
{
	snprintf(buf, size, "class %llu", (unsigned long long)label);
}

static void test_dims(void **state)
{
	static const struct latency_tracker_dim dims[] = {
		{ .name = "dev", .series = 6 },
		{ .name = "class", .series = 2, .dense = true, .format = class_format },
	};
	struct latency_tracker_config cfg = config(8, 64);
	u64 i;

	cfg.dims = dims;
	cfg.nr_dims = 2;
	make(&cfg);
	/* Nine labels, some greater than any table, room for four and then for two more. */
	for (i = 1; i <= 9; i++) {
		begin_labelled(i, i << 40, i % 2);
		if (i == 4)
			scan();
	}
	/* One of them again, and one that says nothing. */
	begin_labelled(10, 1ULL << 40, 0);
	begin(11);
	shim_clock_set(START + 100);
	for (i = 1; i <= 11; i++)
		assert_int_equal(end(i), LATENCY_TRACKER_OK);
	expect_series("total", 11, 1100);
	expect_series("dev=1099511627776", 2, 200);
	for (i = 2; i <= 6; i++) {
		char name[40];

		snprintf(name, sizeof(name), "dev=%llu", (unsigned long long)i << 40);
		expect_series(name, 1, 100);
	}
	expect_series("dev=other", 4, 400);
	expect_series("class=class\\x200", 5, 500);
	expect_series("class=class\\x201", 5, 500);
	expect_series("class=other", 1, 100);
	/* A reset is one of all of them. */
	lt_reset(t);
	expect_series("total", 0, 0);
	expect_series("dev=other", 0, 0);
	begin_labelled(1, 7ULL << 40, 1);
	shim_clock_set(START + 150);
	end(1);
	expect_series("total", 1, 50);
	expect_series("dev=other", 1, 50);
	expect_series("class=class\\x201", 1, 50);
	unmake();
}

static u64 label_of_end(const struct latency_tracker_event *ev,
			const struct latency_tracker_end *end)
{
	return (u64)ev->key_int << 32 | end->id;
}

static void test_dim_at_end(void **state)
{
	static const struct latency_tracker_dim dims[] = {
		{ .name = "pair", .series = 4, .at_end = label_of_end },
	};
	struct latency_tracker_config cfg = config(8, 64);

	cfg.dims = dims;
	cfg.nr_dims = 1;
	make(&cfg);
	begin(1);
	shim_clock_set(START + 10);
	end(1);
	expect_series("pair=4294967301", 1, 10);
	expect_series("total", 1, 10);
	unmake();
}

/* Threads bring new labels at the same time: each label has one series, none is lost. */
static void dims_race(unsigned int i, void *arg)
{
	u64 seed = i + 1, n;

	(void)arg;
	for (n = 0; n < 20000; n++) {
		u64 key = (u64)i << 32 | n;
		struct latency_tracker_event *ev = latency_tracker_event_prepare(t);

		if (!ev)
			continue;
		latency_tracker_event_label(t, ev, 0, shim_rand(&seed) % 40);
		latency_tracker_event_commit_int(t, ev, key);
		end(key);
	}
}

static void test_dims_race(void **state)
{
	static const struct latency_tracker_dim dims[] = { { .name = "l", .series = 32 } };
	struct latency_tracker_config cfg = config(8, 1024);
	unsigned int i, j, used = 0;
	u64 sum, n = 0, all;

	cfg.dims = dims;
	cfg.nr_dims = 1;
	make(&cfg);
	for (i = 0; i < 16; i++)
		lt_dim_grow(&t->dim[0]);
	shim_threads_run(THREADS, dims_race, NULL);
	for (i = 1; i < t->dim[0].room; i++) {
		used += !!lt_dim_key(&t->dim[0], i);
		for (j = 1; j < i; j++)
			assert_true(lt_dim_key(&t->dim[0], i) != lt_dim_key(&t->dim[0], j));
	}
	assert_int_equal(used, 32);
	for (i = 0; i < 40; i++) {
		char name[20];

		snprintf(name, sizeof(name), "l=%u", i);
		n += count_of(name, &sum);
	}
	all = lt_sum(t, LT_MATCHED) - lt_sum(t, LT_NEGATIVE_DELTAS);
	assert_int_equal(n + count_of("l=other", &sum), all);
	assert_int_equal(count_of("total", &sum), all);
	unmake();
}

static void test_stacks(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);
	struct latency_tracker_event *ev;
	struct lt_record rec;
	u64 key = 1, cursor = 0, lost;
	char buf[LT_RECORD_MAX];

	cfg.stacks = 2;
	cfg.stack = true;
	cfg.threshold_ns = 1;
	make(&cfg);
	ev = latency_tracker_event_prepare(t);
	latency_tracker_event_task(ev, current);
	assert_true(latency_tracker_event_stack(t, ev, LT_STACK_BEGIN));
	latency_tracker_event_commit_int(t, ev, key);
	ev = latency_tracker_event_get(t, &key, sizeof(key));
	assert_true(latency_tracker_event_stack(t, ev, LT_STACK_SWITCH));
	assert_false(latency_tracker_event_stack(t, ev, LT_STACK_SWITCH));
	latency_tracker_event_put(t, ev);
	shim_clock_set(START + 10);
	end(key);
	assert_int_equal(lt_ring_read(&lt_hits, &cursor, &rec, &lost), 1);
	assert_int_equal(rec.stacks, 3);
	assert_int_equal(rec.stack[0].kind, LT_STACK_BEGIN);
	assert_int_equal(rec.stack[1].kind, LT_STACK_SWITCH);
	assert_int_equal(rec.stack[2].kind, LT_STACK_END);
	lt_record_format(buf, sizeof(buf), &rec, false);
	assert_non_null(strstr(buf, " stack=begin\n "));
	assert_non_null(strstr(buf, " stack=switch\n "));
	assert_non_null(strstr(buf, " stack=end\n "));
	/* A slot that is used again has none. */
	begin(2);
	shim_clock_set(START + 20);
	end(2);
	assert_int_equal(lt_ring_read(&lt_hits, &cursor, &rec, &lost), 1);
	assert_int_equal(rec.stacks, 1);
	unmake();
}

/* Begin with the stack in user space, if there is one, and end; what is in the hit. */
static void user_pair(struct lt_record *rec, u64 *cursor, u64 key, bool at_begin)
{
	struct latency_tracker_event *ev = latency_tracker_event_prepare(t);
	u64 lost;

	latency_tracker_event_task(ev, current);
	if (at_begin)
		assert_int_equal(latency_tracker_event_stack(t, ev, LT_STACK_USER),
				 shim_user_frames > 0);
	latency_tracker_event_commit_int(t, ev, key);
	shim_clock_set(START + 10 * key);
	end(key);
	assert_int_equal(lt_ring_read(&lt_hits, cursor, rec, &lost), 1);
	shim_user_frames = 0;
}

static void test_user_stack(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);
	struct lt_record rec;
	char buf[LT_RECORD_MAX];
	u64 cursor = 0;

	cfg.stacks = 1;
	cfg.threshold_ns = 1;
	make(&cfg);
	shim_user_frames = 3;
	user_pair(&rec, &cursor, 1, true);
	assert_int_equal(rec.stacks, 1);
	lt_record_format(buf, sizeof(buf), &rec, false);
	assert_non_null(strstr(buf, "\n stack=user\n 0x1000\n 0x2000\n 0x3000\n"));
	/* A kernel thread has none: no empty one either. */
	user_pair(&rec, &cursor, 2, true);
	assert_int_equal(rec.stacks, 0);
	unmake();
	cfg.stacks = 0;
	cfg.stack = true;
	cfg.user_stack = true;
	make(&cfg);
	cursor = 0;
	shim_user_frames = 2;
	user_pair(&rec, &cursor, 3, false);
	assert_int_equal(rec.stacks, 2);
	assert_int_equal(rec.stack[0].kind, LT_STACK_USER);
	assert_int_equal(rec.stack[0].frames, 2);
	assert_int_equal(rec.stack[1].kind, LT_STACK_END);
	user_pair(&rec, &cursor, 4, false);
	assert_int_equal(rec.stacks, 1);
	unmake();
}

static void test_gc(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);

	cfg.timeout_ns = 1000;
	cfg.gc_ns = 5000;
	make(&cfg);
	begin(1);
	shim_clock_set(START + 2000);
	scan();
	begin(2);
	shim_clock_set(START + 5000);
	scan();
	counts(LT_ABORTED_GC, 1);
	counts(LT_TIMED_OUT, 2);
	assert_int_equal(called[LATENCY_TRACKER_GC], 1);
	assert_int_equal(called[LATENCY_TRACKER_TIMEOUT], 2);
	assert_int_equal(end(1), LATENCY_TRACKER_NOENT);
	assert_int_equal(lt_in_flight(t), 1);
	unmake();
}

static void test_clear(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	u64 i;

	make(&cfg);
	for (i = 0; i < 50; i++)
		begin(i);
	latency_tracker_clear(t);
	counts(LT_ABORTED_CLEAR, 50);
	assert_int_equal(lt_in_flight(t), 0);
	assert_int_equal(end(3), LATENCY_TRACKER_NOENT);
	for (i = 0; i < LATENCY_TRACKER_REASONS; i++)
		assert_int_equal(called[i], 0);
	begin(3);
	unmake();
}

static void test_cancel(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);
	u64 key = 4;

	make(&cfg);
	assert_int_equal(latency_tracker_event_cancel_int(t, 4), LATENCY_TRACKER_NOENT);
	begin(4);
	assert_int_equal(latency_tracker_event_cancel_int(t, 4), LATENCY_TRACKER_OK);
	begin(4);
	assert_int_equal(latency_tracker_event_cancel(t, &key, 8), LATENCY_TRACKER_OK);
	counts(LT_CANCELLED, 2);
	counts(LT_ORPHAN_ENDS, 0);
	unmake();
}

static void test_opts(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);
	struct latency_tracker_opts opts = { .threshold_ns = 50, .cb = callback_own };
	u64 key = 1;

	make(&cfg);
	assert_int_equal(latency_tracker_event_in(t, &key, 8, &opts), LATENCY_TRACKER_INVAL);
	unmake();
	cfg.opts = true;
	cfg.threshold_ns = 1000;
	make(&cfg);
	assert_int_equal(latency_tracker_event_in(t, &key, 8, &opts), LATENCY_TRACKER_OK);
	shim_clock_set(START + 51);
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	assert_int_equal(called_own, 1);
	assert_int_equal(last.limit, 50);
	opts.cb = NULL;
	latency_tracker_event_in(t, &key, 8, &opts);
	shim_clock_set(START + 102);
	end(1);
	assert_int_equal(called[LATENCY_TRACKER_THRESHOLD], 1);
	opts = (struct latency_tracker_opts) { .cb = callback_own };
	latency_tracker_event_in(t, &key, 8, &opts);
	shim_clock_set(START + 1102);
	end(1);
	assert_int_equal(called_own, 1);
	latency_tracker_event_in(t, &key, 8, &opts);
	/* It is also the own callback that hears of being replaced. */
	assert_int_equal(begin(1), LATENCY_TRACKER_OK);
	assert_int_equal(called_own, 2);
	assert_int_equal(last.reason, LATENCY_TRACKER_REPLACED);
	assert_int_equal(called[LATENCY_TRACKER_REPLACED], 0);
	begin(1);
	assert_int_equal(called[LATENCY_TRACKER_REPLACED], 1);
	unmake();
}

static void format_note(struct latency_tracker_text *text, const struct latency_tracker_hit *hit)
{
	unsigned int from = text->len;

	latency_tracker_text_stages(text, hit);
	snprintf(last_text, sizeof(last_text), "%.*s", text->len - from, text->buf + from);
}

static void test_stages(void **state)
{
	static const char *const names[] = { "queue", "driver", "device" };
	struct latency_tracker_config cfg = config(8, 16);
	u64 key = 3, count = 0;
	unsigned int i, series;
	struct lt_hist h;
	char buf[64];

	cfg.stages = 2;
	cfg.stage_names = names;
	cfg.threshold_ns = 1;
	cfg.format = format_note;
	make(&cfg);
	begin(3);
	shim_clock_set(START + 100);
	assert_int_equal(latency_tracker_event_stage(t, &key, 8, 0), LATENCY_TRACKER_OK);
	shim_clock_set(START + 300);
	assert_int_equal(latency_tracker_event_stage(t, &key, 8, 1), LATENCY_TRACKER_OK);
	assert_int_equal(latency_tracker_event_stage(t, &key, 8, 2), LATENCY_TRACKER_INVAL);
	shim_clock_set(START + 600);
	end(3);
	assert_string_equal(last_text, " queue_us=0.100 driver_us=0.200 device_us=0.300");
	assert_int_equal(latency_tracker_event_stage(t, &key, 8, 0), LATENCY_TRACKER_NOENT);
	/* A stage that is left out counts to the next way; a slot forgets its stages. */
	scan();
	scan();
	shim_gp_wait();
	for (i = 0; i < 16; i++) {
		key = 100 + i;
		begin(key);
		shim_clock_set(shim_clock_now + 10);
		latency_tracker_event_stage(t, &key, 8, 1);
		shim_clock_set(shim_clock_now + 20);
		end(key);
		assert_string_equal(last_text, " driver_us=0.010 device_us=0.020");
		scan();
		shim_gp_wait();
	}
	assert_int_equal(hist_total(&h), 17);
	for (series = 1; lt_series_name(t, series, buf, sizeof(buf)); series++) {
		mutex_lock(&t->lock);
		lt_series_read(t, series, &h);
		mutex_unlock(&t->lock);
		for (count = 0, i = 0; i < LT_HIST_BUCKETS; i++)
			count += h.bucket[i];
		assert_int_equal(count, series == 1 ? 1 : 17);
		assert_int_equal(h.sum, series * 100 + (series - 1) * 16 * 10);
	}
	assert_int_equal(series, 4);
	unmake();
}

/* Keys of each length, that differ in one byte, in each of the ways to compare them. */
static void test_keys(void **state)
{
	unsigned int size, len, i, untrusted;
	u8 key[LATENCY_TRACKER_KEY_MAX];

	for (size = 1; size <= LATENCY_TRACKER_KEY_MAX; size++)
		for (untrusted = 0; untrusted < 2; untrusted++) {
			struct latency_tracker_config cfg = config(size, 128);

			cfg.untrusted = untrusted;
			make(&cfg);
			len = size;
			for (i = 0; i < len; i++) {
				memset(key, 0x5a, sizeof(key));
				key[i] = 0xa5;
				assert_int_equal(latency_tracker_event_in(t, key, len, NULL),
						 LATENCY_TRACKER_OK);
			}
			memset(key, 0x5a, sizeof(key));
			assert_int_equal(latency_tracker_event_out(t, key, len, 0),
					 LATENCY_TRACKER_NOENT);
			for (i = 0; i < len; i++) {
				memset(key, 0x5a, sizeof(key));
				key[i] = 0xa5;
				/* Behind the key there may be anything. */
				memset(key + len, i, sizeof(key) - len);
				assert_int_equal(latency_tracker_event_out(t, key, len, 0),
						 LATENCY_TRACKER_OK);
			}
			counts(LT_MATCHED, len);
			counts(LT_REPLACED, 0);
			unmake();
		}
}

static unsigned long own_hash(const void *key, unsigned int len)
{
	return (unsigned long)(*(const u8 *)key & 0xdf) << 56;
}

static bool own_match(const void *a, const void *b, unsigned int len)
{
	return !strncasecmp(a, b, len);
}

static void test_own_match(void **state)
{
	struct latency_tracker_config cfg = config(20, 16);

	cfg.hash = own_hash;
	cfg.match = own_match;
	make(&cfg);
	assert_int_equal(latency_tracker_event_in(t, "Hello", 5, NULL), LATENCY_TRACKER_OK);
	assert_int_equal(latency_tracker_event_in(t, "hallo", 5, NULL), LATENCY_TRACKER_OK);
	assert_int_equal(latency_tracker_event_in(t, "hell", 4, NULL), LATENCY_TRACKER_OK);
	assert_int_equal(latency_tracker_event_out(t, "HELLO", 5, 0), LATENCY_TRACKER_OK);
	assert_int_equal(latency_tracker_event_out(t, "hellO", 5, 0), LATENCY_TRACKER_NOENT);
	assert_int_equal(latency_tracker_event_out(t, "HELL", 4, 0), LATENCY_TRACKER_OK);
	assert_int_equal(lt_in_flight(t), 1);
	unmake();
}

static void test_get_put(void **state)
{
	struct latency_tracker_config cfg = config(8, 4);
	struct latency_tracker_event *a, *b;
	unsigned int i;
	u64 key = 1;

	make(&cfg);
	assert_null(latency_tracker_event_get(t, &key, 8));
	begin(1);
	a = latency_tracker_event_get(t, &key, 8);
	b = latency_tracker_event_get(t, &key, 8);
	assert_ptr_equal(a, b);
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	assert_null(latency_tracker_event_get(t, &key, 8));
	/* Referenced twice and then once: never handed out again until the last put. */
	for (i = 0; i < 40; i++) {
		key = 100 + i;
		assert_int_equal(begin(key), LATENCY_TRACKER_OK);
		assert_int_equal(a->key_int, 1);
		assert_int_equal(end(key), LATENCY_TRACKER_OK);
		if (i == 20)
			latency_tracker_event_put(t, b);
		scan();
		scan();
		shim_gp_wait();
	}
	latency_tracker_event_put(t, a);
	scan();
	scan();
	shim_gp_wait();
	for (key = 0; key < 4; key++)
		assert_int_equal(begin(key), LATENCY_TRACKER_OK);
	/* A reference that is put before the end leaves no trace. */
	key = 1;
	latency_tracker_event_put(t, latency_tracker_event_get(t, &key, 8));
	assert_int_equal(end(1), LATENCY_TRACKER_OK);
	unmake();
}

static void test_ratchet(void **state)
{
	static const unsigned int deltas[] = { 100, 50, 100, 101, 200, 150 };
	struct latency_tracker_config cfg = config(8, 16);
	unsigned int i;

	cfg.threshold_ns = 10;
	make(&cfg);
	WRITE_ONCE(t->ratchet, true);
	for (i = 0; i < ARRAY_SIZE(deltas); i++) {
		shim_clock_set(START);
		begin(1);
		shim_clock_set(START + deltas[i]);
		end(1);
	}
	counts(LT_HITS, 3);
	counts(LT_RATCHETED, 3);
	lt_reset(t);
	shim_clock_set(START);
	begin(1);
	shim_clock_set(START + 20);
	end(1);
	counts(LT_HITS, 4);
	unmake();
}

static void slow(u64 key)
{
	begin(key);
	shim_clock_set(shim_clock_now + 100);
	end(key);
}

static void test_wakes(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	unsigned int i;

	cfg.threshold_ns = 10;
	cfg.rate_limit_ns = 1000000;
	make(&cfg);
	shim_wakes = 0;
	shim_waited_for = false;
	slow(1);
	assert_int_equal(shim_wakes, 0);
	counts(LT_SUPPRESSED_WAKES, 0);
	shim_waited_for = true;
	slow(1);
	assert_int_equal(shim_wakes, 1);
	for (i = 0; i < 10; i++)
		slow(i);
	assert_int_equal(shim_wakes, 1);
	counts(LT_SUPPRESSED_WAKES, 10);
	scan();
	assert_int_equal(shim_wakes, 1);
	/* Held back, not lost: the scan wakes when the time has come, once. */
	shim_clock_set(shim_clock_now + 1000000);
	scan();
	scan();
	assert_int_equal(shim_wakes, 2);
	shim_clock_set(shim_clock_now + 1000000);
	slow(1);
	assert_int_equal(shim_wakes, 3);
	shim_waited_for = false;
	unmake();
}

static void test_lost_hits(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);
	struct lt_record *stalled;
	unsigned int i;

	cfg.threshold_ns = 10;
	make(&cfg);
	stalled = lt_ring_reserve(&lt_hits);
	for (i = 0; i < 70; i++) {
		slow(i);
		scan();
		shim_gp_wait();
	}
	counts(LT_HITS, 70);
	counts(LT_LOST_HITS, 70 - 63);
	lt_ring_commit(stalled);
	unmake();
}

static void test_escape(void **state)
{
	struct latency_tracker_text text = { 0 };
	char buf[80], small[8];

	text = (struct latency_tracker_text) { .buf = buf, .size = sizeof(buf) };
	latency_tracker_text_str(&text, "a", "x y=\"\\\n'\x7f\xc3\xa4");
	latency_tracker_text_s64(&text, "n", -5);
	latency_tracker_text_us(&text, "d", 1002003);
	latency_tracker_text_dev(&text, "v", 8, 1);
	assert_string_equal(buf, " a=x\\x20y\\x3d\\x22\\x5c\\x0a\\x27\\x7f\xc3\xa4 n=-5 "
			    "d=1002.003 v=8:1");
	/* What does not fit is left out whole. */
	text = (struct latency_tracker_text) { .buf = small, .size = sizeof(small) };
	latency_tracker_text_u64(&text, "n", 12345);
	assert_int_equal(text.len, 0);
	latency_tracker_text_u64(&text, "n", 1234);
	assert_string_equal(small, " n=1234");
	latency_tracker_text_u64(&text, "m", 1);
	assert_string_equal(small, " n=1234");
	/* At most 63 bytes, and never a part of an escape. */
	text = (struct latency_tracker_text) { .buf = buf, .size = sizeof(buf) };
	latency_tracker_text_str(&text, "a", "                    ");
	assert_int_equal(text.len, strlen(" a=") + 15 * 4);
}

/* The longest record there can be. */
static void test_record_max(void **state)
{
	struct lt_record rec = { .seq = ~0ULL, .now = ~0ULL, .begin = ~0ULL, .delta = ~0ULL >> 1,
		.limit = ~0ULL, .cpu_begin = ~0U, .cpu_end = ~0U, .pid = INT_MIN, .tid = INT_MIN,
		.reason = LATENCY_TRACKER_TIMEOUT, .stacks = LT_RECORD_STACKS, .cgroup = ~0ULL,
		.text_len = LT_TEXT_MAX };
	char buf[LT_RECORD_MAX + 1];
	size_t len;

	for (len = 0; len < LT_RECORD_STACKS; len++)
		rec.stack[len] = (struct lt_stack) { .kind = LT_STACK_TASK, .frames = LT_STACK_MAX };
	memset(rec.text, 'x', sizeof(rec.text));
	memset(rec.comm, ' ', sizeof(rec.comm) - 1);
	memset(rec.tracker, 'n', sizeof(rec.tracker) - 1);
	buf[LT_RECORD_MAX] = '!';
	len = lt_record_format(buf, LT_RECORD_MAX, &rec, false);
	assert_int_equal(buf[LT_RECORD_MAX], '!');
	assert_int_equal(strlen(buf), len);
	assert_int_equal(buf[len - 1], '\n');
	assert_non_null(strstr(buf, "xxx\n stack="));
	/* Too small for all: whole lines are left out, nothing is written beyond. */
	for (len = 1; len < 700; len++) {
		memset(buf, '!', sizeof(buf));
		assert_true(lt_record_format(buf, len, &rec, false) < len);
		assert_int_equal(buf[len], '!');
	}
}

static void test_config(void **state)
{
	struct latency_tracker_config cfg = config(8, 16);
	struct latency_tracker *other;
	unsigned long n;

	make(&cfg);
	assert_int_equal(PTR_ERR(latency_tracker_create(&cfg)), -EEXIST);
	cfg.name = "other";
	other = latency_tracker_create(&cfg);
	assert_false(IS_ERR(other));
	latency_tracker_destroy(other);
	latency_tracker_destroy(NULL);
#define REFUSED(field, value)							\
	do {									\
		struct latency_tracker_config bad = cfg;			\
		bad.field = value;						\
		assert_int_equal(PTR_ERR(latency_tracker_create(&bad)), -EINVAL); \
	} while (0)
	REFUSED(name, NULL);
	REFUSED(name, "");
	REFUSED(name, "a b");
	REFUSED(name, "../x");
	REFUSED(name, "0123456789012345678901234567890123456789");
	REFUSED(key_size, 0);
	REFUSED(key_size, LATENCY_TRACKER_KEY_MAX + 1);
	REFUSED(priv_size, LATENCY_TRACKER_PRIV_MAX + 1);
	REFUSED(stages, 1);
	REFUSED(initial_events, 17);
	REFUSED(max_events, FREELIST_MAX_OBJECTS + 1);
	cfg.keep = true;
	REFUSED(duplicates, true);
	cfg.keep = false;
	/* Running out of memory anywhere leaves nothing behind. */
	cfg.stages = 1;
	cfg.stage_names = (const char *const[]) { "a", "b" };
	for (n = 1; n < 100; n++) {
		long before = shim_allocated();

		shim_alloc_fail(n);
		other = latency_tracker_create(&cfg);
		if (!IS_ERR(other))
			break;
		assert_int_equal(PTR_ERR(other), -ENOMEM);
		assert_int_equal(shim_allocated(), before);
	}
	shim_alloc_fail(0);
	assert_in_range(n, 30, 90);
	latency_tracker_destroy(other);
	unmake();
}

static void test_priv(void **state)
{
	static const unsigned int sizes[] = { 0, 8, 32, 33, 256 };
	unsigned int i, j, k;

	/* Whatever lies behind the first 128 bytes keeps out of each other's way. */
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (j = 0; j < 8; j++) {
			struct latency_tracker_config cfg = config(j & 1 ? 64 : 8, 4);
			struct latency_tracker_opts opts = { .threshold_ns = 1 };
			struct latency_tracker_event *ev;
			u8 key[64];

			memset(key, 0x11, sizeof(key));
			cfg.priv_size = sizes[i];
			cfg.opts = j & 2;
			cfg.stages = j & 4 ? 2 : 0;
			cfg.stage_names = (const char *const[]) { "a", "b", "c" };
			make(&cfg);
			latency_tracker_event_in(t, key, cfg.key_size, cfg.opts ? &opts : NULL);
			ev = latency_tracker_event_get(t, key, cfg.key_size);
			assert_non_null(ev);
			memset(latency_tracker_event_priv(t, ev), 0xff, cfg.priv_size);
			for (k = 0; k < cfg.stages; k++)
				latency_tracker_event_stage(t, key, cfg.key_size, k);
			latency_tracker_event_put(t, ev);
			shim_clock_set(START + 5);
			assert_int_equal(latency_tracker_event_out(t, key, cfg.key_size, 0),
					 LATENCY_TRACKER_OK);
			assert_int_equal(called[LATENCY_TRACKER_THRESHOLD], cfg.opts);
			for (k = 0; k < cfg.priv_size; k++)
				assert_int_equal(((u8 *)latency_tracker_event_priv(t, ev))[k], 0xff);
			unmake();
		}
}

/* Threads. */

static unsigned long won[8];

static void winner_thread(unsigned int i, void *arg)
{
	struct latency_tracker_end e = { .now = START + 10 };
	u64 seed = i + 1;
	unsigned long n;

	if (i == THREADS) {
		while (!unit_stopped(&stop)) {
			scan();
			latency_tracker_clear(t);
		}
		return;
	}
	for (n = 0; n < 100000; n++) {
		u64 key = shim_rand(&seed) % 4;
		struct latency_tracker_event *ev;

		switch (shim_rand(&seed) % 8) {
		case 0: case 1: case 2:
			begin(key);
			break;
		case 3:
			latency_tracker_event_cancel_int(t, key);
			break;
		case 4:
			ev = latency_tracker_event_get(t, &key, 8);
			if (ev && ev->key_int != key)
				unit_wrong(&wrong);
			if (ev)
				latency_tracker_event_put(t, ev);
			break;
		default:
			if (latency_tracker_event_end_int(t, key, &e) == LATENCY_TRACKER_OK)
				__atomic_fetch_add(&won[0], 1, __ATOMIC_RELAXED);
		}
	}
	if (!i)
		unit_stop(&stop);
}

static void winners(bool duplicates, bool keep)
{
	struct latency_tracker_config cfg = config(8, 256);

	cfg.timeout_ns = 1;
	cfg.gc_ns = 3;
	cfg.duplicates = duplicates;
	cfg.keep = keep;
	make(&cfg);
	won[0] = 0;
	shim_clock_set(START + 5);
	shim_threads_run(THREADS + 1, winner_thread, NULL);
	counts(LT_MATCHED, won[0]);
	assert_int_equal(called[LATENCY_TRACKER_GC], lt_sum(t, LT_ABORTED_GC));
	assert_int_equal(called[LATENCY_TRACKER_REPLACED], lt_sum(t, LT_REPLACED));
	assert_int_equal(called[LATENCY_TRACKER_TIMEOUT], lt_sum(t, LT_TIMED_OUT));
	unmake();
}

static void test_one_winner(void **state)
{
	winners(false, false);
	winners(true, false);
	winners(false, true);
}

/* As many ends as begins on one key, each end behind a begin: nobody is an orphan. */
static void pairs_thread(unsigned int i, void *arg)
{
	struct latency_tracker_end e = { .now = START };
	unsigned long n;

	for (n = 0; n < 200000; n++)
		if (begin(1) == LATENCY_TRACKER_OK &&
		    latency_tracker_event_end_int(t, 1, &e) != LATENCY_TRACKER_OK)
			unit_wrong(&wrong);
}

static void *pump_thread(void *arg)
{
	shim_thread_enter(THREADS);
	while (!unit_stopped(&stop)) {
		scan();
		usleep(200);
	}
	shim_thread_exit();
	return NULL;
}

static void test_duplicates_race(void **state)
{
	struct latency_tracker_config cfg = config(8, 4096);
	pthread_t pump;

	cfg.duplicates = true;
	make(&cfg);
	pthread_create(&pump, NULL, pump_thread, NULL);
	shim_threads_run(THREADS, pairs_thread, NULL);
	unit_stop(&stop);
	pthread_join(pump, NULL);
	counts(LT_ORPHAN_ENDS, 0);
	assert_int_equal(lt_in_flight(t), 0);
	unmake();
}

/* A key that is always in flight, because it is only ever replaced, is always found. */
static void always_thread(unsigned int i, void *arg)
{
	unsigned long n;
	u64 key = 1;

	if (!i) {
		for (n = 0; n < 200000; n++)
			begin(1);
		unit_stop(&stop);
		return;
	}
	while (!unit_stopped(&stop)) {
		struct latency_tracker_event *ev = latency_tracker_event_get(t, &key, 8);

		if (ev)
			latency_tracker_event_put(t, ev);
		else
			unit_wrong(&wrong);
	}
}

static void test_always_found(void **state)
{
	struct latency_tracker_config cfg = config(8, 4096);

	make(&cfg);
	begin(1);
	shim_threads_run(3, always_thread, NULL);
	unmake();
}

/* What the capacity counts is never taken for an event in flight while the pool grows. */
static void phantom_thread(unsigned int i, void *arg)
{
	unsigned int n;

	if (i) {
		while (!unit_stopped(&stop))
			if (lt_in_flight(t))
				unit_wrong(&wrong);
		return;
	}
	for (n = 64; n <= 65536; n += 64)
		freelist_grow(&t->pool, n);
	unit_stop(&stop);
}

static void test_no_phantoms(void **state)
{
	struct latency_tracker_config cfg = config(8, 64);

	cfg.max_events = 65536;
	make(&cfg);
	shim_threads_run(2, phantom_thread, NULL);
	unmake();
}

static const struct CMUnitTest tests[] = {
	UNIT("event/pairs", test_pairs),
	UNIT("event/orphan_end", test_orphan_end),
	UNIT("event/negative_delta", test_negative_delta),
	UNIT("event/contents", test_contents),
	UNIT("event/replace", test_replace),
	UNIT("event/keep", test_keep),
	UNIT("event/duplicates", test_duplicates),
	UNIT("event/full", test_full),
	UNIT("event/grow", test_grow),
	UNIT("event/shrink", test_shrink),
	UNIT("event/disabled", test_disabled),
	UNIT("event/timeout", test_timeout),
	UNIT("event/scan_period", test_scan_period),
	UNIT("event/dims", test_dims),
	UNIT("event/dim_at_end", test_dim_at_end),
	UNIT("event/dims_race", test_dims_race),
	UNIT("event/stacks", test_stacks),
	UNIT("event/user_stack", test_user_stack),
	UNIT("event/gc", test_gc),
	UNIT("event/clear", test_clear),
	UNIT("event/cancel", test_cancel),
	UNIT("event/opts", test_opts),
	UNIT("event/stages", test_stages),
	UNIT("event/keys", test_keys),
	UNIT("event/own_match", test_own_match),
	UNIT("event/get_put", test_get_put),
	UNIT("event/ratchet", test_ratchet),
	UNIT("event/wakes", test_wakes),
	UNIT("event/lost_hits", test_lost_hits),
	UNIT("event/escape", test_escape),
	UNIT("event/record_max", test_record_max),
	UNIT("event/config", test_config),
	UNIT("event/priv", test_priv),
	UNIT("event/one_winner", test_one_winner),
	UNIT("event/duplicates_race", test_duplicates_race),
	UNIT("event/always_found", test_always_found),
	UNIT("event/no_phantoms", test_no_phantoms),
};

UNIT_MAIN("event", tests)
