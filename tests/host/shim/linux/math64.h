/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: division. */
#ifndef SHIM_LINUX_MATH64_H
#define SHIM_LINUX_MATH64_H

#include <linux/types.h>

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *rest)
{
	*rest = dividend % divisor;
	return dividend / divisor;
}

#endif /* SHIM_LINUX_MATH64_H */
