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

/* What a name must hold to be taken, for which there is no file name. */
static const char anything[] = "/";

static bool wanted(int dir_fd, const char *name, const char *inside)
{
	char path[2 * NAME_MAX + 2];

	if (*name == '.')
		return false;
	if (inside == anything)
		return true;
	/* "NAME/." exists for directories only. */
	snprintf(path, sizeof(path), "%s/%.*s", name, NAME_MAX, inside ? inside : ".");
	return !faccessat(dir_fd, path, F_OK, 0);
}

int lt_names_add(char ***names, size_t *count, const char *name)
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

void lt_names_sort(char **names, size_t count)
{
	if (count)
		qsort(names, count, sizeof(*names), compare);
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
			err = lt_names_add(names, count, entry->d_name);
	closedir(dir);
	if (err) {
		lt_names_free(*names, *count);
		*names = NULL;
		*count = 0;
	} else {
		lt_names_sort(*names, *count);
	}
	return err;
}

int lt_names_read_all(const char *path, char ***names, size_t *count)
{
	return lt_names_read(path, anything, names, count);
}

void lt_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
