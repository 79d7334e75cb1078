// SPDX-License-Identifier: GPL-2.0
/*
 * Preallocated pool of RCU-read objects; the contract is in freelist.h.
 *
 * Here is what happens once a batch: refill, retire, steal, flush.
 */
#include <linux/cpumask.h>
#include <linux/nodemask.h>

#include "internal.h"

/* Number of the last object of a chain that nobody else can reach. */
static u32 freelist_chain_last(struct freelist *fl, u32 index)
{
	u32 next;

	while ((next = READ_ONCE(freelist_hdr_at(fl, index)->next)) != FREELIST_NIL)
		index = next;
	return index;
}

/* Put a chain on top of a free stack. */
void freelist_push_free(struct freelist *fl, struct freelist_cpu *cpu, u32 first)
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

/*
 * The first object of the oldest batch in a limbo, if its grace period has ended. The
 * next one is asked for while a quarter of the limbo can still be used: who waits until it
 * has run dry takes the objects of other CPUs meanwhile, cold, and makes them short.
 */
static u32 freelist_limbo_get(struct freelist *fl, struct freelist_ring *limbo)
{
	u32 first = freelist_ring_get(limbo, NULL);
	unsigned long len = freelist_ring_len(limbo);

	if (len && !lt_rcu_expired(freelist_ring_cookie(limbo, len / 4)))
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
	/* A CPU that puts as well takes what nobody uses rather than what is warm elsewhere. */
	if (first == FREELIST_NIL && freelist_ring_len(cpu->limbo))
		first = freelist_node_get(fl, cpu->node);
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
u32 freelist_push(atomic64_t *stack, struct freelist_obj *hdr)
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
void freelist_push_chain(struct freelist *fl, atomic64_t *stack, u32 first)
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
u32 freelist_take(atomic64_t *stack, s64 old)
{
	u64 empty = ((old + FREELIST_TAG_ONE) & ~(FREELIST_TAG_ONE - 1)) | FREELIST_NIL;
	u32 first = freelist_head(old);

	/* Acquire; pairs with the release in freelist_put() and freelist_push(). */
	if (first == FREELIST_NIL || !atomic64_try_cmpxchg(stack, &old, empty))
		return FREELIST_NIL;
	return first;
}

/* Take all of a stack that only others push to. */
u32 freelist_take_all(atomic64_t *stack)
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
int freelist_chunk_node(struct freelist *fl, unsigned int chunk)
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
u32 freelist_sort(struct freelist *fl, struct freelist_cpu *cpu, u32 index)
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
bool freelist_flush_cpu(struct freelist *fl, struct freelist_cpu *c, bool all)
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
