/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: there are no kernel stacks here. */
#ifndef SHIM_LINUX_STACKTRACE_H
#define SHIM_LINUX_STACKTRACE_H

static inline unsigned int stack_trace_save(unsigned long *store, unsigned int size,
					    unsigned int skip)
{
	(void)store;
	(void)size;
	(void)skip;
	return 0;
}

#endif /* SHIM_LINUX_STACKTRACE_H */
