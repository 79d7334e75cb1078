// SPDX-License-Identifier: GPL-2.0
/* Coroutines, the search, and RCU as the search plays it; see sched.h. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "sched.h"

#define IL_STACK	(64 * 1024)
#define IL_STEPS_MAX	4000
#define IL_LIMIT	20000000UL

/* An access that a thread is about to make. */
struct access {
	const volatile void *addr;
	enum shim_kind kind;
};

struct thread {
	jmp_buf jmp;
	ucontext_t context;
	bool started;
	bool done;
	struct access next;
	/* Waits for this cookie, if any. */
	unsigned long waits;
	/* Read side. */
	unsigned int depth;
	unsigned long since;
	/* CPU. */
	unsigned int cpu;
	/* The last step of each thread, plus one, that happens before what comes next. */
	unsigned int clock[IL_THREADS_MAX];
};

/* A place where there was a choice. */
struct node {
	unsigned int chosen;
	unsigned int enabled;
	unsigned int asleep;
	/* With reduction: those that must be tried here, as far as is known by now. */
	unsigned int wanted;
	unsigned int preemptions;
	/* Steps that the chosen one happens after: so many of each thread. */
	unsigned int clock[IL_THREADS_MAX];
	struct access next[IL_THREADS_MAX];
};

static const struct il_case *il;
static struct thread threads[IL_THREADS_MAX];
static char stacks[IL_THREADS_MAX][IL_STACK] __attribute__((aligned(64)));
static struct thread *running;
static jmp_buf scheduler;
static struct node path[IL_STEPS_MAX];
static unsigned int depth;
static unsigned int replay;
static unsigned long rcu_clock;
static unsigned long executions, pruned;
static unsigned int deepest;
static bool failed;
static char failure[512];

void il_check(bool cond, const char *file, int line, const char *what)
{
	if (cond || failed)
		return;
	failed = true;
	snprintf(failure, sizeof(failure), "%s:%d: not true: %s", file, line, what);
}

/* Coroutines */

static void leave(void)
{
	struct thread *self = running;

	self->cpu = shim_cpu;
	if (!_setjmp(self->jmp))
		_longjmp(scheduler, 1);
}

void shim_point(const volatile void *addr, enum shim_kind kind)
{
	/* Fences do nothing under sequential consistency. */
	if (!running || kind == SHIM_FENCE)
		return;
	running->next = (struct access) { (const void *)((unsigned long)addr & ~7UL), kind };
	leave();
}

static void thread_main(void)
{
	unsigned int i = running - threads;

	il->thread(i);
	running->done = true;
	leave();
}

static void enter(struct thread *thread)
{
	running = thread;
	shim_cpu = thread->cpu;
	shim_node = thread->cpu % nr_node_ids;
	shim_cpu_offset = thread->cpu * SHIM_UNIT_SIZE;
	if (!_setjmp(scheduler)) {
		if (thread->started)
			_longjmp(thread->jmp, 1);
		thread->started = true;
		setcontext(&thread->context);
	}
	running = NULL;
	shim_cpu = 0;
	shim_node = 0;
	shim_cpu_offset = 0;
}

static void threads_start(void)
{
	unsigned int i;

	for (i = 0; i < il->threads; i++) {
		struct thread *thread = &threads[i];

		thread->cpu = i % shim_nr_cpus;
		getcontext(&thread->context);
		thread->context.uc_stack.ss_sp = stacks[i];
		thread->context.uc_stack.ss_size = IL_STACK;
		makecontext(&thread->context, thread_main, 0);
	}
	/* Up to its first access a thread meets nobody. */
	for (i = 0; i < il->threads; i++)
		enter(&threads[i]);
}

/*
 * RCU. Whether a read side began before a cookie was taken, and whether it had ended when
 * the cookie was tested, is all that the order of these decides.
 */
static unsigned long rcu_ends;

static bool expired(unsigned long cookie)
{
	unsigned int i;

	for (i = 0; i < IL_THREADS_MAX; i++)
		if (threads[i].depth && threads[i].since < cookie)
			return false;
	return true;
}

void shim_read_lock(void)
{
	if (!running)
		return;
	if (!running->depth) {
		shim_point(&rcu_clock, SHIM_LEFT);
		running->since = rcu_clock;
	}
	running->depth++;
}

void shim_read_unlock(void)
{
	if (!running)
		return;
	if (running->depth == 1)
		shim_point(&rcu_ends, SHIM_LEFT);
	running->depth--;
}

bool shim_reading(void)
{
	return !running || running->depth;
}

unsigned long get_state_synchronize_rcu(void)
{
	shim_point(&rcu_clock, SHIM_RIGHT);
	return ++rcu_clock;
}

