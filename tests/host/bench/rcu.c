// SPDX-License-Identifier: GPL-2.0
/*
 * RCU for the benchmark, as cheap for the readers as the kernel's: nothing on the way in
 * and out, quiescent states announced by the threads themselves (bench_quiescent()). The
 * last thread to announce ends the grace period.
 *
 * A grace period has a number; the one under way, or the next if nobody wants one, is the
 * number gp. A thread that announces gp was outside its read sides since that one began.
 * While nobody waits for one nothing is announced and no shared line is written.
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "rcu.h"
#include "shim.h"

static struct {
	unsigned long seen;
	bool used;
} __attribute__((aligned(64))) threads[SHIM_CPUS_MAX];

static unsigned long gp __attribute__((aligned(64))) = 1;
/* All up to this one are to end; next to gp, which whoever reads the one reads, too. */
static unsigned long gp_wanted;

/* If all threads have announced this one it has ended. */
static void advance(unsigned long now)
{
	unsigned int i;

	for (i = 0; i < shim_nr_cpus; i++)
		if (__atomic_load_n(&threads[i].used, __ATOMIC_SEQ_CST) &&
		    __atomic_load_n(&threads[i].seen, __ATOMIC_SEQ_CST) < now)
			return;
	__atomic_compare_exchange_n(&gp, &now, now + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

void bench_quiescent(void)
{
	unsigned long now = __atomic_load_n(&gp, __ATOMIC_ACQUIRE);

	if (now >= __atomic_load_n(&gp_wanted, __ATOMIC_RELAXED) || threads[shim_cpu].seen == now)
		return;
	__atomic_store_n(&threads[shim_cpu].seen, now, __ATOMIC_SEQ_CST);
	advance(now);
}

void shim_thread_enter(unsigned int cpu)
{
	shim_cpu_set(cpu);
	/* It has announced those that ended before, so that it will be the one to go on. */
	__atomic_store_n(&threads[cpu].seen, __atomic_load_n(&gp, __ATOMIC_SEQ_CST) - 1,
			 __ATOMIC_SEQ_CST);
	__atomic_store_n(&threads[cpu].used, true, __ATOMIC_SEQ_CST);
}

void shim_thread_exit(void)
{
	__atomic_store_n(&threads[shim_cpu].used, false, __ATOMIC_SEQ_CST);
	/* The others may have waited for this one only. */
	advance(__atomic_load_n(&gp, __ATOMIC_SEQ_CST));
}

void shim_rcu_init(void)
{
}

unsigned long get_state_synchronize_rcu(void)
{
	/* The one under way may have begun too early: the next must end. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&gp, __ATOMIC_RELAXED) + 2;
}

bool poll_state_synchronize_rcu(unsigned long cookie)
{
	return (long)(__atomic_load_n(&gp, __ATOMIC_ACQUIRE) - cookie) >= 0;
}

unsigned long start_poll_synchronize_rcu(void)
{
	unsigned long cookie = get_state_synchronize_rcu();
	unsigned long wanted = __atomic_load_n(&gp_wanted, __ATOMIC_RELAXED);

	while (wanted < cookie &&
	       !__atomic_compare_exchange_n(&gp_wanted, &wanted, cookie, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	return cookie;
}

/* The main thread is none of the readers. */
void synchronize_rcu(void)
{
	unsigned int i;

	for (i = 0; i < SHIM_CPUS_MAX; i++)
		if (threads[i].used)
			abort();
	gp += 2;
}
