/* SPDX-License-Identifier: GPL-2.0 */
/* IRQ_WORK_INIT_HARD() came with commit 7a9f50a05843 (5.11); 5.10 has the flag. */
#ifndef LT_COMPAT_IRQ_WORK_H
#define LT_COMPAT_IRQ_WORK_H

#include <linux/irq_work.h>

/* In interrupt context on PREEMPT_RT, too, where others wait for a thread of their CPU. */
static inline void lt_irq_work_init_hard(struct irq_work *work,
					 void (*func)(struct irq_work *work))
{
#ifdef IRQ_WORK_INIT_HARD
	*work = IRQ_WORK_INIT_HARD(func);
#else
	init_irq_work(work, func);
	atomic_set(&work->flags, IRQ_WORK_HARD_IRQ);
#endif
}

#endif /* LT_COMPAT_IRQ_WORK_H */
