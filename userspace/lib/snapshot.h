/* SPDX-License-Identifier: GPL-2.0 */
/* Snapshots that latency-trackerd saved. Layout and JSON: userspace/FORMATS.md. */
#ifndef LT_SNAPSHOT_H
#define LT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* Where the daemon keeps its state unless it is told otherwise. */
#define LT_STATE_DIR "/var/lib/latency-tracker"

/**
 * struct lt_snapshot - one directory below snapshots/
 * @name: name of the directory
 * @path: its path
 * @hit: object of hit.json, or NULL when it is missing or damaged
 * @proof: object of proof.json, or NULL likewise
 * @size: bytes of all files in it (their lengths, not their blocks)
 */
struct lt_snapshot {
	char *name;
	char *path;
	struct json_object *hit;
	struct json_object *proof;
	uint64_t size;
};

/**
 * lt_snapshot_load() - load one snapshot
 * @state_dir: directory of the daemon's state
 * @name: name of the snapshot
 * @snapshot: receives the result; release with lt_snapshot_free()
 *
 * Damaged or missing JSON is no error; its member stays NULL.
 *
 * Return: 0 or a negative errno: -ENOENT when there is no such snapshot (or @name holds a
 * slash), -EACCES, -ENOMEM.
 */
int lt_snapshot_load(const char *state_dir, const char *name, struct lt_snapshot *snapshot);

/** lt_snapshot_free() - release what lt_snapshot_load() filled in. */
void lt_snapshot_free(struct lt_snapshot *snapshot);

/**
 * lt_snapshot_covers() - whether the trace is proved to hold the whole operation
 * @snapshot: snapshot
 *
 * Return: true when proof.json says so for the begin and for the hit.
 */
bool lt_snapshot_covers(const struct lt_snapshot *snapshot);

/** lt_snapshot_has_trace() - Return: false when its back end saves none, so nothing is covered. */
bool lt_snapshot_has_trace(const struct lt_snapshot *snapshot);

/**
 * lt_snapshots_names() - names of all snapshots
 * @state_dir: directory of the daemon's state
 * @names: receives an array of strings, which names sort by time; release with
 *	lt_snapshots_names_free()
 * @count: receives their number, which may be 0
 *
 * Return: 0 or a negative errno: -ENOENT when the daemon never saved anything there, -EACCES,
 * -ENOMEM.
 */
int lt_snapshots_names(const char *state_dir, char ***names, size_t *count);

/** lt_snapshots_names_free() - release what lt_snapshots_names() gave; NULL is fine. */
void lt_snapshots_names_free(char **names, size_t count);

#endif /* LT_SNAPSHOT_H */
