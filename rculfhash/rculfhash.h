/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lock-free resizable hash table: one sorted linked list, read under RCU, and an
 * array of entry points into it.
 *
 * Algorithm: the list is that of Harris (2001) and Michael (2002): a node is
 * removed by marking its own next pointer and then unlinked from its
 * predecessor. Keeping all nodes in one list in the order of a bit-reversed hash,
 * with sentinel nodes ("buckets") as entry points, is the split-ordered list of
 * Shalev and Shavit (2006), on which liburcu's cds_lfht stands too. Two things
 * differ here. The hash is produced already reversed (the index of a bucket is
 * the *top* bits of node->rhash), so nothing is reversed on the way. And because
 * then a bucket's index changes with the size, a resize makes a whole new array
 * of buckets beside the old one, publishes it, and takes the old ones out of the
 * list: growing and shrinking are the same code, and a table and its size can
 * never be seen apart.
 *
 * What may run concurrently, and where
 * ------------------------------------
 *                      any of add, claim,  resize  contexts
 *                      flag, find, gc
 *   lfht_add_at           yes              yes     any, NMI included
 *   lfht_replace          yes              yes     any, NMI included
 *   lfht_find             yes              yes     any, NMI included
 *   lfht_claim            yes              yes     any, NMI included
 *   lfht_unlink, lfht_gc  yes              yes     any, NMI included
 *   lfht_set_flag         yes              yes     any, NMI included
 *   lfht_contains         yes              yes     any, NMI included
 *   lfht_first/next       yes              yes     task (no bound on the walk)
 *   lfht_resize           yes              no      process context, sleeps
 *   lfht_destroy          no               no      process context, sleeps
 *
 * All but the last two must run inside one read-side critical section that the
 * caller holds from before the first to after the last of them (a region with
 * preemption off: since Linux 5.0 one synchronize_rcu() waits for those too).
 *
 * Guarantees
 * ----------
 * G1 Of all lfht_claim() and lfht_replace() on one node exactly one succeeds.
 *    [host test: table/claim_once; interleave: claim]
 * G2 lfht_add_at() where a find found nothing never leaves two nodes that match
 *    each other.
 *    [host test: table/unique_race; interleave: add_unique]
 * G3 lfht_replace() leaves no instant at which neither the old nor the new node
 *    can be found. [host test: table/replace_visible; interleave: replace_visible]
 * G4 Each node that was claimed or replaced is unlinked exactly once, and whoever
 *    unlinks it is told: lfht_unlink() returns true, or else ht->release() has
 *    been or will be called for it, by this or another thread. The node's memory
 *    may be reused after a grace period that begins after that.
 *    [host test: table/release_once, table/gc; interleave: claim; torture: table]
 * G5 A node that is in the table before a find begins and until it has ended is
 *    found, whatever is added, removed or resized meanwhile.
 *    [host test: table/find_during_resize, table/resize_equal; interleave: resize;
 *    torture: table; fuzz: ops]
 * G6 lfht_set_flag() succeeds for exactly one caller, and only on a node that has
 *    not been claimed; whoever claims the node learns whether it was set.
 *    [host test: table/flag_or_claim; interleave: flag]
 * G7 Nodes with equal hash are found in the order in which they were added.
 *    [host test: table/duplicates_fifo; fuzz: ops]
 *
 * Progress: lock-free. An operation that meets more than LFHT_MAX_RETRIES failed
 * compare-and-exchange, or walks more than LFHT_MAX_STEPS nodes, gives up and
 * returns -EBUSY with the table unchanged by it, so that an NMI or an interrupt
 * handler is bounded. A claimed node that could not be unlinked within the bounds
 * stays in the list, invisible to finds, until the next operation on that bucket
 * or lfht_gc_all() unlinks it. [host test: table/resize_long, table/gc]
 *
 * Ordering: a successful add, replace, claim or set_flag is a full barrier.
 * Writes to the object before lfht_add_at() are visible to whoever finds it. A
 * failed operation orders nothing. [torture: table, under ThreadSanitizer]
 *
 * Shared cache lines written by add + find + claim + unlink without contention:
 * the predecessor's (twice: in and out) and the node's own (twice: fill and mark).
 *
 * Memory: bucket arrays are the table's own; nodes are the caller's. A node must
 * be aligned to at least 4 bytes.
 */
