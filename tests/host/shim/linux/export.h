/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: see linux/compiler.h. */
#ifndef SHIM_LINUX_EXPORT_H
#define SHIM_LINUX_EXPORT_H

#include <linux/compiler.h>

#endif /* SHIM_LINUX_EXPORT_H */
