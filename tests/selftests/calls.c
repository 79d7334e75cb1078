// SPDX-License-Identifier: GPL-2.0
/*
 * calls WHAT [ARG]: system calls of which it is known how long they take, or what becomes of them. The
 * process is called lt-calls.
 *
 *   sleep MS     nanosleep
 *   read MS      read from a pipe that another process writes to, MS after it saw this one asleep
 *   futex MS     futex that nobody wakes: times out, error 110
 *   fsync FILE   write to FILE, then fsync
 *   write MS     write of 1 MiB to a pipe that is drained slowly: sleeps again and again, for about MS
 *   getppid N    N times
 *   compat N     N times as a 32-bit program does, and N times as others; exit status 4 if the kernel
 *                has no such calls; prints nothing
 *   interrupt    nanosleep that a handled signal ends
 *   stop MS      nanosleep that is stopped in the middle and goes on as restart_syscall
 *   leave        exits, kills and execs, each in the middle of something
 *   gate N       reads a byte from standard input, then as getppid N
 *   numbers      prints only those of the calls, which are others on other machines, and as "64 NAME"
 *                the call that has the number that getppid has in 32-bit programs
 *
 * Prints "name value" lines, times in nanoseconds: pid; before and after, CLOCK_MONOTONIC around the
 * call; least, what it took at least.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define CHUNK		65536
#define NO_COMPAT	4

struct times {
	volatile uint64_t before, after, least;
};

static struct times *t;
static uint64_t arg;
static const char *file;

static long nanosleep_ms(uint64_t ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NSEC_PER_MSEC };

	return syscall(SYS_nanosleep, &ts, NULL);
}

static void wait_state(pid_t pid, char wanted)
{
	do {
		sleep_until(now() + NSEC_PER_MSEC);
	} while (state_of(pid) != wanted);
}

/* A process of another name, for whatever has to happen meanwhile. */
static pid_t helper(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "lt-helper");
	}
	return pid;
}

static void collect(pid_t pid, int expected)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != expected) {
		fprintf(stderr, "calls: a child ended with %#x, not %#x\n", status, expected);
		exit(1);
	}
}

static void do_sleep(void)
{
	t->before = now();
	nanosleep_ms(arg);
	t->after = now();
	t->least = arg * NSEC_PER_MSEC;
}

static void do_read(void)
{
	pid_t pid, us = getpid();
	int fds[2];
	char c;

	if (pipe(fds))
		die("pipe");
	pid = helper();
	if (!pid) {
		uint64_t asleep;

		while (!t->before)
			sleep_until(now() + NSEC_PER_MSEC);
		/* It makes no other call between the time and the read. */
		wait_state(us, 'S');
		asleep = now();
		sleep_until(now() + arg * NSEC_PER_MSEC);
		t->least = now() - asleep;
		_exit(write(fds[1], "", 1) != 1);
	}
	t->before = now();
	if (read(fds[0], &c, 1) != 1)
		die("read");
	t->after = now();
	collect(pid, 0);
}

static void do_futex(void)
{
	struct timespec ts = { .tv_sec = arg / 1000, .tv_nsec = arg % 1000 * NSEC_PER_MSEC };
	uint32_t word = 0;

	t->before = now();
	if (!syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0) || errno != ETIMEDOUT)
		die("futex");
	t->after = now();
	t->least = arg * NSEC_PER_MSEC;
}

static void do_fsync(void)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, "x", 1) != 1)
		die(file);
	t->before = now();
	if (fsync(fd))
		die("fsync");
	t->after = now();
	close(fd);
}

static void do_write(void)
{
	static char buf[16 * CHUNK];
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		die("pipe");
	pid = helper();
	if (!pid) {
		ssize_t n;

		close(fds[1]);
		do {
			sleep_until(now() + arg * NSEC_PER_MSEC / 15);
			n = read(fds[0], buf, CHUNK);
		} while (n > 0);
		_exit(n != 0);
	}
	t->before = now();
	if (write(fds[1], buf, sizeof(buf)) != sizeof(buf))
		die("write");
	t->after = now();
	/* A pipe holds one chunk: the fifteenth was taken out, 14 naps after the first. */
	t->least = arg * NSEC_PER_MSEC / 15 * 14;
	kill(pid, SIGKILL);
	collect(pid, SIGKILL);
}