#ifndef LT_RCULFHASH_H
#define LT_RCULFHASH_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define LFHT_REMOVED		1UL	/* in node->next: this node is logically gone */
#define LFHT_FLAG		2UL	/* in node->next: lfht_set_flag() was here */
#define LFHT_TAGS		(LFHT_REMOVED | LFHT_FLAG)

#define LFHT_MAX_RETRIES	256
#define LFHT_MAX_STEPS		65536
#define LFHT_LONG_CHAIN		8	/* steps after which an add asks for a larger table */
#define LFHT_MIN_ORDER		1
#define LFHT_MAX_ORDER		20

/**
 * struct lfht_node - what an object needs to be in a table
 * @next:  tagged pointer to the next node; changed by compare-and-exchange only
 *         while the node can be reached. Has LFHT_REMOVED set in a node that is in
 *         no table (lfht_node_init()).
 * @rhash: lfht_rhash() of its key; constant while the node can be reached.
 */
struct lfht_node {
	unsigned long next;
	unsigned long rhash;
};

/**
 * struct lfht_table - one array of entry points
 * @order:  log2 of the number of buckets; constant
 * @shift:  BITS_PER_LONG - @order: rhash >> shift is the index; constant
 * @bucket: sentinels, linked into the list, @rhash even, never claimed while this
 *          table is the current one
 */
struct lfht_table {
	unsigned int order;
	unsigned int shift;
	struct lfht_node bucket[];
};

/**
 * struct lfht - a table
 * @tbl:     current entry points; written by lfht_resize() under @lock
 * @release: called for a node that somebody unlinked on behalf of its claimer
 *           (G4), inside the read-side critical section, from any context
 * @crowded: an add walked a long chain; set by anybody, cleared by lfht_resize()
 * @head:    in front of everything; never changes its place
 * @tail:    behind everything; rhash is ULONG_MAX, which no other node has
 * @lock:    serialises resizes
 */
struct lfht {
	struct lfht_table __rcu *tbl;
	void (*release)(struct lfht *ht, struct lfht_node *node);
	bool crowded;
	struct lfht_node head;
	struct lfht_node tail;
	struct mutex lock; /* see above */
};

/**
 * struct lfht_iter - where a find ended
 * @prev:      node or bucket in front of @cur
 * @prev_next: value of @prev->next that led to @cur, tags of @prev included
 * @cur:       the node found, or else the first one behind where it would stand
 * @next:      value of @cur->next when it was found, tags of @cur included
 *
 * Valid inside the read-side critical section of the find.
 */
struct lfht_iter {
	struct lfht_node *prev;
	unsigned long prev_next;
	struct lfht_node *cur;
	unsigned long next;
};

typedef bool (*lfht_match_t)(const struct lfht_node *node, const void *key);

int lfht_init(struct lfht *ht, unsigned int order,
	      void (*release)(struct lfht *ht, struct lfht_node *node));
void lfht_destroy(struct lfht *ht);
int lfht_resize(struct lfht *ht, unsigned int order);
unsigned int lfht_order(struct lfht *ht);
void lfht_gc(struct lfht *ht, unsigned long rhash);
void lfht_gc_all(struct lfht *ht);
bool lfht_help(struct lfht *ht, struct lfht_node *prev, unsigned long prev_next,
	       struct lfht_node *cur, unsigned long next);
unsigned long lfht_claim_again(struct lfht_node *node);
bool lfht_unlink_again(struct lfht *ht, struct lfht_node *node);
bool lfht_set_flag(struct lfht_node *node);
bool lfht_contains(struct lfht *ht, const struct lfht_node *node);
struct lfht_node *lfht_first(struct lfht *ht);
struct lfht_node *lfht_next(struct lfht *ht, struct lfht_node *node);

static inline struct lfht_node *lfht_ptr(unsigned long next)
{
	return (struct lfht_node *)(next & ~LFHT_TAGS);
}

/**
 * lfht_rhash() - the order in the list of a key with this hash
 * @hash: well mixed in its upper bits
 *
 * Bit 0 is set to tell nodes from buckets, bit 1 cleared so that no node stands
 * where the tail does. Any context.
 */
