// SPDX-License-Identifier: GPL-2.0
/*
 * Preallocated pool of RCU-read objects; the contract is in freelist.h.
 *
 * Here is what happens once a batch: refill, retire, steal; and growth.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "compat/rcupdate.h"
#include "freelist.h"

/**
 * struct freelist_cell - room for a batch in a ring
 * @seq:    position at which the cell can be filled; that + 1 when it is filled
 * @first:  number of the batch's first object; owned by whoever moved the ring's
 *          position over this cell, until it writes @seq
 * @cookie: expires when the batch may be reused; protected as @first
 */
struct freelist_cell {
	atomic_long_t seq;
	unsigned long cookie;
	u32 first;
};

/**
 * struct freelist_ring - bounded queue of batches
 * @tail: where the next batch goes in
 * @head: where the next one comes out
 * @mask: number of cells - 1
 * @cell: cells
 */
struct freelist_ring {
	atomic_long_t tail ____cacheline_aligned_in_smp;
	atomic_long_t head ____cacheline_aligned_in_smp;
	unsigned long mask;
	struct freelist_cell *cell;
};

/**
 * struct freelist_node - what a NUMA node keeps
 * @ready: batches that have never been used, or not since they were made
 * @limbo: batches that wait for their grace period, oldest first
 */
struct freelist_node {
	struct freelist_ring ready;
	struct freelist_ring limbo;
};

static int freelist_ring_init(struct freelist_ring *ring, unsigned long cells, int nid)
{
	unsigned long i;

	cells = roundup_pow_of_two(cells);
	ring->cell = kvzalloc_node(cells * sizeof(*ring->cell), GFP_KERNEL, nid);
	if (!ring->cell)
		return -ENOMEM;
	ring->mask = cells - 1;
	for (i = 0; i < cells; i++)
		atomic_long_set(&ring->cell[i].seq, i);
	return 0;
}

static bool freelist_ring_put(struct freelist_ring *ring, u32 first, unsigned long cookie)
{
	long pos = atomic_long_read(&ring->tail);
	unsigned int tries;

	for (tries = 0; tries < FREELIST_MAX_RETRIES; tries++) {
		struct freelist_cell *cell = &ring->cell[pos & ring->mask];
		/* Pairs with the release in freelist_ring_get(): the cell was read. */
		long lag = atomic_long_read_acquire(&cell->seq) - pos;

		if (lag < 0)
			return false;
		if (lag > 0) {
			pos = atomic_long_read(&ring->tail);
			continue;
		}
		if (atomic_long_try_cmpxchg(&ring->tail, &pos, pos + 1)) {
			WRITE_ONCE(cell->first, first);
			WRITE_ONCE(cell->cookie, cookie);
			/* Pairs with the acquire in freelist_ring_get(). */
			atomic_long_set_release(&cell->seq, pos + 1);
			return true;
		}
	}
	return false;
}

/*
 * Number of the first object of the oldest batch; FREELIST_NIL if there is none or
 * it is not @ripe and its grace period has not ended.
 */
static u32 freelist_ring_get(struct freelist_ring *ring, bool ripe)
{
	long pos = atomic_long_read(&ring->head);
	unsigned int tries;

	for (tries = 0; tries < FREELIST_MAX_RETRIES; tries++) {
		struct freelist_cell *cell = &ring->cell[pos & ring->mask];
		/* Pairs with the release in freelist_ring_put(). */
		long lag = atomic_long_read_acquire(&cell->seq) - (pos + 1);
		u32 first;

		if (lag < 0)
			return FREELIST_NIL;
		if (lag > 0) {
			pos = atomic_long_read(&ring->head);
			continue;
		}
		/* A cookie that has been overwritten meanwhile makes the exchange fail. */
		if (!ripe && !lt_rcu_expired(READ_ONCE(cell->cookie)))
			return FREELIST_NIL;
		if (atomic_long_try_cmpxchg(&ring->head, &pos, pos + 1)) {
			first = READ_ONCE(cell->first);
			/* Pairs with the acquire in freelist_ring_put(). */
			atomic_long_set_release(&cell->seq, pos + ring->mask + 1);
			return first;
		}
	}
	return FREELIST_NIL;
}

