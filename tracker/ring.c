// SPDX-License-Identifier: GPL-2.0
/* The ring of hits; the contract is in ring.h. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ring.h"

/**
 * lt_ring_init() - make a ring
 * @ring:  memory for it
 * @cells: rounded up to a power of two
 *
 * Context: process. Return: 0 or -ENOMEM.
 */
int lt_ring_init(struct lt_ring *ring, unsigned int cells)
{
	cells = roundup_pow_of_two(cells);
	ring->cell = kvcalloc(cells, sizeof(*ring->cell), GFP_KERNEL);
	if (!ring->cell)
		return -ENOMEM;
	ring->mask = cells - 1;
	atomic64_set(&ring->head, 0);
	atomic64_set(&ring->lost, 0);
	return 0;
}

/**
 * lt_ring_exit() - free a ring that nobody uses any more
 * @ring: ring
 */
void lt_ring_exit(struct lt_ring *ring)
{
	kvfree(ring->cell);
	ring->cell = NULL;
}

/* State of the cell for record @seq before it is written: what the turn before left. */
static s64 lt_ring_before(const struct lt_ring *ring, u64 seq)
{
	return seq > ring->mask ? 2 * (s64)(seq - ring->mask - 1) + 2 : 0;
}

/**
 * lt_ring_reserve() - begin to record a hit
 * @ring: ring
 *
 * Context: any, preemption off until lt_ring_commit(), which must follow.
 * Return: a record to fill in, its seq is set; NULL if refused (R2) and counted.
 */
struct lt_record *lt_ring_reserve(struct lt_ring *ring)
{
	unsigned int tries;

	for (tries = 0; tries < LT_RING_RETRIES; tries++) {
		s64 seq = atomic64_read(&ring->head);
		struct lt_ring_cell *cell = &ring->cell[seq & ring->mask];
		/* Pairs with the release in lt_ring_commit(), of the turn before. */
		s64 state = atomic64_read_acquire(&cell->state);

		if (state < lt_ring_before(ring, seq))
			break;
		if (state > lt_ring_before(ring, seq))
			continue;
		if (!atomic64_try_cmpxchg(&ring->head, &seq, seq + 1))
			continue;
		atomic64_set(&cell->state, 2 * seq + 1);
		/* Readers see the odd state before any byte of it; pairs in lt_ring_read(). */
		smp_wmb();
		WRITE_ONCE(cell->rec.seq, seq);
		return &cell->rec;
	}
	atomic64_inc(&ring->lost);
	return NULL;
}

/**
 * lt_ring_commit() - let the readers have a record
 * @rec: from lt_ring_reserve(), filled in
 *
 * Full barrier behind the record: whoever goes to sleep after having seen the ring
 * without it is seen by the look at the sleepers that follows, see lt_proc_wake().
 */
void lt_ring_commit(struct lt_record *rec)
{
	struct lt_ring_cell *cell = container_of(rec, struct lt_ring_cell, rec);

	/* Pairs with the acquire in lt_ring_read() and lt_ring_reserve(). */
	atomic64_set_release(&cell->state, 2 * (s64)rec->seq + 2);
	/* Pairs with the barrier in prepare_to_wait() in lt_proc_read(). */
	smp_mb();
}

/**
 * lt_ring_oldest() - number of the oldest record that is still there
 * @ring: ring
 */
u64 lt_ring_oldest(struct lt_ring *ring)
{
	u64 head = atomic64_read(&ring->head);

	return head > ring->mask ? head - ring->mask - 1 : 0;
}

/**
 * lt_ring_readable() - whether lt_ring_read() would return something
 * @ring:   ring
 * @cursor: of the reader
 */
bool lt_ring_readable(struct lt_ring *ring, u64 cursor)
{
	struct lt_ring_cell *cell = &ring->cell[cursor & ring->mask];

	/* Pairs with the release in lt_ring_commit(). */
	return (u64)atomic64_read_acquire(&cell->state) >= 2 * cursor + 2;
}

/**
 * lt_ring_read() - read the next record
 * @ring:   ring
 * @cursor: number of the next record of this reader; moved on
 * @rec:    copied to
 * @lost:   number of records that were overwritten before this reader got to them
 *
 * Return: 1 a record, 0 none yet, -EOVERFLOW none but *@lost is set and the cursor
 * stands at the oldest record.
 */
int lt_ring_read(struct lt_ring *ring, u64 *cursor, struct lt_record *rec, u64 *lost)
{
	struct lt_ring_cell *cell = &ring->cell[*cursor & ring->mask];
	u64 whole = 2 * *cursor + 2, oldest;
	/* Pairs with the release in lt_ring_commit(). */
	u64 state = atomic64_read_acquire(&cell->state);

	if (state < whole)
		return 0;
	if (state == whole) {
		/* Races with a writer that laps this reader; the second look drops that copy. */
		data_race(memcpy(rec, &cell->rec, sizeof(*rec)));
		/* The copy before the second look; pairs with smp_wmb() in lt_ring_reserve(). */
		smp_rmb();
		state = atomic64_read_acquire(&cell->state);
		if (state == whole) {
			++*cursor;
			return 1;
		}
	}
	/* A greater state was read with acquire: so is the head that came before it. */
	oldest = lt_ring_oldest(ring);
	*lost = oldest - *cursor;
	*cursor = oldest;
	return -EOVERFLOW;
}
