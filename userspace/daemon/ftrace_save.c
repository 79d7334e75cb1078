// SPDX-License-Identifier: GPL-2.0
#include "ftrace_save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tracefs.h>

#include "backend.h"
#include "fileutil.h"
#include "ftrace_file.h"

#define COPY_BLOCK	(64 * 1024)

int lt_ftrace_page_size(void)
{
	char text[32];
	char *file = tracefs_get_tracing_file("buffer_subbuf_size_kb");
	ssize_t len = file ? lt_read_text(AT_FDCWD, file, text, sizeof(text)) : -ENOMEM;
	long kb = len > 0 ? strtol(text, NULL, 10) : 0;

	tracefs_put_tracing_file(file);
	/* The file came with Linux 6.8; before, and below the size of a page, it is a page. */
	if (kb > 0 && kb <= 1024 && kb * 1024 > sysconf(_SC_PAGESIZE))
		return kb * 1024;
	return sysconf(_SC_PAGESIZE);
}

/*
 * Both kinds of files say "no more" by the end of the file or by EAGAIN. Every read asks for
 * @block bytes: the raw files want whole pages.
 */
static int copy(int from, int to, size_t block)
{
	char *buf = malloc(block);
	ssize_t got;
	int ret = buf ? 0 : -ENOMEM;

	while (!ret) {
		got = read(from, buf, block);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno != EAGAIN)
			ret = -errno;
		if (got <= 0)
			break;
		ret = lt_write_fully(to, buf, got);
	}
	free(buf);
	return ret;
}

static int copy_file(struct tracefs_instance *instance, const char *file, int dirfd,
		     const char *name, size_t block)
{
	int from, to, ret;

	from = lt_ftrace_open(instance, file, O_RDONLY | O_NONBLOCK);
	if (from < 0)
		return from;
	to = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	ret = to < 0 ? -errno : copy(from, to, block);
	if (to >= 0 && close(to) && !ret)
		ret = -errno;
	close(from);
	return ret;
}

static int is_cpu(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "cpu", 3) && entry->d_name[3] >= '0' &&
	       entry->d_name[3] <= '9';
}

/* One file for every CPU that has a buffer, empty for one without events. */
static int save_pages(struct tracefs_instance *instance, int rawfd, bool spare)
{
	char *per_cpu = tracefs_instance_get_file(instance, "per_cpu");
	int page = lt_ftrace_page_size();
	struct dirent **cpus;
	char file[128];
	int n, ret = 0;

	n = per_cpu ? scandir(per_cpu, &cpus, is_cpu, NULL) : -1;
	tracefs_put_tracing_file(per_cpu);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (!ret)
			ret = lt_path(file, sizeof(file), "per_cpu/%.32s/%s", cpus[i]->d_name,
				      spare ? "snapshot_raw" : "trace_pipe_raw");
		ret = ret ?: copy_file(instance, file, rawfd, cpus[i]->d_name, page);
		free(cpus[i]);
	}
	free(cpus);
	return ret;
}

static int make_raw_dir(int dirfd)
{
	int fd;

	if (mkdirat(dirfd, LT_FTRACE_RAW, 0750))
		return -errno;
	fd = openat(dirfd, LT_FTRACE_RAW, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int lt_ftrace_save(struct tracefs_instance *instance, const char *dir, bool spare, char *why)
{
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rawfd = -1, ret = dirfd < 0 ? -errno : 0;

	/* The text first: reading pages takes them out of the buffer. */
	ret = ret ?: copy_file(instance, spare ? "snapshot" : "trace", dirfd, LT_FTRACE_TEXT,
			       COPY_BLOCK);
	if (!ret) {
		rawfd = make_raw_dir(dirfd);
		ret = rawfd < 0 ? rawfd : save_pages(instance, rawfd, spare);
	}
	if (ret)
		lt_why(why, "cannot save the ftrace buffer: %s", strerror(-ret));
	if (rawfd >= 0)
		close(rawfd);
	if (dirfd >= 0)
		close(dirfd);
	return ret;
}
