/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: see linux/sched.h. */
#ifndef SHIM_LINUX_SCHED_TASK_H
#define SHIM_LINUX_SCHED_TASK_H

#include <linux/sched.h>

#endif /* SHIM_LINUX_SCHED_TASK_H */
