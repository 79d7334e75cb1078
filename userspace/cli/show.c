// SPDX-License-Identifier: GPL-2.0
#include "proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "explain.h"
#include "json.h"
#include "output.h"
#include "paths.h"
#include "remove.h"
#include "snapshot.h"

int cli_proof_json(const struct lt_snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();

	lt_json_add_string(object, "name", snapshot->name);
	lt_json_add_string(object, "path", snapshot->path);
	lt_json_add_u64(object, "size", snapshot->size);
	lt_json_add(object, "covers", json_object_new_boolean(lt_snapshot_covers(snapshot)));
	/* A missing file shows as null. */
	json_object_object_add(object, "hit", json_object_get(snapshot->hit));
	json_object_object_add(object, "proof", json_object_get(snapshot->proof));
	return cli_json_line(object);
}

/* The name that is meant: the whole name, or a beginning that only one has. */
static const char *find_name(char **names, size_t count, const char *meant)
{
	const char *found = NULL;
	size_t matches = 0;

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], meant))
			return names[i];
		if (*meant && !strncmp(names[i], meant, strlen(meant))) {
			found = names[i];
			matches++;
		}
	}
	if (matches > 1)
		fprintf(stderr, "latency-tracker: %zu snapshots begin with '%s'\n", matches,
			meant);
	else if (!matches)
		fprintf(stderr, "latency-tracker: there is no snapshot '%s'; see "
			"'latency-tracker snapshots'\n", meant);
	return matches == 1 ? found : NULL;
}

int cli_proof_show(const char *dir, char **names, size_t count, const char *meant, bool json)
{
	const char *name = find_name(names, count, meant);
	struct lt_snapshot snapshot;
	int err, code = CLI_OK;

	if (!name)
		return CLI_NOTHING;
	err = lt_snapshot_load(dir, name, &snapshot);
	if (err)
		return cli_explain_snapshots(dir, err);
	if (json)
		code = cli_proof_json(&snapshot);
	else
		cli_proof_print(&snapshot);
	lt_snapshot_free(&snapshot);
	return code;
}

int cli_proof_path(const char *dir, char **names, size_t count, const char *meant)
{
	const char *name = find_name(names, count, meant);

	if (!name)
		return CLI_NOTHING;
	printf("%s/snapshots/%s\n", dir, name);
	return CLI_OK;
}

int cli_proof_remove(const char *dir, char **names, size_t count, const char *meant)
{
	const char *name = find_name(names, count, meant);
	char path[LT_PATH_MAX];
	int err;

	if (!name)
		return CLI_NOTHING;
	snprintf(path, sizeof(path), "%s/snapshots/%s", dir, name);
	err = lt_remove_tree(AT_FDCWD, path);
	if (!err)
		return CLI_OK;
	fprintf(stderr, "latency-tracker: cannot remove %s: %s\n", path, strerror(-err));
	if (err == -EACCES || err == -EPERM)
		fputs("Run as root: the directory is the daemon's.\n", stderr);
	return CLI_ERROR;
}
