/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One snapshot: what its capture and its proof do, one after the other.
 *
 * A job belongs to one thread at a time (snapshot.h); nothing here is locked.
 */
#ifndef LT_JOB_H
#define LT_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend.h"
#include "store.h"

/**
 * enum lt_job_kind - what it is for
 * @LT_JOB_HIT: a snapshot for a hit
 * @LT_JOB_SURVEY: find out how much history the buffers have
 * @LT_JOB_RESIZE: begin anew with other buffers
 */
enum lt_job_kind {
	LT_JOB_HIT,
	LT_JOB_SURVEY,
	LT_JOB_RESIZE,
};

/**
 * struct lt_job - a snapshot from its request to its proof, or another work of the same threads
 * @kind: which; only a hit has a name, a hit and what follows from it
 * @bytes: LT_JOB_RESIZE: the buffer of each CPU
 * @history: what was found out, span_ns is 0 if nothing
 * @name: of its directory
 * @hit: what it is taken for
 * @wall_ns: when the hit was read, CLOCK_REALTIME
 * @dirfd: its directory; -1 before and without one
 * @proof: what is known of it
 */
struct lt_job {
	enum lt_job_kind kind;
	uint64_t bytes;
	struct lt_history history;
	char name[LT_SNAPSHOT_NAME_MAX];
	struct lt_record hit;
	int64_t wall_ns;
	int dirfd;
	struct lt_proof proof;
};

/**
 * struct lt_job_site - where jobs are done
 * @backend: open back end
 * @store: where the snapshots are
 * @abort: end what is under way as early as possible
 * @busy: names of snapshots that must stay
 * @frozen: called when the trace was set aside, at @ns: no later event is in it
 * @arg: for both
 */
struct lt_job_site {
	const struct lt_backend *backend;
	const struct lt_store *store;
	atomic_bool *abort;
	lt_store_busy_fn busy;
	void (*frozen)(void *arg, const struct lt_job *job, uint64_t ns);
	void *arg;
};

/** lt_job_init() - fill in a job for a hit; lt_job_release() it */
void lt_job_init(struct lt_job *job, const struct lt_job_site *site, const struct lt_record *hit,
		 uint64_t wake_ns, int64_t wall_ns);

/** lt_job_init_other() - fill in a job of another kind; lt_job_release() it */
void lt_job_init_other(struct lt_job *job, enum lt_job_kind kind, uint64_t bytes);

/** lt_job_release() - release what a job holds, not what it saved */
void lt_job_release(struct lt_job *job);

/**
 * lt_job_describe() - make the directory, write the hit and that it is being recorded
 *
 * Return: 0 or a negative errno, with the reason in the proof.
 */
int lt_job_describe(const struct lt_job_site *site, struct lt_job *job);

/**
 * lt_job_capture() - freeze and save the trace, or begin a survey, or resize the buffers
 *
 * By the capture thread, which is real-time when it comes and when it goes. What fails is tried
 * once more, unless the disk is full or the daemon is ending; the proof tells the result.
 */
void lt_job_capture(const struct lt_job_site *site, struct lt_job *job);

/**
 * lt_job_prove() - read what was saved, write the proof and tell the log; by the proof thread
 *
 * Of a survey nothing is left but its history.
 */
void lt_job_prove(const struct lt_job_site *site, struct lt_job *job);

#endif /* LT_JOB_H */
