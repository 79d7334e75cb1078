// SPDX-License-Identifier: GPL-2.0
#include "remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Deeper than any trace: an end for the recursion. */
#define TREE_DEPTH_MAX	32

static int remove_tree(int dirfd, const char *name, int depth);

static int remove_entries(DIR *dir, int depth)
{
	struct dirent *entry;
	int ret = 0;

	while (!ret && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			ret = remove_tree(dirfd(dir), entry->d_name, depth + 1);
	}
	return ret;
}

static int remove_tree(int dirfd, const char *name, int depth)
{
	DIR *dir;
	int fd, ret;

	if (!unlinkat(dirfd, name, 0))
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (depth > TREE_DEPTH_MAX)
		return -ELOOP;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		ret = -errno;
		close(fd);
		return ret;
	}
	ret = remove_entries(dir, depth);
	closedir(dir);
	if (!ret && unlinkat(dirfd, name, AT_REMOVEDIR))
		ret = -errno;
	return ret;
}

int lt_remove_tree(int dirfd, const char *name)
{
	return remove_tree(dirfd, name, 0);
}
