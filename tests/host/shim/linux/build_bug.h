/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: static_assert() is in linux/compiler.h. */
#ifndef SHIM_LINUX_BUILD_BUG_H
#define SHIM_LINUX_BUILD_BUG_H

#include <linux/compiler.h>

#define BUILD_BUG_ON(x)	static_assert(!(x))

#endif /* SHIM_LINUX_BUILD_BUG_H */
