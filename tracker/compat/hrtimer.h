/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hrtimer_setup() came with commit 908a1d775422 (6.13); hrtimer_init() went in 6.15.
 */
#ifndef LT_COMPAT_HRTIMER_H
#define LT_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define lt_hrtimer_setup	hrtimer_setup
#else
static inline void lt_hrtimer_setup(struct hrtimer *timer,
				    enum hrtimer_restart (*function)(struct hrtimer *),
				    clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* LT_COMPAT_HRTIMER_H */
