// SPDX-License-Identifier: GPL-2.0
/*
 * What a begin and an end cost, against liburcu's cds_lfht doing the least that a tracker
 * needs of it: add, lookup and del of a preallocated node. Both in one process, in turns,
 * with the same keys, hash, number of buckets and live keys, RCU flavour QSBR.
 *
 * Times are those that the threads had a CPU, so that other work on the machine distorts
 * them less; the speed-up of two threads is that of their throughput. Whoever finds no
 * free event or node waits for the grace period within the measured time. Rounds are
 * short, so that most of them are not disturbed, and many.
 *
 * pair [ROUNDS [PAIRS]]; pair --instructions=WHAT [PAIRS] runs one alone, for callgrind.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rcu.h"
#include "shim_tracker.h"
#include "urcu.h"

#define LIVE	1000
/* Enough for the while that the other thread may be away and hold a grace period up. */
#define EVENTS	16384
/* As many as a tracker of this capacity has by itself. */
#define BUCKETS	EVENTS
#define WARMUP	20000
#define ROUNDS_MAX	101

enum what { OURS, OURS_CLOCK, URCU, URCU_UNIQUE, WHATS };

static const char *const names[] = {
	"ours, in + out",
	"ours, in + out with clock",
	"cds_lfht add + lookup + del",
	"cds_lfht add_unique + lookup + del",
};

struct run {
	enum what what;
	unsigned long pairs;
	unsigned int threads;
	u64 cpu_ns[2];
	u64 wall_ns[2];
};

static struct latency_tracker *t;
static unsigned int rounds = ROUNDS_MAX;

static void ours_create(void)
{
	struct latency_tracker_config cfg = {
		.name = "bench",
		.key_size = 8,
		.initial_events = EVENTS,
		.max_events = EVENTS,
	};
	u64 key;

	if (lt_ring_init(&lt_hits, 16))
		abort();
	t = latency_tracker_create(&cfg);
	if (IS_ERR(t) || lfht_resize(&t->ht, ilog2(BUCKETS)))
		abort();
	for (key = 0; key < LIVE; key++)
		if (latency_tracker_event_commit_int(t, latency_tracker_event_prepare(t), key))
			abort();
}

static void ours_pairs(u64 key, unsigned long n)
{
	struct latency_tracker_end end = { .now = shim_clock_fake ? shim_clock_now : 0 };

	while (n--) {
		struct latency_tracker_event *ev = latency_tracker_event_prepare(t);

		while (unlikely(!ev)) {
			bench_quiescent();
			/* Asleep, as the peer when it waits for a grace period. */
			usleep(50);
			ev = latency_tracker_event_prepare(t);
		}
		latency_tracker_event_commit_int(t, ev, key + n % BENCH_KEYS);
		latency_tracker_event_end_int(t, key + n % BENCH_KEYS, &end);
		if (!(n & 255))
			bench_quiescent();
	}
}

static void pairs(enum what what, unsigned int i, unsigned long key, unsigned long n)
{
	if (what < URCU)
		ours_pairs(key, n);
	else
		bench_urcu_pairs(i, key, n, what == URCU_UNIQUE);
}

static u64 now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void thread(unsigned int i, void *arg)
{
	static unsigned int ready, done;
	struct run *run = arg;
	/* Far from the live keys and from the other thread's. */
	unsigned long key = (i + 1UL) << 36;
	u64 cpu, wall;

	pin(i);
	if (run->what >= URCU)
		bench_urcu_enter();
	pairs(run->what, i, key, WARMUP);
	/* Spin: both set off at the same time. Announce, for the grace periods of the other. */
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < run->threads)
		bench_quiescent();
	cpu = now(CLOCK_THREAD_CPUTIME_ID);
	wall = now(CLOCK_MONOTONIC);
	pairs(run->what, i, key, run->pairs);
	run->cpu_ns[i] = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	run->wall_ns[i] = now(CLOCK_MONOTONIC) - wall;
	if (run->what >= URCU)
		bench_urcu_exit();
	if (__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST) == run->threads) {
		__atomic_store_n(&done, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&ready, 0, __ATOMIC_RELEASE);
	}
}

/* What one round gave: nanoseconds a pair in a thread, and of wall clock a pair of any. */
struct sample {
	double cpu;
	double wall;
};

