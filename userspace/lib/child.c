// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

/* How often a program that has a time limit is looked at, and how long it has to end. */
#define LOOK_MS		100
#define GRACE_MS	2000

#define NS_PER_MS	1000000ULL

/* What a child may know: a fixed environment, as LD_PRELOAD and the like are not its business. */
#define CHILD_ENV					\
	(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",	\
	(char *)"LC_ALL=C",				\
	(char *)"HOME=/root"

static bool find_program(const char *name, char *path, size_t size)
{
	static const char *const dirs[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin",
					    "/usr/local/sbin", "/usr/local/bin" };

	if (strchr(name, '/'))
		return (size_t)snprintf(path, size, "%s", name) < size && !access(path, X_OK);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, size, "%s/%s", dirs[i], name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

static int make_attributes(posix_spawnattr_t *attr, bool group)
{
	struct sched_param normal = { .sched_priority = 0 };
	sigset_t none, all;
	int ret = posix_spawnattr_init(attr);

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSCHEDULER | (group ? POSIX_SPAWN_SETPGROUP : 0));
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setschedpolicy(attr, SCHED_OTHER);
	posix_spawnattr_setschedparam(attr, &normal);
	return ret;
}

static int spawn(char *const argv[], const char *path, posix_spawn_file_actions_t *actions,
		 char *const env[], bool group, pid_t *pid)
{
	posix_spawnattr_t attr;
	int ret = make_attributes(&attr, group);

	if (ret)
		return -ret;
	ret = posix_spawn(pid, path, actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	return -ret;
}

/* @err: where its stderr goes, -1 for nowhere. */
static int start(char *const argv[], const char *path, int out, int err, pid_t *pid)
{
	static char *const env[] = { CHILD_ENV, NULL };
	posix_spawn_file_actions_t actions;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (err < 0)
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	ret = spawn(argv, path, &actions, env, false, pid);
	posix_spawn_file_actions_destroy(&actions);
	return ret;
}

static int start_in(char *const argv[], const char *path, const struct lt_child_place *place,
		    pid_t *pid)
{
	char *const env[] = { CHILD_ENV, place->env, NULL };
	posix_spawn_file_actions_t actions;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, place->dir);
	posix_spawn_file_actions_adddup2(&actions, place->in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, place->out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, place->out, STDERR_FILENO);
	ret = spawn(argv, path, &actions, env, true, pid);
	posix_spawn_file_actions_destroy(&actions);
	return ret;
}

/* Keeps the last line that is not empty; a line longer than @size is cut. */
static void read_last_line(int fd, char *message, size_t size)
{
	bool ended = true;
	size_t len = 0;
	char block[512];
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) > 0 || (got < 0 && errno == EINTR)) {
		for (ssize_t i = 0; i < got; i++) {
			if (block[i] == '\n') {
				ended = true;
				continue;
			}
			if (ended)
				len = 0;
			ended = false;
			if (len + 1 < size)
				message[len++] = block[i];
		}
	}
	message[len] = '\0';
}

/* Start a program whose output can be read from *@fd. */
static int start_piped(char *const argv[], bool with_stderr, int *fd, pid_t *pid)
{
	char path[PATH_MAX];
	int fds[2], ret;

	if (!find_program(argv[0], path, sizeof(path)))
		return -ENOENT;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	ret = start(argv, path, fds[1], with_stderr ? fds[1] : -1, pid);
	close(fds[1]);
	if (ret)
		close(fds[0]);
	*fd = fds[0];
	return ret;
}

static int decode(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return decode(status);
}

/* Waits without reaping: the number of the group stays taken until all of it is killed. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

/* Return: 0 when it ended by itself, -ETIMEDOUT, or -EINTR when it was stopped. */
static int watch_child(pid_t pid, uint64_t limit_ms, atomic_bool *stop)
{
	struct timespec look = { .tv_nsec = LOOK_MS * NS_PER_MS / 10 };
	uint64_t end = lt_clock_mono_ns() + limit_ms * NS_PER_MS;

	while (!has_ended(pid)) {
		if (stop && atomic_load(stop))
			return -EINTR;
		if (lt_clock_mono_ns() >= end)
			return -ETIMEDOUT;
		nanosleep(&look, NULL);
		look.tv_nsec = LOOK_MS * NS_PER_MS;
	}
	return 0;
}

int lt_child_run(char *const argv[], char *message, size_t size)
{
	int fd = -1, ret;
	pid_t pid = -1;

	message[0] = '\0';
	ret = start_piped(argv, true, &fd, &pid);
	if (ret)
		return ret;
	read_last_line(fd, message, size);
	close(fd);
	return wait_for(pid);
}

int lt_child_output(char *const argv[], char **text)
{
	int fd = -1, ret, err;
	pid_t pid = -1;

	ret = start_piped(argv, false, &fd, &pid);
	if (ret)
		return ret;
	err = lt_file_read_fd(fd, text, NULL);
	close(fd);
	ret = wait_for(pid);
	if (err)
		return err;
	if (ret < 0)
		free(*text);
	return ret;
}

int lt_child_run_in(char *const argv[], const struct lt_child_place *place)
{
	struct rlimit size = { .rlim_cur = place->max_file, .rlim_max = place->max_file };
	char path[PATH_MAX];
	int ret, status;
	pid_t pid;

	if (!find_program(argv[0], path, sizeof(path)))
		return -ENOENT;
	ret = start_in(argv, path, place, &pid);
	if (ret)
		return ret;
	prlimit(pid, RLIMIT_FSIZE, &size, NULL);
	ret = watch_child(pid, place->limit_ms, place->stop);
	if (ret) {
		kill(-pid, SIGTERM);
		watch_child(pid, GRACE_MS, NULL);
	}
	/* What it left in the background goes with it. */
	kill(-pid, SIGKILL);
	status = wait_for(pid);
	return ret ?: status;
}
