/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Preallocated pool of objects that are read under RCU: get and put from any
 * context, reuse after a grace period, no allocation and no call_rcu() on the way.
 *
 * The life of an object
 * ---------------------
 *   ready batches -> a CPU's free stack -> (freelist_get) user (freelist_put) ->
 *   a CPU's retired stack -> batch in its limbo ring, stamped with a grace-period
 *   cookie -> (cookie expired) a CPU's free stack
 *
 * Objects move between CPUs in batches, so that rings and cookies cost a fraction of
 * an operation each. A CPU gets back what it has put itself, which is warm in its
 * caches, and turns to other CPUs and nodes when there is none. What is put on
 * another NUMA node than it came from is collected there and sent home in batches.
 *
 * The stacks are Treiber's (1986), addressed by object number with a 32-bit tag that
 * every change increments, which rules out ABA; a free stack is normally used by its
 * own CPU but can be robbed by all others. The rings are Vyukov's bounded
 * multi-producer/multi-consumer queue (2010): first in, first out, so that the
 * oldest cookie is in front.
 *
 * What may run concurrently, and where
 * ------------------------------------
 *                     get, put, put_unused   flush, grow,    contexts
 *                                            shrink
 *   freelist_get              yes                  yes             any, NMI included
 *   freelist_put              yes                  yes             any, NMI included
 *   freelist_put_unused       yes                  yes             any, NMI included
 *   freelist_obj              yes                  yes             any, NMI included
 *   freelist_flush            yes                  no              process
 *   freelist_grow             yes                  no              process, sleeps
 *   freelist_shrink           yes                  no              process, sleeps
 *   freelist_destroy          no                   no              process, sleeps
 *
 * get, put and put_unused are called with preemption off. NMI safety needs a
 * 64-bit compare-and-exchange that is NMI-safe: true on x86, arm64 and all others
 * that select ARCH_HAVE_NMI_SAFE_CMPXCHG with native 64-bit atomics.
 *
 * Guarantees
 * ----------
 * F1 An object is owned by one user at a time. [host test: freelist/no_double_get;
 *    interleave: freelist]
 * F2 An object given to freelist_put() is not handed out before a grace period
 *    that began after the put has ended. [host test: freelist/grace_period;
 *    interleave: freelist; torture: freelist]
 * F3 freelist_get() fails only when no object is ready on this CPU, this node, any
 *    other node or any other CPU; all that is missing then is in use, waits for its
 *    grace period or, one batch a thread, is on its way between two of these.
 *    [host test: freelist/exhaust_exact, freelist/steal, freelist/steal_limbo]
 * F4 A CPU's free stack takes in one batch at a time and only when it is empty, so
 *    that no CPU hoards more than a batch: what waits in its limbo is everybody's.
 *    [host test: freelist/no_hoard, freelist/steal_limbo]
 * F5 freelist_destroy() accounts for every object. [host test: freelist/leak_count]
 * F6 An object that is put on another NUMA node goes back to the one that its memory
 *    is on. [host test: freelist/home]
 * F7 freelist_shrink() frees memory only of objects that nobody uses, of which no get
 *    will return one, and which no reader can look at any more.
 *    [host test: freelist/shrink, freelist/shrink_race; torture: freelist]
 * F8 freelist_grow() makes all that a shrink has withdrawn and not yet freed available
 *    again. [host test: freelist/shrink_cancelled]
 * F9 A grace period is asked for before a CPU has used up what it has put itself, so that
 *    objects do not move between CPUs that each have enough.
 *    [host test: freelist/kick_early]
 *
 * Progress: a get gives up and returns NULL after FREELIST_MAX_RETRIES failed
 * compare-and-exchange. The loop of a put can only be disturbed by interrupts and
 * NMIs on this CPU and by one flush, so its length is bounded by how deep those
 * nest. Whoever interrupts an operation on a ring finds that ring empty or full and
 * goes on to the next source; a batch that finds the rings full goes back to the
 * retired stack. [interleave: freelist]
 *
 * Ordering: a put happens before the get that returns the same object.
 * [torture: freelist, under ThreadSanitizer]
 */
