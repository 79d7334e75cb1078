// SPDX-License-Identifier: GPL-2.0
/*
 * Preallocated pool of RCU-read objects; the contract is in freelist.h.
 *
 * Here is what happens once a batch: refill, retire, steal; and growth and shrinking.
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

/* Batches that a CPU keeps in its limbo at most. */
#define FREELIST_CPU_CELLS_MIN	4U
#define FREELIST_CPU_CELLS_MAX	256U

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
 * @seen: @head at the last freelist_flush(); only that uses it
 * @mask: number of cells - 1
 * @cell: cells
 */
struct freelist_ring {
	atomic_long_t tail ____cacheline_aligned_in_smp;
	atomic_long_t head ____cacheline_aligned_in_smp;
	long seen;
	unsigned long mask;
	struct freelist_cell *cell;
};

/**
 * struct freelist_home - what a NUMA node keeps
 * @ready: batches whose grace period has ended, or that have never been used
 * @limbo: batches that wait for it, for which a CPU had no room or that were sent home
 */
struct freelist_home {
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
 * its grace period has not ended. With @cookie: in any case, and what it waits for.
 */
static u32 freelist_ring_get(struct freelist_ring *ring, unsigned long *cookie)
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
		if (!cookie && !lt_rcu_expired(READ_ONCE(cell->cookie)))
			return FREELIST_NIL;
		if (atomic_long_try_cmpxchg(&ring->head, &pos, pos + 1)) {
			first = READ_ONCE(cell->first);
			if (cookie)
				*cookie = READ_ONCE(cell->cookie);
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

/* The first object of the oldest batch in a limbo, if its grace period has ended. */
static u32 freelist_limbo_get(struct freelist *fl, struct freelist_ring *limbo)
{
	u32 first = freelist_ring_get(limbo, NULL);

	if (first == FREELIST_NIL && freelist_ring_len(limbo))
		freelist_kick(fl);
	return first;
}

/* The first object of an expired or ready batch of a node. */
static u32 freelist_node_get(struct freelist *fl, struct freelist_home *node)
{
	u32 first = freelist_limbo_get(fl, &node->limbo);
	unsigned long cookie;

	if (first != FREELIST_NIL)
		return first;
	return freelist_ring_get(&node->ready, &cookie);
}

/* The same of the CPUs that are on the node of this one, or else of those that are not. */
static u32 freelist_cpus_get(struct freelist *fl, struct freelist_cpu *own, bool near)
{
	u32 first = FREELIST_NIL;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);
		bool is_near = c->node == own->node;

		if (is_near != near)
			continue;
		first = freelist_limbo_get(fl, c->limbo);
		if (first != FREELIST_NIL) {
			WRITE_ONCE(own->victim, cpu);
			break;
		}
	}
	return first;
}

/* A batch from where it is not known to be plenty: from near to far. */
static u32 freelist_batch_get(struct freelist *fl, struct freelist_cpu *cpu)
{
	u32 first = freelist_node_get(fl, cpu->node);
	int nid;

	if (likely(first != FREELIST_NIL))
		return first;
	first = freelist_cpus_get(fl, cpu, true);
	if (first != FREELIST_NIL)
		return first;
	for_each_node_mask(nid, fl->nodes) {
		if (fl->node[nid] == cpu->node)
			continue;
		first = freelist_node_get(fl, fl->node[nid]);
		if (first != FREELIST_NIL)
			return first;
	}
	return freelist_cpus_get(fl, cpu, false);
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
	int cpu, nid;

	for_each_possible_cpu(cpu)
		batches += freelist_ring_len(per_cpu_ptr(fl->cpu, cpu)->limbo);
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
	bool sure = true;
	u32 first, rest;

	/* Someone who interrupted freelist_get() may have refilled the stack. */
	if (obj)
		return obj;
	/* While this CPU, or one that puts what this one gets, has enough nobody else is asked. */
	first = freelist_limbo_get(fl, cpu->limbo);
	if (first == FREELIST_NIL)
		first = freelist_limbo_get(fl, per_cpu_ptr(fl->cpu, READ_ONCE(cpu->victim))->limbo);
	if (first == FREELIST_NIL) {
		first = freelist_batch_get(fl, cpu);
		sure = false;
	}
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
	if (!sure && freelist_is_low(fl))
		fl->cfg.low(fl->cfg.data);
	return freelist_obj(fl, first);
}

