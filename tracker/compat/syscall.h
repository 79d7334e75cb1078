/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls as the tracepoints sys_enter and sys_exit see them. A 64-bit kernel serves
 * 32-bit ones too, whose numbers are others: the same number may be read or restart_syscall.
 */
#ifndef LT_COMPAT_SYSCALL_H
#define LT_COMPAT_SYSCALL_H

#include <linux/compat.h>
#include <linux/sched.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#include <trace/events/syscalls.h>

/*
 * Whether the numbers of the call that the current task makes are those of 32-bit programs.
 * On x86 in_compat_syscall() is true for x32 too, whose numbers are marked by a bit.
 */
static inline bool lt_syscall_compat(void)
{
#ifdef CONFIG_X86
	return in_ia32_syscall();
#else
	return in_compat_syscall();
#endif
}

/*
 * Calls of 32-bit programs that are told apart below. arm64 has names for some only, and since 6.11
 * others.
 */
#if defined(CONFIG_X86)
#define LT_NR32_EXIT		__NR_ia32_exit
#define LT_NR32_EXIT_GROUP	__NR_ia32_exit_group
#define LT_NR32_SIGRETURN	__NR_ia32_sigreturn
#define LT_NR32_RT_SIGRETURN	__NR_ia32_rt_sigreturn
#elif defined(CONFIG_ARM64)
#define LT_NR32_EXIT		1
#define LT_NR32_EXIT_GROUP	248
#define LT_NR32_SIGRETURN	119
#define LT_NR32_RT_SIGRETURN	173
#else
#define LT_NR32_EXIT		-1
#define LT_NR32_EXIT_GROUP	-1
#define LT_NR32_SIGRETURN	-1
#define LT_NR32_RT_SIGRETURN	-1
#endif

/* Whether a system call comes back to who made it. */
static inline bool lt_syscall_returns(long nr, bool compat)
{
	if (compat)
		return nr != LT_NR32_EXIT && nr != LT_NR32_EXIT_GROUP;
	return nr != __NR_exit && nr != __NR_exit_group;
}

/* Whether what a system call leaves behind is its result; else it is what was interrupted. */
static inline bool lt_syscall_has_result(long nr, bool compat)
{
	if (compat)
		return nr != LT_NR32_SIGRETURN && nr != LT_NR32_RT_SIGRETURN;
	return nr != __NR_rt_sigreturn;
}

#endif /* LT_COMPAT_SYSCALL_H */