#ifndef LT_FREELIST_H
#define LT_FREELIST_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/types.h>

#define FREELIST_NIL		0xffffffffU
#define FREELIST_BATCH_MAX	32U
#define FREELIST_MAX_RETRIES	256
#define FREELIST_MAX_OBJECTS	1048576U
#define FREELIST_CHUNK_SHIFT	6U
#define FREELIST_CHUNK		64U

/**
 * struct freelist_obj - what an object needs to be in a pool, as its first member
 * @index: its number in the pool; constant
 * @next:  number of the object below it on a stack; meaningless while in use
 */
struct freelist_obj {
	u32 index;
	u32 next;
};

struct freelist_ring;
struct freelist_home;

/**
 * struct freelist_cpu - what a CPU keeps
 * @free:    stack of objects ready for use: number in the lower, tag in the upper half
 * @retired: stack of objects that have been put and not yet stamped: number in the
 *           lower half, then FREELIST_COUNT_BITS of count, then the tag
 * @away:    as @retired, one for each NUMA node: objects of other nodes; NULL if there is
 *           one node only; constant
 * @limbo:   batches put by this CPU that wait for their grace period; constant
 * @node:    where this CPU is; constant
 * @seen:    @retired at the last freelist_flush(); only that uses it
 * @victim:  the CPU whose limbo last helped out; a hint
 *
 * The stacks are changed by compare-and-exchange only.
 */
struct freelist_cpu {
	atomic64_t free;
	atomic64_t retired;
	atomic64_t *away;
	struct freelist_ring *limbo;
	struct freelist_home *node;
	s64 seen;
	int victim;
} ____cacheline_aligned_in_smp;

/**
 * struct freelist_config - how to make a pool
 * @size:    bytes an object; rounded up to a multiple of the cache line
 * @initial: objects to begin with, 1 .. @max
 * @max:     objects at most, up to FREELIST_MAX_OBJECTS
 * @init:    called once for each new object before it can be handed out
 * @low:     called when a get found less than a quarter of the pool ready; from
 *           any context; must not sleep, lock or wake
 * @kick:    called when most of a limbo waits for a grace period, at most once for each one:
 *           see to it that lt_rcu_kick() is called; context as @low
 * @data:    handed to the three
 */
struct freelist_config {
	unsigned int size;
	unsigned int initial;
	unsigned int max;
	void (*init)(void *obj, void *data);
	void (*low)(void *data);
	void (*kick)(void *data);
	void *data;
};

/**
 * struct freelist - a pool
 * @cpu:         per-CPU stacks
 * @chunk:       where the objects are, FREELIST_CHUNK of them each; entries are written by
 *               freelist_create() and freelist_grow(), cleared by freelist_shrink()
 * @size:        bytes from one object to the next; constant
 * @batch:       objects that move at a time; constant
 * @capacity:    objects that exist; changes under the owner's serialisation. Who walks over
 *               the objects keeps freelist_shrink() away, or reads it inside the read-side
 *               critical section in which it looks at them
 * @limit:       objects from this number on are withdrawn when they are put
 * @withdrawn:   stack of those, as freelist_cpu.retired; emptied by freelist_shrink() and
 *               freelist_grow()
 * @idle:        how many objects of each chunk are withdrawn; only freelist_shrink() uses it
 * @pad:         keeps what is written from what each call reads, wherever the pool lies
 * @kicked:      cookie of the grace period that was last asked for
 * @starved:     a get has come away empty since the last freelist_flush()
 * @nodes:       NUMA nodes that were online at creation and have rings of their own
 * @node:        rings by node number
 * @cfg:         as given
 */
