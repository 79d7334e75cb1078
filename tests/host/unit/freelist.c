// SPDX-License-Identifier: GPL-2.0
/* Tests of the pool; the guarantees F1 .. F8 are in freelist.h. */
#include "unit.h"

#include <freelist/internal.h>

#include "compat/rcupdate.h"

#define THREADS	4
#define MAX	20000

struct obj {
	struct freelist_obj fl;
	int owned;
	bool made;
};

static struct freelist fl;
static unsigned int lows;
static unsigned int kicks;
static unsigned long wrong;
static bool stop;
static struct obj *mine[MAX];

static void obj_init(void *mem, void *data)
{
	struct obj *obj = mem;

	assert_ptr_equal(data, &fl);
	assert_false(obj->made);
	/* Nobody may learn from the capacity of an object that is not made yet. */
	assert_true(fl.capacity <= obj->fl.index);
	obj->made = true;
}

static void pool_low(void *data)
{
	__atomic_fetch_add(&lows, 1, __ATOMIC_RELAXED);
}

static void pool_kick(void *data)
{
	__atomic_fetch_add(&kicks, 1, __ATOMIC_RELAXED);
	lt_rcu_kick();
}

static int pool_create(unsigned int initial, unsigned int max)
{
	struct freelist_config cfg = {
		.size = sizeof(struct obj),
		.initial = initial,
		.max = max,
		.init = obj_init,
		.low = pool_low,
		.kick = pool_kick,
		.data = &fl,
	};

	lows = 0;
	kicks = 0;
	wrong = 0;
	stop = false;
	return freelist_create(&fl, &cfg);
}

static struct obj *get(void)
{
	struct obj *obj;

	shim_read_lock();
	obj = freelist_get(&fl);
	if (obj && __atomic_exchange_n(&obj->owned, 1, __ATOMIC_RELAXED))
		unit_wrong(&wrong);
	shim_read_unlock();
	return obj;
}

static void disown(struct obj *obj)
{
	if (!__atomic_exchange_n(&obj->owned, 0, __ATOMIC_RELAXED))
		unit_wrong(&wrong);
}

static void put(struct obj *obj)
{
	shim_read_lock();
	disown(obj);
	freelist_put(&fl, obj);
	shim_read_unlock();
}

/* Get until there are none; returns how many, from mine[from] on. */
static unsigned int get_all(unsigned int from)
{
	unsigned int n = from;

	while (n < MAX && (mine[n] = get()))
		n++;
	return n - from;
}

/* All that was put can be taken again after this. */
static void settle(void)
{
	/* The first sees what has been retired, the second that it has not changed. */
	freelist_flush(&fl);
	freelist_flush(&fl);
	shim_gp_wait();
}

static void test_exhaust_exact(void **state)
{
	static const unsigned int sizes[] = { 1, 2, 7, 63, 64, 65, 100, 1000, 4096 };
	unsigned int i, n, cpu;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = sizes[i];
		assert_int_equal(pool_create(n, n), 0);
		assert_int_equal(get_all(0), n);
		assert_true(lows > 0);
		while (n--)
			put(mine[n]);
		settle();
		/* Taken from each CPU in turn: nothing is out of reach of any. */
		for (n = 0, cpu = 0; (mine[n] = get()); n++, cpu++)
			shim_cpu_set(cpu % shim_nr_cpus);
		assert_int_equal(n, sizes[i]);
		while (n--) {
			shim_cpu_set(n % shim_nr_cpus);
			put(mine[n]);
		}
		shim_cpu_set(0);
		settle();
		assert_int_equal(get_all(0), sizes[i]);
		assert_int_equal(wrong, 0);
		assert_int_equal(freelist_destroy(&fl), sizes[i]);
	}
}

static void test_steal(void **state)
{
	struct obj *obj;

	assert_int_equal(pool_create(256, 256), 0);
	/* CPU 3 refills; what it does not use CPU 4, of another node, can have. */
	shim_cpu_set(3);
	obj = get();
	shim_cpu_set(4);
	assert_int_equal(get_all(0), 255);
	assert_null(get());
	put(obj);
	shim_cpu_set(0);
	assert_int_equal(freelist_destroy(&fl), 255);
}

