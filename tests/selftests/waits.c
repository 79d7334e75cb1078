// SPDX-License-Identifier: GPL-2.0
/*
 * waits CPU ROUNDS: waits in functions of known name, once it is told to.
 *
 * It prints its pid and reads a byte from standard input; all that follows is what the trackers and their
 * peers are to see, who have been attached meanwhile. Threads of one name (lt-waits) on one CPU:
 *
 *   the first   joins the others (futex)
 *   sleeper     ROUNDS times: sleeps for 0.2 to 3.2 ms (nanosleep), then writes to the pipe
 *   reader      ROUNDS times: reads from the pipe
 *   spinners    run until they are done: one waits for the CPU, and so does who is woken
 */
#define _GNU_SOURCE
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static int ends[2];
static long rounds;
static volatile int done;

static void *sleeper(void *unused)
{
	struct timespec t = { 0 };
	long i;

	(void)unused;
	for (i = 0; i < rounds; i++) {
		t.tv_nsec = 200000 * (i % 16 + 1);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
		if (write(ends[1], "", 1) != 1)
			err(1, "write");
	}
	return NULL;
}

static void *reader(void *unused)
{
	char c;
	long i;

	(void)unused;
	for (i = 0; i < rounds; i++)
		if (read(ends[0], &c, 1) != 1)
			err(1, "read");
	return NULL;
}

static void *spinner(void *unused)
{
	(void)unused;
	while (!done)
		;
	return NULL;
}

static void start(pthread_t *thread, void *(*function)(void *))
{
	if (pthread_create(thread, NULL, function, NULL))
		errx(1, "pthread_create");
}

int main(int argc, char **argv)
{
	pthread_t sleeps, reads, spins[2];
	cpu_set_t set;
	char c;

	if (argc != 3)
		errx(2, "usage: waits CPU ROUNDS");
	rounds = atol(argv[2]);
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[1]), &set);
	if (sched_setaffinity(0, sizeof(set), &set) || pipe(ends))
		err(1, "sched_setaffinity or pipe");
	prctl(PR_SET_NAME, "lt-waits");
	printf("%d\n", getpid());
	fflush(stdout);
	if (read(STDIN_FILENO, &c, 1) != 1)
		errx(1, "nobody told me to begin");
	start(&reads, reader);
	start(&sleeps, sleeper);
	start(&spins[0], spinner);
	start(&spins[1], spinner);
	pthread_join(sleeps, NULL);
	pthread_join(reads, NULL);
	done = 1;
	pthread_join(spins[0], NULL);
	pthread_join(spins[1], NULL);
	return 0;
}
