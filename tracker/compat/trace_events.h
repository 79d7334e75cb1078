/* SPDX-License-Identifier: GPL-2.0 */
/* __assign_str(), which no longer takes the source, or still does (features.c). */
#ifndef LT_COMPAT_TRACE_EVENTS_H
#define LT_COMPAT_TRACE_EVENTS_H

#ifdef LT_ASSIGN_STR_ALONE
#define lt_assign_str(dst, src)	__assign_str(dst)
#else
#define lt_assign_str(dst, src)	__assign_str(dst, src)
#endif

#endif /* LT_COMPAT_TRACE_EVENTS_H */
