// SPDX-License-Identifier: GPL-2.0
#include "fileutil.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int lt_path(char *path, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(path, size, fmt, args);
	va_end(args);
	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

int lt_mkdir_parents(const char *path)
{
	char part[PATH_MAX];
	struct stat st;

	if (lt_path(part, sizeof(part), "%s", path))
		return -ENAMETOOLONG;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0750) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	if (!mkdir(part, 0750))
		return 0;
	if (errno != EEXIST)
		return -errno;
	return stat(part, &st) ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int lt_write_fully(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t done;

	while (len) {
		done = write(fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		len -= done;
	}
	return 0;
}

int lt_write_file(int dirfd, const char *name, const char *text, size_t len)
{
	char tmp[NAME_MAX + 1];
	int fd, ret;

	ret = lt_path(tmp, sizeof(tmp), "%s.tmp", name);
	if (ret)
		return ret;
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	ret = lt_write_fully(fd, text, len);
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && renameat(dirfd, tmp, dirfd, name))
		ret = -errno;
	if (ret)
		unlinkat(dirfd, tmp, 0);
	return ret;
}

ssize_t lt_read_text(int dirfd, const char *name, char *text, size_t size)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, text + len, size - 1 - len);
		if (got > 0)
			len += got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	got = got < 0 ? -errno : (ssize_t)len;
	text[len] = '\0';
	close(fd);
	return got;
}