static unsigned long freelist_ring_len(struct freelist_ring *ring)
{
	long len = atomic_long_read(&ring->tail) - atomic_long_read(&ring->head);

	return len < 0 ? 0 : len;
}

static struct freelist_obj *freelist_hdr_at(struct freelist *fl, u32 index)
{
	return freelist_obj(fl, index);
}

/* Number of the last object of a chain that nobody else can reach. */
static u32 freelist_chain_last(struct freelist *fl, u32 index)
{
	u32 next;

	while ((next = READ_ONCE(freelist_hdr_at(fl, index)->next)) != FREELIST_NIL)
		index = next;
	return index;
}

/* Put a chain on top of a free stack. */
static void freelist_push_free(struct freelist *fl, struct freelist_cpu *cpu, u32 first)
{
	s64 old = atomic64_read(&cpu->free);
	u32 last = FREELIST_NIL;
	u64 new;

	do {
		/* A chain ends with FREELIST_NIL already: on an empty stack it fits as it is. */
		if (last == FREELIST_NIL && freelist_head(old) != FREELIST_NIL)
			last = freelist_chain_last(fl, first);
		if (last != FREELIST_NIL)
			WRITE_ONCE(freelist_hdr_at(fl, last)->next, freelist_head(old));
		new = ((old + FREELIST_COUNT_ONE) & ~0xffffffffULL) | first;
		/* Release; pairs with the exchange in freelist_get(). */
	} while (!atomic64_try_cmpxchg(&cpu->free, &old, new));
}

/* Take one object off the free stack of any CPU. */
static void *freelist_pop(struct freelist *fl, struct freelist_cpu *cpu)
{
	s64 old = atomic64_read(&cpu->free);
	unsigned int tries;

	for (tries = 0; tries < FREELIST_MAX_RETRIES; tries++) {
		u32 head = freelist_head(old);
		u64 new;

		if (head == FREELIST_NIL)
			break;
		new = ((old + FREELIST_COUNT_ONE) & ~0xffffffffULL) |
		      READ_ONCE(freelist_hdr_at(fl, head)->next);
		if (atomic64_try_cmpxchg(&cpu->free, &old, new))
			return freelist_obj(fl, head);
	}
	return NULL;
}

/*
 * Batches wait: ask for a grace period, unless one that was asked for is under way.
 * Two CPUs may both ask; the one more costs nothing.
 */
static void freelist_kick(struct freelist *fl)
{
	if (!lt_rcu_expired(READ_ONCE(fl->kicked)))
		return;
	WRITE_ONCE(fl->kicked, lt_rcu_cookie());
	fl->cfg.kick(fl->cfg.data);
}

/* The first object of an expired or ready batch of a node. */
static u32 freelist_node_get(struct freelist *fl, struct freelist_node *node)
{
	u32 first = freelist_ring_get(&node->limbo, false);

	if (first != FREELIST_NIL)
		return first;
	if (freelist_ring_len(&node->limbo))
		freelist_kick(fl);
	return freelist_ring_get(&node->ready, true);
}

static u32 freelist_batch_get(struct freelist *fl)
{
	struct freelist_node *own = fl->node[numa_node_id()];
	u32 first = freelist_node_get(fl, own);
	int nid;

	if (likely(first != FREELIST_NIL))
		return first;
	for_each_node_mask(nid, fl->nodes) {
		if (fl->node[nid] == own)
			continue;
		first = freelist_node_get(fl, fl->node[nid]);
		if (first != FREELIST_NIL)
			break;
	}
	return first;
}

static void *freelist_steal(struct freelist *fl)
{
	void *obj;
	int cpu;

	for_each_possible_cpu(cpu) {
		obj = freelist_pop(fl, per_cpu_ptr(fl->cpu, cpu));
		if (obj)
			return obj;
	}
	return NULL;
}

