/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: the small things of every day. */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Counts a warning and prints it as a TAP comment; tests expect none. */
void shim_warn(const char *file, int line, const char *fmt, ...) __printf(3, 4);

#define WARN(cond, ...)								\
	({									\
		bool shim_cond = !!(cond);					\
		if (unlikely(shim_cond))					\
			shim_warn(__FILE__, __LINE__, __VA_ARGS__);		\
		shim_cond;							\
	})
#define WARN_ON_ONCE(cond)	WARN(cond, "%s\n", #cond)
#define WARN_ON(cond)		WARN(cond, "%s\n", #cond)
#define pr_err(...)		fprintf(stderr, "# " __VA_ARGS__)

#define min(a, b)							\
	({ __typeof__(a) shim_a = (a); __typeof__(b) shim_b = (b);	\
	   shim_a < shim_b ? shim_a : shim_b; })
#define max(a, b)							\
	({ __typeof__(a) shim_c = (a); __typeof__(b) shim_d = (b);	\
	   shim_c > shim_d ? shim_c : shim_d; })
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define clamp(val, lo, hi)	min((__typeof__(val))max(val, lo), hi)

#define ALIGN(x, a)		(((x) + (__typeof__(x))(a) - 1) & ~((__typeof__(x))(a) - 1))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member)						\
	((type *)((char *)(ptr) - offsetof(type, member)))

/* Threads are preempted all the time. */
#define cond_resched()		((void)0)

#endif /* SHIM_LINUX_KERNEL_H */
