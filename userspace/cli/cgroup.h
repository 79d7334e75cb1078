/* SPDX-License-Identifier: GPL-2.0 */
/* Operations of a cgroup and those below it, told by the ids that records have. */
#ifndef CLI_CGROUP_H
#define CLI_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lt_paths;

/* Ids; all zero to begin with. */
struct cli_cgroup_ids {
	uint64_t *ids;
	size_t count;
};

/**
 * struct cli_cgroup - a cgroup of version 2
 * @path: its directory
 * @inside: it and those below it
 * @outside: others that were asked for
 */
struct cli_cgroup {
	char path[PATH_MAX];
	struct cli_cgroup_ids inside;
	struct cli_cgroup_ids outside;
};

/**
 * cli_cgroup_find() - find the directory of a cgroup
 * @cgroup: receives it
 * @paths: see lt_paths_init()
 * @name: from the root of the hierarchy, as "/system.slice", or all of the directory's path
 *
 * Return: 0 or a negative errno; @cgroup->path is where it was looked for.
 */
int cli_cgroup_find(struct cli_cgroup *cgroup, const struct lt_paths *paths, const char *name);

/**
 * cli_cgroup_holds() - whether an operation began in the cgroup or in one below it
 * @cgroup: cgroup
 * @id: what the record says
 *
 * Looks below the directory again for each id that it has not seen. A cgroup that was removed
 * before it was asked for is not known any more.
 */
bool cli_cgroup_holds(struct cli_cgroup *cgroup, uint64_t id);

#endif /* CLI_CGROUP_H */
