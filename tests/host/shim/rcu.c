// SPDX-License-Identifier: GPL-2.0
/* RCU over liburcu: read sides, grace periods, and polled ones by a thread of our own. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "shim.h"
#include "urcu.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_acquire(p)	((void)(p))
#define __tsan_release(p)	((void)(p))
#endif

#define SHIM_THREADS_MAX	128

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

	while (!poll_state_synchronize_rcu(cookie))
		sched_yield();
}

void rcu_barrier(void)
{
	/* The calls of a grace period run before the next one begins. */
	shim_gp_wait();
	shim_gp_wait();
}

void shim_rcu_init(void)
{
	pthread_t thread;

	shim_thread_enter(0);
	if (pthread_create(&thread, NULL, gp_thread, NULL))
		abort();
	pthread_detach(thread);
}
