// SPDX-License-Identifier: GPL-2.0
/*
 * nap CPU KIND MS: a task is off the CPU for a known time, of a known kind.
 *
 *   lt-nap       SCHED_FIFO on CPU; a few naps of 1 ms, then the long one:
 *     timer      clock_nanosleep() until MS later
 *     pipe       read() from an empty pipe
 *     stop       stops itself; is continued
 *     vfork      waits for its child, uninterruptibly
 *     preempt    (a normal task) runs and has to give way to a real-time task
 *   lt-observer  a normal task on the same CPU: when it runs and sees that lt-nap sleeps, then that has
 *                been switched out; and when it ends the nap, lt-nap has the CPU at once
 *
 * Prints what really happened, one "name value" a line, times in nanoseconds of CLOCK_MONOTONIC:
 * before <= switched out <= asleep <= wake <= switched in <= after; short_max, the longest that one of
 * the short naps can have taken; pid, observer_pid. Exit status 3: the machine was too busy for that.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define SHORT_NAPS	5
#define TOO_BUSY	3

struct times {
	volatile uint64_t before, asleep, wake, after, short_max;
	volatile bool running, done;
};

struct kind {
	const char *name;
	char state;
	void (*nap)(void);
	void (*end)(pid_t victim);
};

static struct times *t;
static int release[2];
static uint64_t length;

static void nap_timer(void)
{
	t->wake = now() + length;
	sleep_until(t->wake);
}

static void nap_pipe(void)
{
	char c;

	if (read(release[0], &c, 1) != 1)
		die("read");
}

static void nap_stop(void)
{
	raise(SIGSTOP);
}

static void nap_vfork(void)
{
	pid_t pid = vfork();
	char c;

	if (pid < 0)
		die("vfork");
	if (!pid)
		_exit(read(release[0], &c, 1) != 1);
	/* Its child is gone: nothing to wait for. */
	waitpid(pid, NULL, 0);
}

/* Until it is told to stop; the longest time without the CPU is the nap. */
static void nap_preempt(void)
{
	uint64_t last = now(), next, gap = 0;
	bool done;

	do {
		/* First, so that there is one more look at the clock afterwards. */
		done = t->done;
		next = now();
		if (next - last > gap) {
			gap = next - last;
			t->before = last;
			t->after = next;
		}
		last = next;
	} while (!done);
}

static void end_timer(pid_t victim)
{
	(void)victim;
	if (t->asleep >= t->wake)
		exit(TOO_BUSY);
}

static void end_write(pid_t victim)
{
	(void)victim;
	sleep_until(t->asleep + length);
	t->wake = now();
	if (write(release[1], "", 1) != 1)
		die("write");
}

static void end_continue(pid_t victim)
{
	sleep_until(t->asleep + length);
	t->wake = now();
	kill(victim, SIGCONT);
}

/* The observer itself takes the CPU away. */
static void end_preempt(pid_t victim)
{
	(void)victim;
	schedule_as(SCHED_FIFO, 20);
	sleep_until(now() + 20 * NSEC_PER_MSEC);
	t->asleep = now();
	spin_until(t->asleep + length);
	t->wake = now();
	t->done = true;
	schedule_as(SCHED_OTHER, 0);
}

static const struct kind kinds[] = {
	{ "timer", 'S', nap_timer, end_timer },
	{ "pipe", 'S', nap_pipe, end_write },
	{ "stop", 'T', nap_stop, end_continue },
	{ "vfork", 'D', nap_vfork, end_write },
	{ "preempt", 'R', nap_preempt, end_preempt },
	{ NULL, 0, NULL, NULL },
};

static void short_naps(void)
{
	int i;

	for (i = 0; i < SHORT_NAPS; i++) {
		uint64_t before = now(), took;

		usleep(1000);
		took = now() - before;
		if (took > t->short_max)
			t->short_max = took;
	}
}

static void victim(const struct kind *kind)
{
	bool spin = kind->nap == nap_preempt;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "lt-nap");
	if (!spin)
		schedule_as(SCHED_FIFO, 10);
	short_naps();
	t->before = now();
	t->running = true;
	kind->nap();
	if (!spin)
		t->after = now();
	_exit(0);
}

/* The state was read while we ran, and the time after that. */
static void observe(pid_t pid, const struct kind *kind)
{
	do {
		sleep_until(now() + NSEC_PER_MSEC);
	} while (!t->running || state_of(pid) != kind->state);
	t->asleep = now();
}

static void report(pid_t pid)
{
	printf("pid %d\nobserver_pid %d\n", pid, getpid());
	printf("before %ju\nasleep %ju\nwake %ju\nafter %ju\nshort_max %ju\n", (uintmax_t)t->before,
	       (uintmax_t)t->asleep, (uintmax_t)t->wake, (uintmax_t)t->after,
	       (uintmax_t)t->short_max);
}

static int play(int cpu, const struct kind *kind)
{
	int status;
	pid_t pid;

	t = shared(sizeof(*t));
	if (pipe(release))
		die("pipe");
	prctl(PR_SET_NAME, "lt-observer");
	pin(cpu);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		victim(kind);
	if (kind->end == end_preempt)
		while (!t->running)
			sleep_until(now() + NSEC_PER_MSEC);
	else
		observe(pid, kind);
	kind->end(pid);
	if (waitpid(pid, &status, 0) != pid || status)
		return 1;
	if (t->before > t->asleep || t->asleep > t->wake || t->wake > t->after)
		return TOO_BUSY;
	report(pid);
	return 0;
}

int main(int argc, char **argv)
{
	const struct kind *kind = kinds;

	while (argc == 4 && kind->name && strcmp(kind->name, argv[2]))
		kind++;
	if (argc != 4 || !kind->name) {
		fprintf(stderr, "usage: nap CPU timer|pipe|stop|vfork|preempt MS\n");
		return 2;
	}
	length = strtoull(argv[3], NULL, 10) * NSEC_PER_MSEC;
	return play(atoi(argv[1]), kind);
}
