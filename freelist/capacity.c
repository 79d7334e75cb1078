// SPDX-License-Identifier: GPL-2.0
/* How a pool grows and shrinks; F7 and F8 of freelist.h. */
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "internal.h"

static_assert(FREELIST_CHUNK == 1U << FREELIST_CHUNK_SHIFT);
static_assert(FREELIST_CHUNK <= U8_MAX);

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
