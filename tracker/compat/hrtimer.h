/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hrtimer_setup(), or where it is not yet there (features.c) hrtimer_init(), which went in 6.15.
 */
#ifndef LT_COMPAT_HRTIMER_H
#define LT_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>

#ifdef LT_HAVE_HRTIMER_SETUP
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
