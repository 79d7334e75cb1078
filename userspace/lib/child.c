// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

/* What a child may know: a fixed environment, as LD_PRELOAD and the like are not its business. */
static char *const child_env[] = {
	(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)"LC_ALL=C",
	(char *)"HOME=/root",
	NULL,
};

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

/* @err: where its stderr goes, -1 for nowhere. */
static int start(char *const argv[], const char *path, int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int ret;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (err < 0)
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	ret = posix_spawn(pid, path, &actions, &attr, argv, child_env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -ret;
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

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int lt_child_run(char *const argv[], char *message, size_t size)
{
	int fd, ret;
	pid_t pid;

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
	int fd, ret, err;
	pid_t pid;

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
