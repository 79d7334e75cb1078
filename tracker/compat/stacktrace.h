/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel stack of another task. Where stack_trace_save_tsk() is not exported to
 * modules (Debian's 5.10 and 6.1) nothing that could pin that stack is, so there is
 * none to be had and hits on pending operations come without.
 */
#ifndef LT_COMPAT_STACKTRACE_H
#define LT_COMPAT_STACKTRACE_H

#include <linux/sched.h>
#include <linux/stacktrace.h>

#ifdef LT_HAVE_STACK_TRACE_SAVE_TSK

#include <linux/spinlock.h>

/* The task is about to be switched in by this CPU. */
static inline unsigned int lt_stack_of_task(struct task_struct *task, unsigned long *stack,
					    unsigned int max)
{
	return stack_trace_save_tsk(task, stack, max, 0);
}

static inline unsigned int lt_task_state(const struct task_struct *task)
{
#ifdef LT_HAVE_TASK___STATE
	return READ_ONCE(task->__state);
#else
	return READ_ONCE(task->state);
#endif
}

/* One that sleeps may stay on its runqueue for a while. */
static inline bool lt_task_queued(const struct task_struct *task)
{
#ifdef LT_HAVE_SCHED_DELAYED
	if (READ_ONCE(task->se.sched_delayed))
		return false;
#endif
	return READ_ONCE(task->on_rq);
}

static inline bool lt_task_on_cpu(const struct task_struct *task)
{
#ifdef CONFIG_SMP
	return READ_ONCE(task->on_cpu);
#else
	return false;
#endif
}

/*
 * Sleeps, and does so as long as its pi_lock is held, because every wake-up begins with
 * that lock. One that was woken (TASK_WAKING), is new or is queued may run without it, and
 * a dead one's stack would be released here, under the lock. The order is that of
 * try_to_wake_up(): state, on_rq, on_cpu; the barriers pair with those of __schedule(), and
 * with the runqueue's lock that is between its writes.
 */
static inline bool lt_task_sleeps(const struct task_struct *task)
{
	unsigned int state = lt_task_state(task);

	if (state == TASK_RUNNING || state & (TASK_WAKING | TASK_NEW | TASK_DEAD))
		return false;
	/* on_rq is not older than the state: pairs with the runqueue's lock in __schedule(). */
	smp_rmb();
	if (lt_task_queued(task))
		return false;
	/* Nor is on_cpu than on_rq: pairs with the release of on_cpu in finish_task(). */
	smp_rmb();
	return !lt_task_on_cpu(task);
}

/* Of a task that may run: nothing then, as its stack would change under our eyes. */
static inline unsigned int lt_stack_of_sleeper(struct task_struct *task, unsigned long *stack,
					       unsigned int max)
{
	unsigned int frames = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&task->pi_lock, flags);
	if (lt_task_sleeps(task))
		frames = stack_trace_save_tsk(task, stack, max, 0);
	raw_spin_unlock_irqrestore(&task->pi_lock, flags);
	return frames;
}

#else

static inline unsigned int lt_stack_of_sleeper(struct task_struct *task, unsigned long *stack,
					       unsigned int max)
{
	return 0;
}

static inline unsigned int lt_stack_of_task(struct task_struct *task, unsigned long *stack,
					    unsigned int max)
{
	return 0;
}

#endif

#endif /* LT_COMPAT_STACKTRACE_H */
