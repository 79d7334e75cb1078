// SPDX-License-Identifier: GPL-2.0
#include "holders.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "latency_tracker_uapi.h"
#include "module.h"
#include "names.h"

/* Whether it is /proc/latency_tracker or a file below latency_tracker/ in debugfs. */
static bool is_ours(const struct lt_paths *paths, const char *file)
{
	char ours[LT_PATH_MAX];

	snprintf(ours, sizeof(ours), "%s/%s", paths->proc, LT_PROC_NAME);
	if (!strcmp(file, ours))
		return true;
	snprintf(ours, sizeof(ours), "%s/%s/", paths->debugfs, LT_DEBUGFS_DIR);
	return !strncmp(file, ours, strlen(ours));
}

static bool has_ours_open(const struct lt_paths *paths, const char *pid)
{
	char path[LT_PATH_MAX], file[PATH_MAX];
	bool found = false;
	char **fds;
	size_t count;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/%.32s/fd", paths->proc, pid);
	if (lt_names_read_all(path, &fds, &count))
		return false;
	for (size_t i = 0; !found && i < count; i++) {
		snprintf(path, sizeof(path), "%s/%.32s/fd/%.32s", paths->proc, pid, fds[i]);
		len = readlink(path, file, sizeof(file) - 1);
		if (len < 0)
			continue;
		file[len] = '\0';
		found = is_ours(paths, file);
	}
	lt_names_free(fds, count);
	return found;
}

static int add_process(const struct lt_paths *paths, const char *pid, char ***names,
		       size_t *count)
{
	char path[LT_PATH_MAX], name[128];
	char *comm;

	snprintf(path, sizeof(path), "%s/%.32s/comm", paths->proc, pid);
	if (lt_file_read(path, &comm, NULL))
		return 0;	/* it has just ended */
	snprintf(name, sizeof(name), "%.*s (process %.32s)", (int)strcspn(comm, "\n"), comm, pid);
	free(comm);
	return lt_names_add(names, count, name);
}

static int add_processes(const struct lt_paths *paths, char ***names, size_t *count)
{
	size_t nr_pids;
	char **pids;
	int err = 0;

	if (lt_names_read(paths->proc, "fd", &pids, &nr_pids))
		return 0;
	for (size_t i = 0; !err && i < nr_pids; i++)
		if (isdigit((unsigned char)*pids[i]) && has_ours_open(paths, pids[i]))
			err = add_process(paths, pids[i], names, count);
	lt_names_free(pids, nr_pids);
	return err;
}

int lt_holders_find(const struct lt_paths *paths, const char *module, char ***names,
		    size_t *count)
{
	char path[LT_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/module/%.200s/holders", paths->sysfs, module);
	err = lt_names_read(path, NULL, names, count);
	if (err == -ENOMEM)
		return err;
	err = strcmp(module, LT_MODULE_CORE) ? 0 : add_processes(paths, names, count);
	if (err) {
		lt_names_free(*names, *count);
		*names = NULL;
		*count = 0;
	}
	return err;
}
