/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameters that a module is loaded with. struct module has no args any more from Linux 7.3
 * on; what is called for a module that comes still runs in the system call that loads it.
 */
#ifndef LT_COMPAT_MODULE_H
#define LT_COMPAT_MODULE_H

#include <linux/compat.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#define LT_MODULE_ARGS_MAX	(128 * 1024)

/*
 * A copy of them as they were given, for kfree(); NULL if there are none or it cannot be known: a
 * 32-bit program on a 64-bit kernel of 7.3 or later. An ERR_PTR() if they cannot be read.
 * Only in a module notifier, for MODULE_STATE_COMING.
 */
static inline char *lt_module_args(const struct module *mod)
{
#ifdef LT_HAVE_MODULE_ARGS
	char *args;

	if (!mod->args)
		return NULL;
	args = kstrdup(mod->args, GFP_KERNEL);
	return args ?: ERR_PTR(-ENOMEM);
#else
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long arg[6];
	unsigned int nr;

	if (current->flags & PF_KTHREAD || in_compat_syscall())
		return NULL;
	switch (syscall_get_nr(current, regs)) {
	case __NR_init_module:
		nr = 2;
		break;
	case __NR_finit_module:
		nr = 1;
		break;
	default:
		return NULL;
	}
	syscall_get_arguments(current, regs, arg);
	return strndup_user((const char __user *)arg[nr], LT_MODULE_ARGS_MAX);
#endif
}

#endif /* LT_COMPAT_MODULE_H */
