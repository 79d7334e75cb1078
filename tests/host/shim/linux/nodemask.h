/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: see linux/cpumask.h. */
#ifndef SHIM_LINUX_NODEMASK_H
#define SHIM_LINUX_NODEMASK_H

#include <linux/cpumask.h>

#endif /* SHIM_LINUX_NODEMASK_H */
