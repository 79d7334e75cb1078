/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint sched_switch got the state of the previous task as an argument with
 * commit fa2c3254d7cf (5.18) and stable kernels after it; features.mk tells.
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
#define lt_switch_runnable()	(preempt || !prev_state)
#else
#define LT_SCHED_SWITCH_ARGS						\
	bool preempt, struct task_struct *prev, struct task_struct *next
#define lt_switch_runnable()	(preempt || !READ_ONCE(prev->state))
#endif

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
	return sched_clock_cpu(raw_smp_processor_id()) - prev->sched_info.last_arrival;
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