/* Whether less than a quarter of the pool is ready or waits for a grace period. */
static bool freelist_is_low(struct freelist *fl)
{
	unsigned long batches = 0;
	int nid;

	for_each_node_mask(nid, fl->nodes)
		batches += freelist_ring_len(&fl->node[nid]->ready) +
			   freelist_ring_len(&fl->node[nid]->limbo);
	return batches * fl->batch < READ_ONCE(fl->capacity) / 4;
}

/**
 * freelist_get_slow() - freelist_get() when this CPU's free stack is empty
 * @fl: pool
 */
void *freelist_get_slow(struct freelist *fl)
{
	struct freelist_cpu *cpu = this_cpu_ptr(fl->cpu);
	void *obj = freelist_pop(fl, cpu);
	u32 first, rest;

	/* Someone who interrupted freelist_get() may have refilled the stack. */
	if (obj)
		return obj;
	first = freelist_batch_get(fl);
	if (first == FREELIST_NIL) {
		obj = freelist_steal(fl);
		/* What has been retired shall come back as soon as it can. */
		if (!obj) {
			freelist_retire_batch(fl);
			WRITE_ONCE(fl->starved, true);
		}
		fl->cfg.low(fl->cfg.data);
		return obj;
	}
	rest = READ_ONCE(freelist_hdr_at(fl, first)->next);
	if (rest != FREELIST_NIL)
		freelist_push_free(fl, cpu, rest);
	if (freelist_is_low(fl))
		fl->cfg.low(fl->cfg.data);
	return freelist_obj(fl, first);
}

/* Move all of a CPU's retired stack, unless it is not @old any more, to the limbo. */
static void freelist_retire(struct freelist *fl, struct freelist_cpu *cpu, s64 old)
{
	u64 empty = ((old + FREELIST_TAG_ONE) & ~(FREELIST_TAG_ONE - 1)) | FREELIST_NIL;
	struct freelist_node *node = fl->node[numa_node_id()];
	u32 first = freelist_head(old);
	u64 new;
	u32 last;

	/* Acquire; pairs with the release in freelist_put(). */
	if (first == FREELIST_NIL || !atomic64_try_cmpxchg(&cpu->retired, &old, empty))
		return;
	/* The cookie is taken after the last of the puts: F2 for the whole batch. */
	if (freelist_ring_put(&node->limbo, first, lt_rcu_cookie()))
		return;
	last = freelist_chain_last(fl, first);
	old = atomic64_read(&cpu->retired);
	do {
		WRITE_ONCE(freelist_hdr_at(fl, last)->next, freelist_head(old));
		new = ((old + FREELIST_TAG_ONE) & ~0xffffffffULL) | first;
		/* Release; pairs with the acquire above. */
	} while (!atomic64_try_cmpxchg(&cpu->retired, &old, new));
}

/**
 * freelist_retire_batch() - stamp what this CPU has retired and queue it
 * @fl: pool
 *
 * Context: any, preemption off.
 */
void freelist_retire_batch(struct freelist *fl)
{
	struct freelist_cpu *cpu = this_cpu_ptr(fl->cpu);

	freelist_retire(fl, cpu, atomic64_read(&cpu->retired));
}

/**
 * freelist_put_unused() - give back an object that no RCU reader has seen
 * @fl:  pool
 * @obj: from freelist_get(), never published
 *
 * Context: any, preemption off.
 */
void freelist_put_unused(struct freelist *fl, void *obj)
{
	struct freelist_obj *hdr = obj;

	WRITE_ONCE(hdr->next, FREELIST_NIL);
	freelist_push_free(fl, this_cpu_ptr(fl->cpu), hdr->index);
}

/**
 * freelist_flush() - see to what CPUs that have gone quiet still keep
 * @fl: pool
 *
 * Stamps and queues retired objects that have lain unchanged since the last call,
 * or all of them if a get has come away empty, and has a grace period begin if any
 * batch waits for one.
 *
 * Context: process, preemption on. Return: true if something waits.
 */
