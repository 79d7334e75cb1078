/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: the current task, one a test thread. */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

#include <linux/kernel.h>

#define TASK_COMM_LEN	16

struct task_struct {
	pid_t pid;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
};

extern __thread struct task_struct shim_current;
#define current		(&shim_current)

#endif /* SHIM_LINUX_SCHED_H */
