/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shim: a CPU is a number that each test thread has for itself (shim_cpu_set()). Each
 * has a unit of memory at a fixed distance from that of CPU 0, as in the kernel.
 *
 * this_cpu_*() are no atomic read-modify-writes, so that two threads that are the same
 * CPU at once lose counts, and ThreadSanitizer sees none of it as a race.
 */
#ifndef SHIM_LINUX_PERCPU_H
#define SHIM_LINUX_PERCPU_H

#include <linux/compiler.h>
#include <linux/types.h>

#define SHIM_CPUS_MAX		64
#define SHIM_UNIT_SIZE		(1UL << 20)

extern __thread unsigned long shim_cpu_offset;

void *shim_percpu_alloc(size_t size);
void shim_percpu_free(void *mem);

#define alloc_percpu(type)		((type *)shim_percpu_alloc(sizeof(type)))
#define free_percpu(mem)		shim_percpu_free(mem)
#define per_cpu_ptr(ptr, cpu)							\
	((__typeof__(ptr))((char *)(ptr) + (unsigned long)(cpu) * SHIM_UNIT_SIZE))
#define this_cpu_ptr(ptr)		((__typeof__(ptr))((char *)(ptr) + shim_cpu_offset))

#define this_cpu_add(var, val)							\
	do {									\
		__typeof__(&(var)) shim_p = this_cpu_ptr(&(var));		\
		shim_write(*shim_p, shim_read(*shim_p) + (val));		\
	} while (0)
#define this_cpu_inc(var)		this_cpu_add(var, 1)
#define this_cpu_read(var)		shim_read(*this_cpu_ptr(&(var)))
#define this_cpu_cmpxchg(var, old, new)						\
	({									\
		__typeof__(&(var)) shim_p = this_cpu_ptr(&(var));		\
		__typeof__(var) shim_was = shim_read(*shim_p);			\
		if (shim_was == (old))						\
			shim_write(*shim_p, new);				\
		shim_was;							\
	})

#endif /* SHIM_LINUX_PERCPU_H */
