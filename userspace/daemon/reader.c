// SPDX-License-Identifier: GPL-2.0
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "clock.h"
#include "counts.h"
#include "json.h"

/* Batches that one drain handles: a storm of hits must not keep the loop from its signals. */
#define DRAIN_MAX	64

struct batch {
	size_t len;
	uint64_t wake_ns;
	int64_t wall_ns;
	bool cause;			/* reader->cause asked for the snapshot @name */
	char name[LT_SNAPSHOT_NAME_MAX];
};

static void explain_permission(const char *path, int err)
{
	struct group *group;
	struct stat st;

	if (stat(path, &st)) {
		lt_error("%s: %s", path, strerror(err));
		return;
	}
	if (!st.st_gid) {
		lt_error("%s: %s: only root may read it; run as root or with CAP_DAC_READ_SEARCH,"
			 " or load the module with latency_tracker.gid=GROUP-ID and join that group",
			 path, strerror(err));
		return;
	}
	group = getgrgid(st.st_gid);
	lt_error("%s: %s: join the group %s (gid %u), or run as root or with CAP_DAC_READ_SEARCH",
		 path, strerror(err), group ? group->gr_name : "of that file", st.st_gid);
}

int lt_reader_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int err = errno;

	if (fd >= 0)
		return fd;
	if (err == ENOENT)
		lt_error("%s: no such file: the latency_tracker module is not loaded; load a probe,"
			 " as in: modprobe latency_tracker_block", path);
	else if (err == EACCES || err == EPERM)
		explain_permission(path, err);
	else
		lt_error("%s: %s", path, strerror(err));
	return -err;
}

/*
 * The next record of the batch into reader->record. Malformed ones are counted only when
 * @count is set, because a batch is gone through twice.
 */
static bool next_record(struct lt_reader *reader, const struct batch *batch, size_t *at, bool count)
{
	size_t used = 0;
	int ret;

	while (*at < batch->len) {
		ret = lt_record_parse(reader->buffer + *at, batch->len - *at, &reader->record,
				      &used);
		*at = ret == -EAGAIN ? batch->len : *at + used;
		if (!ret)
			return true;
		if (!count)
			continue;
		lt_count_add(&lt_counts.malformed, 1);
		lt_log_limited(&reader->limit, LT_LOG_WARNING,
			       "a record that cannot be understood was left out (%s)",
			       strerror(-ret));
	}
	return false;
}

/* gc: the operation was given up, long after it ended or not; nothing happens now. */
static bool wants_snapshot(const struct lt_reader *reader, const struct lt_record *rec)
{
	return rec->kind == LT_RECORD_HIT && rec->ts_ns >= reader->since_ns &&
	       rec->reason != LT_REASON_GC &&
	       !lt_journal_is_known(reader->journal, rec->seq, rec->ts_ns);
}

static void choose_cause(struct lt_reader *reader, struct batch *batch)
{
	bool found = false;
	size_t at = 0;

	while (next_record(reader, batch, &at, false)) {
		if (!wants_snapshot(reader, &reader->record))
			continue;
		if (found && reader->record.begin_ns >= reader->cause.begin_ns)
			continue;
		reader->cause = reader->record;
		found = true;
	}
	batch->cause = found && !lt_snapshots_request(reader->snaps, &reader->cause,
						      batch->wake_ns, batch->wall_ns, batch->name);
}

static bool add_snapshot(struct lt_reader *reader, const struct batch *batch,
			 struct json_object *line)
{
	const struct lt_record *rec = &reader->record;
	char name[LT_SNAPSHOT_NAME_MAX];
	bool own, shared;

	own = batch->cause && rec->seq == reader->cause.seq;
	shared = !own && rec->ts_ns >= reader->since_ns &&
		 lt_snapshots_shared(reader->snaps, rec, name);
	if (own || shared) {
		if (!lt_json_add_string(line, "snapshot", own ? batch->name : name))
			return false;
	} else if (!line || json_object_object_add(line, "snapshot", NULL)) {
		return false;
	}
	return lt_json_add(line, "shared", json_object_new_boolean(shared));
}

static void journal_record(struct lt_reader *reader, const struct batch *batch)
{
	const struct lt_record *rec = &reader->record;
	char wall[LT_CLOCK_TEXT_MAX];
	struct json_object *line;
	bool ok;

	lt_clock_rfc3339(batch->wall_ns, wall, sizeof(wall));
	line = lt_record_to_json(rec, wall);
	ok = line && (rec->kind == LT_RECORD_LOST || add_snapshot(reader, batch, line));
	if (ok)
		lt_journal_add(reader->journal, line);
	else
		lt_log_limited(&reader->limit, LT_LOG_ERROR, "no memory to journal a hit");
	json_object_put(line);
}

static void journal_batch(struct lt_reader *reader, const struct batch *batch)
{
	const struct lt_record *rec = &reader->record;
	size_t at = 0;

	while (next_record(reader, batch, &at, true)) {
		if (rec->kind == LT_RECORD_LOST) {
			lt_count_add(&lt_counts.lost, rec->lost);
		} else if (lt_journal_is_known(reader->journal, rec->seq, rec->ts_ns)) {
			continue;
		} else {
			lt_count_add(&lt_counts.hits, 1);
		}
		journal_record(reader, batch);
	}
}

int lt_reader_read(struct lt_reader *reader)
{
	struct batch batch = { 0 };
	ssize_t got = read(reader->fd, reader->buffer, sizeof(reader->buffer));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!got)
		return -EPIPE;
	batch.len = got;
	batch.wake_ns = lt_clock_mono_ns();
	batch.wall_ns = lt_clock_wall_ns();
	choose_cause(reader, &batch);
	journal_batch(reader, &batch);
	return 1;
}

int lt_reader_drain(struct lt_reader *reader)
{
	int ret = 1;

	for (int i = 0; ret == 1 && i < DRAIN_MAX; i++)
		ret = lt_reader_read(reader);
	if (!ret)	/* all that was in the ring when we came has been seen */
		lt_journal_forget(reader->journal);
	return ret == 1 ? 0 : ret;
}

void lt_reader_journal_failures(struct lt_reader *reader)
{
	struct lt_snapshot_failure failure;
	char wall[LT_CLOCK_TEXT_MAX];
	struct json_object *line;

	while (lt_snapshots_take_failure(reader->snaps, &failure)) {
		lt_clock_rfc3339(lt_clock_wall_ns(), wall, sizeof(wall));
		line = json_object_new_object();
		if (lt_json_add_string(line, "snapshot", failure.name) &&
		    lt_json_add_string(line, "failed", failure.error) &&
		    lt_json_add_string(line, "wall_time", wall))
			lt_journal_add(reader->journal, line);
		else
			lt_log_limited(&reader->limit, LT_LOG_ERROR,
				       "no memory to journal a failed snapshot");
		json_object_put(line);
	}
}
