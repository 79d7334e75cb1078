// SPDX-License-Identifier: GPL-2.0
#include "snapshot.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "fileutil.h"
#include "log.h"
#include "realtime.h"

/* Jobs that are not finished: further hits are journalled without a snapshot of their own. */
#define JOBS_MAX	4

#define NS_PER_MS	1000000ULL

enum job_state {
	JOB_QUEUED,
	JOB_CAPTURING,
	JOB_CAPTURED,
	JOB_PROVING,
};

struct job {
	struct job *next;
	enum job_state state;
	char name[LT_SNAPSHOT_NAME_MAX];
	struct lt_record hit;
	int64_t wall_ns;
	int dirfd;		/* -1 before and without a directory */
	struct lt_proof proof;
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
	const struct lt_backend *backend;	/* constant */
	const struct lt_store *store;		/* constant */
	int event_fd;				/* constant */
	atomic_bool abort;
	pthread_t capture_thread;		/* main thread only */
	pthread_t proof_thread;			/* main thread only */

	pthread_mutex_t lock;			/* protects all below */
	pthread_cond_t changed;
	uint64_t rate_ns;
	struct job *jobs;			/* oldest first */
	unsigned int nr_jobs;
	struct newest newest;
	unsigned long ended;
	unsigned long failed;
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

static void end_job(struct lt_snapshots *snaps, struct job *job)
{
	bool failed = job->proof.status != LT_PROOF_OK;

	pthread_mutex_lock(&snaps->lock);
	unlink_job(snaps, job);
	snaps->ended++;
	snaps->failed += failed;
	if (!strcmp(snaps->newest.name, job->name)) {
		snaps->newest.usable = !failed;
		if (job->proof.covered_since_ns)
			snaps->newest.begin_ns = job->proof.covered_since_ns;
	}
	pthread_cond_broadcast(&snaps->changed);
	pthread_mutex_unlock(&snaps->lock);
	if (job->dirfd >= 0)
		close(job->dirfd);
	lt_proof_free(&job->proof);
	free(job);
	eventfd_write(snaps->event_fd, 1);
}

static bool is_busy(const char *name, void *arg)
{
	struct lt_snapshots *snaps = arg;
	struct job *job;

	pthread_mutex_lock(&snaps->lock);
	for (job = snaps->jobs; job; job = job->next) {
		if (!strcmp(job->name, name))
			break;
	}
	pthread_mutex_unlock(&snaps->lock);
	return job;
}

/* The hit that this snapshot shares must not be newer than this. */
static void note_frozen(struct lt_snapshots *snaps, const struct job *job, uint64_t ns)
{
	pthread_mutex_lock(&snaps->lock);
	if (!strcmp(snaps->newest.name, job->name))
		snaps->newest.frozen_ns = ns;
	pthread_mutex_unlock(&snaps->lock);
}

static int describe(struct lt_snapshots *snaps, struct job *job)
{
	int ret = lt_store_prune(snaps->store, is_busy, snaps);

	if (ret) {
		lt_proof_fail(&job->proof, "less than --min-free-mb is free on the disk");
		return ret;
	}
	job->dirfd = lt_store_create(snaps->store, job->name);
	if (job->dirfd < 0) {
		ret = job->dirfd;
		lt_proof_fail(&job->proof, "cannot make the directory: %s", strerror(-ret));
		return ret;
	}
	ret = lt_store_write_hit(job->dirfd, &job->hit, job->wall_ns);
	if (!ret)
		ret = lt_store_write_proof(job->dirfd, &job->proof);
	if (ret)
		lt_proof_fail(&job->proof, "cannot write hit.json and proof.json: %s",
			      strerror(-ret));
	return ret;
}

static int freeze(struct lt_snapshots *snaps, struct job *job)
{
	struct lt_capture *capture = &job->proof.capture;
	char why[LT_WHY_MAX] = "";
	int ret;

	ret = snaps->backend->freeze(capture, why);
	if (ret)
		lt_proof_fail(&job->proof, "%s", *why ? why : strerror(-ret));
	else
		note_frozen(snaps, job, capture->begin_ns);
	return ret;
}

static void save(struct lt_snapshots *snaps, struct job *job)
{
	char dir[PATH_MAX], why[LT_WHY_MAX] = "";
	int ret = lt_path(dir, sizeof(dir), "%s/snapshots/%s", snaps->store->path, job->name);

	if (!snaps->backend->freeze)
		note_frozen(snaps, job, lt_clock_mono_ns());
	if (!ret)
		ret = snaps->backend->save(dir, &job->proof.capture, why);
	if (!ret)
		return;
	lt_proof_fail(&job->proof, "%s", *why ? why : strerror(-ret));
	/* Half a trace is of no use, and on a full disk it takes the room of the journal. */
	lt_store_strip(job->dirfd);
}

static void capture(struct lt_snapshots *snaps, struct job *job)
{
	bool freezes = snaps->backend->freeze;
	bool frozen;

	lt_debug("snapshot %s: begins", job->name);
	frozen = !freezes || !freeze(snaps, job);
	if (freezes)
		lt_realtime_leave();
	if (!describe(snaps, job) && frozen)
		save(snaps, job);
	else if (freezes && frozen)
		snaps->backend->discard();
	lt_realtime_enter();
}

static void *capture_main(void *arg)
{
	struct lt_snapshots *snaps = arg;
	struct job *job;

	lt_realtime_enter();
	while ((job = take_job(snaps, JOB_QUEUED, JOB_CAPTURING))) {
		capture(snaps, job);
		pass_on(snaps, job);
	}
	return NULL;
}

static void report(const struct job *job)
{
	const struct lt_proof *proof = &job->proof;

	if (proof->status != LT_PROOF_OK) {
		lt_error("snapshot %s: failed: %s", job->name, proof->error);
		return;
	}
	lt_info("snapshot %s: %llu events, begin of the operation %scovered, taken %llu us after"
		" the hit", job->name, (unsigned long long)proof->events,
		proof->covers_begin ? "" : "NOT ",
		(unsigned long long)(proof->capture.begin_ns - proof->hit_ns) / 1000);
}

/*
 * A failed snapshot that cannot even say so goes, or the next start would take it for one whose
 * daemon died.
 */
static void write_proof(struct lt_snapshots *snaps, struct job *job)
{
	bool failed = job->proof.status == LT_PROOF_FAILED;
	int ret = lt_store_write_proof(job->dirfd, &job->proof);

	if (!ret)
		return;
	lt_proof_fail(&job->proof, "cannot write proof.json: %s", strerror(-ret));
	if (failed)
		lt_store_remove(snaps->store, job->name);
}

static void prove(struct lt_snapshots *snaps, struct job *job)
{
	char dir[PATH_MAX];
	int ret = lt_path(dir, sizeof(dir), "%s/snapshots/%s", snaps->store->path, job->name);

	if (ret)
		lt_proof_fail(&job->proof, "%s", strerror(-ret));
	if (job->proof.status != LT_PROOF_FAILED) {
		snaps->backend->prove(dir, &job->hit, &job->proof, &snaps->abort);
		lt_proof_conclude(&job->proof);
	}
	if (job->dirfd >= 0)
		write_proof(snaps, job);
	report(job);
}

static void *proof_main(void *arg)
{
	struct lt_snapshots *snaps = arg;
	struct job *job;

	while ((job = take_job(snaps, JOB_CAPTURED, JOB_PROVING))) {
		prove(snaps, job);
		end_job(snaps, job);
		lt_store_prune(snaps->store, is_busy, snaps);
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
	job->hit = *hit;
	job->wall_ns = wall_ns;
	job->dirfd = -1;
	lt_proof_init(&job->proof, hit, wake_ns);
	job->proof.backend = snaps->backend->name;
	job->proof.trace = snaps->backend->trace;
	lt_store_name(job->name, hit, wall_ns);
	return job;
}

static void enqueue(struct lt_snapshots *snaps, struct job *job, uint64_t wake_ns)
{
	struct newest *newest = &snaps->newest;
	struct job **at = &snaps->jobs;

	while (*at)
		at = &(*at)->next;
	*at = job;
	snaps->nr_jobs++;
	snprintf(newest->name, sizeof(newest->name), "%s", job->name);
	newest->begin_ns = job->hit.begin_ns;
	newest->frozen_ns = UINT64_MAX;
	newest->requested_ns = wake_ns;
	newest->usable = true;
	pthread_cond_broadcast(&snaps->changed);
}

/* Called with the lock held. */
static int may_request(const struct lt_snapshots *snaps, uint64_t now_ns)
{
	if (snaps->newest.requested_ns && now_ns - snaps->newest.requested_ns < snaps->rate_ns)
		return -EAGAIN;
	if (snaps->finishing || snaps->nr_jobs >= JOBS_MAX)
		return -EBUSY;
	return find_job((struct lt_snapshots *)snaps, JOB_QUEUED) ? -EBUSY : 0;
}

void lt_snapshots_set_rate(struct lt_snapshots *snaps, uint64_t rate_ms)
{
	pthread_mutex_lock(&snaps->lock);
	snaps->rate_ns = rate_ms * NS_PER_MS;
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
			strcpy(name, job->name);
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
	ended = snaps->ended;
	*failed = snaps->failed;
	pthread_mutex_unlock(&snaps->lock);
	return ended;
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
	job = find_job(snaps, JOB_QUEUED);
	if (job)
		job->state = JOB_CAPTURING;
	pthread_cond_broadcast(&snaps->changed);
	pthread_mutex_unlock(&snaps->lock);
	if (!job)
		return;
	describe(snaps, job);
	lt_proof_fail(&job->proof, "the daemon was stopped before it took this snapshot");
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
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&snaps->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_cond_init(&snaps->changed, NULL);
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
					const struct lt_store *store, uint64_t rate_ms)
{
	struct lt_snapshots *snaps = calloc(1, sizeof(*snaps));
	int ret;

	if (!snaps)
		return NULL;
	snaps->backend = backend;
	snaps->store = store;
	snaps->rate_ns = rate_ms * NS_PER_MS;
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
