// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Read until the end of file: the sizes that debugfs and sysfs announce mean nothing. */
int lt_file_read_fd(int fd, char **text, size_t *len)
{
	size_t size = 0, used = 0;
	char *buf = NULL, *bigger;
	ssize_t got;

	for (;;) {
		if (used + 1 >= size) {
			size = size ? 2 * size : 16384;
			bigger = size > LT_FILE_MAX ? NULL : realloc(buf, size);
			if (!bigger) {
				free(buf);
				return size > LT_FILE_MAX ? -EFBIG : -ENOMEM;
			}
			buf = bigger;
		}
		got = read(fd, buf + used, size - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = -errno;

			free(buf);
			return err;
		}
		if (!got)
			break;
		used += got;
	}
	buf[used] = '\0';
	*text = buf;
	if (len)
		*len = used;
	return 0;
}

int lt_file_read(const char *path, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = lt_file_read_fd(fd, text, len);
	close(fd);
	return err;
}

int lt_file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t put;
	int err = 0;

	if (fd < 0)
		return -errno;
	do {
		put = write(fd, text, len);
	} while (put < 0 && errno == EINTR);
	if (put < 0)
		err = -errno;
	else if ((size_t)put != len)
		err = -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}
