/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: see linux/bitops.h. */
#ifndef SHIM_LINUX_LOG2_H
#define SHIM_LINUX_LOG2_H

#include <linux/bitops.h>

#endif /* SHIM_LINUX_LOG2_H */
