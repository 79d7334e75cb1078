// SPDX-License-Identifier: GPL-2.0
/*
 * Reading raw ring-buffer pages. The kernel marks the first page that follows lost events, so
 * the pages themselves tell whether a CPU's buffer ever lost its beginning.
 */
#include "proof.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kbuffer.h>
#include <tracefs.h>

#include "ftrace_save.h"

/* The kernel's pages are ours; the first releases of the library have no name for that. */
#define LSIZE	(sizeof(long) == 8 ? KBUFFER_LSIZE_8 : KBUFFER_LSIZE_4)
#define ENDIAN	(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? KBUFFER_ENDIAN_BIG : KBUFFER_ENDIAN_LITTLE)

struct reader {
	struct lt_proof *proof;
	const struct lt_proof_target *target;
	atomic_bool *stop;
	struct tep_handle *tep;
	struct kbuffer *kbuf;
	int page_size;
	void *page;
};

static bool field_is(struct tep_event *event, struct tep_record *record, const char *name,
		     unsigned long long value)
{
	unsigned long long found;

	return !tep_get_field_val(NULL, event, name, record, &found, 0) && found == value;
}

static bool fields_match(const struct reader *r, struct tep_event *event,
			 struct tep_record *record)
{
	const struct lt_proof_target *target = r->target;

	if (target->match == LT_MATCH_BLOCK)
		return field_is(event, record, "dev", target->dev) &&
		       field_is(event, record, "sector", target->sector);
	return field_is(event, record, "pid", target->tid);
}

static bool marks_begin(const struct reader *r, struct tep_event *event,
			struct tep_record *record)
{
	return r->target->match != LT_MATCH_NONE && record->ts >= r->target->from_ns &&
	       record->ts <= r->target->to_ns && lt_proof_target_name(r->target, event->name) &&
	       fields_match(r, event, record);
}

static bool marks_hit(const struct reader *r, struct tep_event *event, struct tep_record *record)
{
	unsigned long long value;
	uint64_t seq;

	if (strcmp(event->name, LT_HIT_EVENT) ||
	    tep_get_field_val(NULL, event, LT_HIT_EVENT_SEQ, record, &value, 0))
		return false;
	seq = value;
	return lt_proof_is_hit(r->target, record->ts, record->cpu, &seq);
}

static void look_at(struct reader *r, void *data, unsigned long long ts, int cpu)
{
	struct tep_record record = {
		.ts = ts, .cpu = cpu, .data = data, .size = kbuffer_event_size(r->kbuf),
	};
	struct tep_event *event = tep_find_event_by_record(r->tep, &record);

	if (!event)
		return;
	if (marks_begin(r, event, &record))
		lt_proof_found(r->proof, event->name, ts, cpu);
	else if (marks_hit(r, event, &record))
		lt_proof_found_hit(r->proof, ts, cpu);
}

static int read_page(struct reader *r, int cpu, bool first)
{
	struct lt_proof_cpu *span = lt_proof_cpu(r->proof, cpu);
	unsigned long long ts;
	int missed;
	void *data;

	if (!span)
		return -ENOMEM;
	if (kbuffer_load_subbuffer(r->kbuf, r->page))
		return -EBADMSG;
	missed = kbuffer_missed_events(r->kbuf);
	data = kbuffer_read_event(r->kbuf, &ts);
	/* What is missing before the first page was overwritten, as it should be in a ring. */
	if (missed && data) {
		span->first_ns = ts;
		if (!first && missed > 0)
			r->proof->discarded += missed;
	}
	for (; data; data = kbuffer_next_event(r->kbuf, &ts)) {
		span->events++;
		/* While buffers are swapped, CPU after CPU, there are events outside of the span. */
		lt_proof_saw(r->proof, ts);
		look_at(r, data, ts, cpu);
	}
	return 0;
}

static int read_cpu(struct reader *r, int dirfd, const char *name)
{
	const struct lt_capture *capture = &r->proof->capture;
	int cpu = atoi(name + 3);
	struct lt_proof_cpu *span = lt_proof_cpu(r->proof, cpu);
	bool first = true;
	int fd, ret = 0;
	ssize_t got = 0;

	if (!span)
		return -ENOMEM;
	span->first_ns = capture->since_ns;
	span->last_ns = capture->begin_ns;
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (!ret && (got = read(fd, r->page, r->page_size)) == r->page_size) {
		ret = atomic_load(r->stop) ? -EINTR : read_page(r, cpu, first);
		first = false;
	}
	if (!ret && got)
		ret = got < 0 ? -errno : -EBADMSG;
	close(fd);
	return ret;
}

static int read_cpus(struct reader *r, DIR *dir)
{
	struct dirent *entry;
	int ret = 0;

	while (!ret && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, "cpu", 3))
			ret = read_cpu(r, dirfd(dir), entry->d_name);
	}
	return ret;
}

/* The formats of the few events that are looked for; one that the kernel has not is left out. */
static void load_formats(struct reader *r)
{
	static const struct {
		const char *system;
		const char *name;
	} events[] = {
		{ "block", "block_bio_queue" },
		{ "block", "block_rq_insert" },
		{ "block", "block_rq_issue" },
		{ "sched", "sched_waking" },
		{ "sched", "sched_wakeup_new" },
		{ "latency_tracker", LT_HIT_EVENT },
	};
	char file[64], *format;
	int size;

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (!lt_proof_target_name(r->target, events[i].name) &&
		    strcmp(events[i].name, LT_HIT_EVENT))
			continue;
		snprintf(file, sizeof(file), "events/%s/%s/format", events[i].system, events[i].name);
		format = tracefs_instance_file_read(NULL, file, &size);
		if (format)
			tep_parse_event(r->tep, format, size, events[i].system);
		free(format);
	}
}

static int init(struct reader *r)
{
	r->page_size = lt_ftrace_page_size();
	r->page = malloc(r->page_size);
	r->kbuf = kbuffer_alloc(LSIZE, ENDIAN);
	r->tep = tep_alloc();
	if (!r->page || !r->kbuf || !r->tep)
		return -ENOMEM;
	load_formats(r);
	return 0;
}

int lt_proof_read_ftrace(struct lt_proof *proof, const char *path,
			 const struct lt_proof_target *target, atomic_bool *stop)
{
	struct reader r = { .proof = proof, .target = target, .stop = stop };
	DIR *dir = opendir(path);
	int ret;

	if (!dir)
		return -errno;
	ret = init(&r);
	ret = ret ?: read_cpus(&r, dir);
	if (r.kbuf)
		kbuffer_free(r.kbuf);
	tep_free(r.tep);
	free(r.page);
	closedir(dir);
	return ret;
}
