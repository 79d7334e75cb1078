// SPDX-License-Identifier: GPL-2.0
/*
 * The exec back end: a program of the user's instead of a trace.
 *
 * It gets the hit as JSON on stdin, runs in the snapshot's directory, and what it says is kept
 * there. It is started at normal priority and has a time limit. There is no shell: who wants
 * one names it.
 */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <popt.h>

#include "child.h"
#include "clock.h"
#include "fileutil.h"
#include "options.h"

#define OUTPUT_NAME	"output.txt"
/* What a program may write into one file: one that runs wild must not fill the disk. */
#define OUTPUT_MAX	(64ULL << 20)

/* Set by open(), constant until close(); the array is owned. */
static struct {
	const char **argv;
	uint64_t limit_ms;
} ex;

static int exec_available(char *why)
{
	(void)why;
	return 0;
}

static int exec_open(const struct lt_options *opts, char *why)
{
	int argc, ret;

	if (!opts->exec) {
		lt_why(why, "no program is named: --exec=\"PROGRAM ARGUMENT...\"");
		return -EINVAL;
	}
	ret = poptParseArgvString(opts->exec, &argc, &ex.argv);
	if (ret) {
		lt_why(why, "--exec: %s", poptStrerror(ret));
		return -EINVAL;
	}
	ex.limit_ms = opts->exec_timeout_ms;
	return 0;
}

static void exec_close(void)
{
	free(ex.argv);
	ex.argv = NULL;
}

/* The end of the last line that the program wrote, which mostly tells why it failed. */
static void last_line(int fd, char *line, size_t size)
{
	off_t end = lseek(fd, 0, SEEK_END), from = end > (off_t)size ? end - size + 1 : 0;
	ssize_t len = pread(fd, line, size - 1, from);
	char *begin;

	while (len > 0 && line[len - 1] == '\n')
		len--;
	line[len > 0 ? len : 0] = '\0';
	begin = strrchr(line, '\n');
	if (begin)
		memmove(line, begin + 1, strlen(begin));
}

static void explain(int ret, int out, char *why)
{
	char line[LT_WHY_MAX / 2];

	last_line(out, line, sizeof(line));
	if (ret == -ENOENT)
		lt_why(why, "%s: no such program (--exec)", ex.argv[0]);
	else if (ret == -ETIMEDOUT)
		lt_why(why, "%s took longer than %llu ms (--exec-timeout-ms) and was ended",
		       ex.argv[0], (unsigned long long)ex.limit_ms);
	else if (ret == -EINTR)
		lt_why(why, "%s was ended, as the daemon ends", ex.argv[0]);
	else if (ret < 0)
		lt_why(why, "cannot run %s: %s", ex.argv[0], strerror(-ret));
	else if (ret > 128)
		lt_why(why, "%s was ended by signal %d: %s", ex.argv[0], ret - 128, line);
	else
		lt_why(why, "%s ended with %d: %s", ex.argv[0], ret, line);
}

static int run(const char *dir, int dirfd, atomic_bool *stop, char *why)
{
	char env[PATH_MAX + 32];
	struct lt_child_place place = { .dir = dir, .env = env, .max_file = OUTPUT_MAX,
					.limit_ms = ex.limit_ms, .stop = stop };
	int ret = -ENAMETOOLONG;

	place.in = openat(dirfd, "hit.json", O_RDONLY | O_CLOEXEC);
	place.out = openat(dirfd, OUTPUT_NAME, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
			   0640);
	if (place.in < 0 || place.out < 0) {
		ret = -errno;
		lt_why(why, "cannot open hit.json or make " OUTPUT_NAME ": %s", strerror(-ret));
	} else if (!lt_path(env, sizeof(env), "LATENCY_TRACKER_SNAPSHOT=%s", dir)) {
		ret = lt_child_run_in((char *const *)ex.argv, &place);
		if (ret)
			explain(ret, place.out, why);
	}
	if (place.in >= 0)
		close(place.in);
	if (place.out >= 0)
		close(place.out);
	return ret;
}

static int exec_save(const char *dir, struct lt_capture *capture, atomic_bool *stop, char *why)
{
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (dirfd < 0)
		return -errno;
	capture->begin_ns = lt_clock_mono_ns();
	ret = run(dir, dirfd, stop, why);
	capture->end_ns = lt_clock_mono_ns();
	close(dirfd);
	return ret > 0 ? -EIO : ret;
}

/* A program may save whatever it likes: only it knows what that shows. */
static void exec_prove(const char *dir, const struct lt_record *hit, struct lt_proof *proof,
		       atomic_bool *stop)
{
	(void)dir;
	(void)hit;
	(void)stop;
	proof->no_trace = true;
}

const struct lt_backend lt_backend_exec = {
	.name = "exec",
	.trace = OUTPUT_NAME,
	.by_name_only = true,
	.available = exec_available,
	.open = exec_open,
	.close = exec_close,
	.save = exec_save,
	.prove = exec_prove,
};
