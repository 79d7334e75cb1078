// SPDX-License-Identifier: GPL-2.0
/* The queues of batches: Vyukov's bounded multi-producer/multi-consumer queue (2010). */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "internal.h"

int freelist_ring_init(struct freelist_ring *ring, unsigned long cells, int nid)
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

void freelist_ring_free(struct freelist_ring *ring)
{
	if (ring)
		kvfree(ring->cell);
}

bool freelist_ring_put(struct freelist_ring *ring, u32 first, unsigned long cookie)
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
u32 freelist_ring_get(struct freelist_ring *ring, unsigned long *cookie)
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
