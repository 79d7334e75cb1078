/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: see linux/jhash.h. */
#ifndef SHIM_LINUX_SIPHASH_H
#define SHIM_LINUX_SIPHASH_H

#include <linux/jhash.h>

#endif /* SHIM_LINUX_SIPHASH_H */
