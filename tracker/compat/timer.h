/* SPDX-License-Identifier: GPL-2.0 */
/*
 * timer_delete_sync(), or where it is not yet there (features.c) del_timer_sync(), which went with
 * commit 8fa7292fee5c (6.15).
 */
#ifndef LT_COMPAT_TIMER_H
#define LT_COMPAT_TIMER_H

#include <linux/timer.h>

#ifndef LT_HAVE_TIMER_DELETE_SYNC
#define timer_delete_sync	del_timer_sync
#endif

#endif /* LT_COMPAT_TIMER_H */
