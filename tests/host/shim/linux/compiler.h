/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shim: attributes, barriers, READ_ONCE() and WRITE_ONCE().
 *
 * Every access that the kernel's memory model calls marked passes shim_point()
 * first, which is where the interleaving tests switch between their coroutines.
 *
 * Under ThreadSanitizer the marked accesses are C11 atomics. A pointer that is read
 * with READ_ONCE() orders the reads through it (an address dependency), which C11 calls
 * consume; "unsigned long" counts as a pointer, because the table keeps tagged ones in
 * it. Everything else is relaxed, so that a missing acquire or release is seen.
 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#include <linux/types.h>

#define __percpu
#define __rcu
#define __user
#define __init
#define __exit
#define __read_mostly
#define __force
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __maybe_unused		__attribute__((unused))
#define __must_check		__attribute__((warn_unused_result))
#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" ::: "memory")
#define static_assert(x, ...)	_Static_assert(x, #x)

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__	1
#endif
#endif

/* Reads commute with reads; left ones with left ones and right with right. */
enum shim_kind { SHIM_READ, SHIM_WRITE, SHIM_LEFT, SHIM_RIGHT, SHIM_FENCE };

#ifdef SHIM_INTERLEAVE
void shim_point(const volatile void *addr, enum shim_kind kind);
#else
static inline void shim_point(const volatile void *addr, enum shim_kind kind)
{
	(void)addr;
	(void)kind;
}
#endif

#ifdef __SANITIZE_THREAD__

/* __builtin_classify_type() of a pointer is 5. */
#define shim_order(x)								\
	(__builtin_classify_type(x) == 5 ||					\
	 __builtin_types_compatible_p(__typeof__(x), unsigned long) ?		\
	 __ATOMIC_CONSUME : __ATOMIC_RELAXED)
#define shim_read(x)		__atomic_load_n(&(x), shim_order(x))
#define shim_write(x, val)	__atomic_store_n(&(x), val, __ATOMIC_RELAXED)

#else

#define shim_read(x)		(*(const volatile __typeof__(x) *)&(x))
#define shim_write(x, val)	(*(volatile __typeof__(x) *)&(x) = (val))

#endif

#define READ_ONCE(x)		({ shim_point(&(x), SHIM_READ); shim_read(x); })
#define WRITE_ONCE(x, val)						\
	do {								\
		__typeof__(x) shim_val = (val);				\
		shim_point(&(x), SHIM_WRITE);				\
		shim_write(x, shim_val);				\
	} while (0)

#define data_race(x)		(x)

#define smp_load_acquire(p)						\
	({ shim_point(p, SHIM_READ); __atomic_load_n(p, __ATOMIC_ACQUIRE); })
#define smp_store_release(p, val)					\
	do {								\
		__typeof__(*(p)) shim_val = (val);			\
		shim_point(p, SHIM_WRITE);				\
		__atomic_store_n(p, shim_val, __ATOMIC_RELEASE);	\
	} while (0)

#define smp_mb()	({ shim_point(NULL, SHIM_FENCE); __atomic_thread_fence(__ATOMIC_SEQ_CST); })
#define smp_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()

#define EXPORT_SYMBOL_GPL(sym)	extern __typeof__(sym) sym

#endif /* SHIM_LINUX_COMPILER_H */
