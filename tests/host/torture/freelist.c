// SPDX-License-Identifier: GPL-2.0
/*
 * Torture of the pool: users publish objects for readers, take them back and put them,
 * readers watch that an object does not change under their eyes, while one thread flushes,
 * grows and shrinks.
 */
#include "torture.h"

#include <freelist/freelist.h>

#include "compat/rcupdate.h"

#define USERS	3
#define READERS	1
#define SLOTS	96

struct obj {
	struct freelist_obj fl;
	int owned;
	/* Plain: written by who got it, read by whoever sees it in a slot. */
	u64 stamp;
	u64 again;
};

static struct freelist fl;
static struct obj *slot[SLOTS];
static double run_seconds;
static unsigned long empty;
static unsigned long shrunk;

static void obj_init(void *mem, void *data)
{
	((struct obj *)mem)->stamp = 0;
}

static void pool_low(void *data)
{
}

static void pool_kick(void *data)
{
	lt_rcu_kick();
}

static void put(struct obj *obj, bool unused)
{
	int owned = __atomic_exchange_n(&obj->owned, 0, __ATOMIC_RELAXED);

	TORTURE_CHECK(owned == 1);
	if (unused)
		freelist_put_unused(&fl, obj);
	else
		freelist_put(&fl, obj);
}

static void user(unsigned int i)
{
	u64 seed = i + 1, stamp = (u64)i << 48;
	unsigned long ops = 0, none = 0;

	for (; torture_goes_on(); ops++) {
		u64 r = shim_rand(&seed);
		struct obj **at = &slot[(r >> 8) % SLOTS], *obj, *old;

		shim_read_lock();
		obj = r & 1 ? freelist_get(&fl) : NULL;
		if (obj) {
			int owned = __atomic_exchange_n(&obj->owned, 1, __ATOMIC_RELAXED);

			TORTURE_CHECK(owned == 0);
			obj->stamp = ++stamp;
			obj->again = ~stamp;
		}
		if (r & 1 && !obj)
			none++;
		if (obj && !(r & 0x70)) {
			put(obj, true);
		} else {
			old = __atomic_exchange_n(at, obj, __ATOMIC_ACQ_REL);
			if (old)
				put(old, false);
		}
		shim_read_unlock();
		/* A pool that is empty waits for its grace periods. */
		if (r & 1 && !obj && !(none % 64))
			sched_yield();
	}
	torture_count(ops);
	__atomic_fetch_add(&empty, none, __ATOMIC_RELAXED);
}

static void reader(unsigned int i)
{
	u64 seed = i + 1;
	unsigned int n;

	while (torture_goes_on()) {
		struct obj *obj;

		shim_read_lock();
		obj = READ_ONCE(slot[shim_rand(&seed) % SLOTS]);
		if (obj) {
			u64 stamp = obj->stamp;

			for (n = shim_rand(&seed) % 256; n; n--)
				barrier();
			TORTURE_CHECK(obj->again == ~stamp);
			TORTURE_CHECK(obj->stamp == stamp);
		}
		shim_read_unlock();
	}
}

static void keeper(void)
{
	unsigned long n;

	for (n = 0; torture_goes_on(); n++) {
		if (n % 64 < 32)
			TORTURE_CHECK(!freelist_grow(&fl, 128 + n % 32 * 28));
		else
			shrunk += !freelist_shrink(&fl, 64);
		freelist_flush(&fl);
		usleep(1000);
	}
}

static void thread(unsigned int i, void *arg)
{
	if (i < USERS)
		user(i);
	else if (i < USERS + READERS)
		reader(i);
	else if (i == USERS + READERS)
		keeper();
	else
		torture_wait(run_seconds);
}

int main(int argc, char **argv)
{
	struct freelist_config cfg = {
		.size = sizeof(struct obj),
		.initial = 128,
		.max = 1024,
		.init = obj_init,
		.low = pool_low,
		.kick = pool_kick,
	};
	unsigned int i, n = 0;

	run_seconds = torture_seconds(argc, argv);
	shim_init(8, 2);
	if (freelist_create(&fl, &cfg))
		return 1;
	shim_threads_run(USERS + READERS + 2, thread, NULL);
	shim_read_lock();
	for (i = 0; i < SLOTS; i++)
		if (slot[i])
			put(slot[i], false);
	shim_read_unlock();
	/* A grace period may be under way that began too early, then the next one counts. */
	for (i = 0; i < 8 && n < min(fl.capacity, fl.limit); i++) {
		freelist_flush(&fl);
		shim_gp_wait();
		shim_read_lock();
		while (freelist_get(&fl))
			n++;
		shim_read_unlock();
	}
	/* Withdrawn ones are not to be had. */
	TORTURE_CHECK(n <= fl.capacity && n >= min(fl.capacity, fl.limit));
	TORTURE_CHECK(freelist_destroy(&fl) == n);
	TORTURE_CHECK(shrunk > 0);
	printf("# %u objects, %lu gets came away empty, %lu times down to 64\n", n, empty, shrunk);
	lt_rcu_exit();
	return torture_result("freelist");
}
