// SPDX-License-Identifier: GPL-2.0
/*
 * Lock-free resizable hash table; the contract is in rculfhash.h.
 *
 * Here are the parts off the fast path: contended claims and unlinks, walks that
 * clean up, iteration, and the resize.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "rculfhash.h"

static bool lfht_is_bucket(const struct lfht_node *node)
{
	return !(node->rhash & 1UL);
}

/**
 * lfht_help() - unlink a claimed node for the thread that claimed it
 * @ht:        table
 * @prev:      its predecessor
 * @prev_next: value of @prev->next that led to @cur, without LFHT_REMOVED
 * @cur:       the claimed node
 * @next:      its frozen next pointer
 *
 * Return: true if unlinked by this call, false if @prev has changed.
 */
bool lfht_help(struct lfht *ht, struct lfht_node *prev, unsigned long prev_next,
	       struct lfht_node *cur, unsigned long next)
{
	unsigned long new = (next & ~LFHT_TAGS) | (prev_next & LFHT_FLAG);

	/*
	 * Only one compare-and-exchange can take @cur out: it has one predecessor,
	 * whose own next pointer is frozen once that is claimed. Full barrier, as in
	 * lfht_unlink().
	 */
	if (cmpxchg(&prev->next, prev_next, new) != prev_next)
		return false;
	if (!lfht_is_bucket(cur))
		ht->release(ht, cur);
	return true;
}

/**
 * lfht_claim_again() - claim a node whose next pointer has changed since it was found
 * @node: found in this read-side critical section
 *
 * Return: the value of @node->next that was claimed; a value with LFHT_REMOVED
 * set if another thread has claimed it; LFHT_REMOVED alone if the bounds were met.
 */
unsigned long lfht_claim_again(struct lfht_node *node)
{
	unsigned int tries;

	for (tries = 0; tries < LFHT_MAX_RETRIES; tries++) {
		unsigned long old = READ_ONCE(node->next);

		if (old & LFHT_REMOVED)
			return old;
		/* Full barrier, as in lfht_claim(). */
		if (cmpxchg(&node->next, old, old | LFHT_REMOVED) == old)
			return old;
	}
	return LFHT_REMOVED;
}

/*
 * Unlink claimed nodes from @prev on until the first node behind @rhash, but for
 * @steps at most.
 * Return: 0 done, -EAGAIN the list has changed there, -EBUSY too far.
 */
static int lfht_clean(struct lfht *ht, struct lfht_node *prev, unsigned long rhash,
		      unsigned long steps)
{
	unsigned long prev_next = READ_ONCE(prev->next);

	while (steps--) {
		struct lfht_node *cur = lfht_ptr(prev_next);
		unsigned long next;

		if (cur->rhash > rhash)
			return 0;
		next = READ_ONCE(cur->next);
		if (next & LFHT_REMOVED) {
			if (!lfht_help(ht, prev, prev_next, cur, next))
				return -EAGAIN;
			prev_next = (next & ~LFHT_TAGS) | (prev_next & LFHT_FLAG);
		} else {
			prev = cur;
			prev_next = next;
		}
	}
	return -EBUSY;
}

/* For the resize: however far it is and however often the list changes. */
static void lfht_clean_all(struct lfht *ht, struct lfht_node *prev, unsigned long rhash)
{
	int err;

	do {
		preempt_disable_notrace();
		err = lfht_clean(ht, prev, rhash, ULONG_MAX);
		preempt_enable_notrace();
		cond_resched();
	} while (err);
}

static struct lfht_node *lfht_bucket(struct lfht *ht, unsigned long rhash)
{
	/* Pairs with rcu_assign_pointer() in lfht_resize(). */
	struct lfht_table *tbl = rcu_dereference_sched(ht->tbl);

	return &tbl->bucket[rhash >> tbl->shift];
}

/**
 * lfht_gc() - unlink what is claimed in the chain of a hash
 * @ht:    table
 * @rhash: nodes up to and including this one's place are looked at
 *
 * Gives up after LFHT_MAX_RETRIES changes under its feet or LFHT_MAX_STEPS nodes;
 * what is left is unlinked by whoever comes next.
 */
void lfht_gc(struct lfht *ht, unsigned long rhash)
{
	unsigned int tries;

	for (tries = 0; tries < LFHT_MAX_RETRIES; tries++)
		if (lfht_clean(ht, lfht_bucket(ht, rhash), rhash, LFHT_MAX_STEPS) != -EAGAIN)
			return;
}

/**
 * lfht_unlink_again() - unlink a claimed node whose predecessor has changed
 * @ht:   table
 * @node: claimed by this thread
 *
 * Return: false: ht->release() has been or will be called for @node.
 */