/* Put an object on a counting stack. Return: how many are there. */
static u32 freelist_push(atomic64_t *stack, struct freelist_obj *hdr)
{
	s64 old = atomic64_read(stack);
	u64 new;

	do {
		WRITE_ONCE(hdr->next, freelist_head(old));
		new = ((old + FREELIST_TAG_ONE + FREELIST_COUNT_ONE) & ~0xffffffffULL) | hdr->index;
		/* Release; pairs with the acquire in freelist_take(). */
	} while (!atomic64_try_cmpxchg(stack, &old, new));
	return freelist_count(new);
}

/* Put a chain on a counting stack, uncounted. */
static void freelist_push_chain(struct freelist *fl, atomic64_t *stack, u32 first)
{
	u32 last = freelist_chain_last(fl, first);
	s64 old = atomic64_read(stack);
	u64 new;

	do {
		WRITE_ONCE(freelist_hdr_at(fl, last)->next, freelist_head(old));
		new = ((old + FREELIST_TAG_ONE) & ~0xffffffffULL) | first;
		/* Release; pairs with the acquire in freelist_take(). */
	} while (!atomic64_try_cmpxchg(stack, &old, new));
}

/* Take all of a stack, unless it is not @old any more. Return: the first object. */
static u32 freelist_take(atomic64_t *stack, s64 old)
{
	u64 empty = ((old + FREELIST_TAG_ONE) & ~(FREELIST_TAG_ONE - 1)) | FREELIST_NIL;
	u32 first = freelist_head(old);

	/* Acquire; pairs with the release in freelist_put() and freelist_push(). */
	if (first == FREELIST_NIL || !atomic64_try_cmpxchg(stack, &old, empty))
		return FREELIST_NIL;
	return first;
}

/* Take all of a stack that only others push to. */
static u32 freelist_take_all(atomic64_t *stack)
{
	s64 old;
	u32 first;

	do {
		old = atomic64_read(stack);
		first = freelist_take(stack, old);
	} while (first == FREELIST_NIL && freelist_head(old) != FREELIST_NIL);
	return first;
}

