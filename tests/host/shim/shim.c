// SPDX-License-Identifier: GPL-2.0
/* The parts of the shim that have state: CPUs, memory, grace periods, warnings. */
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/slab.h>

#include "shim.h"
#include "urcu.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_acquire(p)	((void)(p))
#define __tsan_release(p)	((void)(p))
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

#define SHIM_THREADS_MAX	128
#define SHIM_PERCPU_REDZONE	64

unsigned int shim_nr_cpus = 1;
unsigned int nr_node_ids = 1;
nodemask_t node_online_map = { 1 };
bool shim_clock_fake;
u64 shim_clock_now;
__thread unsigned int shim_cpu;
__thread unsigned int shim_node;
__thread unsigned long shim_cpu_offset;
__thread struct task_struct shim_current;

static unsigned int warnings;
static unsigned long alloc_fail;
static long allocated;

void shim_warn(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	__atomic_fetch_add(&warnings, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "# warning at %s:%d: ", file, line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
}

unsigned int shim_warnings(void)
{
	return __atomic_exchange_n(&warnings, 0, __ATOMIC_RELAXED);
}

/* Memory */

void shim_alloc_fail(unsigned long n)
{
	alloc_fail = n;
}

long shim_allocated(void)
{
	return __atomic_load_n(&allocated, __ATOMIC_RELAXED);
}

static bool alloc_fails(void)
{
	return alloc_fail && !--alloc_fail;
}

void *shim_alloc(size_t n, size_t size)
{
	size_t bytes = (n * size + 63) & ~63UL;
	void *mem;

	if (alloc_fails())
		return NULL;
	mem = aligned_alloc(64, bytes ?: 64);
	if (!mem)
		abort();
	memset(mem, 0, bytes);
	__atomic_fetch_add(&allocated, 1, __ATOMIC_RELAXED);
	return mem;
}

void shim_free(const void *mem)
{
	if (mem)
		__atomic_fetch_sub(&allocated, 1, __ATOMIC_RELAXED);
	free((void *)mem);
}

/*
 * Per-CPU memory: an area of SHIM_CPUS_MAX units. Blocks of CPU 0's unit are handed out
 * first fit; the others lie at the same offset of theirs.
 */
static struct percpu_block {
	size_t start;
	size_t size;
	struct percpu_block *next;
} *percpu_blocks;
static char *percpu_area;
static pthread_mutex_t percpu_lock = PTHREAD_MUTEX_INITIALIZER;

static void percpu_init(void)
{
	size_t bytes = SHIM_CPUS_MAX * SHIM_UNIT_SIZE;

	percpu_area = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (percpu_area == MAP_FAILED)
		abort();
	ASAN_POISON_MEMORY_REGION(percpu_area, bytes);
}

static struct percpu_block *percpu_fit(size_t size)
{
	struct percpu_block **at = &percpu_blocks, *block = malloc(sizeof(*block));
	size_t start = 64;

	for (; *at; at = &(*at)->next) {
		if ((*at)->start - start >= size + SHIM_PERCPU_REDZONE)
			break;
		start = (*at)->start + (*at)->size + SHIM_PERCPU_REDZONE;
	}
	if (!block || start + size > SHIM_UNIT_SIZE)
		abort();
	*block = (struct percpu_block) { start, size, *at };
	*at = block;
	return block;
}

void *shim_percpu_alloc(size_t size)
{
	struct percpu_block *block;
	unsigned int cpu;

	if (alloc_fails())
		return NULL;
	pthread_mutex_lock(&percpu_lock);
	block = percpu_fit((size + 63) & ~63UL);
	pthread_mutex_unlock(&percpu_lock);
	for (cpu = 0; cpu < shim_nr_cpus; cpu++) {
		char *mem = percpu_area + block->start + cpu * SHIM_UNIT_SIZE;

		ASAN_UNPOISON_MEMORY_REGION(mem, size);
		memset(mem, 0, size);
	}
	__atomic_fetch_add(&allocated, 1, __ATOMIC_RELAXED);
	return percpu_area + block->start;
}

void shim_percpu_free(void *mem)
{
	struct percpu_block **at, *block;
	unsigned int cpu;

	if (!mem)
		return;
	pthread_mutex_lock(&percpu_lock);
	for (at = &percpu_blocks; percpu_area + (*at)->start != mem; at = &(*at)->next)
		;
	block = *at;
	*at = block->next;
	pthread_mutex_unlock(&percpu_lock);
	for (cpu = 0; cpu < SHIM_CPUS_MAX; cpu++)
		ASAN_POISON_MEMORY_REGION((char *)mem + cpu * SHIM_UNIT_SIZE, block->size);
	free(block);
	__atomic_fetch_sub(&allocated, 1, __ATOMIC_RELAXED);
}

/* CPUs */

void shim_cpu_set(unsigned int cpu)
{
	if (cpu >= shim_nr_cpus)
		abort();
	shim_cpu = cpu;
	shim_node = cpu % nr_node_ids;
	shim_cpu_offset = cpu * SHIM_UNIT_SIZE;
	shim_current = (struct task_struct) { .pid = 1000 + cpu, .tgid = 1000 };
	snprintf(shim_current.comm, sizeof(shim_current.comm), "t%u", (u8)cpu);
}

#ifdef SHIM_INTERLEAVE

/* interleave/sched.c plays RCU; there is one thread only. */
void shim_init(unsigned int cpus, unsigned int nodes)
{
	shim_nr_cpus = cpus;
	nr_node_ids = nodes;
	node_online_map.bits = (1UL << nodes) - 1;
	if (!percpu_area)
		percpu_init();
	shim_cpu_set(0);
}

#else /* !SHIM_INTERLEAVE */

/*
 * Readers. liburcu is not built with ThreadSanitizer, so what its grace periods order is
 * told here: the end of each read side before the end of a grace period, nothing else.
 */
struct reader {
	bool used;
	unsigned int depth;
	char sync;
} __attribute__((aligned(64)));

static struct reader readers[SHIM_THREADS_MAX];
static __thread struct reader *reader;
static pthread_mutex_t readers_lock = PTHREAD_MUTEX_INITIALIZER;

void shim_thread_enter(unsigned int cpu)
{
	unsigned int i;

	shim_cpu_set(cpu);
	shim_urcu_register_thread();
	pthread_mutex_lock(&readers_lock);
	for (i = 0; i < SHIM_THREADS_MAX && readers[i].used; i++)
		;
	if (i == SHIM_THREADS_MAX)
		abort();
	readers[i].used = true;
	reader = &readers[i];
	pthread_mutex_unlock(&readers_lock);
}

void shim_thread_exit(void)
{
	pthread_mutex_lock(&readers_lock);
	reader->used = false;
	reader = NULL;
	pthread_mutex_unlock(&readers_lock);
	shim_urcu_unregister_thread();
}

void shim_read_lock(void)
{
	if (!reader->depth++)
		shim_urcu_read_lock();
}

void shim_read_unlock(void)
{
	if (!reader->depth)
		abort();
	if (--reader->depth)
		return;
	__tsan_release(&reader->sync);
	shim_urcu_read_unlock();
}

bool shim_reading(void)
{
	return reader->depth;
}

void synchronize_rcu(void)
{
	unsigned int i;

	shim_urcu_synchronize_rcu();
	for (i = 0; i < SHIM_THREADS_MAX; i++)
		__tsan_acquire(&readers[i].sync);
}

/*
 * Polled grace periods. gp_started: number of the last one that has begun; gp_ended: of
 * the last one that has ended. A cookie is the number of the first that has not begun.
 */
static unsigned long gp_started;
static unsigned long gp_ended;
static bool gp_wanted;
static struct rcu_head *gp_calls;
static pthread_mutex_t gp_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gp_cond = PTHREAD_COND_INITIALIZER;

static void *gp_thread(void *arg)
{
	(void)arg;
	for (;;) {
		struct rcu_head *calls;

		pthread_mutex_lock(&gp_lock);
		while (!gp_wanted)
			pthread_cond_wait(&gp_cond, &gp_lock);
		gp_wanted = false;
		calls = gp_calls;
		gp_calls = NULL;
		pthread_mutex_unlock(&gp_lock);
		__atomic_fetch_add(&gp_started, 1, __ATOMIC_SEQ_CST);
		synchronize_rcu();
		__atomic_store_n(&gp_ended, gp_started, __ATOMIC_RELEASE);
		while (calls) {
			struct rcu_head *next = calls->next;

			calls->func(calls);
			calls = next;
		}
	}
	return NULL;
}

unsigned long get_state_synchronize_rcu(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&gp_started, __ATOMIC_RELAXED) + 1;
}

