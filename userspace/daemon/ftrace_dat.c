// SPDX-License-Identifier: GPL-2.0
#include "ftrace_dat.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "fileutil.h"
#include "ftrace_save.h"
#include "log.h"

/* trace-cmd restore -o FILE */
#define ARGS_BEFORE	4

static int is_cpu(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "cpu", 3);
}

/* cpu10 comes behind cpu9: trace-cmd numbers them in their order. */
static int compare_cpus(const struct dirent **a, const struct dirent **b)
{
	return atoi((*a)->d_name + 3) - atoi((*b)->d_name + 3);
}

static char *join(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/" LT_FTRACE_RAW "/%s", dir, name) < 0 ? NULL : path;
}

/* @argv has room for all and the NULL at the end; Return: 0 or -ENOMEM. */
static int add_cpus(char **argv, const char *dir, struct dirent **cpus, int n)
{
	int ret = 0;

	for (int i = 0; i < n; i++) {
		argv[i] = join(dir, cpus[i]->d_name);
		if (!argv[i])
			ret = -ENOMEM;
	}
	return ret;
}

static void restore(char **argv, const char *file)
{
	static bool told;	/* of the proof thread */
	char said[256];
	int ret = lt_child_run(argv, said, sizeof(said));

	if (!ret)
		return;
	unlink(file);
	if (ret != -ENOENT)
		lt_warn("%s left out: trace-cmd: %s", file, ret < 0 ? strerror(-ret) :
			*said ? said : "it failed");
	else if (!told)
		lt_notice("snapshots have no " LT_FTRACE_DAT ": trace-cmd is not installed"
			  " (apt-get install trace-cmd)");
	told |= ret == -ENOENT;
}

void lt_ftrace_dat(const char *dir)
{
	char raw[PATH_MAX], file[PATH_MAX], **argv;
	struct dirent **cpus;
	int n;

	if (lt_path(raw, sizeof(raw), "%s/" LT_FTRACE_RAW, dir) ||
	    lt_path(file, sizeof(file), "%s/" LT_FTRACE_DAT, dir))
		return;
	n = scandir(raw, &cpus, is_cpu, compare_cpus);
	if (n < 0)
		return;
	argv = calloc(ARGS_BEFORE + n + 1, sizeof(*argv));
	if (argv && !add_cpus(argv + ARGS_BEFORE, dir, cpus, n)) {
		argv[0] = (char *)"trace-cmd";
		argv[1] = (char *)"restore";
		argv[2] = (char *)"-o";
		argv[3] = file;
		restore(argv, file);
	}
	for (int i = 0; i < n; i++) {
		if (argv)
			free(argv[ARGS_BEFORE + i]);
		free(cpus[i]);
	}
	free(argv);
	free(cpus);
}
