/* SPDX-License-Identifier: GPL-2.0 */
/* sd_notify(3), or nothing where the daemon was built without libsystemd. */
#ifndef LT_NOTIFY_H
#define LT_NOTIFY_H

#include <stdint.h>

/** lt_notify() - tell the service manager, if there is one; @state as in sd_notify(3) */
void lt_notify(const char *state);

/** lt_notify_reloading() - READY=1 must follow; what a reload changes may change from now on */
void lt_notify_reloading(void);

/** lt_notify_watchdog_ns() - Return: how often to send WATCHDOG=1 in ns, 0 for never. */
uint64_t lt_notify_watchdog_ns(void);

#endif /* LT_NOTIFY_H */
