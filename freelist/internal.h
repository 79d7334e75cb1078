/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the pool share; its users see freelist.h alone. */
#ifndef LT_FREELIST_INTERNAL_H
#define LT_FREELIST_INTERNAL_H

#include <linux/kernel.h>

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

int freelist_ring_init(struct freelist_ring *ring, unsigned long cells, int nid);
void freelist_ring_free(struct freelist_ring *ring);
bool freelist_ring_put(struct freelist_ring *ring, u32 first, unsigned long cookie);
u32 freelist_ring_get(struct freelist_ring *ring, unsigned long *cookie);

static inline unsigned long freelist_ring_len(struct freelist_ring *ring)
{
	long len = atomic_long_read(&ring->tail) - atomic_long_read(&ring->head);

	return len < 0 ? 0 : len;
}

/* What the batch at this place waits for; a hint, others may be moving it. */
static inline unsigned long freelist_ring_cookie(struct freelist_ring *ring, unsigned long at)
{
	unsigned long pos = atomic_long_read(&ring->head) + at;

	return READ_ONCE(ring->cell[pos & ring->mask].cookie);
}

static inline struct freelist_obj *freelist_hdr_at(struct freelist *fl, u32 index)
{
	return freelist_obj(fl, index);
}

/* Chunks that a pool of the greatest size has. */
static inline unsigned int freelist_chunks(struct freelist *fl)
{
	return ((fl->cfg.max - 1) >> FREELIST_CHUNK_SHIFT) + 1;
}

void freelist_push_free(struct freelist *fl, struct freelist_cpu *cpu, u32 first);
u32 freelist_push(atomic64_t *stack, struct freelist_obj *hdr);
void freelist_push_chain(struct freelist *fl, atomic64_t *stack, u32 first);
u32 freelist_take(atomic64_t *stack, s64 old);
u32 freelist_take_all(atomic64_t *stack);
int freelist_chunk_node(struct freelist *fl, unsigned int chunk);
u32 freelist_sort(struct freelist *fl, struct freelist_cpu *cpu, u32 index);
bool freelist_flush_cpu(struct freelist *fl, struct freelist_cpu *c, bool all);

#endif /* LT_FREELIST_INTERNAL_H */