static inline unsigned long lfht_rhash(unsigned long hash)
{
	return (hash | 1UL) & ~2UL;
}

/**
 * lfht_node_init() - make a node one that is in no table
 * @node: not reachable by anyone who writes to it
 */
static inline void lfht_node_init(struct lfht_node *node)
{
	WRITE_ONCE(node->next, LFHT_REMOVED);
}

/**
 * lfht_live() - whether a node has been added and not yet claimed
 * @node: memory that is a node of this table at all times
 *
 * A node that is just being added may be reported as live already.
 */
static inline bool lfht_live(const struct lfht_node *node)
{
	return !(READ_ONCE(node->next) & LFHT_REMOVED);
}

/**
 * lfht_find_first() - lfht_find() as far as the first node of the bucket
 * @ht:    table
 * @rhash: lfht_rhash() of the key
 * @match: compares a node with @key; inlined
 * @key:   handed to @match
 * @it:    as from lfht_find(), unless it returns -EAGAIN
 *
 * In a table of the right size that is mostly all there is, and this needs few registers.
 *
 * Return: 1 found, 0 not found, -EAGAIN ask lfht_find().
 */
static __always_inline int lfht_find_first(struct lfht *ht, unsigned long rhash,
					   lfht_match_t match, const void *key,
					   struct lfht_iter *it)
{
	/* As in lfht_find(). */
	struct lfht_table *tbl = rcu_dereference_sched(ht->tbl);
	struct lfht_node *bucket = &tbl->bucket[rhash >> tbl->shift];
	unsigned long next = READ_ONCE(bucket->next);
	struct lfht_node *cur = lfht_ptr(next);

	*it = (struct lfht_iter) { bucket, next, cur, 0 };
	if (cur->rhash > rhash)
		return 0;
	if (cur->rhash != rhash || !match(cur, key))
		return -EAGAIN;
	it->next = READ_ONCE(cur->next);
	return it->next & LFHT_REMOVED ? -EAGAIN : 1;
}

/**
 * lfht_find() - look for a node, helping to unlink claimed ones on the way
 * @ht:    table
 * @rhash: lfht_rhash() of the key
 * @match: compares a node with @key; inlined
 * @key:   handed to @match
 * @it:    where the search ended, for lfht_claim(), lfht_replace(), lfht_add_at()
 *
 * Return: 1 found, 0 not found, -EBUSY the bounds were met.
 */
static __always_inline int lfht_find(struct lfht *ht, unsigned long rhash, lfht_match_t match,
				     const void *key, struct lfht_iter *it)
{
	struct lfht_node *prev, *cur, *bucket;
	unsigned long prev_next, next;
	struct lfht_table *tbl;
	unsigned int steps = 0;

	/* Pairs with rcu_assign_pointer() in lfht_resize(): the buckets are linked. */
	tbl = rcu_dereference_sched(ht->tbl);
	bucket = &tbl->bucket[rhash >> tbl->shift];
restart:
	prev = bucket;
	/*
	 * Each pointer read below carries an address dependency, which pairs with
	 * the full barrier of the compare-and-exchange in lfht_add_at().
	 */
	prev_next = READ_ONCE(prev->next);
	for (;;) {
		cur = lfht_ptr(prev_next);
		if (cur->rhash > rhash) {
			*it = (struct lfht_iter) { prev, prev_next, cur, 0 };
			return 0;
		}
		next = READ_ONCE(cur->next);
		if (unlikely(next & LFHT_REMOVED)) {
			if (unlikely(++steps > LFHT_MAX_STEPS))
				return -EBUSY;
			if (!lfht_help(ht, prev, prev_next, cur, next)) {
				steps += LFHT_MAX_STEPS / LFHT_MAX_RETRIES;
				goto restart;
			}
			prev_next = (next & ~LFHT_TAGS) | (prev_next & LFHT_FLAG);
			continue;
		}
		if (cur->rhash == rhash && match(cur, key)) {
			*it = (struct lfht_iter) { prev, prev_next, cur, next };
			return 1;
		}
		prev = cur;
		prev_next = next;
		if (unlikely(++steps > LFHT_LONG_CHAIN)) {
			if (!READ_ONCE(ht->crowded))
				WRITE_ONCE(ht->crowded, true);
			if (steps > LFHT_MAX_STEPS)
				return -EBUSY;
		}
	}
}

