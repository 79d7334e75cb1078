/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: see linux/module.h. */
#ifndef SHIM_LINUX_KREF_H
#define SHIM_LINUX_KREF_H

#include <linux/module.h>

#endif /* SHIM_LINUX_KREF_H */
