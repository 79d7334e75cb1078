// SPDX-License-Identifier: GPL-2.0
/* Polled grace periods for kernels without them; see rcupdate.h. */
#include "compat/rcupdate.h"

#ifdef LT_RCU_EMULATED

#include <linux/atomic.h>

/*
 * lt_gp_started: grace periods asked for, written by lt_rcu_kick().
 * lt_gp_ended:   the last one that ended, written by lt_gp_end().
 * A cookie is the number of the first grace period that has not been asked for.
 * lt_gp_busy:    one is under way: set by lt_rcu_kick(), cleared by lt_gp_end()
 * lt_gp_again:   another was asked for meanwhile: set by lt_rcu_kick(), taken by
 *                lt_gp_end()
 */
static unsigned long lt_gp_started;
static unsigned long lt_gp_ended;
static atomic_t lt_gp_busy;
static atomic_t lt_gp_again;
static struct rcu_head lt_gp_head;

unsigned long lt_rcu_cookie(void)
{
	/* Removal before the read; pairs with smp_mb() in lt_rcu_kick(). */
	smp_mb();
	return READ_ONCE(lt_gp_started) + 1;
}

bool lt_rcu_expired(unsigned long cookie)
{
	/* Pairs with smp_store_release() in lt_gp_end(). */
	return (long)(smp_load_acquire(&lt_gp_ended) - cookie) >= 0;
}

static void lt_gp_end(struct rcu_head *head)
{
	/* Pairs with smp_load_acquire() in lt_rcu_expired(). */
	smp_store_release(&lt_gp_ended, READ_ONCE(lt_gp_started));
	atomic_set_release(&lt_gp_busy, 0); /* pairs with the exchange in lt_rcu_kick() */
	/* Not busy before the look; pairs with smp_mb() in lt_rcu_kick(). */
	smp_mb();
	if (atomic_xchg(&lt_gp_again, 0))
		lt_rcu_kick();
}

void lt_rcu_kick(void)
{
	if (atomic_xchg(&lt_gp_busy, 1)) {
		atomic_set(&lt_gp_again, 1);
		/* Request before the second look; pairs with smp_mb() in lt_gp_end(). */
		smp_mb();
		if (atomic_xchg(&lt_gp_busy, 1))
			return;
		atomic_set(&lt_gp_again, 0);
	}
	WRITE_ONCE(lt_gp_started, lt_gp_started + 1);
	/* Number before grace period; pairs with smp_mb() in lt_rcu_cookie(). */
	smp_mb();
	call_rcu(&lt_gp_head, lt_gp_end);
}

void lt_rcu_exit(void)
{
	/* The first may start a second one, which starts no third: nobody asks any more. */
	rcu_barrier();
	rcu_barrier();
}

#endif /* LT_RCU_EMULATED */
