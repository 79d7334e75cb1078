// SPDX-License-Identifier: GPL-2.0
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "clock.h"
#include "fileutil.h"
#include "json.h"
#include "log.h"
#include "options.h"
#include "remove.h"
#include "size.h"

#define PROOF_JSON_MAX (256 * 1024)

static int open_dir_at(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int lt_store_open(struct lt_store *store, const char *path)
{
	int ret = lt_mkdir_parents(path);

	if (ret)
		return ret;
	*store = (struct lt_store){ .path = path };
	store->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0)
		return -errno;
	if (mkdirat(store->fd, "snapshots", 0750) && errno != EEXIST) {
		ret = -errno;
		close(store->fd);
		return ret;
	}
	store->snapshots_fd = open_dir_at(store->fd, "snapshots");
	if (store->snapshots_fd < 0) {
		close(store->fd);
		return store->snapshots_fd;
	}
	return 0;
}

void lt_store_set_limits(struct lt_store *store, const struct lt_options *opts)
{
	store->max_snapshots = opts->max_snapshots;
	store->min_free_bytes = opts->min_free_mb << 20;
	store->quota_bytes = opts->quota_mb << 20;
}

void lt_store_close(struct lt_store *store)
{
	close(store->snapshots_fd);
	close(store->fd);
}

void lt_store_name(char *name, const struct lt_record *hit, int64_t wall_ns)
{
	time_t seconds = wall_ns / 1000000000;
	char date[24];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(name, LT_SNAPSHOT_NAME_MAX, "%s-%s-%llu", date, hit->tracker,
		 (unsigned long long)hit->seq);
}

/* YYYYmmddTHHMMSSZ-... : what we made ourselves, and nothing that a user put beside it. */
static bool is_our_name(const char *name)
{
	static const char shape[] = "ddddddddTddddddZ-";

	for (size_t i = 0; shape[i]; i++) {
		if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
			return false;
	}
	return true;
}

int lt_store_create(const struct lt_store *store, const char *name)
{
	if (mkdirat(store->snapshots_fd, name, 0750))
		return -errno;
	return open_dir_at(store->snapshots_fd, name);
}

static int write_json(int dirfd, const char *name, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_SPACED |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	int ret = text ? lt_write_file(dirfd, name, text, strlen(text)) : -ENOMEM;

	json_object_put(object);
	return ret;
}

int lt_store_write_hit(int dirfd, const struct lt_record *hit, int64_t wall_ns)
{
	char wall[LT_CLOCK_TEXT_MAX];

	lt_clock_rfc3339(wall_ns, wall, sizeof(wall));
	return write_json(dirfd, "hit.json", lt_record_to_json(hit, wall));
}

int lt_store_write_proof(int dirfd, const struct lt_proof *proof)
{
	return write_json(dirfd, "proof.json", lt_proof_to_json(proof));
}

static bool remove_one(const struct lt_store *store, const char *name)
{
	int ret = lt_remove_tree(store->snapshots_fd, name);

	/* The user, or another of our threads, may be removing the same one. */
	if (ret && ret != -ENOENT)
		lt_warn("cannot remove snapshot %s: %s", name, strerror(-ret));
	else
		lt_debug("removed snapshot %s", name);
	return !ret;
}

void lt_store_remove(const struct lt_store *store, const char *name)
{
	remove_one(store, name);
}

void lt_store_strip(int dirfd)
{
	int fd = open_dir_at(dirfd, ".");
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    strcmp(entry->d_name, "hit.json") && strcmp(entry->d_name, "proof.json"))
			lt_remove_tree(dirfd, entry->d_name);
	}
	closedir(dir);
}

/* An object in any case: a proof that cannot be read is made anew. */
static struct json_object *read_proof(int dirfd)
{
	char *text = malloc(PROOF_JSON_MAX);
	struct json_object *object = NULL;

	if (text && lt_read_text(dirfd, "proof.json", text, PROOF_JSON_MAX) > 0)
		object = json_tokener_parse(text);
	free(text);
	if (json_object_is_type(object, json_type_object))
		return object;
	json_object_put(object);
	return json_object_new_object();
}