bool freelist_flush(struct freelist *fl)
{
	bool starved = READ_ONCE(fl->starved);
	bool waits = false;
	int cpu, nid;

	WRITE_ONCE(fl->starved, false);
	for_each_possible_cpu(cpu) {
		struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);
		s64 now = atomic64_read(&c->retired);

		if (freelist_head(now) == FREELIST_NIL)
			continue;
		waits = true;
		if (starved || now == c->seen) {
			preempt_disable_notrace();
			freelist_retire(fl, c, now);
			preempt_enable_notrace();
		}
		c->seen = now;
	}
	for_each_node_mask(nid, fl->nodes)
		waits |= freelist_ring_len(&fl->node[nid]->limbo) > 0;
	if (waits)
		lt_rcu_kick();
	return waits;
}

static_assert(FREELIST_CHUNK == 1U << FREELIST_CHUNK_SHIFT);

/* Make the new objects first .. end - 1 of one chunk, chained up in batches. */
static void freelist_init_objs(struct freelist *fl, u32 first, u32 end)
{
	u32 i;

	for (i = first; i < end; i++) {
		struct freelist_obj *hdr = freelist_hdr_at(fl, i);
		bool last = i + 1 == end || (i + 1 - first) % fl->batch == 0;

		hdr->index = i;
		hdr->next = last ? FREELIST_NIL : i + 1;
		fl->cfg.init(hdr, fl->cfg.data);
	}
}

/* Give out the batches of new objects; nobody has seen these: they need no cookie. */
static void freelist_add_batches(struct freelist *fl, int nid, u32 first, u32 end)
{
	for (; first < end; first += fl->batch) {
		preempt_disable_notrace();
		if (!freelist_ring_put(&fl->node[nid]->ready, first, 0))
			freelist_push_free(fl, this_cpu_ptr(fl->cpu), first);
		preempt_enable_notrace();
	}
}

/* The node that the chunk with a number comes from: each in turn. */
static int freelist_chunk_node(struct freelist *fl, unsigned int chunk)
{
	unsigned int skip = chunk % nodes_weight(fl->nodes);
	int nid;

	for_each_node_mask(nid, fl->nodes)
		if (!skip--)
			break;
	return nid;
}

/**
 * freelist_grow() - make more objects
 * @fl:       pool
 * @capacity: how many there shall be; clamped to the maximum
 *
 * Context: process, sleeps; one at a time. Return: 0 or -ENOMEM (what could be
 * made is there).
 */
int freelist_grow(struct freelist *fl, unsigned int capacity)
{
	capacity = min(capacity, fl->cfg.max);
	while (fl->capacity < capacity) {
		unsigned int chunk = fl->capacity >> FREELIST_CHUNK_SHIFT;
		unsigned int first = fl->capacity;
		unsigned int end = min(capacity, (chunk + 1) * FREELIST_CHUNK);
		int nid = freelist_chunk_node(fl, chunk);

		if (!fl->chunk[chunk]) {
			void *mem = kvzalloc_node((size_t)FREELIST_CHUNK * fl->size, GFP_KERNEL,
						  nid);

			if (!mem)
				return -ENOMEM;
			WRITE_ONCE(fl->chunk[chunk], mem);
		}
		freelist_init_objs(fl, first, end);
		/* A scan that sees the capacity sees the objects; pairs in lt_scan_slots(). */
		smp_store_release(&fl->capacity, end);
		freelist_add_batches(fl, nid, first, end);
	}
	return 0;
}

static void freelist_free(struct freelist *fl)
{
	unsigned int i;
	int nid;

	if (fl->chunk)
		for (i = 0; i <= (fl->cfg.max - 1) >> FREELIST_CHUNK_SHIFT; i++)
			kvfree(fl->chunk[i]);
	kvfree(fl->chunk);
	if (fl->node)
		for_each_node_mask(nid, fl->nodes) {
			if (!fl->node[nid])
				continue;
			kvfree(fl->node[nid]->ready.cell);
			kvfree(fl->node[nid]->limbo.cell);
			kvfree(fl->node[nid]);
		}
	kfree(fl->node);
	free_percpu(fl->cpu);
}

