/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The snapshots' directories: made, described, counted and removed.
 *
 * Nothing here follows a symbolic link, and only directories whose names look like ours are
 * ever removed.
 */
#ifndef LT_STORE_H
#define LT_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "proof.h"

/* Room for the name of a snapshot: time, tracker, seq. */
#define LT_SNAPSHOT_NAME_MAX	96

/**
 * struct lt_store - an output directory
 * @path: absolute path, owned by the options
 * @fd: descriptor of it
 * @snapshots_fd: descriptor of its snapshots/
 * @max_snapshots: how many are kept; a reload may change it
 * @min_free_bytes: free space that a snapshot must leave; likewise
 * @quota_bytes: what all snapshots may take together, 0: no limit; likewise
 *
 * All else is constant while threads run, so every thread may use it.
 */
struct lt_store {
	const char *path;
	int fd;
	int snapshots_fd;
	_Atomic uint64_t max_snapshots;
	_Atomic uint64_t min_free_bytes;
	_Atomic uint64_t quota_bytes;
};

/* Is this snapshot still being worked on? Such a one is never removed. */
typedef bool (*lt_store_busy_fn)(const char *name, void *arg);

/**
 * lt_store_open() - open, and make where missing, the output directory
 * @store: receives it; lt_store_close() it
 * @path: as struct lt_options.output
 *
 * Return: 0 or a negative errno.
 */
int lt_store_open(struct lt_store *store, const char *path);

struct lt_options;

/** lt_store_set_limits() - set the limits; the next snapshot that begins or ends keeps them */
void lt_store_set_limits(struct lt_store *store, const struct lt_options *opts);

void lt_store_close(struct lt_store *store);

/** lt_store_name() - the name of the snapshot for a hit that was read at @wall_ns */
void lt_store_name(char *name, const struct lt_record *hit, int64_t wall_ns);

/** lt_store_create() - make the directory of a snapshot; Return: descriptor or -errno. */
int lt_store_create(const struct lt_store *store, const char *name);

/** lt_store_write_hit() - write hit.json; Return: 0 or -errno. */
int lt_store_write_hit(int dirfd, const struct lt_record *hit, int64_t wall_ns);

/** lt_store_write_proof() - replace proof.json in one step; Return: 0 or -errno. */
int lt_store_write_proof(int dirfd, const struct lt_proof *proof);

/**
 * lt_store_strip() - remove what a failed snapshot saved of the trace, keep the JSON files
 * @dirfd: the snapshot's directory
 */
void lt_store_strip(int dirfd);

/** lt_store_remove() - remove a snapshot */
void lt_store_remove(const struct lt_store *store, const char *name);

/**
 * lt_store_recover() - mark what a dead daemon left in "recording" as failed
 * @store: whose lock the caller holds
 */
void lt_store_recover(const struct lt_store *store);

/**
 * lt_store_prune() - remove the oldest snapshots until the limits are kept
 * @store: store
 * @busy: which ones must stay
 * @arg: for @busy
 *
 * Return: 0, or -ENOSPC when the file system has less than the wanted free space with nothing
 * left to remove.
 */
int lt_store_prune(const struct lt_store *store, lt_store_busy_fn busy, void *arg);

#endif /* LT_STORE_H */