/**
 * lfht_add_at() - link a node where a find that found nothing ended
 * @it:   from lfht_find() with the rhash of @node
 * @node: filled in by the caller, but for @next; in no table
 *
 * Return: true if linked; false if the list changed there: find again.
 */
static __always_inline bool lfht_add_at(const struct lfht_iter *it, struct lfht_node *node)
{
	/*
	 * Release: who finds this slot by other ways than the list (a scan of the
	 * memory) and sees it live sees its contents; pairs with lfht_live_acquire().
	 */
	smp_store_release(&node->next, (unsigned long)it->cur);
	/* Full barrier; pairs with the dependent reads in lfht_find(). */
	return cmpxchg(&it->prev->next, it->prev_next,
		       (unsigned long)node | (it->prev_next & LFHT_FLAG)) == it->prev_next;
}

/**
 * lfht_live_acquire() - lfht_live() for one who came by the memory, not the list
 * @node: memory that is a node of this table at all times
 *
 * If true, what was written to the object before it was added can be read.
 */
static inline bool lfht_live_acquire(const struct lfht_node *node)
{
	/* Pairs with smp_store_release() in lfht_add_at(). */
	return !(smp_load_acquire(&node->next) & LFHT_REMOVED);
}

/**
 * lfht_claim() - take a found node out: the one winner owns what it stands for
 * @it:      from a lfht_find() that found a node
 * @flagged: tells the winner whether lfht_set_flag() had succeeded
 *
 * The winner must call lfht_unlink() next.
 *
 * Return: 0 won, -ENOENT somebody else did, -EBUSY the bounds were met.
 */
static __always_inline int lfht_claim(struct lfht_iter *it, bool *flagged)
{
	unsigned long old = it->next;

	/* Full barrier; orders what the claimer reads of the object after the claim. */
	if (unlikely(cmpxchg(&it->cur->next, old, old | LFHT_REMOVED) != old)) {
		old = lfht_claim_again(it->cur);
		if (old & LFHT_REMOVED)
			return lfht_ptr(old) ? -ENOENT : -EBUSY;
		it->next = old;
	}
	*flagged = old & LFHT_FLAG;
	return 0;
}

/**
 * lfht_replace() - put a node in the place of a found one, which is thereby claimed
 * @it:      from a lfht_find() that found a node
 * @node:    filled in, with the rhash of the found one
 * @flagged: tells the winner whether lfht_set_flag() had succeeded on the old one
 *
 * The winner must call lfht_unlink() on @it next, to unlink the old one.
 *
 * Return: true if replaced; false if the old node changed: find again.
 */
static __always_inline bool lfht_replace(struct lfht_iter *it, struct lfht_node *node,
					 bool *flagged)
{
	unsigned long old = it->next;

	/* As in lfht_add_at(). */
	smp_store_release(&node->next, old & ~LFHT_TAGS);
	/* Full barrier; the old node is marked and leads to the new one at once (G3). */
	if (cmpxchg(&it->cur->next, old, (unsigned long)node | LFHT_REMOVED |
		    (old & LFHT_FLAG)) != old)
		return false;
	*flagged = old & LFHT_FLAG;
	it->next = (unsigned long)node;
	return true;
}

/**
 * lfht_unlink() - unlink the node that this thread has just claimed
 * @ht: table
 * @it: handed to lfht_claim() or lfht_replace()
 *
 * Return: true if this call unlinked it: the caller sees to its memory. False if
 * another thread has or will: ht->release() does (G4).
 */
static __always_inline bool lfht_unlink(struct lfht *ht, const struct lfht_iter *it)
{
	unsigned long new = (it->next & ~LFHT_TAGS) | (it->prev_next & LFHT_FLAG);

	/* Full barrier; a grace period that begins from here on covers all readers. */
	if (likely(cmpxchg(&it->prev->next, it->prev_next, new) == it->prev_next))
		return true;
	return lfht_unlink_again(ht, it->cur);
}

#endif /* LT_RCULFHASH_H */
