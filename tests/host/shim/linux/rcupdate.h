/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shim: a region with preemption off is a read-side critical section of liburcu
 * (its "memb" flavour), synchronize_rcu() is liburcu's. Polled grace periods come from
 * a thread that runs one synchronize_rcu() after another when it is asked to.
 *
 * With SHIM_QSBR (the benchmark) nothing is done here: the threads announce their
 * quiescent states themselves. With SHIM_INTERLEAVE the scheduler of the coroutines
 * plays RCU, see interleave/sched.h.
 */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <linux/atomic.h>
#include <linux/compiler.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

void shim_read_lock(void);
void shim_read_unlock(void);
bool shim_reading(void);
void synchronize_rcu(void);
unsigned long get_state_synchronize_rcu(void);
bool poll_state_synchronize_rcu(unsigned long cookie);
unsigned long start_poll_synchronize_rcu(void);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void rcu_barrier(void);

#ifdef SHIM_QSBR
#define preempt_disable_notrace()	barrier()
#define preempt_enable_notrace()	barrier()
#else
#define preempt_disable_notrace()	shim_read_lock()
#define preempt_enable_notrace()	shim_read_unlock()
#endif

#define rcu_dereference_sched(p)	READ_ONCE(p)
#define rcu_dereference_protected(p, c)	(p)
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), v)
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)

#endif /* SHIM_LINUX_RCUPDATE_H */