/* What waits in the limbo of a CPU, once it may be used, is everybody's. */
static void test_steal_limbo(void **state)
{
	unsigned int i;

	assert_int_equal(pool_create(256, 256), 0);
	shim_cpu_set(3);
	assert_int_equal(get_all(0), 256);
	for (i = 0; i < 256; i++)
		put(mine[i]);
	/* Nobody flushes: whole batches lie in the limbo of CPU 3 and of the nodes. */
	shim_gp_wait();
	/* Of another node and then of the same. */
	shim_cpu_set(4);
	assert_int_equal(get_all(0), 256);
	for (i = 0; i < 256; i++)
		put(mine[i]);
	shim_gp_wait();
	shim_cpu_set(2);
	assert_int_equal(get_all(0), 256);
	shim_cpu_set(0);
	assert_int_equal(freelist_destroy(&fl), 256);
}

static unsigned int home_of(struct obj *obj)
{
	return obj->fl.index / FREELIST_CHUNK % nr_node_ids;
}

static void test_home(void **state)
{
	unsigned int i, node;

	assert_int_equal(pool_create(256, 256), 0);
	assert_int_equal(get_all(0), 256);
	for (node = 0; node < 2; node++) {
		/* Put by CPUs of one node; the other's come back first on the other. */
		for (i = 0; i < 256; i++) {
			shim_cpu_set(2 * (i % 4) + !node);
			put(mine[i]);
		}
		settle();
		settle();
		shim_cpu_set(node);
		for (i = 0; i < 128; i++) {
			mine[i] = get();
			assert_non_null(mine[i]);
			assert_int_equal(home_of(mine[i]), node);
		}
		assert_int_equal(get_all(128), 128);
	}
	shim_cpu_set(0);
	assert_int_equal(freelist_destroy(&fl), 256);
}

struct grace {
	pthread_t thread;
	pthread_barrier_t in;
	pthread_barrier_t out;
};

static void *grace_reader(void *arg)
{
	struct grace *g = arg;

	shim_thread_enter(1);
	shim_read_lock();
	pthread_barrier_wait(&g->in);
	pthread_barrier_wait(&g->out);
	shim_read_unlock();
	shim_thread_exit();
	return NULL;
}

static void test_grace_period(void **state)
{
	struct grace g;
	unsigned int i;

	pthread_barrier_init(&g.in, NULL, 2);
	pthread_barrier_init(&g.out, NULL, 2);
	assert_int_equal(pool_create(200, 200), 0);
	assert_int_equal(get_all(0), 200);
	assert_int_equal(pthread_create(&g.thread, NULL, grace_reader, &g), 0);
	pthread_barrier_wait(&g.in);
	for (i = 0; i < 200; i++)
		put(mine[i]);
	/* The reader may look at all of them still. */
	for (i = 0; i < 100; i++) {
		assert_null(get());
		assert_true(freelist_flush(&fl));
		usleep(1000);
	}
	pthread_barrier_wait(&g.out);
	pthread_join(g.thread, NULL);
	settle();
	assert_int_equal(get_all(0), 200);
	assert_false(freelist_flush(&fl));
	assert_int_equal(freelist_destroy(&fl), 200);
}

static void test_kick(void **state)
{
	unsigned int i, before;

	assert_int_equal(pool_create(256, 256), 0);
	shim_gp_wait();
	/* Use and give back: once batches wait somebody must ask for a grace period. */
	for (i = 0; i < 100000 && !kicks; i++)
		put(get());
	assert_true(kicks > 0);
	/* Nobody flushes: the pool gets along with its own kicks. */
	for (i = 0; i < 20000; i++) {
		struct obj *obj = get();

		if (obj)
			put(obj);
		else
			sched_yield();
	}
	/* What the last kicks asked for may not have ended yet: all can be waiting here. */
	shim_gp_wait();
	before = lows;
	for (i = 0; i < 1000; i++) {
		struct obj *obj = get();

		assert_non_null(obj);
		put(obj);
		if (!(i % 16))
			shim_gp_wait();
	}
	assert_int_equal(lows, before);
	assert_int_equal(freelist_destroy(&fl), 0);
}

