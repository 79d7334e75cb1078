// SPDX-License-Identifier: GPL-2.0
/* liburcu, the flavour that the build asks for: memb, or qsbr with SHIM_QSBR. */
#ifdef SHIM_QSBR
#include <urcu/urcu-qsbr.h>
#define RCU(name)	urcu_qsbr_##name
#else
#include <urcu/urcu-memb.h>
#define RCU(name)	urcu_memb_##name
#endif

#include "urcu.h"

void shim_urcu_register_thread(void)
{
	RCU(register_thread)();
}

void shim_urcu_unregister_thread(void)
{
	RCU(unregister_thread)();
}

void shim_urcu_thread_offline(void)
{
	RCU(thread_offline)();
}

void shim_urcu_thread_online(void)
{
	RCU(thread_online)();
}

void shim_urcu_read_lock(void)
{
	RCU(read_lock)();
}

void shim_urcu_read_unlock(void)
{
	RCU(read_unlock)();
}

void shim_urcu_synchronize_rcu(void)
{
	RCU(synchronize_rcu)();
}
