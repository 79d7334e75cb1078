/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: CLOCK_MONOTONIC, or what the test says (shim_clock_set()). */
#ifndef SHIM_LINUX_TIMEKEEPING_H
#define SHIM_LINUX_TIMEKEEPING_H

#include <linux/types.h>
#include <time.h>

#define NSEC_PER_USEC	1000L
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_SEC	1000000000L

extern bool shim_clock_fake;
extern u64 shim_clock_now;

static inline u64 ktime_get_mono_fast_ns(void)
{
	struct timespec ts;

	if (shim_clock_fake)
		return __atomic_load_n(&shim_clock_now, __ATOMIC_RELAXED);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

#endif /* SHIM_LINUX_TIMEKEEPING_H */