static void do_getppid(void)
{
	uint64_t i;

	t->before = now();
	for (i = 0; i < arg; i++)
		syscall(SYS_getppid);
	t->after = now();
}

#if defined(__x86_64__)

#define NAME_OF_64	"semget"

static void no_compat(int sig)
{
	(void)sig;
	_exit(NO_COMPAT);
}

/* On x86 a 64-bit program can make the calls of 32-bit ones. */
static void getppid_compat(void)
{
	uint64_t i;

	signal(SIGSEGV, no_compat);
	for (i = 0; i < arg; i++) {
		long ret = 64;

		__asm__ volatile("int $0x80" : "+a" (ret) : : "r8", "r9", "r10", "r11", "memory");
		if (ret != getppid())
			_exit(1);
	}
}

#elif defined(__aarch64__)

#define NAME_OF_64	"write"

/* As a file: what the kernel needs to know of it, and the 32-bit instructions. */
struct program {
	Elf32_Ehdr head;
	Elf32_Phdr load, stack;
	uint32_t code[18];
	char name[16];
};

/* On arm64 only a 32-bit program can, and there is no compiler for it here. */
static void exec_compat(pid_t parent)
{
	const uint32_t at = 0x10000;
	const struct program p = {
		.head = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_ARM, .e_version = EV_CURRENT,
			.e_entry = at + offsetof(struct program, code),
			.e_phoff = offsetof(struct program, load), .e_flags = EF_ARM_EABI_VER5,
			.e_ehsize = sizeof(p.head), .e_phentsize = sizeof(p.load), .e_phnum = 2,
		},
		.load = {
			.p_type = PT_LOAD, .p_vaddr = at, .p_paddr = at, .p_filesz = sizeof(p),
			.p_memsz = sizeof(p), .p_flags = PF_R | PF_X, .p_align = 4096,
		},
		.stack = { .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W },
		.code = {
			0xe3a0000f,			/*	mov	r0, #PR_SET_NAME	*/
			0xe28f103c,			/*	add	r1, pc, #name - .	*/
			0xe3a070ac,			/*	mov	r7, #prctl		*/
			0xef000000,			/*	svc	0			*/
			0xe59f4028,			/*	ldr	r4, arg			*/
			0xe59f5028,			/*	ldr	r5, parent		*/
			0xe3a07040,			/* 1:	mov	r7, #getppid		*/
			0xef000000,			/*	svc	0			*/
			0xe1500005,			/*	cmp	r0, r5			*/
			0x13a00001,			/*	movne	r0, #1			*/
			0x1a000002,			/*	bne	2f			*/
			0xe2544001,			/*	subs	r4, r4, #1		*/
			0x1afffff8,			/*	bne	1b			*/
			0xe3a00000,			/*	mov	r0, #0			*/
			0xe3a07001,			/* 2:	mov	r7, #exit		*/
			0xef000000,			/*	svc	0			*/
			arg, parent,
		},
		.name = "lt-calls",
	};
	int fd = memfd_create("compat", MFD_CLOEXEC);

	/* Not by write(), which is what is counted. */
	if (fd < 0 || pwrite(fd, &p, sizeof(p), 0) != sizeof(p))
		_exit(1);
	fexecve(fd, (char *[]){ "compat", NULL }, environ);
	_exit(errno == ENOEXEC ? NO_COMPAT : 1);
}

static void getppid_compat(void)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (!pid)
		exec_compat(parent);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	do_getppid();
}

#else

#define NAME_OF_64	"unknown"

static void getppid_compat(void)
{
	_exit(NO_COMPAT);
}

#endif

