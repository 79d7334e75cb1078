// SPDX-License-Identifier: GPL-2.0
/*
 * What each part of a begin and an end costs. Loading this module runs it once;
 * /sys/kernel/debug/latency_tracker_bench has "name value" lines, instructions per
 * call in a guest whose time advances by one nanosecond with each instruction
 * (qemu -icount shift=0), cycles of the timestamp counter elsewhere.
 *
 * The events are those of a tracker made through the API. The pool and the table
 * are also timed alone: the core does not export them, so they are compiled in.
 *
 * Everything is done in batches with interrupts off, each part timed on its own,
 * with a grace period between batches that is not timed: every batch finds the pool
 * as a quiet machine leaves it. What is done once in a batch of objects (a refill,
 * a cookie) is in the averages.
 */
#include <linux/debugfs.h>
#include <linux/hash.h>
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/timex.h>

#include "latency_tracker.h"
#include "compat/rcupdate.c"
#include "freelist/capacity.c"
#include "freelist/create.c"
#include "freelist/freelist.c"
#include "freelist/ring.c"
#include "rculfhash/rculfhash.c"

#define BENCH_BATCH	128
#define BENCH_BATCHES	800
/* Never a pid: no probe's tracker is touched, but the keys look like one's. */
#define BENCH_KEY	1000
#define BENCH_ORDER	12

enum bench_part {
	BENCH_CLOCK,
	BENCH_FREELIST_GET,
	BENCH_INSERT,
	BENCH_CLAIM,
	BENCH_UNLINK,
	BENCH_FREELIST_PUT,
	BENCH_PREPARE,
	BENCH_COMMIT_INT,
	BENCH_END_INT,
	BENCH_CANCEL_INT,
	BENCH_END_ORPHAN,
	BENCH_CANCEL_NONE,
	BENCH_PARTS,
};

static const char * const bench_names[] = {
	[BENCH_CLOCK] = "clock",
	[BENCH_FREELIST_GET] = "freelist_get",
	[BENCH_INSERT] = "insert",
	[BENCH_CLAIM] = "find_claim",
	[BENCH_UNLINK] = "unlink",
	[BENCH_FREELIST_PUT] = "freelist_put",
	[BENCH_PREPARE] = "prepare",
	[BENCH_COMMIT_INT] = "commit_int",
	[BENCH_END_INT] = "end_int",
	[BENCH_CANCEL_INT] = "cancel_int",
	[BENCH_END_ORPHAN] = "end_int_orphan",
	[BENCH_CANCEL_NONE] = "cancel_int_none",
};

static_assert(ARRAY_SIZE(bench_names) == BENCH_PARTS);

/**
 * struct bench_obj - as much of an event as the pool and the table need
 * @fl:   in the pool
 * @node: in the table
 * @key:  of an operation
 */
struct bench_obj {
	struct freelist_obj fl;
	struct lfht_node node;
	u64 key;
};

/* Written by bench_init() only. */
static u64 bench_sum[BENCH_PARTS];
static u64 bench_calls[BENCH_PARTS];
static u64 bench_empty;
static struct freelist bench_pool;
static struct lfht bench_table;
static struct latency_tracker *bench_tracker;
static struct bench_obj *bench_objs[BENCH_BATCH];
static struct lfht_iter bench_its[BENCH_BATCH];
static struct dentry *bench_file;

/* Time a statement. What two readings of the counter cost alone is taken off. */
#define bench(part, statement) do {				\
	cycles_t from = get_cycles();				\
								\
	barrier();						\
	statement;						\
	barrier();						\
	bench_sum[part] += get_cycles() - from - bench_empty;	\
	bench_calls[part]++;					\
} while (0)

static void bench_calibrate(void)
{
	unsigned int i;

	bench_empty = 0;
	for (i = 0; i < BENCH_BATCH; i++)
		bench(BENCH_CLOCK, barrier());
	bench_empty = div64_u64(bench_sum[BENCH_CLOCK], bench_calls[BENCH_CLOCK]);
	bench_sum[BENCH_CLOCK] = 0;
	bench_calls[BENCH_CLOCK] = 0;
}

static void bench_obj_init(void *obj, void *data)
{
	lfht_node_init(&((struct bench_obj *)obj)->node);
}

/* Nothing waits for the pool here: bench_quiesce() does what these would ask for. */
static void bench_ignore(void *data)
{
}

static void bench_release(struct lfht *ht, struct lfht_node *node)
{
	freelist_put(&bench_pool, container_of(node, struct bench_obj, node));
}

static bool bench_match(const struct lfht_node *node, const void *key)
{
	return container_of(node, struct bench_obj, node)->key == *(const u64 *)key;
}

static unsigned long bench_rhash(u64 key)
{
	return lfht_rhash(key * GOLDEN_RATIO_64);
}

static int bench_pool_batch(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_BATCH; i++) {
		bench(BENCH_FREELIST_GET, bench_objs[i] = freelist_get(&bench_pool));
		if (!bench_objs[i])
			return -ENOSPC;
	}
	return 0;
}

static __always_inline bool bench_insert(struct bench_obj *obj, u64 key)
{
	struct lfht_iter it;

	return !lfht_find(&bench_table, obj->node.rhash, bench_match, &key, &it) &&
	       lfht_add_at(&it, &obj->node);
}

static int bench_insert_batch(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_BATCH; i++) {
		struct bench_obj *obj = bench_objs[i];
		u64 key = BENCH_KEY + i;
		bool added;

		obj->key = key;
		obj->node.rhash = bench_rhash(key);
		bench(BENCH_INSERT, added = bench_insert(obj, key));
		if (!added)
			return -EEXIST;
	}
	return 0;
}

