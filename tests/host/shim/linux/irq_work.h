/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: the interrupt comes at once, with preemption off, on this CPU. */
#ifndef SHIM_LINUX_IRQ_WORK_H
#define SHIM_LINUX_IRQ_WORK_H

#include <linux/types.h>

struct irq_work {
	void (*func)(struct irq_work *work);
};

#define IRQ_WORK_INIT_HARD(f)	((struct irq_work){ .func = (f) })

static inline bool irq_work_queue(struct irq_work *work)
{
	work->func(work);
	return true;
}

#define irq_work_sync(work)	((void)(work))

#endif /* SHIM_LINUX_IRQ_WORK_H */
