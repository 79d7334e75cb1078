// SPDX-License-Identifier: GPL-2.0
#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wanted(int dir_fd, const char *name, const char *inside)
{
	char path[2 * NAME_MAX + 2];

	if (*name == '.')
		return false;
	/* "NAME/." exists for directories only. */
	snprintf(path, sizeof(path), "%s/%.*s", name, NAME_MAX, inside ? inside : ".");
	return !faccessat(dir_fd, path, F_OK, 0);
}

static int append(char ***names, size_t *count, const char *name)
{
	char **bigger = reallocarray(*names, *count + 1, sizeof(**names));

	if (!bigger)
		return -ENOMEM;
	*names = bigger;
	bigger[*count] = strdup(name);
	if (!bigger[*count])
		return -ENOMEM;
	++*count;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

int lt_names_read(const char *path, const char *inside, char ***names, size_t *count)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int err = 0;

	*names = NULL;
	*count = 0;
	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (wanted(dirfd(dir), entry->d_name, inside))
			err = append(names, count, entry->d_name);
	closedir(dir);
	if (err) {
		lt_names_free(*names, *count);
		*names = NULL;
		*count = 0;
	} else if (*count) {
		qsort(*names, *count, sizeof(**names), compare);
	}
	return err;
}

void lt_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
