/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Polled grace periods: a cookie taken now expires when a grace period that begins
 * later has ended. Taking and testing one is safe in any context, NMI included.
 *
 * get_state_synchronize_rcu() is old. Where poll_state_synchronize_rcu() and
 * start_poll_synchronize_rcu() are not yet there (features.c), a counter of grace periods of our
 * own does, driven by call_rcu() from process context.
 */
#ifndef LT_COMPAT_RCUPDATE_H
#define LT_COMPAT_RCUPDATE_H

#include <linux/rcupdate.h>

#ifdef LT_HAVE_POLLED_RCU

static inline unsigned long lt_rcu_cookie(void)
{
	return get_state_synchronize_rcu();
}

static inline bool lt_rcu_expired(unsigned long cookie)
{
	return poll_state_synchronize_rcu(cookie);
}

/* Task or softirq, interrupts on: see to it that the cookies taken until now will expire. */
static inline void lt_rcu_kick(void)
{
	start_poll_synchronize_rcu();
}

static inline void lt_rcu_exit(void)
{
}

#else

unsigned long lt_rcu_cookie(void);
bool lt_rcu_expired(unsigned long cookie);
void lt_rcu_kick(void);
void lt_rcu_exit(void);
#define LT_RCU_EMULATED 1

#endif

#endif /* LT_COMPAT_RCUPDATE_H */
