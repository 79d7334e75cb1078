/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: the kernel that we are; -DSHIM_KERNEL=... for another. */
#ifndef SHIM_LINUX_VERSION_H
#define SHIM_LINUX_VERSION_H

#define KERNEL_VERSION(a, b, c)	(((a) << 16) + ((b) << 8) + (c))
#ifndef SHIM_KERNEL
#define SHIM_KERNEL		KERNEL_VERSION(6, 12, 0)
#endif
#define LINUX_VERSION_CODE	SHIM_KERNEL

#endif /* SHIM_LINUX_VERSION_H */
