// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the search itself leaves out nothing but what it may: small random programs of
 * reads, writes, compare-and-exchange and RCU are run in really all orders, without any
 * reduction, and once more reduced. Both must come to the same set of ends, where an end is
 * all that any thread has seen and what is left in memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sched.h"

#define PROGRAMS	250
#define THREADS		3
#define OPS_MAX		4
#define VARS		2
#define ENDS_MAX	4096
/* More accesses in one program would make too many orders. */
#define ACCESSES_MAX	10

enum op_kind { READ, WRITE, CAS, SECTION, COOKIE, POLL, SYNC, KINDS };

struct op {
	enum op_kind kind;
	unsigned int var;
	u64 value;
};

struct ends {
	u64 end[ENDS_MAX];
	unsigned int nr;
};

static const unsigned int accesses[KINDS] = { 1, 1, 1, 4, 1, 1, 3 };

static struct op program[THREADS][OPS_MAX];
static u64 vars[VARS];
static u64 seen[THREADS];
static unsigned long cookies[THREADS];
static struct ends *ends;

static void see(unsigned int i, u64 value)
{
	seen[i] = (seen[i] ^ (value + 1)) * 0x9e3779b97f4a7c15ULL;
	seen[i] ^= seen[i] >> 29;
}

static void setup(void)
{
	memset(vars, 0, sizeof(vars));
	memset(seen, 0, sizeof(seen));
	memset(cookies, 0, sizeof(cookies));
}

static void op_run(unsigned int i, const struct op *op)
{
	u64 *var = &vars[op->var];

	switch (op->kind) {
	case READ:
		see(i, READ_ONCE(*var));
		break;
	case WRITE:
		WRITE_ONCE(*var, op->value);
		break;
	case CAS:
		see(i, cmpxchg(var, op->value % 2, op->value));
		break;
	case SECTION:
		shim_read_lock();
		see(i, READ_ONCE(*var));
		see(i, READ_ONCE(vars[op->value % VARS]));
		shim_read_unlock();
		break;
	case COOKIE:
		cookies[i] = get_state_synchronize_rcu();
		break;
	case POLL:
		see(i, poll_state_synchronize_rcu(cookies[i]));
		break;
	default:
		synchronize_rcu();
		WRITE_ONCE(*var, op->value);
	}
}

static void thread(unsigned int i)
{
	unsigned int n;

	for (n = 0; n < OPS_MAX && program[i][n].kind < KINDS; n++)
		op_run(i, &program[i][n]);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(u64));
}

static void check(void)
{
	u64 end = 0;
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		end = (end ^ seen[i]) * 0xff51afd7ed558ccdULL;
	for (i = 0; i < VARS; i++)
		end = (end ^ vars[i]) * 0xc4ceb9fe1a85ec53ULL;
	for (i = 0; i < ends->nr; i++)
		if (ends->end[i] == end)
			return;
	if (ends->nr < ENDS_MAX)
		ends->end[ends->nr++] = end;
	IL_CHECK(ends->nr < ENDS_MAX);
}

static void program_make(u64 *seed)
{
	unsigned int left = ACCESSES_MAX, i, n;

	for (i = 0; i < THREADS; i++)
		for (n = 0; n < OPS_MAX; n++)
			program[i][n].kind = KINDS;
	for (n = 0; n < OPS_MAX; n++)
		for (i = 0; i < THREADS; i++) {
			struct op op = {
				.kind = shim_rand(seed) % KINDS,
				.var = shim_rand(seed) % VARS,
				.value = 1 + shim_rand(seed) % 5,
			};

			if (accesses[op.kind] > left)
				continue;
			/* Operations of a thread follow each other without a gap. */
			if (n && program[i][n - 1].kind == KINDS)
				continue;
			left -= accesses[op.kind];
			program[i][n] = op;
		}
}

static bool same(struct ends *a, struct ends *b)
{
	qsort(a->end, a->nr, sizeof(u64), compare);
	qsort(b->end, b->nr, sizeof(u64), compare);
	return a->nr == b->nr && !memcmp(a->end, b->end, a->nr * sizeof(u64));
}

int main(void)
{
	static struct ends all, reduced;
	static const struct il_case really = {
		"all", THREADS, ~0U, 0, setup, thread, check,
	};
	static const struct il_case fewer = {
		"reduced", THREADS, 0, 0, setup, thread, check,
	};
	unsigned long orders = 0, fewer_orders = 0, nr_ends = 0;
	unsigned int i, bad = 0;
	u64 seed = 1;

	shim_init(2, 1);
	for (i = 0; i < PROGRAMS; i++) {
		program_make(&seed);
		all.nr = 0;
		reduced.nr = 0;
		ends = &all;
		bad += !il_explore(&really, &orders);
		ends = &reduced;
		bad += !il_explore(&fewer, &fewer_orders);
		if (!same(&all, &reduced)) {
			printf("# program %u: %u ends, %u of them reduced\n", i, all.nr, reduced.nr);
			bad++;
		}
		nr_ends += all.nr;
	}
	printf("1..1\n%s 1 - interleave/self: %u programs with %lu ends in %lu orders, %lu reduced\n",
	       bad ? "not ok" : "ok", PROGRAMS, nr_ends, orders, fewer_orders);
	return bad != 0;
}
