// SPDX-License-Identifier: GPL-2.0
#include "ftrace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <tracefs.h>

int lt_ftrace_open(struct tracefs_instance *instance, const char *file, int flags)
{
	char *path = tracefs_instance_get_file(instance, file);
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	tracefs_put_tracing_file(path);
	return fd;
}

/* The kernel clears the buffers when "trace" is truncated. */
int lt_ftrace_clear(struct tracefs_instance *instance)
{
	int fd = lt_ftrace_open(instance, "trace", O_WRONLY | O_TRUNC);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}
