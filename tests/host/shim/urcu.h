/* SPDX-License-Identifier: GPL-2.0 */
/* liburcu behind names that do not collide with the kernel's. */
#ifndef SHIM_URCU_H
#define SHIM_URCU_H

void shim_urcu_register_thread(void);
void shim_urcu_unregister_thread(void);
void shim_urcu_read_lock(void);
void shim_urcu_read_unlock(void);
void shim_urcu_synchronize_rcu(void);

#endif /* SHIM_URCU_H */
