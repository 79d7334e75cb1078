/* SPDX-License-Identifier: GPL-2.0 */
/* What tests ask of the shim. */
#ifndef SHIM_H
#define SHIM_H

#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* Called by the main thread before all else; it becomes CPU 0. */
void shim_init(unsigned int cpus, unsigned int nodes);

/* Called by shim_init() once, by whoever plays RCU: shim/rcu.c, interleave/sched.c, bench/rcu.c. */
void shim_rcu_init(void);

/* The calling thread is this CPU from now on, of node cpu % nodes. */
void shim_cpu_set(unsigned int cpu);

/* Run fn(i, arg) in n threads, thread i as CPU i; they begin together. */
void shim_threads_run(unsigned int n, void (*fn)(unsigned int i, void *arg), void *arg);

/* Register and unregister a thread that shim_threads_run() did not make. */
void shim_thread_enter(unsigned int cpu);
void shim_thread_exit(void);

/* All cookies taken until now have expired when this returns. Not from a reader. */
void shim_gp_wait(void);

/* The n-th allocation from now fails, 1 is the next; 0: none does. */
void shim_alloc_fail(unsigned long n);

/* Allocations, per-CPU ones included, that have not been freed. */
long shim_allocated(void);

/* With SHIM_INTERLEAVE: free everything. */
void shim_alloc_reset(void);

/* Warnings (WARN and family) since the last call. */
unsigned int shim_warnings(void);

static inline void shim_clock_set(u64 ns)
{
	shim_clock_fake = true;
	__atomic_store_n(&shim_clock_now, ns, __ATOMIC_RELAXED);
}

static inline void shim_clock_real(void)
{
	shim_clock_fake = false;
}

/* Run a work item in the calling thread if it has been queued. */
static inline void shim_work_run(struct work_struct *work)
{
	if (atomic_xchg(&work->queued, 0))
		work->func(work);
}

/* xorshift64*; seeds must not be 0. */
static inline u64 shim_rand(u64 *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dULL;
}

#endif /* SHIM_H */
