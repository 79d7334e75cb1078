// SPDX-License-Identifier: GPL-2.0
/* All orders of a few operations of the pool on a few objects. */
#include <string.h>

#include "cases.h"

#include <freelist/freelist.h>

#define OBJS_MAX	8

struct obj {
	struct freelist_obj fl;
	u64 owned;
	u64 uses;
};

static struct freelist fl;
static struct obj *slot;
static unsigned int got[IL_THREADS_MAX];

static void obj_init(void *mem, void *data)
{
}

static void nothing(void *data)
{
}

static void setup(unsigned int initial)
{
	struct freelist_config cfg = {
		.size = sizeof(struct obj),
		.initial = initial,
		.max = OBJS_MAX,
		.init = obj_init,
		.low = nothing,
		.kick = nothing,
	};

	memset(got, 0, sizeof(got));
	slot = NULL;
	if (freelist_create(&fl, &cfg))
		abort();
}

static struct obj *get(unsigned int i)
{
	struct obj *obj;

	obj = freelist_get(&fl);
	if (!obj)
		return NULL;
	/* Own at once: no other access comes between, and it has an order of its own. */
	IL_CHECK(!obj->owned);
	obj->owned = 1;
	obj->uses++;
	got[i]++;
	shim_point(&obj->owned, SHIM_WRITE);
	return obj;
}

static void disown(struct obj *obj)
{
	shim_point(&obj->owned, SHIM_WRITE);
	IL_CHECK(obj->owned);
	obj->owned = 0;
}

static void put(struct obj *obj)
{
	disown(obj);
	freelist_put(&fl, obj);
}

static void put_unused(struct obj *obj)
{
	disown(obj);
	freelist_put_unused(&fl, obj);
}

/* All objects that nobody owns can be had, each once. */
static void check_all(void)
{
	unsigned int i, owned = 0, n = 0, capacity = fl.capacity;

	for (i = 0; i < capacity; i++)
		owned += ((struct obj *)freelist_obj(&fl, i))->owned;
	freelist_flush(&fl);
	freelist_flush(&fl);
	while (n <= capacity && get(0))
		n++;
	IL_CHECK(n + owned == capacity);
	IL_CHECK(freelist_destroy(&fl) == capacity);
}

/* Both objects lie on the stack of CPU 0. */
static void aba_setup(void)
{
	struct obj *a, *b;

	setup(2);
	a = get(0);
	b = get(0);
	put_unused(a);
	put_unused(b);
	memset(got, 0, sizeof(got));
}

/* CPU 1 robs CPU 0, which takes both and gives back the first. */
static void aba(unsigned int i)
{
	shim_read_lock();
	if (i) {
		get(i);
		get(i);
	} else {
		struct obj *a = get(i), *b = get(i);

		if (a)
			put_unused(a);
		(void)b;
	}
	shim_read_unlock();
}

static void aba_check(void)
{
	check_all();
}

static void two_setup(void)
{
	setup(2);
}

static void one_setup(void)
{
	setup(1);
}

static void three_setup(void)
{
	setup(3);
}

/* Each takes an object and gives it back, twice. */
static void get_put_with(unsigned int i, void (*give_back)(struct obj *obj))
{
	unsigned int n;

	for (n = 0; n < 2; n++) {
		struct obj *obj;

		shim_read_lock();
		obj = get(i);
		if (obj)
			give_back(obj);
		shim_read_unlock();
	}
}

static void get_put(unsigned int i)
{
	get_put_with(i, put);
}

static void get_put_unused(unsigned int i)
{
	get_put_with(i, put_unused);
}

static void get_put_check(void)
{
	/* There is an object for each, so that the first get cannot fail. */
	IL_CHECK(got[0] && got[1]);
	check_all();
}

static void get_put_one_check(void)
{
	IL_CHECK(got[0] + got[1] >= 1);
	check_all();
}

/* Three take the last three objects, one of them wants two. */
static void drain(unsigned int i)
{
	shim_read_lock();
	get(i);
	if (!i)
		get(i);
	shim_read_unlock();
}

static void drain_check(void)
{
	/* Batches of one: what is taken off a ring is taken, nothing is on its way. */
	IL_CHECK(fl.batch == 1);
	IL_CHECK(got[0] + got[1] + got[2] == 3);
	check_all();
}

/* A reader that has seen an object must not see it being used again. */
static void grace_setup(void)
{
	setup(1);
	slot = get(0);
}

static void grace(unsigned int i)
{
	struct obj *obj;
	u64 uses;

	if (i == 1) {
		shim_read_lock();
		obj = READ_ONCE(slot);
		if (obj) {
			uses = obj->uses;
			shim_point(&obj->owned, SHIM_READ);
			shim_point(&slot, SHIM_READ);
			IL_CHECK(obj->uses == uses);
		}
		shim_read_unlock();
		return;
	}
	if (i == 2) {
		freelist_flush(&fl);
		return;
	}
	obj = slot;
	WRITE_ONCE(slot, NULL);
	shim_read_lock();
	put(obj);
	shim_read_unlock();
	shim_read_lock();
	obj = get(0);
	shim_read_unlock();
	if (obj)
		WRITE_ONCE(slot, obj);
}

/* Batches of two: puts on CPU 0, while another CPU flushes its stack and gets. */
static struct obj *held[4];

static void flush_setup(void)
{
	unsigned int i;

	setup(OBJS_MAX);
	fl.batch = 2;
	for (i = 0; i < 4; i++)
		held[i] = get(0);
	memset(got, 0, sizeof(got));
}

static void flush(unsigned int i)
{
	if (!i) {
		shim_read_lock();
		put(held[0]);
		put(held[1]);
		put(held[2]);
		shim_read_unlock();
	} else {
		freelist_flush(&fl);
		freelist_flush(&fl);
	}
}

/* An NMI on the same CPU puts and gets in the middle of everything. */
static void nmi(unsigned int i)
{
	shim_cpu_set(0);
	shim_read_lock();
	if (!i) {
		put(held[0]);
		put(held[1]);
		get(0);
	} else {
		put(held[2]);
		get(1);
	}
	shim_read_unlock();
}

static void grow(unsigned int i)
{
	if (!i) {
		freelist_grow(&fl, 4);
		return;
	}
	shim_read_lock();
	get(i);
	get(i);
	get(i);
	shim_read_unlock();
}

static void grow_check(void)
{
	IL_CHECK(got[1] >= 2);
	check_all();
}

const struct il_case il_cases[] = {
	{ "freelist: thief meets get, get, put_unused (ABA)", 2, 0, 0, aba_setup, aba, aba_check },
	{ "freelist: get, put twice, two objects", 2, 0, 0,
	  two_setup, get_put, get_put_check },
	{ "freelist: get, put twice, one object", 2, 0, 0,
	  one_setup, get_put, get_put_one_check },
	{ "freelist: get, put_unused twice, two objects", 2, 0, 0,
	  two_setup, get_put_unused, get_put_check },
	{ "freelist: three drain the pool", 3, 0, 0, three_setup, drain, drain_check },
	{ "freelist: reader, put and get, flush", 3, 0, 0, grace_setup, grace, check_all },
	{ "freelist: puts, flush of another CPU", 2, 0, 0, flush_setup, flush, check_all },
	{ "freelist: puts and gets in an NMI", 2, 0, 0, flush_setup, nmi, check_all },
	{ "freelist: grow, gets", 2, 0, 0, two_setup, grow, grow_check },
};
const unsigned int il_nr_cases = ARRAY_SIZE(il_cases);
