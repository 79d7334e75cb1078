/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: work is noted and run by the test that wants it to (shim_work_run()). */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/atomic.h>
#include <linux/kernel.h>

struct workqueue_struct;

struct work_struct {
	void (*func)(struct work_struct *work);
	atomic_t queued;
};

struct delayed_work {
	struct work_struct work;
};

#define INIT_DELAYED_WORK(dw, fn)						\
	do {									\
		(dw)->work.func = (fn);						\
		atomic_set(&(dw)->work.queued, 0);				\
	} while (0)
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
#define TICK_NSEC		4000000
#define nsecs_to_jiffies(ns)	((unsigned long)((ns) / TICK_NSEC))

static inline void queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
				      unsigned long delay)
{
	(void)wq;
	(void)delay;
	atomic_set(&dw->work.queued, 1);
}

#define mod_delayed_work(wq, dw, delay)	queue_delayed_work(wq, dw, delay)

static inline void cancel_delayed_work_sync(struct delayed_work *dw)
{
	atomic_set(&dw->work.queued, 0);
}

#endif /* SHIM_LINUX_WORKQUEUE_H */
