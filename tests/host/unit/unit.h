/* SPDX-License-Identifier: GPL-2.0 */
/* What the unit tests share. Each program is one cmocka group and prints TAP. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shim.h"

/* Threads must not assert: they count what went wrong, the main thread asserts none. */
static inline void unit_wrong(unsigned long *wrong)
{
	__atomic_fetch_add(wrong, 1, __ATOMIC_RELAXED);
}

static inline bool unit_stopped(bool *stop)
{
	return __atomic_load_n(stop, __ATOMIC_RELAXED);
}

static inline void unit_stop(bool *stop)
{
	__atomic_store_n(stop, true, __ATOMIC_RELAXED);
}

/* Threads come together here now and then, so that they meet on the same objects. */
struct unit_meeting {
	unsigned int present;
	unsigned int round;
};

static inline void unit_meet(struct unit_meeting *m, unsigned int threads)
{
	unsigned int round = __atomic_load_n(&m->round, __ATOMIC_ACQUIRE);
	unsigned int spins = 0;

	if (__atomic_add_fetch(&m->present, 1, __ATOMIC_ACQ_REL) == threads) {
		__atomic_store_n(&m->present, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&m->round, round + 1, __ATOMIC_RELEASE);
		return;
	}
	/* Spin first, so that those who have a CPU set off at the same time. */
	while (__atomic_load_n(&m->round, __ATOMIC_ACQUIRE) == round)
		if (++spins > 10000)
			sched_yield();
}

/* A test that hangs ends the program. */
#define UNIT_SECONDS	60

/* Every test must leave no allocation behind and no warning. */
static inline int unit_setup(void **state)
{
	*state = (void *)shim_allocated();
	alarm(UNIT_SECONDS);
	return 0;
}

static inline int unit_teardown(void **state)
{
	unsigned int warnings = shim_warnings();

	if (shim_allocated() != (long)*state) {
		print_error("%ld allocations leaked\n", shim_allocated() - (long)*state);
		return -1;
	}
	return warnings ? -1 : 0;
}

#define UNIT(name, fn)	{ name, fn, unit_setup, unit_teardown, NULL }

#define UNIT_MAIN(group, tests)							\
	int main(void)								\
	{									\
		shim_init(8, 2);						\
		cmocka_set_message_output(CM_OUTPUT_TAP);			\
		return cmocka_run_group_tests_name(group, tests, NULL, NULL) != 0; \
	}

#endif /* UNIT_H */
