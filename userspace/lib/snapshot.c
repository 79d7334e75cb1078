// SPDX-License-Identifier: GPL-2.0
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "file.h"
#include "json.h"
#include "names.h"
#include "size.h"

static struct json_object *load_object(const char *dir, const char *file)
{
	struct json_object *object = NULL;
	struct json_tokener *tokener;
	char *path, *text;
	size_t len;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		return NULL;
	if (lt_file_read(path, &text, &len)) {
		free(path);
		return NULL;
	}
	tokener = json_tokener_new();
	if (tokener) {
		/* With the NUL, which ends a number or a word that stands alone. */
		object = json_tokener_parse_ex(tokener, text, len + 1);
		json_tokener_free(tokener);
	}
	free(text);
	free(path);
	if (object && !json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		object = NULL;
	}
	return object;
}

int lt_snapshot_load(const char *state_dir, const char *name, struct lt_snapshot *snapshot)
{
	struct stat st;
	int err = 0;

	memset(snapshot, 0, sizeof(*snapshot));
	if (!*name || *name == '.' || strchr(name, '/'))
		return -ENOENT;
	if (asprintf(&snapshot->path, "%s/snapshots/%s", state_dir, name) < 0) {
		snapshot->path = NULL;
		return -ENOMEM;
	}
	snapshot->name = strdup(name);
	if (!snapshot->name)
		err = -ENOMEM;
	else if (stat(snapshot->path, &st))
		err = -errno;
	else if (!S_ISDIR(st.st_mode))
		err = -ENOENT;
	if (err) {
		lt_snapshot_free(snapshot);
		return err;
	}
	snapshot->hit = load_object(snapshot->path, "hit.json");
	snapshot->proof = load_object(snapshot->path, "proof.json");
	snapshot->size = lt_size_of_tree(snapshot->path);
	return 0;
}

void lt_snapshot_free(struct lt_snapshot *snapshot)
{
	json_object_put(snapshot->hit);
	json_object_put(snapshot->proof);
	free(snapshot->name);
	free(snapshot->path);
	memset(snapshot, 0, sizeof(*snapshot));
}

bool lt_snapshot_covers(const struct lt_snapshot *snapshot)
{
	return lt_json_get_bool(snapshot->proof, "covers_begin") &&
	       lt_json_get_bool(snapshot->proof, "covers_hit");
}

bool lt_snapshot_has_trace(const struct lt_snapshot *snapshot)
{
	struct json_object *covers;

	return !json_object_object_get_ex(snapshot->proof, "covers_begin", &covers) || covers;
}

int lt_snapshots_names(const char *state_dir, char ***names, size_t *count)
{
	char *path;
	int err;

	*names = NULL;
	*count = 0;
	if (asprintf(&path, "%s/snapshots", state_dir) < 0)
		return -ENOMEM;
	err = lt_names_read(path, NULL, names, count);
	free(path);
	return err;
}

void lt_snapshots_names_free(char **names, size_t count)
{
	lt_names_free(names, count);
}
