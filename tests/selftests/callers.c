// SPDX-License-Identifier: GPL-2.0
/*
 * callers FILE: waits in user-space functions of known name, once for each byte on standard input.
 *
 * callers_outer() calls callers_inner(), which sleeps for 10 ms and then reads the beginning of FILE
 * around the page cache. syscall() has no frame of its own and leaves the frame pointer alone, unlike other functions
 * of the C library, so that the innermost frame is in it and the next in callers_outer(): what called syscall() is
 * where the frame pointer does not lead. Built with frame pointers.
 *
 * Prints its pid and between which addresses both functions lie, "NAME VALUE" a line, then a line after each round.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BLOCK	4096

#define KNOWN	__attribute__((noinline, noclone, section("callers")))

/* Of the section, from the linker. */
extern char __start_callers[], __stop_callers[];

static int fd;
static void *block;
static volatile long result;

KNOWN static void callers_inner(void)
{
	struct timespec t = { .tv_nsec = 10000000 };

	result = syscall(SYS_nanosleep, &t, NULL);
	result = syscall(SYS_pread64, fd, block, BLOCK, 0L);
	if (result != BLOCK)
		err(1, "pread");
}

KNOWN static void callers_outer(void)
{
	callers_inner();
	/* So that the call above is none at the end, which would be a jump. */
	result = 0;
}

int main(int argc, char **argv)
{
	char c;

	if (argc != 2)
		errx(2, "usage: callers FILE");
	fd = open(argv[1], O_RDONLY | O_DIRECT);
	block = aligned_alloc(BLOCK, BLOCK);
	if (fd < 0 || !block)
		err(1, "%s", argv[1]);
	prctl(PR_SET_NAME, "lt-callers");
	printf("pid %d\nfrom %lu\nto %lu\n", getpid(), (unsigned long)__start_callers,
	       (unsigned long)__stop_callers);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) == 1) {
		callers_outer();
		puts("done");
		fflush(stdout);
	}
	return 0;
}
