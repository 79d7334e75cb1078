// SPDX-License-Identifier: GPL-2.0
/* The parts of the shim that have state: CPUs, memory, warnings. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/slab.h>

#include "shim.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

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

#ifdef SHIM_INTERLEAVE

/* A new execution begins where the one before may have been given up: all is free. */
static char arena[4 << 20] __attribute__((aligned(64)));
static size_t arena_used;

void *shim_alloc(size_t n, size_t size)
{
	size_t bytes = (n * size + 63) & ~63UL;
	void *mem = arena + arena_used;

	if (arena_used + bytes > sizeof(arena))
		abort();
	arena_used += bytes;
	memset(mem, 0, bytes);
	return mem;
}

void shim_free(const void *mem)
{
}

#else

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

#endif

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

void shim_alloc_reset(void)
{
	arena_used = 0;
	while (percpu_blocks)
		shim_percpu_free(percpu_area + percpu_blocks->start);
}

#endif

void shim_init(unsigned int cpus, unsigned int nodes)
{
	bool again = percpu_area;

	shim_nr_cpus = cpus;
	nr_node_ids = nodes;
	node_online_map.bits = (1UL << nodes) - 1;
	if (!again)
		percpu_init();
	shim_cpu_set(0);
	if (!again)
		shim_rcu_init();
}