/* Writes nothing: on arm64 that call has the number of the other one. */
static void do_compat(void)
{
	getppid_compat();
	_exit(0);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void do_interrupt(void)
{
	struct itimerval in = { .it_value.tv_usec = 20000 };

	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &in, NULL);
	t->before = now();
	if (!nanosleep_ms(3600000) || errno != EINTR)
		die("nanosleep was not interrupted");
	t->after = now();
}

static void do_stop(void)
{
	pid_t pid, us = getpid();

	pid = helper();
	if (!pid) {
		while (!t->before)
			sleep_until(now() + NSEC_PER_MSEC);
		wait_state(us, 'S');
		kill(us, SIGSTOP);
		wait_state(us, 'T');
		kill(us, SIGCONT);
		_exit(0);
	}
	t->before = now();
	if (nanosleep_ms(arg))
		die("nanosleep");
	t->after = now();
	t->least = arg * NSEC_PER_MSEC;
	collect(pid, 0);
}

static void *exec_self(void *unused)
{
	(void)unused;
	execl("/proc/self/exe", "calls", "getppid", "1", NULL);
	return NULL;
}

static void *exit_alone(void *unused)
{
	(void)unused;
	syscall(SYS_exit, 0);
	return NULL;
}

static void thread(void *(*fn)(void *))
{
	pthread_t id;

	if (pthread_create(&id, NULL, fn, NULL))
		die("pthread_create");
	pthread_join(id, NULL);
}

/* Each in a child of its own, with the name that counts. */
static void do_leave(void)
{
	int way, fds[2];
	char c;

	if (pipe(fds))
		die("pipe");
	for (way = 0; way < 5; way++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid) {
			if (way == 4) {
				wait_state(pid, 'S');
				kill(pid, SIGKILL);
			}
			collect(pid, way == 4 ? SIGKILL : 0);
			continue;
		}
		switch (way) {
		case 0:
			syscall(SYS_exit_group, 0);
			break;
		case 1:
			syscall(SYS_exit, 0);
			break;
		case 2:
			exec_self(NULL);
			break;
		case 3:
			/* The thread takes over the process, and its tid. */
			thread(exit_alone);
			thread(exec_self);
			break;
		case 4:
			if (read(fds[0], &c, 1))
				die("read");
			break;
		}
		_exit(1);
	}
}

static void do_gate(void)
{
	char c;

	if (read(0, &c, 1) != 1)
		die("standard input");
	do_getppid();
}

static void do_numbers(void)
{
	printf("nanosleep %d\nread %d\nfutex %d\nfsync %d\ngetpid %d\ngetppid %d\n64 %s\n",
	       SYS_nanosleep, SYS_read, SYS_futex, SYS_fsync, SYS_getpid, SYS_getppid, NAME_OF_64);
	exit(0);
}

static const struct {
	const char *name;
	void (*play)(void);
} plays[] = {
	{ "sleep", do_sleep }, { "read", do_read }, { "futex", do_futex }, { "fsync", do_fsync },
	{ "write", do_write }, { "getppid", do_getppid }, { "compat", do_compat },
	{ "interrupt", do_interrupt }, { "stop", do_stop }, { "leave", do_leave },
	{ "gate", do_gate }, { "numbers", do_numbers },
};

int main(int argc, char **argv)
{
	size_t i;

	t = shared(sizeof(*t));
	for (i = 0; i < sizeof(plays) / sizeof(plays[0]); i++) {
		if (argc < 2 || strcmp(plays[i].name, argv[1]))
			continue;
		file = argc > 2 ? argv[2] : "";
		arg = strtoull(file, NULL, 10);
		prctl(PR_SET_NAME, "lt-calls");
		plays[i].play();
		printf("pid %d\nbefore %ju\nafter %ju\nleast %ju\n", getpid(), (uintmax_t)t->before,
		       (uintmax_t)t->after, (uintmax_t)t->least);
		return 0;
	}
	fprintf(stderr, "usage: calls WHAT [ARG]\n");
	return 2;
}
