// SPDX-License-Identifier: GPL-2.0
#include "job.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fileutil.h"
#include "log.h"
#include "realtime.h"
#include "remove.h"

/* How often a capture is tried. */
#define TRIES_MAX	2
/* Where a survey saves its trace, below the output directory. */
#define SURVEY_NAME	"survey.part"

void lt_job_init(struct lt_job *job, const struct lt_job_site *site, const struct lt_record *hit,
		 uint64_t wake_ns, int64_t wall_ns)
{
	job->kind = LT_JOB_HIT;
	job->history = (struct lt_history){ .span_ns = 0 };
	job->hit = *hit;
	job->wall_ns = wall_ns;
	job->dirfd = -1;
	lt_proof_init(&job->proof, hit, wake_ns);
	job->proof.backend = site->backend->name;
	job->proof.trace = site->backend->trace;
	lt_store_name(job->name, hit, wall_ns);
}

void lt_job_init_other(struct lt_job *job, enum lt_job_kind kind, uint64_t bytes)
{
	*job = (struct lt_job){ .kind = kind, .bytes = bytes, .dirfd = -1 };
}

void lt_job_release(struct lt_job *job)
{
	if (job->dirfd >= 0)
		close(job->dirfd);
	lt_proof_free(&job->proof);
}

int lt_job_describe(const struct lt_job_site *site, struct lt_job *job)
{
	int ret = lt_store_prune(site->store, site->busy, site->arg);

	if (ret) {
		lt_proof_fail(&job->proof, "less than --min-free-mb is free on the disk");
		return ret;
	}
	job->dirfd = lt_store_create(site->store, job->name);
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

static int freeze(const struct lt_job_site *site, struct lt_job *job, char *why)
{
	struct lt_capture *capture = &job->proof.capture;
	int ret;

	if (!site->backend->freeze)
		return 0;
	ret = site->backend->freeze(capture, why);
	if (!ret)
		site->frozen(site->arg, job, capture->begin_ns);
	return ret;
}

static int save(const struct lt_job_site *site, struct lt_job *job, char *why)
{
	char dir[PATH_MAX];
	int ret = lt_path(dir, sizeof(dir), "%s/snapshots/%s", site->store->path, job->name);

	if (ret) {
		if (site->backend->freeze)
			site->backend->discard();
		return ret;
	}
	if (!site->backend->freeze)
		site->frozen(site->arg, job, lt_clock_mono_ns());
	ret = site->backend->save(dir, &job->proof.capture, site->abort, why);
	/* Half a trace is of no use, and on a full disk it takes the room of the journal. */
	if (ret)
		lt_store_strip(job->dirfd);
	return ret;
}

/* The trace is frozen before anything is written, which may take its time. */
static int first_try(const struct lt_job_site *site, struct lt_job *job, char *why)
{
	int frozen = freeze(site, job, why), ret;

	if (site->backend->freeze)
		lt_realtime_leave();
	ret = lt_job_describe(site, job);
	if (!ret && !frozen)
		return save(site, job, why);
	if (!frozen && site->backend->freeze)
		site->backend->discard();
	return ret ?: frozen;
}

static int next_try(const struct lt_job_site *site, struct lt_job *job, char *why)
{
	int ret = freeze(site, job, why);

	return ret ?: save(site, job, why);
}

static bool may_retry(const struct lt_job_site *site, const struct lt_job *job, int ret)
{
	return ret && ret != -ENOSPC && ret != -EDQUOT && ret != -ETIMEDOUT && job->dirfd >= 0 &&
	       job->proof.status != LT_PROOF_FAILED && !atomic_load(site->abort);
}

/*
 * At normal priority: it is about hits to come. Those that come meanwhile wait for its record,
 * as they do for another snapshot's.
 */
static void survey(const struct lt_job_site *site, struct lt_job *job)
{
	char dir[PATH_MAX], why[LT_WHY_MAX] = "";
	int ret = lt_path(dir, sizeof(dir), "%s/" SURVEY_NAME, site->store->path);

	lt_remove_tree(site->store->fd, SURVEY_NAME);
	if (!ret && mkdirat(site->store->fd, SURVEY_NAME, 0700))
		ret = -errno;
	if (!ret)
		ret = site->backend->survey(dir, &job->proof.capture, &job->history, why);
	if (ret < 0)
		lt_debug("survey: %s", *why ? why : strerror(-ret));
	/* Anything to read? */
	job->proof.status = ret == 1 ? LT_PROOF_RECORDING : LT_PROOF_FAILED;
}

static void resize(const struct lt_job_site *site, struct lt_job *job)
{
	char why[LT_WHY_MAX] = "";
	int ret = site->backend->resize(job->bytes, why);

	if (ret)
		lt_error("cannot resize the buffers: %s", *why ? why : strerror(-ret));
	job->proof.status = LT_PROOF_FAILED;
}

static void capture_other(const struct lt_job_site *site, struct lt_job *job)
{
	lt_realtime_leave();
	if (job->kind == LT_JOB_SURVEY)
		survey(site, job);
	else
		resize(site, job);
	lt_realtime_enter();
}

void lt_job_capture(const struct lt_job_site *site, struct lt_job *job)
{
	char why[LT_WHY_MAX] = "";
	int ret;

	if (job->kind != LT_JOB_HIT) {
		capture_other(site, job);
		return;
	}
	lt_debug("snapshot %s: begins", job->name);
	ret = first_try(site, job, why);
	for (int try = 1; try < TRIES_MAX && may_retry(site, job, ret); try++) {
		snprintf(job->proof.retried, sizeof(job->proof.retried), "%s",
			 *why ? why : strerror(-ret));
		lt_warn("snapshot %s: tried once more: %s", job->name, job->proof.retried);
		*why = '\0';
		ret = next_try(site, job, why);
	}
	if (ret)
		lt_proof_fail(&job->proof, "%s", *why ? why : strerror(-ret));
	lt_realtime_enter();
}

static void report(const struct lt_job *job)
{
	const struct lt_proof *proof = &job->proof;

	if (proof->status != LT_PROOF_OK) {
		lt_error("snapshot %s: failed: %s", job->name, proof->error);
		return;
	}
	if (!proof->nr_cpus) {
		lt_info("snapshot %s: taken %llu us after the hit", job->name,
			(unsigned long long)(proof->capture.begin_ns - proof->hit_ns) / 1000);
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
static void write_proof(const struct lt_job_site *site, struct lt_job *job)
{
	bool failed = job->proof.status == LT_PROOF_FAILED;
	int ret = lt_store_write_proof(job->dirfd, &job->proof);

	if (!ret)
		return;
	lt_proof_fail(&job->proof, "cannot write proof.json: %s", strerror(-ret));
	if (failed)
		lt_store_remove(site->store, job->name);
}

/* Its trace is below @path in the output directory. */
static void read_trace(const struct lt_job_site *site, struct lt_job *job, const char *path)
{
	char dir[PATH_MAX];
	int ret = lt_path(dir, sizeof(dir), "%s/%s%s", site->store->path, path, job->name);

	if (ret)
		lt_proof_fail(&job->proof, "%s", strerror(-ret));
	if (job->proof.status == LT_PROOF_FAILED)
		return;
	site->backend->prove(dir, &job->hit, &job->proof, site->abort);
	lt_proof_conclude(&job->proof);
	if (site->backend->measure && job->proof.status == LT_PROOF_OK)
		site->backend->measure(&job->proof, &job->history);
}

void lt_job_prove(const struct lt_job_site *site, struct lt_job *job)
{
	if (job->kind != LT_JOB_HIT) {
		read_trace(site, job, SURVEY_NAME);
		lt_remove_tree(site->store->fd, SURVEY_NAME);
		return;
	}
	read_trace(site, job, "snapshots/");
	if (job->dirfd >= 0)
		write_proof(site, job);
	report(job);
}
