// SPDX-License-Identifier: GPL-2.0
/*
 * The user-space stack of the current task, by frame pointers. By hand, because what the
 * kernel has for that (stack_trace_save_user(), the call chains of perf) is not exported to
 * modules. Programs and libraries built without frame pointers give their innermost
 * address only, or leave callers out.
 */
#include <linux/compat.h>
#include <linux/hardirq.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include "core.h"

/* A frame as x86-64 and arm64 have it: where the caller's is, and where it goes on. */
struct lt_user_frame {
	unsigned long up;
	unsigned long ret;
};

/* 0 for 32-bit programs, whose frames look different, and where the frame pointer is not known. */
static unsigned long lt_user_fp(struct pt_regs *regs)
{
#if defined(CONFIG_X86_64)
	return user_64bit_mode(regs) ? regs->bp : 0;
#elif defined(CONFIG_ARM64)
	return compat_user_mode(regs) ? 0 : regs->regs[29];
#else
	return 0;
#endif
}

/* A return address without the signature that arm64 keeps in bits beyond those of addresses. */
static unsigned long lt_user_ret(unsigned long ret)
{
#if defined(CONFIG_ARM64)
	return ret & (TASK_SIZE_64 - 1);
#else
	return ret;
#endif
}

/**
 * lt_user_stack() - where the current task is in user space
 * @addr: addresses, the innermost first
 * @max:  room, at least 1
 *
 * Does not wait for pages that are not in memory: the stack ends there. Context: any; in an
 * NMI there is none. Return: number of addresses, 0 for a kernel thread.
 */
unsigned int lt_user_stack(unsigned long *addr, unsigned int max)
{
	struct pt_regs *regs = task_pt_regs(current);
	struct lt_user_frame frame;
	unsigned int n = 0;
	unsigned long fp;

	if (!current->mm || current->flags & PF_KTHREAD || in_nmi() || !user_mode(regs))
		return 0;
	addr[n++] = instruction_pointer(regs);
	for (fp = lt_user_fp(regs); fp && n < max; fp = frame.up) {
		if (copy_from_user_nofault(&frame, (void __user *)fp, sizeof(frame)) || !frame.ret)
			break;
		addr[n++] = lt_user_ret(frame.ret);
		/* Callers' frames lie higher: anything else is no frame, and might be a circle. */
		if (frame.up <= fp)
			break;
	}
	return n;
}
