/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: sizes. */
#ifndef SHIM_LINUX_OVERFLOW_H
#define SHIM_LINUX_OVERFLOW_H

#define struct_size(p, member, n)	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))

#endif /* SHIM_LINUX_OVERFLOW_H */