struct freelist {
	struct freelist_cpu __percpu *cpu;
	void **chunk;
	unsigned int size;
	unsigned int batch;
	unsigned int capacity;
	unsigned int limit;
	u8 *idle;
	u8 pad[SMP_CACHE_BYTES];
	atomic64_t withdrawn;
	unsigned long kicked;
	bool starved;
	nodemask_t nodes;
	struct freelist_home **node;
	struct freelist_config cfg;
};

int freelist_create(struct freelist *fl, const struct freelist_config *cfg);
unsigned int freelist_destroy(struct freelist *fl);
int freelist_grow(struct freelist *fl, unsigned int capacity);
unsigned int freelist_shrink(struct freelist *fl, unsigned int capacity);
bool freelist_flush(struct freelist *fl);
void *freelist_get_slow(struct freelist *fl);
void freelist_retire_batch(struct freelist *fl);
void freelist_put_unused(struct freelist *fl, void *obj);

#define FREELIST_COUNT_BITS	8
#define FREELIST_COUNT_ONE	0x100000000ULL
#define FREELIST_TAG_ONE	(1ULL << (32 + FREELIST_COUNT_BITS))

static inline u32 freelist_head(u64 stack)
{
	return (u32)stack;
}

static inline u32 freelist_count(u64 stack)
{
	return (stack >> 32) & ((1U << FREELIST_COUNT_BITS) - 1);
}

/**
 * freelist_obj() - the object with a number
 * @fl:    pool
 * @index: less than a value of @fl->capacity that the caller has read, see there
 *
 * The memory is an object of the pool at all times until a shrink; whether it is in
 * use is for the caller to find out. Any context.
 */
static __always_inline void *freelist_obj(struct freelist *fl, u32 index)
{
	return (char *)fl->chunk[index >> FREELIST_CHUNK_SHIFT] +
	       (size_t)(index & (FREELIST_CHUNK - 1)) * fl->size;
}

/**
 * freelist_get() - take an object
 * @fl: pool
 *
 * Context: any, preemption off. Return: an object that is the caller's until
 * freelist_put() or freelist_put_unused(), or NULL (F3).
 */
static __always_inline void *freelist_get(struct freelist *fl)
{
	struct freelist_cpu *cpu = this_cpu_ptr(fl->cpu);
	s64 old = atomic64_read(&cpu->free);
	u32 head = freelist_head(old);
	void *obj;

	if (likely(head != FREELIST_NIL)) {
		u64 new;

		obj = freelist_obj(fl, head);
		/* May be garbage if somebody else was faster; then the tag has changed. */
		new = (old & ~0xffffffffULL) + FREELIST_COUNT_ONE;
		new |= READ_ONCE(((struct freelist_obj *)obj)->next);
		/* Acquire; pairs with the release of whoever pushed the object. */
		if (likely(atomic64_try_cmpxchg(&cpu->free, &old, new)))
			return obj;
	}
	return freelist_get_slow(fl);
}

/**
 * freelist_put() - give back an object that RCU readers may still look at
 * @fl:  pool
 * @obj: from freelist_get(); can no longer be reached by new readers
 *
 * Context: any, preemption off. Never fails.
 */
static __always_inline void freelist_put(struct freelist *fl, void *obj)
{
	struct freelist_cpu *cpu = this_cpu_ptr(fl->cpu);
	struct freelist_obj *hdr = obj;
	s64 old = atomic64_read(&cpu->retired);
	u64 new;

	do {
		WRITE_ONCE(hdr->next, freelist_head(old));
		new = ((old + FREELIST_TAG_ONE + FREELIST_COUNT_ONE) & ~0xffffffffULL) | hdr->index;
		/* Release; pairs with freelist_retire_batch(). */
	} while (unlikely(!atomic64_try_cmpxchg(&cpu->retired, &old, new)));
	if (unlikely(freelist_count(new) >= fl->batch))
		freelist_retire_batch(fl);
}

#endif /* LT_FREELIST_H */