bool lfht_unlink_again(struct lfht *ht, struct lfht_node *node)
{
	lfht_gc(ht, node->rhash);
	return false;
}

/**
 * lfht_set_flag() - mark a node once, unless it has been claimed
 * @node: reachable when this read-side critical section began
 *
 * Full barrier on success. Return: true for the one caller that set it.
 */
bool lfht_set_flag(struct lfht_node *node)
{
	unsigned int tries;

	for (tries = 0; tries < LFHT_MAX_RETRIES; tries++) {
		unsigned long old = READ_ONCE(node->next);

		if (old & LFHT_TAGS)
			return false;
		/* Pairs with the compare-and-exchange in lfht_claim(): one is first. */
		if (cmpxchg(&node->next, old, old | LFHT_FLAG) == old)
			return true;
	}
	return false;
}

/**
 * lfht_contains() - whether a node is in the list and not claimed
 * @ht:   table
 * @node: memory that is a node of this table at all times
 *
 * Tells a node that is in the list from one that is only about to be added.
 */
bool lfht_contains(struct lfht *ht, const struct lfht_node *node)
{
	unsigned long rhash = READ_ONCE(node->rhash);
	struct lfht_node *cur = lfht_bucket(ht, rhash);
	unsigned int steps;

	for (steps = 0; steps < LFHT_MAX_STEPS && cur->rhash <= rhash; steps++) {
		if (cur == node)
			return lfht_live(node);
		/* Dependent read; pairs with the full barrier in lfht_add_at(). */
		cur = lfht_ptr(READ_ONCE(cur->next));
	}
	return false;
}

/* The first live node from @node on; NULL behind the last. */
static struct lfht_node *lfht_skip(struct lfht *ht, struct lfht_node *node)
{
	while (node != &ht->tail && (lfht_is_bucket(node) || !lfht_live(node)))
		node = lfht_ptr(READ_ONCE(node->next));
	return node == &ht->tail ? NULL : node;
}

/**
 * lfht_first() - begin to iterate over all live nodes, in the order of their hash
 * @ht: table
 *
 * Context: task; the walk over buckets and claimed nodes has no bound.
 * Nodes added or claimed meanwhile may or may not be seen; the others are seen once.
 */
struct lfht_node *lfht_first(struct lfht *ht)
{
	return lfht_skip(ht, lfht_ptr(READ_ONCE(ht->head.next)));
}

/**
 * lfht_next() - go on
 * @ht:   table
 * @node: from lfht_first() or lfht_next() in this read-side critical section
 */
struct lfht_node *lfht_next(struct lfht *ht, struct lfht_node *node)
{
	return lfht_skip(ht, lfht_ptr(READ_ONCE(node->next)));
}

static struct lfht_table *lfht_table_alloc(unsigned int order)
{
	struct lfht_table *tbl;
	unsigned long i;

	tbl = kvzalloc(struct_size(tbl, bucket, 1UL << order), GFP_KERNEL);
	if (!tbl)
		return NULL;
	tbl->order = order;
	tbl->shift = BITS_PER_LONG - order;
	for (i = 0; i < 1UL << order; i++) {
		tbl->bucket[i].rhash = i << tbl->shift;
		lfht_node_init(&tbl->bucket[i]);
	}
	return tbl;
}

/* Link a bucket behind all nodes with its hash or a lesser one, from @prev on. */
static bool lfht_link_bucket(struct lfht_node *prev, struct lfht_node *bucket)
{
	unsigned long prev_next = READ_ONCE(prev->next);
	struct lfht_node *cur = lfht_ptr(prev_next);
	struct lfht_iter it;

	while (cur->rhash <= bucket->rhash) {
		unsigned long next = READ_ONCE(cur->next);

		if (!(next & LFHT_REMOVED)) {
			prev = cur;
			prev_next = next;
		}
		cur = lfht_ptr(next);
	}
	if (prev_next & LFHT_REMOVED || lfht_ptr(prev_next) != cur)
		return false;
	it = (struct lfht_iter) { prev, prev_next, cur, 0 };
	return lfht_add_at(&it, bucket);
}

/* Link all buckets of @new, each found from the one before it. */
static void lfht_link_table(struct lfht *ht, struct lfht_table *new)
{
	unsigned long i;

	for (i = 0; i < 1UL << new->order; i++) {
		struct lfht_node *bucket = &new->bucket[i];
		struct lfht_node *from = i ? bucket - 1 : &ht->head;
		bool linked;

		do {
			preempt_disable_notrace();
			/* Claimed nodes in the way have no stable successor: clean first. */
			lfht_clean(ht, from, bucket->rhash, ULONG_MAX);
			linked = lfht_link_bucket(from, bucket);
			preempt_enable_notrace();
			cond_resched();
		} while (!linked);
	}
}