static void test_kick_early(void **state)
{
	struct freelist_ring *limbo;
	unsigned int i, n, len;

	assert_int_equal(pool_create(64, 1024), 0);
	limbo = per_cpu_ptr(fl.cpu, 0)->limbo;
	n = get_all(0);
	for (i = 0; i < n; i++)
		put(mine[i]);
	shim_gp_wait();
	len = freelist_ring_len(limbo);
	assert_true(len >= 8);
	kicks = 0;
	/* All that waits can be used: no reason to ask for anything yet. */
	for (i = 0; i < fl.batch; i++)
		put(get());
	assert_int_equal(kicks, 0);
	/* Near the end there is one, and it is early enough. */
	for (; i < (len - 1) * fl.batch; i++)
		put(get());
	assert_int_equal(kicks, 1);
	assert_true(lt_rcu_expired(freelist_ring_cookie(limbo, 0)));
	assert_int_equal(freelist_destroy(&fl), 0);
}

static void test_put_unused(void **state)
{
	struct obj *obj, *again;
	unsigned int i;

	assert_int_equal(pool_create(1, 1), 0);
	for (i = 0; i < 1000; i++) {
		shim_cpu_set(i % 3);
		obj = get();
		assert_non_null(obj);
		assert_null(get());
		shim_read_lock();
		disown(obj);
		freelist_put_unused(&fl, obj);
		shim_read_unlock();
	}
	shim_cpu_set(0);
	obj = get();
	again = get();
	assert_non_null(obj);
	assert_null(again);
	put(obj);
	assert_int_equal(freelist_destroy(&fl), 0);
}

static unsigned int on_free_stack(unsigned int cpu)
{
	u32 index = freelist_head(atomic64_read(&per_cpu_ptr(fl.cpu, cpu)->free));
	unsigned int n = 0;

	for (; index != FREELIST_NIL; n++)
		index = ((struct freelist_obj *)freelist_obj(&fl, index))->next;
	return n;
}

static void test_no_hoard(void **state)
{
	unsigned int i, cpu, held = 0;
	u64 seed = 1;

	assert_int_equal(pool_create(1024, 1024), 0);
	assert_int_equal(fl.batch, 1024 / (4 * shim_nr_cpus));
	for (i = 0; i < 100000; i++) {
		cpu = shim_rand(&seed) % shim_nr_cpus;
		shim_cpu_set(cpu);
		if (shim_rand(&seed) & 1) {
			mine[held] = get();
			held += !!mine[held];
		} else if (held) {
			put(mine[--held]);
		}
		assert_true(on_free_stack(cpu) <= fl.batch);
		assert_true(freelist_count(atomic64_read(&per_cpu_ptr(fl.cpu, cpu)->retired)) <
			    fl.batch);
		if (!(i % 512))
			freelist_flush(&fl);
	}
	shim_cpu_set(0);
	assert_int_equal(freelist_destroy(&fl), held);
}

static void test_grow(void **state)
{
	unsigned int n = 0, capacity;

	assert_int_equal(pool_create(10, 1000), 0);
	for (capacity = 10; capacity < 2000; capacity *= 2) {
		assert_int_equal(freelist_grow(&fl, capacity), 0);
		assert_int_equal(fl.capacity, min(capacity, 1000U));
		n += get_all(n);
		assert_int_equal(n, fl.capacity);
	}
	assert_int_equal(freelist_grow(&fl, 5), 0);
	assert_int_equal(fl.capacity, 1000);
	assert_int_equal(wrong, 0);
	assert_int_equal(freelist_destroy(&fl), 1000);
}

/* One by one: many more batches than doubling would ever make. */
static void test_grow_slowly(void **state)
{
	unsigned int capacity;

	assert_int_equal(pool_create(1024, 8000), 0);
	for (capacity = 1025; capacity <= 8000; capacity++)
		assert_int_equal(freelist_grow(&fl, capacity), 0);
	assert_int_equal(get_all(0), 8000);
	assert_int_equal(freelist_destroy(&fl), 8000);
}

static void put_all(unsigned int n)
{
	while (n--) {
		shim_cpu_set(n % shim_nr_cpus);
		put(mine[n]);
	}
	shim_cpu_set(0);
	settle();
}