/* Queue what a CPU has collected of another node's objects where they belong. */
static void freelist_send(struct freelist *fl, atomic64_t *away, int nid)
{
	u32 first = freelist_take(away, atomic64_read(away));

	/* As in freelist_retire(). */
	if (first != FREELIST_NIL &&
	    !freelist_ring_put(&fl->node[nid]->limbo, first, lt_rcu_cookie()))
		freelist_push_chain(fl, away, first);
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

/*
 * Take out of a private chain what is to be withdrawn and, if it is that of a @cpu, what
 * comes from another node. Return: the first of the rest.
 */
static u32 freelist_sort(struct freelist *fl, struct freelist_cpu *cpu, u32 index)
{
	u32 rest = FREELIST_NIL, limit = READ_ONCE(fl->limit), next;

	for (; index != FREELIST_NIL; index = next) {
		struct freelist_obj *hdr = freelist_hdr_at(fl, index);
		int nid = freelist_chunk_node(fl, index >> FREELIST_CHUNK_SHIFT);

		next = READ_ONCE(hdr->next);
		if (index >= limit) {
			freelist_push(&fl->withdrawn, hdr);
		} else if (cpu && cpu->away && fl->node[nid] != cpu->node) {
			if (freelist_push(&cpu->away[nid], hdr) >= fl->batch)
				freelist_send(fl, &cpu->away[nid], nid);
		} else {
			WRITE_ONCE(hdr->next, rest);
			rest = index;
		}
	}
	return rest;
}

/* Move all of a CPU's retired stack, unless it is not @old any more, to the limbo. */
static void freelist_retire(struct freelist *fl, struct freelist_cpu *cpu, s64 old)
{
	u32 first = freelist_take(&cpu->retired, old);

	if (first == FREELIST_NIL)
		return;
	/* With one node and nothing to withdraw all of it stays. */
	if (cpu->away || READ_ONCE(fl->limit) < READ_ONCE(fl->capacity))
		first = freelist_sort(fl, cpu, first);
	if (first == FREELIST_NIL)
		return;
	/* The cookie is taken after the last of the puts: F2 for the whole batch. */
	if (!freelist_ring_put(cpu->limbo, first, lt_rcu_cookie()) &&
	    !freelist_ring_put(&cpu->node->limbo, first, lt_rcu_cookie()))
		freelist_push_chain(fl, &cpu->retired, first);
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

/*
 * Take batches out of a limbo for which there has been no use: all but twice as many as
 * have been taken since the last time. What is left goes round and stays warm in the
 * caches; otherwise the whole pool would go round after a burst.
 */
static void freelist_ripen(struct freelist *fl, struct freelist_ring *limbo,
			   struct freelist_home *node)
{
	long head = atomic_long_read(&limbo->head);
	long n = freelist_ring_len(limbo) - 2 * (head - limbo->seen);

	for (; n > 0; n--) {
		u32 first;

		preempt_disable_notrace();
		first = freelist_ring_get(limbo, NULL);
		if (first != FREELIST_NIL && !freelist_ring_put(&node->ready, first, 0))
			freelist_push_free(fl, this_cpu_ptr(fl->cpu), first);
		preempt_enable_notrace();
		if (first == FREELIST_NIL)
			break;
	}
	limbo->seen = atomic_long_read(&limbo->head);
}

/* Queue what lies in a CPU's stacks, the retired one if @all or unchanged. */
static bool freelist_flush_cpu(struct freelist *fl, struct freelist_cpu *c, bool all)
{
	s64 now = atomic64_read(&c->retired);
	int nid;

	preempt_disable_notrace();
	if (all || now == c->seen)
		freelist_retire(fl, c, now);
	if (c->away)
		for_each_node_mask(nid, fl->nodes)
			freelist_send(fl, &c->away[nid], nid);
	preempt_enable_notrace();
	c->seen = now;
	return freelist_head(now) != FREELIST_NIL;
}

/**
 * freelist_flush() - see to what CPUs that have gone quiet still keep
 * @fl: pool
 *
 * Stamps and queues retired objects that have lain unchanged since the last call,
 * or all of them if a get has come away empty, sets aside batches whose grace period
 * ended without anybody needing them, and has a grace period begin if any batch waits
 * for one.
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

		waits |= freelist_flush_cpu(fl, c, starved);
		freelist_ripen(fl, c->limbo, c->node);
		waits |= freelist_ring_len(c->limbo) > 0;
	}
	for_each_node_mask(nid, fl->nodes) {
		struct freelist_home *node = fl->node[nid];

		freelist_ripen(fl, &node->limbo, node);
		waits |= freelist_ring_len(&node->limbo) > 0;
	}
	if (waits)
		lt_rcu_kick();
	return waits;
}

static_assert(FREELIST_CHUNK == 1U << FREELIST_CHUNK_SHIFT);
static_assert(FREELIST_CHUNK <= U8_MAX);

/* Chunks that a pool of the greatest size has. */
static unsigned int freelist_chunks(struct freelist *fl)
{
	return ((fl->cfg.max - 1) >> FREELIST_CHUNK_SHIFT) + 1;
}

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

/* Objects that have been withdrawn are wanted after all; readers may look at some still. */
static void freelist_restore(struct freelist *fl)
{
	struct freelist_home *node;
	u32 first, next, n;

	WRITE_ONCE(fl->limit, U32_MAX);
	preempt_disable_notrace();
	node = this_cpu_ptr(fl->cpu)->node;
	for (first = freelist_take_all(&fl->withdrawn); first != FREELIST_NIL; first = next) {
		u32 last = first;

		for (n = 1; n < fl->batch; n++) {
			next = freelist_hdr_at(fl, last)->next;
			if (next == FREELIST_NIL)
				break;
			last = next;
		}
		next = freelist_hdr_at(fl, last)->next;
		WRITE_ONCE(freelist_hdr_at(fl, last)->next, FREELIST_NIL);
		if (!freelist_ring_put(&node->limbo, first, lt_rcu_cookie()))
			freelist_push_chain(fl, &this_cpu_ptr(fl->cpu)->retired, first);
	}
	preempt_enable_notrace();
}

/**
 * freelist_grow() - make more objects
 * @fl:       pool
 * @capacity: how many there shall be; clamped to the maximum
 *
 * Ends a shrink that has not come to its end (F8).
 * Context: process, sleeps; one at a time. Return: 0 or -ENOMEM (what could be
 * made is there).
 */
int freelist_grow(struct freelist *fl, unsigned int capacity)
{
	freelist_restore(fl);
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

/* Withdraw from a ring what is beyond the limit; the others keep their cookies. */
static void freelist_withdraw_ring(struct freelist *fl, struct freelist_ring *ring)
{
	unsigned long n = freelist_ring_len(ring), cookie;

	while (n--) {
		u32 first;

		preempt_disable_notrace();
		first = freelist_ring_get(ring, &cookie);
		if (first != FREELIST_NIL)
			first = freelist_sort(fl, NULL, first);
		/* No room: somebody has been faster. It may have to wait once more, that is all. */
		if (first != FREELIST_NIL && !freelist_ring_put(ring, first, cookie))
			freelist_push_chain(fl, &this_cpu_ptr(fl->cpu)->retired, first);
		preempt_enable_notrace();
	}
}

static void freelist_withdraw_cpu(struct freelist *fl, struct freelist_cpu *c)
{
	u32 first;

	freelist_flush_cpu(fl, c, true);
	preempt_disable_notrace();
	first = freelist_take(&c->free, atomic64_read(&c->free));
	if (first != FREELIST_NIL)
		first = freelist_sort(fl, NULL, first);
	if (first != FREELIST_NIL)
		freelist_push_free(fl, c, first);
	preempt_enable_notrace();
	freelist_withdraw_ring(fl, c->limbo);
}

/* How many objects are left if all chunks at the end that are idle as a whole go. */
static unsigned int freelist_idle_end(struct freelist *fl, unsigned int limit)
{
	unsigned int end = fl->capacity;
	u32 index;

	memset(fl->idle, 0, freelist_chunks(fl));
	/* Others push, nobody takes: what is below the head stays as it is. */
	index = freelist_head(atomic64_read(&fl->withdrawn));
	for (; index != FREELIST_NIL; index = READ_ONCE(freelist_hdr_at(fl, index)->next))
		fl->idle[index >> FREELIST_CHUNK_SHIFT]++;
	while (end > limit) {
		unsigned int chunk = (end - 1) >> FREELIST_CHUNK_SHIFT;

		if (fl->idle[chunk] < end - chunk * FREELIST_CHUNK)
			break;
		end = chunk * FREELIST_CHUNK;
	}
	return end;
}

/* Free the chunks behind the first @end objects; all objects there are withdrawn. */
static void freelist_cut(struct freelist *fl, unsigned int end)
{
	unsigned int i, from = end >> FREELIST_CHUNK_SHIFT, to = freelist_chunks(fl);
	u32 index, next;

	WRITE_ONCE(fl->capacity, end);
	for (index = freelist_take_all(&fl->withdrawn); index != FREELIST_NIL; index = next) {
		next = freelist_hdr_at(fl, index)->next;
		if (index < end)
			freelist_push(&fl->withdrawn, freelist_hdr_at(fl, index));
	}
	/*
	 * Readers of the objects, walks over them, and gets that have read the number of
	 * one from a stack before it was taken from there.
	 */
	synchronize_rcu();
	for (i = from; i < to; i++) {
		kvfree(fl->chunk[i]);
		fl->chunk[i] = NULL;
	}
}

/**
 * freelist_shrink() - withdraw objects and free their memory as far as nobody uses it
 * @fl:       pool
 * @capacity: how many there shall be; rounded up to whole chunks
 *
 * Objects beyond it that are in use are withdrawn when they are put: call again until
 * it returns 0. While it goes through the pool a get may miss a batch, as if it were
 * in use.
 *
 * Context: process, sleeps for a grace period; one at a time with freelist_grow() and
 * freelist_flush(). Return: number of objects that are still too many.
 */
unsigned int freelist_shrink(struct freelist *fl, unsigned int capacity)
{
	unsigned int limit = ALIGN(max(capacity, 1U), FREELIST_CHUNK), end;
	int cpu, nid;

	if (limit >= fl->capacity)
		return 0;
	WRITE_ONCE(fl->limit, limit);
	for_each_possible_cpu(cpu)
		freelist_withdraw_cpu(fl, per_cpu_ptr(fl->cpu, cpu));
	for_each_node_mask(nid, fl->nodes) {
		freelist_withdraw_ring(fl, &fl->node[nid]->limbo);
		freelist_withdraw_ring(fl, &fl->node[nid]->ready);
	}
	end = freelist_idle_end(fl, limit);
	if (end < fl->capacity)
		freelist_cut(fl, end);
	return end - limit;
}

static void freelist_ring_free(struct freelist_ring *ring)
{
	if (ring)
		kvfree(ring->cell);
}

static void freelist_free(struct freelist *fl)
{
	unsigned int i;
	int cpu, nid;

	if (fl->cpu)
		for_each_possible_cpu(cpu) {
			struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);

			freelist_ring_free(c->limbo);
			kvfree(c->limbo);
			kfree(c->away);
		}
	kvfree(fl->idle);
	if (fl->chunk)
		for (i = 0; i < freelist_chunks(fl); i++)
			kvfree(fl->chunk[i]);
	kvfree(fl->chunk);
	if (fl->node)
		for_each_node_mask(nid, fl->nodes) {
			if (!fl->node[nid])
				continue;
			freelist_ring_free(&fl->node[nid]->ready);
			freelist_ring_free(&fl->node[nid]->limbo);
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
		struct freelist_home *node = kvzalloc_node(sizeof(*node), GFP_KERNEL, nid);

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

static int freelist_cpu_create(struct freelist *fl, int cpu)
{
	struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);
	unsigned int cells = fl->cfg.max / (fl->batch * num_possible_cpus());
	int nid;

	atomic64_set(&c->free, FREELIST_NIL);
	atomic64_set(&c->retired, FREELIST_NIL);
	c->node = fl->node[cpu_to_node(cpu)];
	c->victim = cpu;
	c->limbo = kvzalloc_node(sizeof(*c->limbo), GFP_KERNEL, cpu_to_node(cpu));
	if (!c->limbo)
		return -ENOMEM;
	if (nodes_weight(fl->nodes) > 1) {
		c->away = kcalloc(nr_node_ids, sizeof(*c->away), GFP_KERNEL);
		if (!c->away)
			return -ENOMEM;
		for (nid = 0; nid < nr_node_ids; nid++)
			atomic64_set(&c->away[nid], FREELIST_NIL);
	}
	return freelist_ring_init(c->limbo, clamp(cells, FREELIST_CPU_CELLS_MIN,
						  FREELIST_CPU_CELLS_MAX), cpu_to_node(cpu));
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
	fl->limit = U32_MAX;
	atomic64_set(&fl->withdrawn, FREELIST_NIL);
	fl->kicked = lt_rcu_cookie();
	lt_rcu_kick();
	fl->size = ALIGN(cfg->size, L1_CACHE_BYTES);
	share = cfg->initial / (4 * num_possible_cpus());
	fl->batch = clamp(share, 1U, FREELIST_BATCH_MAX);
	fl->cpu = alloc_percpu(struct freelist_cpu);
	fl->chunk = kvcalloc(freelist_chunks(fl), sizeof(*fl->chunk), GFP_KERNEL);
	fl->idle = kvcalloc(freelist_chunks(fl), sizeof(*fl->idle), GFP_KERNEL);
	fl->node = kcalloc(nr_node_ids, sizeof(*fl->node), GFP_KERNEL);
	err = -ENOMEM;
	if (!fl->cpu || !fl->chunk || !fl->idle || !fl->node)
		goto free;
	err = freelist_nodes_create(fl);
	for_each_possible_cpu(cpu)
		if (!err)
			err = freelist_cpu_create(fl, cpu);
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

static unsigned int freelist_stack_len(struct freelist *fl, atomic64_t *stack)
{
	return freelist_chain_len(fl, freelist_head(atomic64_read(stack)));
}

static unsigned int freelist_ring_drain(struct freelist *fl, struct freelist_ring *ring)
{
	unsigned int len = 0;
	unsigned long cookie;
	u32 first;

	while ((first = freelist_ring_get(ring, &cookie)) != FREELIST_NIL)
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
	unsigned int found, capacity = fl->capacity;
	int cpu, nid;

	found = freelist_stack_len(fl, &fl->withdrawn);
	for_each_possible_cpu(cpu) {
		struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);

		found += freelist_stack_len(fl, &c->free);
		found += freelist_stack_len(fl, &c->retired);
		for (nid = 0; c->away && nid < nr_node_ids; nid++)
			found += freelist_stack_len(fl, &c->away[nid]);
		found += freelist_ring_drain(fl, c->limbo);
	}
	for_each_node_mask(nid, fl->nodes) {
		found += freelist_ring_drain(fl, &fl->node[nid]->ready);
		found += freelist_ring_drain(fl, &fl->node[nid]->limbo);
	}
	freelist_free(fl);
	return capacity - found;
}
