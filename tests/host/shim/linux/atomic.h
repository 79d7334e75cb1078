/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shim: atomics over GCC's builtins. As in the kernel, what returns a value is a full
 * barrier unless it failed or its name says otherwise; reads and sets are relaxed, but
 * for the 64-bit read, which is the pool's way to get at an object (see compiler.h).
 */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

#define cmpxchg(p, old, new)							\
	({									\
		__typeof__(*(p)) shim_old = (old);				\
		shim_point(p, SHIM_WRITE);					\
		__atomic_compare_exchange_n(p, &shim_old, (new), false,		\
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);\
		shim_old;							\
	})

#define cmpxchg_relaxed(p, old, new)						\
	({									\
		__typeof__(*(p)) shim_old = (old);				\
		shim_point(p, SHIM_WRITE);					\
		__atomic_compare_exchange_n(p, &shim_old, (new), false,		\
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);\
		shim_old;							\
	})

#ifdef __SANITIZE_THREAD__
#define SHIM_ATOMIC64_READ	__ATOMIC_CONSUME
#else
#define SHIM_ATOMIC64_READ	__ATOMIC_RELAXED
#endif

#define SHIM_ATOMIC(name, type, type_t, order)					\
static inline type name##_read(const type_t *v)					\
{										\
	shim_point(&v->counter, SHIM_READ);					\
	return __atomic_load_n(&v->counter, order);				\
}										\
static inline type name##_read_acquire(const type_t *v)				\
{										\
	shim_point(&v->counter, SHIM_READ);					\
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);			\
}										\
static inline void name##_set(type_t *v, type i)				\
{										\
	shim_point(&v->counter, SHIM_WRITE);					\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);			\
}										\
static inline void name##_set_release(type_t *v, type i)			\
{										\
	shim_point(&v->counter, SHIM_WRITE);					\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);			\
}										\
static inline void name##_inc(type_t *v)					\
{										\
	shim_point(&v->counter, SHIM_WRITE);					\
	__atomic_fetch_add(&v->counter, 1, __ATOMIC_RELAXED);			\
}										\
static inline type name##_inc_return(type_t *v)					\
{										\
	shim_point(&v->counter, SHIM_WRITE);					\
	return __atomic_add_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);		\
}										\
static inline type name##_dec_return(type_t *v)					\
{										\
	shim_point(&v->counter, SHIM_WRITE);					\
	return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);		\
}										\
static inline type name##_xchg(type_t *v, type new)				\
{										\
	shim_point(&v->counter, SHIM_WRITE);					\
	return __atomic_exchange_n(&v->counter, new, __ATOMIC_SEQ_CST);		\
}										\
static inline type name##_cmpxchg(type_t *v, type old, type new)		\
{										\
	return cmpxchg(&v->counter, old, new);					\
}										\
static __always_inline bool name##_try_cmpxchg(type_t *v, type *old, type new)	\
{										\
	shim_point(&v->counter, SHIM_WRITE);					\
	return __atomic_compare_exchange_n(&v->counter, old, new, false,	\
					   __ATOMIC_SEQ_CST, order);		\
}

SHIM_ATOMIC(atomic, int, atomic_t, __ATOMIC_RELAXED)
SHIM_ATOMIC(atomic_long, long, atomic_long_t, __ATOMIC_RELAXED)
SHIM_ATOMIC(atomic64, s64, atomic64_t, SHIM_ATOMIC64_READ)

#define xchg(p, val)								\
	({ shim_point(p, SHIM_WRITE); __atomic_exchange_n(p, val, __ATOMIC_SEQ_CST); })

#endif /* SHIM_LINUX_ATOMIC_H */