static int freelist_nodes_create(struct freelist *fl)
{
	/* Each batch has a cell; as many again for batches flushed half full. */
	unsigned long cells = 2UL * DIV_ROUND_UP(fl->cfg.max, fl->batch) +
			      2 * num_possible_cpus();
	int nid, err;

	fl->nodes = node_online_map;
	for_each_node_mask(nid, fl->nodes) {
		struct freelist_node *node = kvzalloc_node(sizeof(*node), GFP_KERNEL, nid);

		if (!node)
			return -ENOMEM;
		fl->node[nid] = node;
		err = freelist_ring_init(&node->ready, cells, nid);
		if (!err)
			err = freelist_ring_init(&node->limbo, cells, nid);
		if (err)
			return err;
	}
	/* A node that comes later uses the rings of the first. */
	for (nid = 0; nid < nr_node_ids; nid++)
		if (!fl->node[nid])
			fl->node[nid] = fl->node[first_node(fl->nodes)];
	return 0;
}

/**
 * freelist_create() - make a pool
 * @fl:  memory for it
 * @cfg: copied
 *
 * Context: process, sleeps. Return: 0, -EINVAL or -ENOMEM.
 */
int freelist_create(struct freelist *fl, const struct freelist_config *cfg)
{
	unsigned int share;
	int cpu, err;

	if (!cfg->initial || cfg->initial > cfg->max || cfg->max > FREELIST_MAX_OBJECTS)
		return -EINVAL;
	memset(fl, 0, sizeof(*fl));
	fl->cfg = *cfg;
	fl->kicked = lt_rcu_cookie();
	lt_rcu_kick();
	fl->size = ALIGN(cfg->size, L1_CACHE_BYTES);
	share = cfg->initial / (4 * num_possible_cpus());
	fl->batch = clamp(share, 1U, FREELIST_BATCH_MAX);
	fl->cpu = alloc_percpu(struct freelist_cpu);
	fl->chunk = kvcalloc(((cfg->max - 1) >> FREELIST_CHUNK_SHIFT) + 1, sizeof(*fl->chunk),
			     GFP_KERNEL);
	fl->node = kcalloc(nr_node_ids, sizeof(*fl->node), GFP_KERNEL);
	err = -ENOMEM;
	if (!fl->cpu || !fl->chunk || !fl->node)
		goto free;
	for_each_possible_cpu(cpu) {
		struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);

		atomic64_set(&c->free, FREELIST_NIL);
		atomic64_set(&c->retired, FREELIST_NIL);
	}
	err = freelist_nodes_create(fl);
	if (!err)
		err = freelist_grow(fl, cfg->initial);
	if (!err)
		return 0;
free:
	freelist_free(fl);
	return err;
}

static unsigned int freelist_chain_len(struct freelist *fl, u32 index)
{
	unsigned int len = 0;

	for (; index != FREELIST_NIL; index = freelist_hdr_at(fl, index)->next)
		len++;
	return len;
}

static unsigned int freelist_ring_drain(struct freelist *fl, struct freelist_ring *ring)
{
	unsigned int len = 0;
	u32 first;

	while ((first = freelist_ring_get(ring, true)) != FREELIST_NIL)
		len += freelist_chain_len(fl, first);
	return len;
}

/**
 * freelist_destroy() - free the pool and account for its objects
 * @fl: pool that nobody uses any more; a grace period has passed since
 *
 * Context: process, sleeps. Return: number of objects that were never put back.
 */
unsigned int freelist_destroy(struct freelist *fl)
{
	unsigned int found = 0, capacity = fl->capacity;
	int cpu, nid;

	for_each_possible_cpu(cpu) {
		struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);

		found += freelist_chain_len(fl, freelist_head(atomic64_read(&c->free)));
		found += freelist_chain_len(fl, freelist_head(atomic64_read(&c->retired)));
	}
	for_each_node_mask(nid, fl->nodes) {
		found += freelist_ring_drain(fl, &fl->node[nid]->ready);
		found += freelist_ring_drain(fl, &fl->node[nid]->limbo);
	}
	freelist_free(fl);
	return capacity - found;
}
