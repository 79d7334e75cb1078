// SPDX-License-Identifier: GPL-2.0
#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"

static pid_t read_pid(int fd)
{
	char text[32] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return strtol(text, NULL, 10);
}

static int write_pid(int fd)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", getpid());

	if (ftruncate(fd, 0) || pwrite(fd, text, len, 0) < 0)
		return -errno;
	return 0;
}

int lt_pidfile_lock(int dirfd, pid_t *owner)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(dirfd, "daemon.pid", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	int ret;

	*owner = 0;
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_OFD_SETLK, &lock)) {
		ret = errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
		*owner = read_pid(fd);
		close(fd);
		return ret;
	}
	ret = write_pid(fd);
	if (ret)	/* on a full disk the lock alone has to do */
		lt_warn("cannot write daemon.pid: errno %d", -ret);
	return fd;
}

void lt_pidfile_unlock(int fd)
{
	if (ftruncate(fd, 0))
		lt_debug("cannot empty daemon.pid: %m");
	close(fd);
}