static __always_inline int bench_claim(u64 key, unsigned long rhash, struct lfht_iter *it)
{
	bool flagged;

	if (lfht_find(&bench_table, rhash, bench_match, &key, it) <= 0)
		return -ENOENT;
	return lfht_claim(it, &flagged);
}

static int bench_remove_batch(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_BATCH; i++) {
		struct lfht_iter *it = &bench_its[i];
		u64 key = BENCH_KEY + i;
		unsigned long rhash = bench_rhash(key);
		bool ours;
		int err;

		bench(BENCH_CLAIM, err = bench_claim(key, rhash, it));
		if (err)
			return err;
		bench(BENCH_UNLINK, ours = lfht_unlink(&bench_table, it));
		if (!ours)
			return -EBUSY;
		bench(BENCH_FREELIST_PUT, freelist_put(&bench_pool, bench_objs[i]));
	}
	return 0;
}

static int bench_begin_batch(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_BATCH; i++) {
		struct latency_tracker_event *ev;
		int ret;

		bench(BENCH_PREPARE, ev = latency_tracker_event_prepare(bench_tracker));
		if (!ev)
			return -ENOSPC;
		bench(BENCH_COMMIT_INT, ret = latency_tracker_event_commit_int(bench_tracker, ev,
									       BENCH_KEY + i));
		if (ret != LATENCY_TRACKER_OK)
			return -EIO;
	}
	return 0;
}

static int bench_end_batch(void)
{
	struct latency_tracker_end end = { 0 };
	unsigned int i;
	int ret;

	for (i = 0; i < BENCH_BATCH; i++) {
		bench(BENCH_END_INT,
		      ret = latency_tracker_event_end_int(bench_tracker, BENCH_KEY + i, &end));
		if (ret != LATENCY_TRACKER_OK)
			return -EIO;
	}
	return 0;
}

static int bench_cancel_batch(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < BENCH_BATCH; i++) {
		bench(BENCH_CANCEL_INT,
		      ret = latency_tracker_event_cancel_int(bench_tracker, BENCH_KEY + i));
		if (ret != LATENCY_TRACKER_OK)
			return -EIO;
	}
	return 0;
}

static int bench_miss_batch(void)
{
	struct latency_tracker_end end = { 0 };
	unsigned int i;
	u64 now;

	for (i = 0; i < BENCH_BATCH; i++) {
		bench(BENCH_CLOCK, now = latency_tracker_now());
		bench(BENCH_END_ORPHAN,
		      latency_tracker_event_end_int(bench_tracker, BENCH_KEY + i, &end));
		bench(BENCH_CANCEL_NONE,
		      latency_tracker_event_cancel_int(bench_tracker, BENCH_KEY + i));
	}
	return now ? 0 : -EIO;
}

/* What the core's scan would do a little later: let the objects come back. */
static void bench_quiesce(void)
{
	freelist_flush(&bench_pool);
	lt_rcu_kick();
	synchronize_rcu();
}

static int bench_run(void)
{
	static int (* const steps[])(void) = {
		bench_pool_batch, bench_insert_batch, bench_remove_batch,
		bench_begin_batch, bench_end_batch,
		bench_begin_batch, bench_cancel_batch, bench_miss_batch,
	};
	unsigned int batch, i;
	int err = 0;

	bench_calibrate();
	for (batch = 0; batch < BENCH_BATCHES && !err; batch++) {
		for (i = 0; i < ARRAY_SIZE(steps) && !err; i++) {
			unsigned long flags;

			local_irq_save(flags);
			err = steps[i]();
			local_irq_restore(flags);
		}
		bench_quiesce();
		cond_resched();
	}
	return err;
}

static int bench_show(struct seq_file *m, void *v)
{
	unsigned int i;

	for (i = 0; i < BENCH_PARTS; i++) {
		u64 hundredths = div64_u64(bench_sum[i] * 100, bench_calls[i]), whole;
		u32 rest;

		whole = div_u64_rem(hundredths, 100, &rest);
		seq_printf(m, "%s %llu.%02u\n", bench_names[i], whole, rest);
	}
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(bench);

static int bench_run_all(void)
{
	static const struct freelist_config pool = {
		.size = sizeof(struct latency_tracker_event),
		.initial = 4096,
		.max = 4096,
		.init = bench_obj_init,
		.low = bench_ignore,
		.kick = bench_ignore,
	};
	static const struct latency_tracker_config config = {
		.name = "bench",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.initial_events = 4096,
		.max_events = 4096,
	};
	int err;

	err = freelist_create(&bench_pool, &pool);
	if (err)
		return err;
	err = lfht_init(&bench_table, BENCH_ORDER, bench_release);
	if (err)
		goto free_pool;
	bench_tracker = latency_tracker_create(&config);
	if (IS_ERR(bench_tracker)) {
		err = PTR_ERR(bench_tracker);
		goto free_table;
	}
	err = bench_run();
	latency_tracker_destroy(bench_tracker);
free_table:
	lfht_destroy(&bench_table);
free_pool:
	freelist_destroy(&bench_pool);
	return err;
}

static int __init bench_init(void)
{
	int err = bench_run_all();

	if (!err)
		bench_file = debugfs_create_file("latency_tracker_bench", 0444, NULL, NULL,
						 &bench_fops);
	return err;
}

static void __exit bench_exit(void)
{
	debugfs_remove(bench_file);
	lt_rcu_exit();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures what the parts of latency_tracker cost");
