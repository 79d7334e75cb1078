/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint sched_switch got the state of the previous task as an argument with
 * commit fa2c3254d7cf (5.18) and stable kernels after it; features.mk tells.
 */
#ifndef LT_COMPAT_SCHED_H
#define LT_COMPAT_SCHED_H

#include <linux/sched.h>
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

#endif /* LT_COMPAT_SCHED_H */
