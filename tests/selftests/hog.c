// SPDX-License-Identifier: GPL-2.0
/*
 * hog CPU HOG_MS WAKE_MS: a real-time task holds a CPU for a known time, and a normal task that is
 * pinned to the same CPU is woken meanwhile from another one.
 *
 *   lt-hog      SCHED_FIFO 50 on CPU, runs for HOG_MS without a pause
 *   lt victim   a normal task on CPU, asleep until it is woken WAKE_MS after the hog began
 *   lt-waker    wakes it, from another CPU
 *
 * Prints what really happened, one "name value" a line, times in nanoseconds of CLOCK_MONOTONIC:
 * hog_released <= hog_start < hog_end, wake_before <= wake_after, victim_ran; and who it was:
 * hog_pid victim_pid waker_pid waker_cpu. The victim waits between wake_before..wake_after at the
 * earliest and hog_end..victim_ran.
 *
 * hog spin MS: SCHED_FIFO, pinned to where it is, runs for MS; for load.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

struct times {
	volatile uint64_t hog_released, hog_start, hog_end;
	volatile uint64_t wake_before, wake_after, victim_ran;
};

static struct times *t;

/* Asleep until a byte comes, or the other end is closed. */
static void wait_byte(int fd)
{
	char c;

	if (read(fd, &c, 1) < 0)
		die("read");
}

static void send_byte(int fd)
{
	if (write(fd, "", 1) != 1)
		die("write");
}

static void hog(int cpu, uint64_t ms, int go)
{
	prctl(PR_SET_NAME, "lt-hog");
	pin(cpu);
	schedule_as(SCHED_FIFO, 50);
	wait_byte(go);
	t->hog_start = now();
	spin_until(t->hog_start + ms * NSEC_PER_MSEC);
	t->hog_end = now();
	_exit(0);
}

static void victim(int cpu, int go)
{
	prctl(PR_SET_NAME, "lt victim");
	pin(cpu);
	wait_byte(go);
	t->victim_ran = now();
	_exit(0);
}

/* Forked children block on their pipe sooner or later; a switch away from them shows that they do. */
static void wait_asleep(pid_t pid)
{
	char path[64], name[32];
	int tries;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	for (tries = 0; tries < 1000; tries++) {
		FILE *f = fopen(path, "r");

		if (!f || !fgets(name, sizeof(name), f))
			die(path);
		fclose(f);
		/* Named already, and asleep: only the pipe is left to wait for. */
		if (!strncmp(name, "lt", 2) && strcmp(name, "lt-waker\n") && state_of(pid) == 'S')
			return;
		usleep(5000);
	}
	fprintf(stderr, "hog: process %d did not fall asleep\n", pid);
	exit(1);
}

static pid_t start(void (*child)(int cpu, uint64_t ms, int go), int cpu, uint64_t ms, int *go)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[1]);
		child(cpu, ms, fds[0]);
	}
	close(fds[0]);
	*go = fds[1];
	return pid;
}

static void start_victim(int cpu, uint64_t ms, int go)
{
	(void)ms;
	victim(cpu, go);
}

static void collect(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "hog: a child failed\n");
		exit(1);
	}
}

static void report(pid_t hog_pid, pid_t victim_pid, int waker_cpu)
{
	printf("hog_pid %d\nvictim_pid %d\nwaker_pid %d\nwaker_cpu %d\n", hog_pid, victim_pid,
	       getpid(), waker_cpu);
	printf("hog_released %ju\nhog_start %ju\nhog_end %ju\n", (uintmax_t)t->hog_released,
	       (uintmax_t)t->hog_start, (uintmax_t)t->hog_end);
	printf("wake_before %ju\nwake_after %ju\nvictim_ran %ju\n", (uintmax_t)t->wake_before,
	       (uintmax_t)t->wake_after, (uintmax_t)t->victim_ran);
}

static void play(int cpu, uint64_t hog_ms, uint64_t wake_ms)
{
	int waker_cpu = cpu ? cpu - 1 : cpu + 1;
	pid_t hog_pid, victim_pid;
	int hog_go, victim_go;

	t = shared(sizeof(*t));
	prctl(PR_SET_NAME, "lt-waker");
	pin(waker_cpu);
	victim_pid = start(start_victim, cpu, 0, &victim_go);
	wait_asleep(victim_pid);
	hog_pid = start(hog, cpu, hog_ms, &hog_go);
	wait_asleep(hog_pid);
	t->hog_released = now();
	send_byte(hog_go);
	while (!t->hog_start)
		;
	spin_until(t->hog_start + wake_ms * NSEC_PER_MSEC);
	t->wake_before = now();
	send_byte(victim_go);
	t->wake_after = now();
	collect(hog_pid);
	collect(victim_pid);
	report(hog_pid, victim_pid, waker_cpu);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "spin")) {
		schedule_as(SCHED_FIFO, 50);
		pin(sched_getcpu());
		spin_until(now() + strtoull(argv[2], NULL, 10) * NSEC_PER_MSEC);
		return 0;
	}
	if (argc != 4) {
		fprintf(stderr, "usage: hog CPU HOG_MS WAKE_MS | hog spin MS\n");
		return 2;
	}
	play(atoi(argv[1]), strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
	return 0;
}
