/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: the next tick comes at once, on this CPU. */
#ifndef SHIM_LINUX_TIMER_H
#define SHIM_LINUX_TIMER_H

#include <linux/types.h>

struct timer_list {
	void (*func)(struct timer_list *timer);
};

#define jiffies	0UL

static inline void timer_setup(struct timer_list *timer, void (*func)(struct timer_list *timer),
			       unsigned int flags)
{
	(void)flags;
	timer->func = func;
}

static inline void mod_timer(struct timer_list *timer, unsigned long when)
{
	(void)when;
	timer->func(timer);
}

static inline void timer_delete_sync(struct timer_list *timer)
{
	(void)timer;
}

static inline void del_timer_sync(struct timer_list *timer)
{
	(void)timer;
}

#endif /* SHIM_LINUX_TIMER_H */
