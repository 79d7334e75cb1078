// SPDX-License-Identifier: GPL-2.0
#include "snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "counts.h"
#include "job.h"
#include "log.h"
#include "realtime.h"

/* Jobs that are not finished: further hits are journalled without a snapshot of their own. */
#define JOBS_MAX	4
/* Failures that nobody has asked for yet; more than there are jobs. */
#define FAILURES_MAX	8

#define NS_PER_MS	1000000ULL
#define NS_PER_SEC	1000000000ULL

enum job_state {
	JOB_QUEUED,
	JOB_CAPTURING,
	JOB_CAPTURED,
	JOB_PROVING,
};

struct job {
	struct job *next;
	enum job_state state;
	struct lt_job work;
};

/*
 * What the main thread asks about the newest snapshot, which may have ended long ago.
 * frozen_ns is UINT64_MAX until the trace is frozen.
 */
struct newest {
	char name[LT_SNAPSHOT_NAME_MAX];
	uint64_t begin_ns;
	uint64_t frozen_ns;
	uint64_t requested_ns;
	bool usable;
};

struct lt_snapshots {
	struct lt_job_site site;		/* constant */
	int event_fd;				/* constant */
	atomic_bool abort;
	pthread_t capture_thread;		/* main thread only */
	pthread_t proof_thread;			/* main thread only */

	pthread_mutex_t lock;			/* protects all below */
	pthread_cond_t changed;
	uint64_t rate_ns;
	uint64_t after_ns;
	struct job *jobs;			/* oldest first */
	unsigned int nr_jobs;
	struct newest newest;
	struct lt_snapshot_failure failures[FAILURES_MAX];
	unsigned int nr_failures;
	struct lt_history history;
	bool measured;
	bool finishing;
};

static struct job *find_job(struct lt_snapshots *snaps, enum job_state state)
{
	struct job *job = snaps->jobs;

	while (job && job->state != state)
		job = job->next;
	return job;
}

/* Waits for a job in state @from and makes it @to; NULL when the thread is to end. */
static struct job *take_job(struct lt_snapshots *snaps, enum job_state from, enum job_state to)
{
	struct job *job;

	pthread_mutex_lock(&snaps->lock);
	for (;;) {
		job = find_job(snaps, from);
		if (job || (snaps->finishing && (from == JOB_QUEUED || !snaps->nr_jobs)))
			break;
		pthread_cond_wait(&snaps->changed, &snaps->lock);
	}
	if (job)
		job->state = to;
	pthread_mutex_unlock(&snaps->lock);
	return job;
}

static void pass_on(struct lt_snapshots *snaps, struct job *job)
{
	pthread_mutex_lock(&snaps->lock);
	job->state = JOB_CAPTURED;
	pthread_cond_broadcast(&snaps->changed);
	pthread_mutex_unlock(&snaps->lock);
}

static void unlink_job(struct lt_snapshots *snaps, struct job *job)
{
	struct job **at = &snaps->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	snaps->nr_jobs--;
}

/* Called with the lock held. */
static void note_failure(struct lt_snapshots *snaps, const struct lt_job *work)
{
	struct lt_snapshot_failure *failure = &snaps->failures[snaps->nr_failures];

	if (snaps->nr_failures == FAILURES_MAX)
		return;
	snaps->nr_failures++;
	snprintf(failure->name, sizeof(failure->name), "%s", work->name);
	snprintf(failure->error, sizeof(failure->error), "%s", work->proof.error);
}

/* Called with the lock held. */
static void count_hit(struct lt_snapshots *snaps, const struct lt_job *work, bool failed)
{
	lt_count_add(&lt_counts.snapshots_ended, 1);
	if (failed) {
		lt_count_add(&lt_counts.snapshots_failed, 1);
		note_failure(snaps, work);
	} else {
		lt_count_set(&lt_counts.last_snapshot_ns, lt_clock_wall_ns());
	}
}

