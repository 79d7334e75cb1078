/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots, from the request to the proof.
 *
 * Two threads: one takes snapshots (freeze at real-time priority, then save), one reads what
 * was saved and writes the proof. So the next snapshot need not wait for the proof of the last
 * one, and the main thread, which reads hits, waits for neither.
 *
 *	main thread		capture thread			proof thread
 *	request: QUEUED    ->	CAPTURING: freeze, save	   ->	PROVING: prove, gone
 *
 * Who may do what: requests, times, shared, finish, abort and the event descriptor belong to the main
 * thread. One mutex protects the list of jobs and their states; a job's other fields belong to
 * the thread that its state names.
 */
#ifndef LT_SNAPSHOT_H
#define LT_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "backend.h"
#include "job.h"
#include "store.h"

struct lt_snapshots;

/* A snapshot that failed: for the journal. */
struct lt_snapshot_failure {
	char name[LT_SNAPSHOT_NAME_MAX];
	char error[LT_PROOF_TEXT_MAX];
};

/**
 * lt_snapshots_start() - start the threads
 * @backend: an open back end
 * @store: where snapshots go; both outlive the threads
 *
 * Every request is taken, at once, until lt_snapshots_set_times().
 *
 * Return: a handle for lt_snapshots_stop(), or NULL with errno.
 */
struct lt_snapshots *lt_snapshots_start(const struct lt_backend *backend,
					const struct lt_store *store);

/**
 * lt_snapshots_set_times() - set what paces snapshots, from the next one on
 * @snaps: handle
 * @rate_ms: least time between two requests that are taken
 * @after_ms: how long the recording goes on after a hit before its snapshot is taken
 */
void lt_snapshots_set_times(struct lt_snapshots *snaps, uint64_t rate_ms, uint64_t after_ms);

/**
 * lt_snapshots_request() - ask for a snapshot for a hit
 * @snaps: handle
 * @hit: copied
 * @wake_ns: when the hit was read, CLOCK_MONOTONIC
 * @wall_ns: the same moment, CLOCK_REALTIME
 * @name: receives the name it will have
 *
 * Return: 0; -EAGAIN when the last one is too recent; -EBUSY when one is waiting already or
 * too many are unfinished; -ENOMEM.
 */
int lt_snapshots_request(struct lt_snapshots *snaps, const struct lt_record *hit,
			 uint64_t wake_ns, int64_t wall_ns, char *name);

/**
 * lt_snapshots_request_other() - ask for a survey or for other buffers
 * @snaps: handle
 * @kind: LT_JOB_SURVEY or LT_JOB_RESIZE
 * @bytes: for LT_JOB_RESIZE: buffer of each CPU
 *
 * Its end is told by the event descriptor and lt_snapshots_take_history().
 *
 * Return: 0; -EBUSY when a snapshot is being made; -EOPNOTSUPP by a back end that cannot;
 * -ENOMEM.
 */
int lt_snapshots_request_other(struct lt_snapshots *snaps, enum lt_job_kind kind, uint64_t bytes);

/**
 * lt_snapshots_take_history() - the newest measurement, by a survey or a snapshot
 * @snaps: handle
 * @history: receives it; span_ns is 0 when it failed or the buffers are new
 *
 * Return: whether there is one that was not taken yet.
 */
bool lt_snapshots_take_history(struct lt_snapshots *snaps, struct lt_history *history);

/**
 * lt_snapshots_shared() - does the newest snapshot span this hit too?
 * @snaps: handle
 * @hit: hit
 * @name: receives the name of the snapshot
 *
 * True when the trace was not frozen before the hit and its operation began no earlier than
 * the one that the snapshot was taken for (or the trace is known to reach back to it).
 */
bool lt_snapshots_shared(struct lt_snapshots *snaps, const struct lt_record *hit, char *name);

/** lt_snapshots_event_fd() - Return: a descriptor that polls readable when a job has ended. */
int lt_snapshots_event_fd(const struct lt_snapshots *snaps);

/**
 * lt_snapshots_ended() - how many jobs have ended?
 * @snaps: handle; its event descriptor is reset
 * @failed: receives how many of them failed
 *
 * Return: number since the start.
 */
unsigned long lt_snapshots_ended(struct lt_snapshots *snaps, unsigned long *failed);

/**
 * lt_snapshots_take_failure() - the oldest failure that was not taken yet
 * @snaps: handle
 * @failure: receives it
 *
 * More than eight that nobody takes are forgotten, but counted in lt_snapshots_ended().
 *
 * Return: whether there is one.
 */
bool lt_snapshots_take_failure(struct lt_snapshots *snaps, struct lt_snapshot_failure *failure);

/** lt_snapshots_idle() - Return: whether no job is unfinished. */
bool lt_snapshots_idle(struct lt_snapshots *snaps);

/** lt_snapshots_finish() - take no further requests; a job that only waits fails */
void lt_snapshots_finish(struct lt_snapshots *snaps);

/** lt_snapshots_abort() - after finish: end proofs and captures as early as they can */
void lt_snapshots_abort(struct lt_snapshots *snaps);

/** lt_snapshots_stop() - wait for the threads to end and release everything */
void lt_snapshots_stop(struct lt_snapshots *snaps);

#endif /* LT_SNAPSHOT_H */
