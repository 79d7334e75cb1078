/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exhaustive interleavings of small cases.
 *
 * The threads of a case are coroutines of one real thread, which stop in front of every
 * marked access to shared memory (shim_point()). A depth-first search runs the case once
 * for each order in which they can be let go on, under sequential consistency.
 *
 * Orders that only exchange accesses which do not touch each other lead to the same end;
 * they are left out by dynamic partial-order reduction with source sets (Abdulla et al.
 * 2014) and sleep sets (Godefroid 1996); interleave/self.c checks that nothing else is.
 *
 * What a thread does to unmarked memory belongs to the marked access before it. A case in
 * which that can be seen by another thread marks it itself, in front, or sets @preemptions: no
 * reduction then, but at most that many switches away from a thread that could have gone on
 * (Musuvathi and Qadeer 2007).
 *
 * RCU is played by the scheduler as unkindly as it may be: a cookie has expired as soon as
 * the last read side that began before it has ended.
 */
#ifndef IL_SCHED_H
#define IL_SCHED_H

#include <linux/types.h>

#include "shim.h"

#define IL_THREADS_MAX	4

/**
 * struct il_case - one small case
 * @name:        for the TAP line
 * @threads:     number of threads; thread i is CPU i, unless it calls shim_cpu_set()
 * @preemptions: see above; 0: all orders, reduced
 * @limit:       executions after which it is given up, which fails; 0: a default
 * @setup:       before each execution, single-threaded; all memory has been freed
 * @thread:      what thread i does
 * @check:       after each execution, single-threaded, asserts with IL_CHECK()
 */
struct il_case {
	const char *name;
	unsigned int threads;
	unsigned int preemptions;
	unsigned long limit;
	void (*setup)(void);
	void (*thread)(unsigned int i);
	void (*check)(void);
};

#define IL_CHECK(cond)	il_check(cond, __FILE__, __LINE__, #cond)

void il_check(bool cond, const char *file, int line, const char *what);

/* Run a case in all its orders and add their number to *@orders. Returns false if one failed. */
bool il_explore(const struct il_case *c, unsigned long *orders);

/* Run cases and print TAP. Returns 0 if all passed. */
int il_main(const struct il_case *cases, unsigned int nr, int argc, char **argv);

#endif /* IL_SCHED_H */