bool poll_state_synchronize_rcu(unsigned long cookie)
{
	shim_point(&rcu_ends, SHIM_RIGHT);
	return expired(cookie);
}

unsigned long start_poll_synchronize_rcu(void)
{
	return 0;
}

void synchronize_rcu(void)
{
	unsigned long cookie = get_state_synchronize_rcu();

	if (!running)
		return;
	running->waits = cookie;
	shim_point(&rcu_ends, SHIM_RIGHT);
	running->waits = 0;
}

void shim_rcu_init(void)
{
}

/* The search */

static bool independent(const struct access *a, const struct access *b)
{
	return a->addr != b->addr || (a->kind == b->kind && a->kind != SHIM_WRITE);
}

static unsigned int enabled(void)
{
	unsigned int i, mask = 0;

	for (i = 0; i < il->threads; i++)
		if (!threads[i].done && (!threads[i].waits || expired(threads[i].waits)))
			mask |= 1U << i;
	return mask;
}

/* Whether step @i happens before what has this clock. */
static bool before(unsigned int i, const unsigned int *clock)
{
	return i < clock[path[i].chosen];
}

/*
 * The threads that may come first, at step @from, if what @thread does after @to steps is
 * to come before it: those whose first step since then needs none of the others that do
 * not need step @from.
 */
static unsigned int initials(unsigned int from, unsigned int to, unsigned int thread)
{
	unsigned int seen = 0, mask = 0, i, j;

	for (i = from + 1; i <= to; i++) {
		unsigned int self = i < to ? path[i].chosen : thread;
		bool first = !(seen & 1U << self);

		if (i < to && before(from, path[i].clock))
			continue;
		for (j = from + 1; first && j < i; j++) {
			if (before(from, path[j].clock))
				continue;
			if (i < to)
				first = !before(j, path[i].clock);
			else
				first = !before(j, threads[thread].clock) &&
					independent(&path[j].next[path[j].chosen],
						    &threads[thread].next);
		}
		seen |= 1U << self;
		if (first)
			mask |= 1U << self;
	}
	return mask;
}

/*
 * A thread is about to make an access after @at steps. Each step that it races with, which
 * does not commute with it and comes right before it, shall also be tried after it.
 */
static void race(unsigned int at, unsigned int thread)
{
	unsigned int clock[IL_THREADS_MAX], i = at, j, mask;

	memcpy(clock, threads[thread].clock, sizeof(clock));
	while (i--) {
		struct node *node = &path[i];

		if (node->chosen == thread || before(i, clock) ||
		    independent(&node->next[node->chosen], &threads[thread].next))
			continue;
		for (j = 0; j < il->threads; j++)
			clock[j] = max(clock[j], node->clock[j]);
		mask = initials(i, at, thread);
		/* Asleep: all that begins with it has been tried elsewhere. */
		if (mask & (node->wanted | node->asleep))
			continue;
		mask &= node->enabled;
		node->wanted |= mask ? mask & -mask : node->enabled;
	}
}

/* What the step at @at happens after: itself, what its thread knew, what it meets. */
static void clock_step(unsigned int at)
{
	struct node *node = &path[at];
	struct thread *thread = &threads[node->chosen];
	unsigned int i, j;

	for (i = 0; i < at; i++) {
		struct node *other = &path[i];

		if (independent(&other->next[other->chosen], &node->next[node->chosen]))
			continue;
		for (j = 0; j < il->threads; j++)
			thread->clock[j] = max(thread->clock[j], other->clock[j]);
	}
	thread->clock[node->chosen] = at + 1;
	memcpy(node->clock, thread->clock, sizeof(node->clock));
}

/* The step at @at is about to be made; what came before the last choice is known already. */
static void step(unsigned int at)
{
	struct thread *thread = &threads[path[at].chosen];

	if (at + 1 < replay) {
		memcpy(thread->clock, path[at].clock, sizeof(thread->clock));
		return;
	}
	race(at, path[at].chosen);
	clock_step(at);
}

/* Those that may be chosen at a node and have not been. */
static unsigned int choices(unsigned int at)
{
	struct node *node = &path[at];
	unsigned int mask = node->enabled & ~node->asleep, last;

	if (!il->preemptions)
		return node->wanted ? mask & node->wanted : mask;
	if (!at)
		return mask;
	last = 1U << path[at - 1].chosen;
	/* All preemptions used up: only on with the same thread, while it can. */
	if (node->preemptions >= il->preemptions && node->enabled & last)
		mask &= last;
	return mask;
}

