/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments of a function that a kprobe stands at the beginning of. The kernel tells
 * them with CONFIG_HAVE_FUNCTION_ARG_ACCESS_API, which 32-bit arm does not have.
 */
#ifndef LT_COMPAT_KPROBES_H
#define LT_COMPAT_KPROBES_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>

/* @n: 0 to 3; each argument before it and itself no wider than a pointer. */
static inline unsigned long lt_regs_argument(struct pt_regs *regs, unsigned int n)
{
#if defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API)
	return regs_get_kernel_argument(regs, n);
#elif defined(CONFIG_ARM)
	/* AAPCS: the first four are in r0 to r3. */
	return regs->uregs[n];
#else
#error "it is not known here how functions of this architecture get their arguments"
#endif
}

#endif /* LT_COMPAT_KPROBES_H */
