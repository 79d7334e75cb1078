/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the torture programs share. Each runs for TORTURE_SECONDS (an argument, or 2), checks
 * its invariants all the while and once more at the end, and prints TAP with one case.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

#if defined(__SANITIZE_THREAD__)
#define TORTURE_BUILD	"thread sanitizer"
#elif defined(__SANITIZE_ADDRESS__)
#define TORTURE_BUILD	"address sanitizer"
#else
#define TORTURE_BUILD	"plain"
#endif

static unsigned long torture_wrong;
static unsigned long torture_ops;
static bool torture_stop;

#define TORTURE_CHECK(cond)							\
	do {									\
		if (!(cond) && !__atomic_fetch_add(&torture_wrong, 1, __ATOMIC_RELAXED)) \
			printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
	} while (0)

static inline bool torture_goes_on(void)
{
	return !__atomic_load_n(&torture_stop, __ATOMIC_RELAXED);
}

static inline void torture_count(unsigned long ops)
{
	__atomic_fetch_add(&torture_ops, ops, __ATOMIC_RELAXED);
}

/* Does nothing but end the others when the time has come. */
static inline void torture_wait(double seconds)
{
	usleep(seconds * 1e6);
	__atomic_store_n(&torture_stop, true, __ATOMIC_RELAXED);
}

static inline double torture_seconds(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* A program that hangs fails. */
	alarm(seconds * 20 + 60);
	return seconds;
}

static inline int torture_result(const char *name)
{
	unsigned int warnings = shim_warnings();
	bool ok = !torture_wrong && !warnings;

	printf("1..1\n%s 1 - torture/%s, %s: %lu operations\n", ok ? "ok" : "not ok", name,
	       TORTURE_BUILD, torture_ops);
	if (!ok)
		printf("# %lu times wrong, %u warnings\n", torture_wrong, warnings);
	return !ok;
}

#endif /* TORTURE_H */
