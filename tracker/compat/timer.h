/* SPDX-License-Identifier: GPL-2.0 */
/*
 * timer_delete_sync() came with commit 9b13df3fb64e (6.2) as another name of
 * del_timer_sync(), which went with commit 8fa7292fee5c (6.15).
 */
#ifndef LT_COMPAT_TIMER_H
#define LT_COMPAT_TIMER_H

#include <linux/timer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync	del_timer_sync
#endif

#endif /* LT_COMPAT_TIMER_H */