static void recover_one(const struct lt_store *store, const char *name)
{
	struct json_object *proof;
	const char *status;
	int dirfd, ret;

	dirfd = open_dir_at(store->snapshots_fd, name);
	if (dirfd < 0)
		return;
	proof = read_proof(dirfd);
	status = lt_json_get_string(proof, "status");
	if (status && strcmp(status, "recording")) {
		json_object_put(proof);
	} else {
		lt_json_add_string(proof, "status", "failed");
		lt_json_add_string(proof, "error", "the daemon died during this snapshot");
		ret = write_json(dirfd, "proof.json", proof);
		lt_notice("snapshot %s: marked as failed, its daemon died%s%s", name,
			  ret ? ": " : "", ret ? strerror(-ret) : "");
	}
	close(dirfd);
}

/* A descriptor of its own for every walk, because they share no position. */
static DIR *open_snapshots(const struct lt_store *store)
{
	int fd = open_dir_at(store->snapshots_fd, ".");

	return fd < 0 ? NULL : fdopendir(fd);
}

void lt_store_recover(const struct lt_store *store)
{
	DIR *dir = open_snapshots(store);
	struct dirent *entry;

	if (!dir) {
		lt_warn("cannot look for unfinished snapshots: %m");
		return;
	}
	while ((entry = readdir(dir))) {
		if (is_our_name(entry->d_name))
			recover_one(store, entry->d_name);
	}
	closedir(dir);
}

/* @bytes: what all of them take, 0 where nobody asks */
struct name_list {
	char (*names)[LT_SNAPSHOT_NAME_MAX];
	uint64_t bytes;
	size_t count;
	size_t size;
};

static int add_name(struct name_list *list, const char *name)
{
	void *bigger;

	if (strlen(name) >= LT_SNAPSHOT_NAME_MAX)
		return 0;
	if (list->count == list->size) {
		list->size = list->size * 2 ?: 64;
		bigger = realloc(list->names, list->size * sizeof(*list->names));
		if (!bigger)
			return -ENOMEM;
		list->names = bigger;
	}
	strcpy(list->names[list->count++], name);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The time is at the beginning of a name, so the oldest comes first. */
static int list_snapshots(const struct lt_store *store, struct name_list *list)
{
	DIR *dir = open_snapshots(store);
	struct dirent *entry;
	int ret = 0;

	*list = (struct name_list){ 0 };
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		if (is_our_name(entry->d_name))
			ret = add_name(list, entry->d_name);
	}
	closedir(dir);
	if (!ret && list->count)
		qsort(list->names, list->count, sizeof(*list->names), compare_names);
	return ret;
}

static bool space_is_short(const struct lt_store *store)
{
	uint64_t min_free_bytes = store->min_free_bytes;
	struct statvfs fs;

	if (!min_free_bytes || fstatvfs(store->fd, &fs))
		return false;
	return (uint64_t)fs.f_bavail * fs.f_frsize < min_free_bytes;
}

static uint64_t size_of(const struct lt_store *store, const char *name)
{
	char path[PATH_MAX];

	if (!store->quota_bytes || lt_path(path, sizeof(path), "%s/snapshots/%s", store->path, name))
		return 0;
	return lt_size_of_tree(path);
}

static void measure(const struct lt_store *store, struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		list->bytes += size_of(store, list->names[i]);
}

/* Of snapshots that are too big one stays, or there would be none. */
static bool is_too_much(const struct lt_store *store, const struct name_list *list, size_t left)
{
	return left > store->max_snapshots || space_is_short(store) ||
	       (store->quota_bytes && list->bytes > store->quota_bytes && left > 1);
}

int lt_store_prune(const struct lt_store *store, lt_store_busy_fn busy, void *arg)
{
	struct name_list list;
	size_t left;
	int ret = list_snapshots(store, &list);

	left = list.count;
	measure(store, &list);
	for (size_t i = 0; !ret && i < list.count && is_too_much(store, &list, left); i++) {
		uint64_t bytes = size_of(store, list.names[i]);

		if (busy(list.names[i], arg) || !remove_one(store, list.names[i]))
			continue;
		left--;
		list.bytes -= bytes < list.bytes ? bytes : list.bytes;
	}
	free(list.names);
	if (ret)
		lt_warn("cannot list the snapshots: %s", strerror(-ret));
	return space_is_short(store) ? -ENOSPC : 0;
}
