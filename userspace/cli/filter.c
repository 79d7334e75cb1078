// SPDX-License-Identifier: GPL-2.0
#include "filter.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "command.h"
#include "paths.h"
#include "record.h"

static struct cli_cgroup *find_cgroup(const struct cli_command *command, const char *name)
{
	static struct cli_cgroup cgroup;
	struct lt_paths paths;
	int err;

	lt_paths_init(&paths);
	err = cli_cgroup_find(&cgroup, &paths, name);
	if (err)
		cli_usage_error(command, "no cgroup of version 2 is at %s: %s", cgroup.path,
				strerror(-err));
	return &cgroup;
}

void cli_filter_option(struct cli_filter *filter, const struct cli_command *command, int option)
{
	switch (option) {
	case 'p':
		filter->pid = cli_number(command, "PID", optarg, 1, INT_MAX);
		break;
	case 't':
		filter->tid = cli_number(command, "TID", optarg, 1, INT_MAX);
		break;
	case 'C':
		filter->comm = optarg;
		break;
	case 'c':
		filter->cgroup = find_cgroup(command, optarg);
		break;
	case 'd':
		filter->disk = optarg;
		break;
	}
}

static bool matches(const char *pattern, const char *text)
{
	return !pattern || (text && !fnmatch(pattern, text, 0));
}

static bool in_cgroup(struct cli_cgroup *cgroup, const char *id)
{
	return !cgroup || (id && cli_cgroup_holds(cgroup, strtoull(id, NULL, 10)));
}

bool cli_filter_wants(const struct cli_filter *filter, const struct lt_record *rec)
{
	return (!filter->tracker || !strcmp(rec->tracker, filter->tracker)) &&
	       (!filter->pid || rec->pid == filter->pid) &&
	       (!filter->tid || rec->tid == filter->tid) && matches(filter->comm, rec->comm) &&
	       matches(filter->disk, lt_record_field(rec, "disk")) &&
	       in_cgroup(filter->cgroup, lt_record_field(rec, "cgroup"));
}
