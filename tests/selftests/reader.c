// SPDX-License-Identifier: GPL-2.0
/*
 * Does what it is told to /proc/latency_tracker, one argument after the other, and
 * prints one line for each: the argument, a blank, and what came of it (a number,
 * an errno name, or what the description says).
 *
 *   open open=nonblock    open it; everything that follows is done to this file
 *   path=FILE             which file to open instead
 *   out=FILE              append what is read to FILE
 *   read=SIZE             one read()
 *   drain=FILE            read until there is no more; append to FILE; bytes
 *   follow=FILE           the same, blocking, until a signal ends it
 *   poll=MS               poll() for input: events in hexadecimal, 0: time is up
 *   select=MS epoll=MS    the same with select() and epoll: 1 readable, 0 not
 *   seek=set:N seek=end:N seek=cur:N
 *   alarm=MS              SIGALRM after that, handler without SA_RESTART
 *   restart=MS            the same with SA_RESTART
 *   alarms                how many there were
 *   line                  wait for a line on standard input
 *   close
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

static const char *path = "/proc/latency_tracker";
static int fd = -1;
static int out = -1;
static volatile sig_atomic_t alarms;
static char buf[1 << 20];

static void die(const char *what)
{
	fprintf(stderr, "reader: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void set_alarm(long ms, int flags)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = flags };
	struct itimerval it = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	if (sigaction(SIGALRM, &sa, NULL) || setitimer(ITIMER_REAL, &it, NULL))
		die("alarm");
}

static void put(int to, const char *data, size_t len)
{
	if (to < 0)
		return;
	while (len) {
		ssize_t n = write(to, data, len);

		if (n < 0)
			die("write");
		data += n;
		len -= n;
	}
}

static int append(const char *name)
{
	int to = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (to < 0)
		die(name);
	return to;
}

/* strerrorname_np() came with glibc 2.32. Those that the tests expect; another one as a number. */
static const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EAGAIN, "EAGAIN" }, { EINTR, "EINTR" }, { EINVAL, "EINVAL" }, { ESPIPE, "ESPIPE" },
	};
	static char other[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	snprintf(other, sizeof(other), "errno=%d", error);
	return other;
}

/* The result of a system call: a number, or the name of the error. */
static void say(const char *arg, long ret)
{
	if (ret >= 0)
		printf("%s %ld\n", arg, ret);
	else
		printf("%s %s\n", arg, error_name(errno));
}

static long do_open(const char *value)
{
	int flags = O_RDONLY | O_CLOEXEC;

	if (!strcmp(value, "nonblock"))
		flags |= O_NONBLOCK;
	fd = open(path, flags);
	return fd < 0 ? -1 : 0;
}

static long do_read(const char *value)
{
	size_t size = strtoul(value, NULL, 10);
	ssize_t ret;

	if (size > sizeof(buf))
		size = sizeof(buf);
	ret = read(fd, buf, size);
	if (ret > 0)
		put(out, buf, ret);
	return ret;
}

static long do_drain(const char *value)
{
	int to = append(value);
	long sum = 0;
	ssize_t ret;

	while ((ret = read(fd, buf, sizeof(buf))) > 0) {
		put(to, buf, ret);
		sum += ret;
	}
	close(to);
	if (ret < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	return sum;
}

static long do_poll(const char *value)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDNORM | POLLPRI };
	int ret = poll(&p, 1, atoi(value));

	return ret > 0 ? p.revents : ret;
}

static long do_select(const char *value)
{
	long ms = atol(value);
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, &tv);
}

static long do_epoll(const char *value)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	long ret;

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		die("epoll");
	ret = epoll_wait(ep, &ev, 1, atoi(value));
	close(ep);
	return ret;
}

static long do_seek(const char *value)
{
	static const struct {
		const char *name;
		int whence;
	} names[] = { { "set:", SEEK_SET }, { "end:", SEEK_END }, { "cur:", SEEK_CUR } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(value, names[i].name, 4))
			return lseek(fd, atol(value + 4), names[i].whence);
	errno = EINVAL;
	return -1;
}

static long do_close(const char *value)
{
	int ret = close(fd);

	(void)value;
	fd = -1;
	return ret;
}

static long do_line(const char *value)
{
	char c;

	(void)value;
	while (read(STDIN_FILENO, &c, 1) == 1)
		if (c == '\n')
			return 1;
	return 0;
}

static long do_path(const char *value)
{
	path = value;
	return 0;
}

static long do_out(const char *value)
{
	out = append(value);
	return 0;
}

static long do_alarm(const char *value)
{
	set_alarm(atol(value), 0);
	return 0;
}

static long do_restart(const char *value)
{
	set_alarm(atol(value), SA_RESTART);
	return 0;
}

static long do_alarms(const char *value)
{
	(void)value;
	return alarms;
}

static const struct {
	const char *name;
	long (*call)(const char *value);
} ops[] = {
	{ "open", do_open }, { "path", do_path }, { "out", do_out }, { "read", do_read },
	{ "drain", do_drain }, { "follow", do_drain }, { "poll", do_poll },
	{ "select", do_select }, { "epoll", do_epoll }, { "seek", do_seek },
	{ "alarm", do_alarm }, { "restart", do_restart }, { "alarms", do_alarms },
	{ "line", do_line }, { "close", do_close },
};

static void run(const char *arg)
{
	size_t i, len = strcspn(arg, "=");
	const char *value = arg[len] ? arg + len + 1 : "";

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strlen(ops[i].name) != len || strncmp(arg, ops[i].name, len))
			continue;
		say(arg, ops[i].call(value));
		return;
	}
	errno = EINVAL;
	die(arg);
}

int main(int argc, char **argv)
{
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc; i++)
		run(argv[i]);
	return 0;
}