static void node_make(unsigned int at)
{
	struct node *node = &path[at];
	unsigned int i;

	*node = (struct node) { .enabled = enabled() };
	for (i = 0; i < il->threads; i++)
		node->next[i] = threads[i].next;
	if (!at)
		return;
	node->preemptions = path[at - 1].preemptions;
	if (at > 1 && path[at - 1].chosen != path[at - 2].chosen &&
	    path[at - 1].enabled & 1U << path[at - 2].chosen)
		node->preemptions++;
	if (il->preemptions)
		return;
	for (i = 0; i < il->threads; i++)
		if (path[at - 1].asleep & 1U << i &&
		    independent(&path[at - 1].next[i], &path[at - 1].next[path[at - 1].chosen]))
			node->asleep |= 1U << i;
}

/* One execution: along the path as far as it goes, then on as it comes. */
static bool execute(void)
{
	bool complete = true;

	rcu_clock = 1;
	memset(&threads, 0, sizeof(threads));
	shim_alloc_reset();
	il->setup();
	threads_start();
	for (depth = 0; enabled(); depth++) {
		if (depth == IL_STEPS_MAX) {
			il_check(false, __FILE__, __LINE__, "an execution ends");
			break;
		}
		if (depth >= replay) {
			unsigned int mask;

			node_make(depth);
			mask = choices(depth);
			if (!mask) {
				complete = false;
				break;
			}

			/* Rather the same thread on, so that preemptions are few. */
			if (depth && mask & 1U << path[depth - 1].chosen)
				path[depth].chosen = path[depth - 1].chosen;
			else
				path[depth].chosen = __builtin_ctz(mask);
			path[depth].wanted = 1U << path[depth].chosen;
		}
		if (!il->preemptions)
			step(depth);
		enter(&threads[path[depth].chosen]);
		if (failed)
			break;
	}
	deepest = max(deepest, depth);
	/* Those that are not let go on here may yet meet what has been done. */
	if (!complete && !il->preemptions) {
		unsigned int i;

		for (i = 0; i < il->threads; i++)
			if (!threads[i].done)
				race(depth, i);
	}
	if (complete && !failed) {
		unsigned int i;

		for (i = 0; i < il->threads; i++)
			il_check(threads[i].done && !threads[i].depth, __FILE__, __LINE__,
				 "no thread hangs or stays in its read side");
		il->check();
	}
	if (failed)
		depth = min(depth + 1, (unsigned int)IL_STEPS_MAX);
	return complete;
}

static bool backtrack(void)
{
	while (depth) {
		unsigned int at = depth - 1, mask;

		path[at].asleep |= 1U << path[at].chosen;
		mask = choices(at);
		if (mask) {
			path[at].chosen = __builtin_ctz(mask);
			replay = depth;
			return true;
		}
		depth--;
	}
	return false;
}

static void print_schedule(void)
{
	unsigned int i, n = 0;

	printf("# %s\n# schedule:", failure);
	for (i = 0; i < depth && i < IL_STEPS_MAX; i++, n++)
		printf(" %u%s", path[i].chosen,
		       path[i].next[path[i].chosen].kind == SHIM_WRITE ? "w" : "r");
	printf("\n");
}

bool il_explore(const struct il_case *c, unsigned long *orders)
{
	unsigned long limit = c->limit ?: IL_LIMIT;
	bool more = true;

	il = c;
	failed = false;
	executions = 0;
	pruned = 0;
	deepest = 0;
	replay = 0;
	while (more && !failed) {
		if (execute())
			executions++;
		else
			pruned++;
		if (failed)
			break;
		more = backtrack();
		if (executions + pruned >= limit)
			break;
	}
	if (more && !failed) {
		failed = true;
		snprintf(failure, sizeof(failure), "not all orders in %lu executions", limit);
	}
	if (failed)
		print_schedule();
	*orders += executions;
	return !failed;
}

int il_main(const struct il_case *cases, unsigned int nr, int argc, char **argv)
{
	unsigned int i, bad = 0, run = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	shim_init(2, 1);
	for (i = 0; i < nr; i++)
		run += argc < 2 || strstr(cases[i].name, argv[1]);
	printf("1..%u\n", run);
	for (i = 0, run = 0; i < nr; i++) {
		struct timespec from, to;
		unsigned long orders = 0;
		bool ok;

		if (argc >= 2 && !strstr(cases[i].name, argv[1]))
			continue;
		clock_gettime(CLOCK_MONOTONIC, &from);
		ok = il_explore(&cases[i], &orders) && !shim_warnings();
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%s %u - %s: %lu orders of up to %u accesses, %lu cut short, %.1f s\n",
		       ok ? "ok" : "not ok", ++run, cases[i].name, orders, deepest, pruned,
		       (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9);
		bad += !ok;
	}
	return bad != 0;
}
