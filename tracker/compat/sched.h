/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint sched_switch got the previous task's state with commit fa2c3254d7cf
 * (5.18), which commit 9c2136be0878 (5.19) moved to the end and 5.18 stable took over.
 */
#ifndef LT_COMPAT_SCHED_H
#define LT_COMPAT_SCHED_H

#include <linux/sched.h>
#include <linux/version.h>
#include <trace/events/sched.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#define LT_SCHED_SWITCH_ARGS						\
	bool preempt, struct task_struct *prev, struct task_struct *next, \
	unsigned int prev_state
#define lt_switch_runnable()	(preempt || !prev_state)
#else
#define LT_SCHED_SWITCH_ARGS						\
	bool preempt, struct task_struct *prev, struct task_struct *next
#define lt_switch_runnable()	(preempt || !READ_ONCE(prev->state))
#endif

#endif /* LT_COMPAT_SCHED_H */