static void test_shrink(void **state)
{
	long before, grown;
	unsigned int round, held;

	assert_int_equal(pool_create(100, 1000), 0);
	before = shim_allocated();
	/* Less than a chunk cannot be freed, and never is more left than there was. */
	assert_int_equal(freelist_shrink(&fl, 65), 0);
	assert_int_equal(freelist_shrink(&fl, 2000), 0);
	assert_int_equal(fl.capacity, 100);
	for (round = 0; round < 3; round++) {
		assert_int_equal(freelist_grow(&fl, 1000), 0);
		grown = shim_allocated();
		assert_int_equal(grown, before + 14);
		assert_int_equal(get_all(0), 1000);
		/* All in use: all stays. */
		assert_int_equal(freelist_shrink(&fl, 100), 1000 - 128);
		assert_int_equal(fl.capacity, 1000);
		assert_int_equal(shim_allocated(), grown);
		/* One in use in the sixth chunk: what is behind it goes, the rest cannot be had. */
		for (held = 0; mine[held]->fl.index / FREELIST_CHUNK != 5; held++)
			;
		mine[1000] = mine[held];
		mine[held] = mine[999];
		put_all(999);
		assert_int_equal(freelist_shrink(&fl, 100), 6 * FREELIST_CHUNK - 128);
		assert_int_equal(fl.capacity, 6 * FREELIST_CHUNK);
		assert_int_equal(shim_allocated(), before + 4);
		put(mine[1000]);
		settle();
		assert_int_equal(freelist_shrink(&fl, 100), 0);
		assert_int_equal(fl.capacity, 128);
		assert_int_equal(shim_allocated(), before);
		settle();
		assert_int_equal(get_all(0), 128);
		put_all(128);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(freelist_destroy(&fl), 0);
}

static void test_shrink_cancelled(void **state)
{
	assert_int_equal(pool_create(1000, 1000), 0);
	assert_int_equal(get_all(0), 1000);
	/* The last one stays in use, so that nothing can be freed. */
	while (mine[999]->fl.index != 999) {
		struct obj *last = mine[999];

		memmove(&mine[1], &mine[0], 999 * sizeof(mine[0]));
		mine[0] = last;
	}
	put_all(999);
	assert_int_equal(freelist_shrink(&fl, 64), 1000 - 64);
	settle();
	assert_int_equal(get_all(0), 64);
	assert_int_equal(freelist_grow(&fl, 1), 0);
	settle();
	assert_int_equal(get_all(64), 1000 - 64 - 1);
	assert_int_equal(wrong, 0);
	assert_int_equal(freelist_destroy(&fl), 1000);
}

static void test_low(void **state)
{
	unsigned int i;

	assert_int_equal(pool_create(1024, 1024), 0);
	for (i = 0; i < 1024 / 2; i++)
		mine[i] = get();
	assert_int_equal(lows, 0);
	for (; i < 1024; i++) {
		mine[i] = get();
		/* Told early enough to act: with at least an eighth of the pool left. */
		if (i == 1024 * 7 / 8)
			assert_true(lows > 0);
	}
	assert_int_equal(freelist_destroy(&fl), 1024);
}

static void test_leak_count(void **state)
{
	unsigned int i;

	assert_int_equal(pool_create(300, 300), 0);
	assert_int_equal(freelist_destroy(&fl), 0);
	assert_int_equal(pool_create(300, 300), 0);
	get_all(0);
	for (i = 0; i < 300; i += 2) {
		shim_cpu_set(i % shim_nr_cpus);
		put(mine[i]);
		if (i == 200)
			freelist_flush(&fl);
	}
	shim_cpu_set(0);
	assert_int_equal(freelist_destroy(&fl), 150);
}

static void test_memory(void **state)
{
	unsigned long n;
	int err;

	for (n = 1; n < 100; n++) {
		shim_alloc_fail(n);
		err = pool_create(100, 500);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(shim_allocated(), (long)*state);
	}
	shim_alloc_fail(0);
	assert_in_range(n, 20, 60);
	/* Growth that runs out of memory keeps what it got. */
	shim_alloc_fail(2);
	assert_int_equal(freelist_grow(&fl, 500), -ENOMEM);
	shim_alloc_fail(0);
	n = get_all(0);
	assert_int_equal(n, fl.capacity);
	assert_in_range(n, 101, 499);
	assert_int_equal(freelist_grow(&fl, 500), 0);
	assert_int_equal(n + get_all(n), 500);
	assert_int_equal(freelist_destroy(&fl), 500);
}

static void test_config(void **state)
{
	assert_int_equal(pool_create(0, 10), -EINVAL);
	assert_int_equal(pool_create(11, 10), -EINVAL);
	assert_int_equal(pool_create(1, FREELIST_MAX_OBJECTS + 1), -EINVAL);
}

static void grow_and_shrink(unsigned int n)
{
	if (n % 20 == 0 && freelist_grow(&fl, 1200))
		unit_wrong(&wrong);
	if (n % 20 >= 10)
		freelist_shrink(&fl, 64);
}

static void user_thread(unsigned int i, void *arg)
{
	u64 seed = i + 1;
	struct obj *held[64] = { 0 };
	unsigned long n;

	if (i == THREADS) {
		unsigned int capacity = fl.capacity;

		for (n = 0; n < 300; n++) {
			if (arg)
				grow_and_shrink(n);
			else if (n % 30 == 29 && freelist_grow(&fl, capacity += 100))
				unit_wrong(&wrong);
			freelist_flush(&fl);
			usleep(500);
		}
		unit_stop(&stop);
		return;
	}
	while (!unit_stopped(&stop)) {
		struct obj **slot = &held[shim_rand(&seed) % 64];

		if (!*slot) {
			*slot = get();
		} else if (shim_rand(&seed) & 7) {
			put(*slot);
			*slot = NULL;
		} else {
			shim_read_lock();
			disown(*slot);
			freelist_put_unused(&fl, *slot);
			shim_read_unlock();
			*slot = NULL;
		}
	}
	for (n = 0; n < 64; n++)
		if (held[n])
			put(held[n]);
}

static void test_no_double_get(void **state)
{
	/* Fewer objects than users want, so that they rob each other. */
	assert_int_equal(pool_create(150, 1200), 0);
	shim_threads_run(THREADS + 1, user_thread, NULL);
	assert_int_equal(wrong, 0);
	settle();
	assert_int_equal(get_all(0), fl.capacity);
	assert_int_equal(fl.capacity, 1150);
	assert_int_equal(freelist_destroy(&fl), 1150);
}

static void test_shrink_race(void **state)
{
	unsigned int n;

	assert_int_equal(pool_create(64, 1200), 0);
	shim_threads_run(THREADS + 1, user_thread, &fl);
	assert_int_equal(wrong, 0);
	settle();
	assert_int_equal(freelist_shrink(&fl, 64), 0);
	assert_int_equal(fl.capacity, 64);
	settle();
	n = get_all(0);
	assert_int_equal(n, 64);
	assert_int_equal(freelist_destroy(&fl), 64);
}

static const struct CMUnitTest tests[] = {
	UNIT("freelist/exhaust_exact", test_exhaust_exact),
	UNIT("freelist/steal", test_steal),
	UNIT("freelist/steal_limbo", test_steal_limbo),
	UNIT("freelist/home", test_home),
	UNIT("freelist/grace_period", test_grace_period),
	UNIT("freelist/kick", test_kick),
	UNIT("freelist/kick_early", test_kick_early),
	UNIT("freelist/put_unused", test_put_unused),
	UNIT("freelist/no_hoard", test_no_hoard),
	UNIT("freelist/grow", test_grow),
	UNIT("freelist/grow_slowly", test_grow_slowly),
	UNIT("freelist/shrink", test_shrink),
	UNIT("freelist/shrink_cancelled", test_shrink_cancelled),
	UNIT("freelist/low", test_low),
	UNIT("freelist/leak_count", test_leak_count),
	UNIT("freelist/memory", test_memory),
	UNIT("freelist/config", test_config),
	UNIT("freelist/no_double_get", test_no_double_get),
	UNIT("freelist/shrink_race", test_shrink_race),
};

UNIT_MAIN("freelist", tests)