static struct sample measure(enum what what, unsigned int threads, unsigned long n)
{
	struct run run = { .what = what, .pairs = n, .threads = threads };

	if (what == OURS)
		shim_clock_set(1);
	else
		shim_clock_real();
	/* As the scan does now and then. */
	if (what < URCU)
		freelist_flush(&t->pool);
	shim_threads_run(threads, thread, &run);
	return (struct sample) {
		.cpu = (double)(run.cpu_ns[0] + run.cpu_ns[1]) / (n * threads),
		.wall = (double)max(run.wall_ns[0], run.wall_ns[1]) / (n * threads),
	};
}

static int compare(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

static double median(double *values)
{
	qsort(values, rounds, sizeof(*values), compare);
	return rounds & 1 ? values[rounds / 2] : (values[rounds / 2 - 1] + values[rounds / 2]) / 2;
}

static struct sample samples[WHATS][2][ROUNDS_MAX];

static double median_cpu(enum what what, unsigned int threads)
{
	double values[ROUNDS_MAX];
	unsigned int r;

	for (r = 0; r < rounds; r++)
		values[r] = samples[what][threads - 1][r].cpu;
	return median(values);
}

/* Ratios are taken round by round, so that a slow moment hits both sides. */
static double median_ratio(enum what what, enum what to, unsigned int threads)
{
	double values[ROUNDS_MAX];
	unsigned int r;

	for (r = 0; r < rounds; r++)
		values[r] = samples[what][threads - 1][r].cpu / samples[to][threads - 1][r].cpu;
	return median(values);
}

static double median_speedup(enum what what, bool wall)
{
	double values[ROUNDS_MAX];
	unsigned int r;

	for (r = 0; r < rounds; r++) {
		const struct sample *one = &samples[what][0][r], *two = &samples[what][1][r];

		values[r] = wall ? one->wall / two->wall : 2 * one->cpu / two->cpu;
	}
	return median(values);
}

static void report(void)
{
	enum what what;

	printf("%-36s %10s %10s %10s %10s\n", "ns of CPU a pair", "1 thread", "2 threads",
	       "speed-up", "by wall");
	for (what = 0; what < WHATS; what++)
		printf("%-36s %10.1f %10.1f %10.2f %10.2f\n", names[what], median_cpu(what, 1),
		       median_cpu(what, 2), median_speedup(what, false),
		       median_speedup(what, true));
	for (what = URCU; what < WHATS; what++)
		printf("ratio of ours to %-36s %.2f with 1 thread, %.2f with 2\n", names[what],
		       median_ratio(OURS, what, 1), median_ratio(OURS, what, 2));
}

static int alone(const char *name, unsigned long n)
{
	static const char *const words[] = { "ours", "clock", "urcu", "unique" };
	enum what what;

	for (what = 0; what < WHATS; what++)
		if (!strcmp(name, words[what])) {
			measure(what, 1, n);
			return 0;
		}
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int r, threads;
	unsigned long n = 20000;
	enum what what;

	shim_init(2, 1);
	bench_urcu_create(BUCKETS, LIVE, 2);
	ours_create();
	if (argc > 1 && !strncmp(argv[1], "--instructions=", 15))
		return alone(argv[1] + 15, argc > 2 ? atol(argv[2]) : 100000);
	if (argc > 1)
		rounds = clamp(atoi(argv[1]), 1, ROUNDS_MAX);
	if (argc > 2)
		n = atol(argv[2]);
	for (r = 0; r < rounds; r++)
		for (threads = 1; threads <= 2; threads++)
			for (what = 0; what < WHATS; what++)
				samples[what][threads - 1][r] = measure(what, threads, n);
	printf("%u buckets, %u live keys, %lu pairs a thread, median of %u rounds\n", BUCKETS, LIVE,
	       n, rounds);
	report();
	/* Nothing may have been left out. */
	if (lt_sum(t, LT_MATCHED) + LIVE + lt_sum(t, LT_DROPPED_FULL) != lt_sum(t, LT_BEGINS))
		abort();
	printf("%llu times without a free event\n", lt_sum(t, LT_DROPPED_FULL));
	latency_tracker_destroy(t);
	bench_urcu_destroy();
	return 0;
}
