/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of hits: any number of writers from any context, any number of readers,
 * each with its own cursor. A full ring overwrites the oldest record; a reader that
 * was overtaken learns how many records it has lost.
 *
 *                        reserve .. commit   read   contexts
 *   lt_ring_reserve/commit       yes          yes   any, NMI included, preemption off
 *   lt_ring_read                 yes          yes   any
 *
 * Guarantees
 * ----------
 * R1 A reader sees the records in the order of their numbers, each whole or counted
 *    as lost, never torn and never twice. The copy itself is a data race by intent,
 *    as under a seqlock: it is used only if the cell's state was the same before and
 *    after it. [host test: ring/order, ring/torn, ring/lost; interleave: ring;
 *    torture: ring]
 * R2 A writer never waits. If the writer of the record before the one it would
 *    overwrite has not finished (it was interrupted for a whole turn of the ring),
 *    the new record is refused and counted.
 *    [host test: ring/stalled_writer, ring/nested; interleave: ring]
 * R3 Numbers have no gaps: seq is given out only together with a cell.
 *    [host test: ring/no_gaps; interleave: ring]
 */
#ifndef LT_RING_H
#define LT_RING_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "uapi/latency_tracker_uapi.h"

#define LT_TEXT_MAX	472
#define LT_RING_RETRIES	64

/**
 * struct lt_stack - a kernel stack
 * @kind:   index into LT_STACK_NAMES
 * @frames: in @addr
 * @addr:   return addresses, the innermost first
 */
struct lt_stack {
	u8 kind;
	u8 frames;
	unsigned long addr[LT_STACK_MAX];
};

/**
 * struct lt_record - a hit as it lies in the ring
 * @seq:       number; set by lt_ring_reserve()
 * @now:       when it was recorded, ns
 * @begin:     when the operation began, ns
 * @delta:     ns
 * @limit:     ns
 * @cpu_begin: CPU
 * @cpu_end:   CPU
 * @pid:       process that began it
 * @tid:       thread
 * @reason:    enum latency_tracker_reason
 * @stacks:    in @stack
 * @cgroup:    id of the cgroup of the thread, 0 if unknown
 * @text_len:  bytes in @text
 * @comm:      name of the thread
 * @tracker:   name
 * @text:      the probe's fields as " name=value" each, escaped
 * @stack:     stacks
 */
struct lt_record {
	u64 seq;
	u64 now;
	u64 begin;
	s64 delta;
	u64 limit;
	u32 cpu_begin;
	u32 cpu_end;
	s32 pid;
	s32 tid;
	u8 reason;
	u8 stacks;
	u16 text_len;
	u64 cgroup;
	char comm[TASK_COMM_LEN];
	char tracker[LT_NAME_MAX];
	char text[LT_TEXT_MAX];
	struct lt_stack stack[LT_RECORD_STACKS];
};

/*
 * Where the fields are that tracers read. A tracer is attached by the name of the tracepoint
 * alone, with nothing that compares struct lt_record on both sides.
 */
#define LT_RECORD_LAYOUT	((u64)sizeof(struct lt_record) << 32 |			\
				 offsetof(struct lt_record, tracker) << 16 |		\
				 offsetof(struct lt_record, text))

/**
 * struct lt_ring_cell - room for a record
 * @state: 2 * seq + 1 while record seq is being written, 2 * seq + 2 when it is whole;
 *         even or odd, a greater one is newer
 * @rec:   owned by the writer of record seq while @state is odd
 */
struct lt_ring_cell {
	atomic64_t state;
	struct lt_record rec;
};

/**
 * struct lt_ring - the ring
 * @head:  number of the next record; increased by compare-and-exchange
 * @lost:  records refused by R2
 * @mask:  number of cells - 1
 * @cell:  cells
 */
struct lt_ring {
	atomic64_t head ____cacheline_aligned_in_smp;
	atomic64_t lost;
	u64 mask;
	struct lt_ring_cell *cell;
};

int lt_ring_init(struct lt_ring *ring, unsigned int cells);
void lt_ring_exit(struct lt_ring *ring);
struct lt_record *lt_ring_reserve(struct lt_ring *ring);
void lt_ring_commit(struct lt_record *rec);
int lt_ring_read(struct lt_ring *ring, u64 *cursor, struct lt_record *rec, u64 *lost);
u64 lt_ring_oldest(struct lt_ring *ring);
bool lt_ring_readable(struct lt_ring *ring, u64 cursor);

extern struct lt_ring lt_hits;

#endif /* LT_RING_H */
