// SPDX-License-Identifier: GPL-2.0
/*
 * The loads of the benchmark, with their own warm-up and as little else as possible:
 *
 *   load pipe COUNT        two processes hand one word to and fro COUNT times: `perf bench
 *                          sched pipe` without its five seconds of start-up. A woken process
 *                          may take the CPU at once, and finds its next word there without
 *                          another wake-up: four words in ten need none.
 *   load batch COUNT       the same under SCHED_BATCH, where the woken waits until the waker
 *                          sleeps: COUNT wake-ups and COUNT switches
 *   load read FILE COUNT   COUNT direct reads of 4 KiB, one after the other
 *   load syscall COUNT     COUNT calls of getppid()
 *   load packet COUNT      COUNT datagrams to itself over the loopback device, each received
 *                          before the next: one packet in the backlog and one softirq
 *
 * Prints the nanoseconds that the COUNT operations took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP	1000
#define BLOCK	4096

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void must(ssize_t done, ssize_t wanted, const char *what)
{
	if (done < 0)
		err(1, "%s", what);
	if (done != wanted)
		errx(1, "%s: %zd of %zd bytes", what, done, wanted);
}

/* One side of the game; the one who serves first also waits for the last answer. */
static void play(int in, int out, long turns, int serve)
{
	int word = 0;
	long i;

	for (i = 0; i < turns; i++) {
		if (serve)
			must(write(out, &word, sizeof(word)), sizeof(word), "write");
		must(read(in, &word, sizeof(word)), sizeof(word), "read");
		if (!serve)
			must(write(out, &word, sizeof(word)), sizeof(word), "write");
	}
}

static long long load_pipe(int policy, long count)
{
	const struct sched_param param = { 0 };
	int to[2], from[2], status;
	long turns = count / 2;
	long long begin, end;
	pid_t other;

	if (sched_setscheduler(0, policy, &param))
		err(1, "sched_setscheduler");
	if (pipe(to) || pipe(from))
		err(1, "pipe");
	other = fork();
	if (other < 0)
		err(1, "fork");
	if (!other) {
		play(to[0], from[1], turns + WARM_UP, 0);
		_exit(0);
	}
	play(from[0], to[1], WARM_UP, 1);
	begin = now();
	play(from[0], to[1], turns, 1);
	end = now();
	if (waitpid(other, &status, 0) != other || status)
		errx(1, "the other process failed");
	return end - begin;
}

/* From the start of the device each time, so that its size does not matter. */
static void read_blocks(int fd, void *block, long count)
{
	long i;

	for (i = 0; i < count; i++)
		must(pread(fd, block, BLOCK, 0), BLOCK, "pread");
}

static long long load_read(const char *file, long count)
{
	long long begin, end;
	void *block;
	int fd;

	fd = open(file, O_RDONLY | O_DIRECT);
	if (fd < 0)
		err(1, "%s", file);
	if (posix_memalign(&block, BLOCK, BLOCK))
		errx(1, "no memory");
	read_blocks(fd, block, WARM_UP);
	begin = now();
	read_blocks(fd, block, count);
	end = now();
	free(block);
	close(fd);
	return end - begin;
}

static void call(long count)
{
	long i;

	for (i = 0; i < count; i++)
		syscall(SYS_getppid);
}

static long long load_syscall(long count)
{
	long long begin;

	call(WARM_UP);
	begin = now();
	call(count);
	return now() - begin;
}

static void send_to_itself(int fd, long count)
{
	long word = 0, i;

	for (i = 0; i < count; i++) {
		must(send(fd, &word, sizeof(word), 0), sizeof(word), "send");
		must(recv(fd, &word, sizeof(word), 0), sizeof(word), "recv");
	}
}

static long long load_packet(long count)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	long long begin, end;
	int fd;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, len) ||
	    getsockname(fd, (struct sockaddr *)&to, &len) ||
	    connect(fd, (struct sockaddr *)&to, len))
		err(1, "socket");
	send_to_itself(fd, WARM_UP);
	begin = now();
	send_to_itself(fd, count);
	end = now();
	close(fd);
	return end - begin;
}

int main(int argc, char **argv)
{
	long long ns;

	if (argc == 3 && !strcmp(argv[1], "pipe"))
		ns = load_pipe(SCHED_OTHER, atol(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "batch"))
		ns = load_pipe(SCHED_BATCH, atol(argv[2]));
	else if (argc == 4 && !strcmp(argv[1], "read"))
		ns = load_read(argv[2], atol(argv[3]));
	else if (argc == 3 && !strcmp(argv[1], "syscall"))
		ns = load_syscall(atol(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "packet"))
		ns = load_packet(atol(argv[2]));
	else
		errx(2, "usage: load pipe|batch|syscall|packet COUNT | load read FILE COUNT");
	printf("%lld\n", ns);
	return 0;
}