bool poll_state_synchronize_rcu(unsigned long cookie)
{
	return (long)(__atomic_load_n(&gp_ended, __ATOMIC_ACQUIRE) - cookie) >= 0;
}

unsigned long start_poll_synchronize_rcu(void)
{
	unsigned long cookie = get_state_synchronize_rcu();

	pthread_mutex_lock(&gp_lock);
	gp_wanted = true;
	pthread_cond_signal(&gp_cond);
	pthread_mutex_unlock(&gp_lock);
	return cookie;
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	pthread_mutex_lock(&gp_lock);
	head->next = gp_calls;
	gp_calls = head;
	gp_wanted = true;
	pthread_cond_signal(&gp_cond);
	pthread_mutex_unlock(&gp_lock);
}

void shim_gp_wait(void)
{
	unsigned long cookie = start_poll_synchronize_rcu();

	shim_urcu_thread_offline();
	while (!poll_state_synchronize_rcu(cookie))
		sched_yield();
	shim_urcu_thread_online();
}

void rcu_barrier(void)
{
	/* The calls of a grace period run before the next one begins. */
	shim_gp_wait();
	shim_gp_wait();
}

void shim_init(unsigned int cpus, unsigned int nodes)
{
	pthread_t thread;

	shim_nr_cpus = cpus;
	nr_node_ids = nodes;
	node_online_map.bits = (1UL << nodes) - 1;
	if (percpu_area) {
		shim_cpu_set(0);
		return;
	}
	percpu_init();
	shim_thread_enter(0);
	if (pthread_create(&thread, NULL, gp_thread, NULL))
		abort();
	pthread_detach(thread);
}

/* Threads */

struct job {
	pthread_t thread;
	unsigned int i;
	void (*fn)(unsigned int i, void *arg);
	void *arg;
	pthread_barrier_t *start;
};

static void *job_run(void *arg)
{
	struct job *job = arg;

	shim_thread_enter(job->i);
	pthread_barrier_wait(job->start);
	job->fn(job->i, job->arg);
	shim_thread_exit();
	return NULL;
}

void shim_threads_run(unsigned int n, void (*fn)(unsigned int i, void *arg), void *arg)
{
	struct job jobs[SHIM_CPUS_MAX];
	pthread_barrier_t start;
	unsigned int i;

	pthread_barrier_init(&start, NULL, n);
	shim_urcu_thread_offline();
	for (i = 0; i < n; i++) {
		jobs[i] = (struct job) { .i = i, .fn = fn, .arg = arg, .start = &start };
		if (pthread_create(&jobs[i].thread, NULL, job_run, &jobs[i]))
			abort();
	}
	for (i = 0; i < n; i++)
		pthread_join(jobs[i].thread, NULL);
	shim_urcu_thread_online();
	pthread_barrier_destroy(&start);
}

#endif /* !SHIM_INTERLEAVE */
