// SPDX-License-Identifier: GPL-2.0
/* liburcu, flavour memb. */
#include <urcu/urcu-memb.h>

#include "urcu.h"

void shim_urcu_register_thread(void)
{
	urcu_memb_register_thread();
}

void shim_urcu_unregister_thread(void)
{
	urcu_memb_unregister_thread();
}

void shim_urcu_read_lock(void)
{
	urcu_memb_read_lock();
}

void shim_urcu_read_unlock(void)
{
	urcu_memb_read_unlock();
}

void shim_urcu_synchronize_rcu(void)
{
	urcu_memb_synchronize_rcu();
}
