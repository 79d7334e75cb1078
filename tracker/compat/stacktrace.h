/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel stack of another task. Where stack_trace_save_tsk() is not exported to
 * modules (Debian's 5.10 and 6.1) nothing that could pin that stack is, so there is
 * none to be had and hits on pending operations come without.
 *
 * A task that runs meanwhile gives a stack that is partly out of date.
 */
#ifndef LT_COMPAT_STACKTRACE_H
#define LT_COMPAT_STACKTRACE_H

#include <linux/stacktrace.h>

#ifdef LT_HAVE_STACK_TRACE_SAVE_TSK

static inline unsigned int lt_stack_of_task(struct task_struct *task, unsigned long *stack,
					    unsigned int max)
{
	return stack_trace_save_tsk(task, stack, max, 0);
}

#else

static inline unsigned int lt_stack_of_task(struct task_struct *task, unsigned long *stack,
					    unsigned int max)
{
	return 0;
}

#endif

#endif /* LT_COMPAT_STACKTRACE_H */