static void end_job(struct lt_snapshots *snaps, struct job *job)
{
	const struct lt_job *work = &job->work;
	bool failed = work->proof.status != LT_PROOF_OK;

	pthread_mutex_lock(&snaps->lock);
	unlink_job(snaps, job);
	if (work->kind == LT_JOB_HIT)
		count_hit(snaps, work, failed);
	if (work->history.span_ns || work->kind != LT_JOB_HIT) {
		snaps->history = work->history;
		snaps->measured = true;
	}
	if (work->kind == LT_JOB_HIT && !strcmp(snaps->newest.name, work->name)) {
		snaps->newest.usable = !failed;
		if (work->proof.covered_since_ns)
			snaps->newest.begin_ns = work->proof.covered_since_ns;
	}
	pthread_cond_broadcast(&snaps->changed);
	pthread_mutex_unlock(&snaps->lock);
	lt_job_release(&job->work);
	free(job);
	eventfd_write(snaps->event_fd, 1);
}

static bool is_busy(const char *name, void *arg)
{
	struct lt_snapshots *snaps = arg;
	struct job *job;

	pthread_mutex_lock(&snaps->lock);
	for (job = snaps->jobs; job; job = job->next) {
		if (!strcmp(job->work.name, name))
			break;
	}
	pthread_mutex_unlock(&snaps->lock);
	return job;
}

/* The hit that this snapshot shares must not be newer than this. */
static void note_frozen(void *arg, const struct lt_job *work, uint64_t ns)
{
	struct lt_snapshots *snaps = arg;

	pthread_mutex_lock(&snaps->lock);
	if (!strcmp(snaps->newest.name, work->name))
		snaps->newest.frozen_ns = ns;
	pthread_mutex_unlock(&snaps->lock);
}

/* Let the recording go on past the hit, as --after-ms asks; a stop of the daemon cuts it short. */
static void wait_after(struct lt_snapshots *snaps, const struct lt_job *work)
{
	struct timespec until;
	uint64_t ns;

	pthread_mutex_lock(&snaps->lock);
	ns = work->hit.ts_ns + snaps->after_ns;
	until = (struct timespec){ .tv_sec = ns / NS_PER_SEC, .tv_nsec = ns % NS_PER_SEC };
	while (snaps->after_ns && !snaps->finishing && lt_clock_mono_ns() < ns)
		pthread_cond_timedwait(&snaps->changed, &snaps->lock, &until);
	pthread_mutex_unlock(&snaps->lock);
}

static void *capture_main(void *arg)
{
	struct lt_snapshots *snaps = arg;
	struct job *job;

	lt_realtime_enter();
	while ((job = take_job(snaps, JOB_QUEUED, JOB_CAPTURING))) {
		if (job->work.kind == LT_JOB_HIT)
			wait_after(snaps, &job->work);
		lt_job_capture(&snaps->site, &job->work);
		pass_on(snaps, job);
	}
	return NULL;
}

static void *proof_main(void *arg)
{
	struct lt_snapshots *snaps = arg;
	struct job *job;

	while ((job = take_job(snaps, JOB_CAPTURED, JOB_PROVING))) {
		lt_job_prove(&snaps->site, &job->work);
		end_job(snaps, job);
		lt_store_prune(snaps->site.store, is_busy, snaps);
	}
	return NULL;
}

static struct job *new_job(struct lt_snapshots *snaps, const struct lt_record *hit,
			   uint64_t wake_ns, int64_t wall_ns)
{
	struct job *job = malloc(sizeof(*job));

	if (!job)
		return NULL;
	job->next = NULL;
	job->state = JOB_QUEUED;
	lt_job_init(&job->work, &snaps->site, hit, wake_ns, wall_ns);
	return job;
}

static void append(struct lt_snapshots *snaps, struct job *job)
{
	struct job **at = &snaps->jobs;

	while (*at)
		at = &(*at)->next;
	*at = job;
	snaps->nr_jobs++;
	pthread_cond_broadcast(&snaps->changed);
}

