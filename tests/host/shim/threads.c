// SPDX-License-Identifier: GPL-2.0
/* Threads that are CPUs. */
#include <pthread.h>
#include <stdlib.h>

#include "shim.h"

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
	for (i = 0; i < n; i++) {
		jobs[i] = (struct job) { .i = i, .fn = fn, .arg = arg, .start = &start };
		if (pthread_create(&jobs[i].thread, NULL, job_run, &jobs[i]))
			abort();
	}
	for (i = 0; i < n; i++)
		pthread_join(jobs[i].thread, NULL);
	pthread_barrier_destroy(&start);
}
