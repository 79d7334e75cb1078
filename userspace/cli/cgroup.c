// SPDX-License-Identifier: GPL-2.0
#include "cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"
#include "paths.h"

/* In every directory of the hierarchy, and in none of version 1. */
#define MARK "cgroup.controllers"

static bool holds(const struct cli_cgroup_ids *ids, uint64_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->ids[i] == id)
			return true;
	return false;
}

/* An id that there is no memory for is looked for again. */
static void add(struct cli_cgroup_ids *ids, uint64_t id)
{
	uint64_t *bigger = reallocarray(ids->ids, ids->count + 1, sizeof(*bigger));

	if (!bigger)
		return;
	ids->ids = bigger;
	bigger[ids->count++] = id;
}

/* A cgroup may go at any moment: what cannot be read has gone. */
static void walk(struct cli_cgroup_ids *ids, const char *path)
{
	char below[PATH_MAX];
	struct stat status;
	char **names;
	size_t count;

	if (stat(path, &status))
		return;
	if (!holds(ids, status.st_ino))
		add(ids, status.st_ino);
	if (lt_names_read(path, MARK, &names, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (snprintf(below, sizeof(below), "%s/%s", path, names[i]) < (int)sizeof(below))
			walk(ids, below);
	lt_names_free(names, count);
}

/* Return: 0 or a negative errno. */
static int look_for_mark(const char *dir)
{
	char mark[LT_PATH_MAX + sizeof(MARK) + 1];

	snprintf(mark, sizeof(mark), "%s/%s", dir, MARK);
	return access(mark, F_OK) ? -errno : 0;
}

int cli_cgroup_find(struct cli_cgroup *cgroup, const struct lt_paths *paths, const char *name)
{
	char root[LT_PATH_MAX];
	int len;

	snprintf(root, sizeof(root), "%s/fs/cgroup", paths->sysfs);
	/* Where version 1 is in use as well, version 2 has a directory among the others'. */
	if (look_for_mark(root))
		snprintf(root, sizeof(root), "%s/fs/cgroup/unified", paths->sysfs);
	if (!strncmp(name, root, strlen(root)))
		name += strlen(root);
	name += strspn(name, "/");
	len = snprintf(cgroup->path, sizeof(cgroup->path), "%s%s%s", root, *name ? "/" : "", name);
	if (len >= (int)sizeof(cgroup->path))
		return -ENAMETOOLONG;
	return look_for_mark(cgroup->path);
}

bool cli_cgroup_holds(struct cli_cgroup *cgroup, uint64_t id)
{
	if (holds(&cgroup->inside, id))
		return true;
	if (holds(&cgroup->outside, id))
		return false;
	walk(&cgroup->inside, cgroup->path);
	if (holds(&cgroup->inside, id))
		return true;
	add(&cgroup->outside, id);
	return false;
}