static void enqueue(struct lt_snapshots *snaps, struct job *job, uint64_t wake_ns)
{
	struct newest *newest = &snaps->newest;

	append(snaps, job);
	snprintf(newest->name, sizeof(newest->name), "%s", job->work.name);
	newest->begin_ns = job->work.hit.begin_ns;
	newest->frozen_ns = UINT64_MAX;
	newest->requested_ns = wake_ns;
	newest->usable = true;
}

static struct job *find_queued_hit(const struct lt_snapshots *snaps)
{
	struct job *job = snaps->jobs;

	while (job && (job->state != JOB_QUEUED || job->work.kind != LT_JOB_HIT))
		job = job->next;
	return job;
}

/* Called with the lock held. */
static int may_request(const struct lt_snapshots *snaps, uint64_t now_ns)
{
	if (snaps->newest.requested_ns && now_ns - snaps->newest.requested_ns < snaps->rate_ns)
		return -EAGAIN;
	if (snaps->finishing || snaps->nr_jobs >= JOBS_MAX)
		return -EBUSY;
	return find_queued_hit(snaps) ? -EBUSY : 0;
}

int lt_snapshots_request_other(struct lt_snapshots *snaps, enum lt_job_kind kind, uint64_t bytes)
{
	struct job *job;
	int ret = 0;

	if (!snaps->site.backend->survey)
		return -EOPNOTSUPP;
	job = malloc(sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->next = NULL;
	job->state = JOB_QUEUED;
	lt_job_init_other(&job->work, kind, bytes);
	pthread_mutex_lock(&snaps->lock);
	if (snaps->nr_jobs || snaps->finishing)
		ret = -EBUSY;
	else
		append(snaps, job);
	pthread_mutex_unlock(&snaps->lock);
	if (ret)
		free(job);
	return ret;
}

bool lt_snapshots_take_history(struct lt_snapshots *snaps, struct lt_history *history)
{
	bool found;

	pthread_mutex_lock(&snaps->lock);
	found = snaps->measured;
	snaps->measured = false;
	*history = snaps->history;
	pthread_mutex_unlock(&snaps->lock);
	return found;
}

void lt_snapshots_set_times(struct lt_snapshots *snaps, uint64_t rate_ms, uint64_t after_ms)
{
	pthread_mutex_lock(&snaps->lock);
	snaps->rate_ns = rate_ms * NS_PER_MS;
	snaps->after_ns = after_ms * NS_PER_MS;
	pthread_mutex_unlock(&snaps->lock);
}

int lt_snapshots_request(struct lt_snapshots *snaps, const struct lt_record *hit,
			 uint64_t wake_ns, int64_t wall_ns, char *name)
{
	struct job *job;
	int ret;

	pthread_mutex_lock(&snaps->lock);
	ret = may_request(snaps, wake_ns);
	if (!ret) {
		job = new_job(snaps, hit, wake_ns, wall_ns);
		if (job) {
			strcpy(name, job->work.name);
			enqueue(snaps, job, wake_ns);
		} else {
			ret = -ENOMEM;
		}
	}
	pthread_mutex_unlock(&snaps->lock);
	return ret;
}

bool lt_snapshots_shared(struct lt_snapshots *snaps, const struct lt_record *hit, char *name)
{
	const struct newest *newest = &snaps->newest;
	bool shared;

	pthread_mutex_lock(&snaps->lock);
	shared = newest->usable && hit->ts_ns <= newest->frozen_ns &&
		 hit->begin_ns >= newest->begin_ns;
	if (shared)
		strcpy(name, newest->name);
	pthread_mutex_unlock(&snaps->lock);
	return shared;
}

int lt_snapshots_event_fd(const struct lt_snapshots *snaps)
{
	return snaps->event_fd;
}

unsigned long lt_snapshots_ended(struct lt_snapshots *snaps, unsigned long *failed)
{
	unsigned long ended;
	eventfd_t count;

	eventfd_read(snaps->event_fd, &count);
	pthread_mutex_lock(&snaps->lock);
	ended = lt_count_get(&lt_counts.snapshots_ended);
	*failed = lt_count_get(&lt_counts.snapshots_failed);
	pthread_mutex_unlock(&snaps->lock);
	return ended;
}

bool lt_snapshots_take_failure(struct lt_snapshots *snaps, struct lt_snapshot_failure *failure)
{
	bool found;

	pthread_mutex_lock(&snaps->lock);
	found = snaps->nr_failures;
	if (found) {
		*failure = snaps->failures[0];
		memmove(snaps->failures, snaps->failures + 1,
			--snaps->nr_failures * sizeof(*failure));
	}
	pthread_mutex_unlock(&snaps->lock);
	return found;
}

bool lt_snapshots_idle(struct lt_snapshots *snaps)
{
	bool idle;

	pthread_mutex_lock(&snaps->lock);
	idle = !snaps->nr_jobs;
	pthread_mutex_unlock(&snaps->lock);
	return idle;
}

void lt_snapshots_finish(struct lt_snapshots *snaps)
{
	struct job *job;

	pthread_mutex_lock(&snaps->lock);
	snaps->finishing = true;
	/* Its name is in the journal: it gets its directory, with the reason why it is empty. */
	job = find_queued_hit(snaps);
	if (job)
		job->state = JOB_CAPTURING;
	pthread_cond_broadcast(&snaps->changed);
	pthread_mutex_unlock(&snaps->lock);
	if (!job)
		return;
	lt_job_describe(&snaps->site, &job->work);
	lt_proof_fail(&job->work.proof, "the daemon was stopped before it took this snapshot");
	pass_on(snaps, job);
}

void lt_snapshots_abort(struct lt_snapshots *snaps)
{
	atomic_store(&snaps->abort, true);
}

/*
 * PTHREAD_PRIO_INHERIT: the proof thread holds the lock at normal priority while the real-time
 * reader wants it.
 */
static void init_lock(struct lt_snapshots *snaps)
{
	pthread_condattr_t cond;
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&snaps->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_condattr_init(&cond);
	pthread_condattr_setclock(&cond, CLOCK_MONOTONIC);
	pthread_cond_init(&snaps->changed, &cond);
	pthread_condattr_destroy(&cond);
}

static void release(struct lt_snapshots *snaps)
{
	pthread_cond_destroy(&snaps->changed);
	pthread_mutex_destroy(&snaps->lock);
	close(snaps->event_fd);
	free(snaps);
}

static int start_threads(struct lt_snapshots *snaps)
{
	int ret = pthread_create(&snaps->capture_thread, NULL, capture_main, snaps);

	if (ret)
		return ret;
	ret = pthread_create(&snaps->proof_thread, NULL, proof_main, snaps);
	if (!ret) {
		pthread_setname_np(snaps->capture_thread, "lt-capture");
		pthread_setname_np(snaps->proof_thread, "lt-proof");
		return 0;
	}
	lt_snapshots_finish(snaps);
	pthread_join(snaps->capture_thread, NULL);
	return ret;
}

struct lt_snapshots *lt_snapshots_start(const struct lt_backend *backend,
					const struct lt_store *store)
{
	struct lt_snapshots *snaps = calloc(1, sizeof(*snaps));
	int ret;

	if (!snaps)
		return NULL;
	snaps->site = (struct lt_job_site){ .backend = backend, .store = store,
					    .abort = &snaps->abort, .busy = is_busy,
					    .frozen = note_frozen, .arg = snaps };
	snaps->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (snaps->event_fd < 0) {
		free(snaps);
		return NULL;
	}
	init_lock(snaps);
	ret = start_threads(snaps);
	if (!ret)
		return snaps;
	release(snaps);
	errno = ret;
	return NULL;
}

void lt_snapshots_stop(struct lt_snapshots *snaps)
{
	lt_snapshots_finish(snaps);
	pthread_join(snaps->capture_thread, NULL);
	pthread_join(snaps->proof_thread, NULL);
	release(snaps);
}
