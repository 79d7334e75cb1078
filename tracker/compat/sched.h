/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scheduler differences: the arguments of tracepoints (features.c), the states of tasks, and what
 * modules get of its clock.
 */
#ifndef LT_COMPAT_SCHED_H
#define LT_COMPAT_SCHED_H

#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <trace/events/sched.h>

#ifdef LT_SCHED_PREV_STATE
#define LT_SCHED_SWITCH_ARGS						\
	bool preempt, struct task_struct *prev, struct task_struct *next, \
	unsigned int prev_state
#define lt_switch_state()	prev_state
#else
#define LT_SCHED_SWITCH_ARGS						\
	bool preempt, struct task_struct *prev, struct task_struct *next
#define lt_switch_state()	READ_ONCE(prev->state)
#endif

#define lt_switch_runnable()	(preempt || !lt_switch_state())

#ifdef LT_SCHED_EXIT_GROUP_DEAD
#define LT_SCHED_EXIT_ARGS	struct task_struct *p, bool group_dead
#else
#define LT_SCHED_EXIT_ARGS	struct task_struct *p
#endif

/*
 * What a switch leaves a task in, as task_state_index() has it, which cannot be asked: the
 * state may have changed since. Where the tracepoint does not tell it, a task that somebody
 * wakes at that very moment looks runnable. Kernels before 5.15 do not wait for locks in a
 * state of their own (TASK_RTLOCK_WAIT), those before 6.1 do not freeze in one (TASK_FROZEN).
 */
static inline unsigned int lt_state_index(unsigned int state)
{
	if ((state & TASK_IDLE) == TASK_IDLE)
		return fls(TASK_REPORT_IDLE);
#ifdef TASK_RTLOCK_WAIT
	if (state & TASK_RTLOCK_WAIT)
		return fls(TASK_UNINTERRUPTIBLE);
#endif
#ifdef TASK_FROZEN
	if (state & TASK_FROZEN)
		return fls(TASK_UNINTERRUPTIBLE);
#endif
	return fls(state & TASK_REPORT);
}

/*
 * The scheduler's clock of this CPU. Where one clock does for all CPUs (arm, arm64),
 * sched_clock_cpu() is that clock under another name, which modules do not get.
 */
static inline u64 lt_clock_here(void)
{
#ifdef CONFIG_HAVE_UNSTABLE_SCHED_CLOCK
	return sched_clock_cpu(raw_smp_processor_id());
#else
	return sched_clock();
#endif
}

/*
 * How long a task has had the CPU, to be asked while it is switched out. The
 * scheduler notes its arrival only with CONFIG_SCHED_INFO, and not for the idle task.
 */
#ifdef CONFIG_SCHED_INFO
static inline bool lt_ran_known(const struct task_struct *prev)
{
	return prev->pid && prev->sched_info.last_arrival;
}

static inline u64 lt_ran_ns(const struct task_struct *prev)
{
	return lt_clock_here() - prev->sched_info.last_arrival;
}
#else
static inline bool lt_ran_known(const struct task_struct *prev)
{
	return false;
}

static inline u64 lt_ran_ns(const struct task_struct *prev)
{
	return 0;
}
#endif

#endif /* LT_COMPAT_SCHED_H */
