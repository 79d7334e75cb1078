/* SPDX-License-Identifier: GPL-2.0 */
/*
 * __assign_str() takes the source from __string() alone since commit 2c92ca849fcc
 * (6.10).
 */
#ifndef LT_COMPAT_TRACE_EVENTS_H
#define LT_COMPAT_TRACE_EVENTS_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define lt_assign_str(dst, src)	__assign_str(dst)
#else
#define lt_assign_str(dst, src)	__assign_str(dst, src)
#endif

#endif /* LT_COMPAT_TRACE_EVENTS_H */
