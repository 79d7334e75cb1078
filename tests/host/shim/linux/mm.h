/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: see linux/slab.h. */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <linux/slab.h>

#endif /* SHIM_LINUX_MM_H */