/* Take the buckets of a table that nobody enters by any more out of the list. */
static void lfht_unlink_table(struct lfht *ht, struct lfht_table *old, struct lfht_table *new)
{
	struct lfht_node *from = &ht->head;
	unsigned long i;

	for (i = 0; i < 1UL << old->order; i++)
		while (!(lfht_claim_again(&old->bucket[i]) & LFHT_REMOVED))
			cond_resched();
	for (i = 0; i < 1UL << new->order; i++) {
		lfht_clean_all(ht, from, new->bucket[i].rhash);
		from = &new->bucket[i];
	}
	lfht_clean_all(ht, from, ULONG_MAX - 1);
}

/**
 * lfht_resize() - enter the list at 2^order places from now on
 * @ht:    table
 * @order: clamped to LFHT_MIN_ORDER .. LFHT_MAX_ORDER
 *
 * Context: process, sleeps for two grace periods. All other operations go on.
 * Return: 0, or -ENOMEM with the table unchanged.
 */
int lfht_resize(struct lfht *ht, unsigned int order)
{
	struct lfht_table *old, *new;

	order = clamp(order, (unsigned int)LFHT_MIN_ORDER, (unsigned int)LFHT_MAX_ORDER);
	mutex_lock(&ht->lock);
	WRITE_ONCE(ht->crowded, false);
	old = rcu_dereference_protected(ht->tbl, lockdep_is_held(&ht->lock));
	if (old->order == order) {
		mutex_unlock(&ht->lock);
		return 0;
	}
	new = lfht_table_alloc(order);
	if (!new) {
		mutex_unlock(&ht->lock);
		return -ENOMEM;
	}
	lfht_link_table(ht, new);
	/* Pairs with the dereference in lfht_find() and lfht_bucket(). */
	rcu_assign_pointer(ht->tbl, new);
	/* From here on no operation enters by the old buckets ... */
	synchronize_rcu();
	lfht_unlink_table(ht, old, new);
	/* ... and from here on none stands on one. */
	synchronize_rcu();
	kvfree(old);
	mutex_unlock(&ht->lock);
	return 0;
}

/**
 * lfht_order() - log2 of the number of buckets
 * @ht: table
 */
unsigned int lfht_order(struct lfht *ht)
{
	unsigned int order;

	preempt_disable_notrace();
	order = rcu_dereference_sched(ht->tbl)->order;
	preempt_enable_notrace();
	return order;
}

/**
 * lfht_gc_all() - unlink all claimed nodes that are still in the list
 * @ht: table
 *
 * Context: process. What is claimed while this runs may be left.
 */
void lfht_gc_all(struct lfht *ht)
{
	unsigned long i, nr;

	/* The lock keeps the table from being resized away under the loop. */
	mutex_lock(&ht->lock);
	nr = 1UL << rcu_dereference_protected(ht->tbl, lockdep_is_held(&ht->lock))->order;
	for (i = 0; i < nr; i++) {
		unsigned long shift = BITS_PER_LONG - ilog2(nr);

		preempt_disable_notrace();
		lfht_gc(ht, (i << shift) | ((1UL << shift) - 2));
		preempt_enable_notrace();
		cond_resched();
	}
	mutex_unlock(&ht->lock);
}

/**
 * lfht_init() - make an empty table
 * @ht:      memory for it
 * @order:   log2 of the number of buckets, clamped
 * @release: see struct lfht
 *
 * Context: process, sleeps. Return: 0 or -ENOMEM.
 */
int lfht_init(struct lfht *ht, unsigned int order,
	      void (*release)(struct lfht *ht, struct lfht_node *node))
{
	struct lfht_table *tbl;

	order = clamp(order, (unsigned int)LFHT_MIN_ORDER, (unsigned int)LFHT_MAX_ORDER);
	tbl = lfht_table_alloc(order);
	if (!tbl)
		return -ENOMEM;
	ht->release = release;
	ht->crowded = false;
	mutex_init(&ht->lock);
	ht->tail.rhash = ULONG_MAX;
	ht->tail.next = 0;
	ht->head.rhash = 0;
	ht->head.next = (unsigned long)&ht->tail;
	lfht_link_table(ht, tbl);
	rcu_assign_pointer(ht->tbl, tbl);
	return 0;
}

/**
 * lfht_destroy() - free the buckets
 * @ht: table that nobody uses any more; its nodes are the caller's to free
 */
void lfht_destroy(struct lfht *ht)
{
	kvfree(rcu_dereference_protected(ht->tbl, true));
	RCU_INIT_POINTER(ht->tbl, NULL);
	mutex_destroy(&ht->lock);
}
