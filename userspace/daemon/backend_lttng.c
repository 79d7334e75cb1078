// SPDX-License-Identifier: GPL-2.0
/*
 * The LTTng back end: a snapshot session of our own with one flight-recorder channel.
 *
 * The ring buffers keep their contents over a snapshot, so one operation may be seen in
 * several. liblttng-ctl has one connection for the whole process: only one thread may use it at
 * a time, which is the main thread in open() and close() and the capture thread in between.
 */
#include "backend.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lttng/lttng.h>

#include "clock.h"
#include "events.h"
#include "fileutil.h"
#include "log.h"
#include "lttng_sessions.h"
#include "lttng_setup.h"
#include "options.h"
#include "proof.h"
#include "relay.h"
#include "remove.h"

#define SESSION_PREFIX	"latency-trackerd-"
#define CHANNEL_NAME	"flight"
#define TRACE_NAME	"trace"
/* Where the session daemon writes, before the trace is moved to its place. */
#define PART_NAME	"trace.part"

#define DEFAULT_EVENTS							\
	"sched_switch,sched_waking,sched_wakeup,sched_wakeup_new,"	\
	"block_bio_queue,block_bio_complete,block_rq_insert,"		\
	"block_rq_issue,block_rq_requeue,block_rq_complete,"		\
	"irq_handler_entry,irq_handler_exit,irq_softirq_entry,"		\
	"irq_softirq_exit,?latency_tracker_*"

/* Our own function that every hit passes (tracker/trace.c), for want of our events' module. */
#define HIT_FUNCTION	"lt_trace_hit"

/*
 * @opts is the caller's and constant; all else belongs to who may call liblttng-ctl.
 * @users: sessions that the user has made; then there is none of ours
 */
static struct {
	const struct lt_options *opts;
	struct lt_lttng_sessions users;
	char session[64];
	bool made;
	uint64_t subbuf_size;
	uint64_t num_subbuf;
	uint64_t since_ns;
	struct lt_log_limit limit;
} lt;

static int explain(char *why, const char *what, int lttng_error)
{
	lt_why(why, "LTTng cannot %s: %s", what, lttng_strerror(lttng_error));
	return -EIO;
}

static struct lttng_handle *kernel_handle(const char *session)
{
	struct lttng_domain domain = {
		.type = LTTNG_DOMAIN_KERNEL,
		.buf_type = LTTNG_BUFFER_GLOBAL,
	};

	return lttng_create_handle(session, &domain);
}

/* The kernel's tracepoints as LTTng knows them; their number or a negative LTTng error. */
static int list_tracepoints(struct lttng_event **list)
{
	struct lttng_handle *handle = kernel_handle("");
	int ret;

	if (!handle)
		return -LTTNG_ERR_NOMEM;
	ret = lttng_list_tracepoints(handle, list);
	lttng_destroy_handle(handle);
	return ret;
}

static int lttng_available(char *why)
{
	struct lttng_event *list = NULL;
	int ret;

	/* Root's session daemon obeys the group tracing too. */
	if (geteuid() && lttng_session_daemon_alive() != 1) {
		lt_why(why, "LTTng's kernel tracer is for root and, where root's lttng-sessiond"
		       " runs, for the group tracing");
		return -EPERM;
	}
	/* In this order: a session daemon looks for the kernel tracer when it starts. */
	ret = geteuid() ? 0 : lt_lttng_load_modules(why);
	ret = ret ?: lt_lttng_start_daemon(why);
	if (ret)
		return ret;
	ret = list_tracepoints(&list);
	if (ret == -LTTNG_ERR_EPERM) {
		/* Since 2.16 the groups that a process has do not count. */
		lt_why(why, "root's lttng-sessiond refuses this user, as it is not a member of the group"
		       " tracing in the group database: usermod -aG tracing USER");
		return -EPERM;
	}
	if (ret < 0)
		return explain(why, "list the kernel's tracepoints (a session daemon that was"
			       " started before the modules were there needs a restart)", ret);
	free(list);
	return 0;
}

static int create_channel(struct lttng_handle *handle, char *why)
{
	struct lttng_channel *channel = lttng_channel_create(&handle->domain);
	int ret;

	if (!channel)
		return explain(why, "make a channel", -LTTNG_ERR_NOMEM);
	snprintf(channel->name, sizeof(channel->name), "%s", CHANNEL_NAME);
	channel->enabled = 1;
	channel->attr.overwrite = 1;
	channel->attr.output = LTTNG_EVENT_MMAP;	/* what snapshot sessions want */
	channel->attr.subbuf_size = lt.subbuf_size;
	channel->attr.num_subbuf = lt.num_subbuf;
	channel->attr.switch_timer_interval = 0;
	ret = lttng_enable_channel(handle, channel);
	lttng_channel_destroy(channel);
	return ret < 0 ? explain(why, "make the channel (--subbuf-size, --num-subbuf)", ret) : 0;
}

/* @symbol: of a kernel function where the event is a probe on it */
static bool enable_event(struct lttng_handle *handle, const char *name, enum lttng_event_type type,
			 const char *symbol)
{
	struct lttng_event *event = lttng_event_create();
	int ret = -LTTNG_ERR_NOMEM;

	if (event) {
		event->type = type;
		event->loglevel_type = LTTNG_EVENT_LOGLEVEL_ALL;
		event->loglevel = -1;
		snprintf(event->name, sizeof(event->name), "%s", name);
		if (symbol)
			snprintf(event->attr.probe.symbol_name,
				 sizeof(event->attr.probe.symbol_name), "%s", symbol);
		ret = lttng_enable_event(handle, event, CHANNEL_NAME);
		lttng_event_destroy(event);
	}
	if (ret < 0)
		lt_warn("LTTng: cannot enable %s: %s", name, lttng_strerror(ret));
	return ret >= 0;
}

/* The hits themselves, if they are wanted and LTTng does not know them as a tracepoint. */
static unsigned int enable_hit_probe(struct lttng_handle *handle, struct lt_events *events)
{
	if (!lt_events_match(events, NULL, LT_HIT_EVENT) ||
	    !enable_event(handle, LT_HIT_EVENT, LTTNG_EVENT_PROBE, HIT_FUNCTION))
		return 0;
	lt_notice("LTTng: hits are recorded by a kernel probe, which tells their time only (no "
		  LT_LTTNG_PROBE " for this kernel)");
	return 1;
}

static unsigned int enable_matching(struct lttng_handle *handle, struct lt_events *events)
{
	struct lttng_event *list = NULL;
	unsigned int enabled = 0;
	bool hits = false;
	int n = list_tracepoints(&list);

	for (int i = 0; i < n; i++) {
		hits |= !strcmp(list[i].name, LT_HIT_EVENT);
		if (lt_events_match(events, NULL, list[i].name))
			enabled += enable_event(handle, list[i].name, LTTNG_EVENT_TRACEPOINT,
						NULL);
	}
	free(list);
	if (!hits)
		enabled += enable_hit_probe(handle, events);
	else if (lt_events_match(events, NULL, LT_HIT_EVENT))
		lt_notice("LTTng: hits are recorded as the event " LT_HIT_EVENT);
	/* No tracepoint, but a kind of event of its own. */
	if (lt_events_match(events, NULL, "syscalls"))
		enabled += enable_event(handle, "*", LTTNG_EVENT_SYSCALL, NULL);
	return enabled;
}

static int enable_events(struct lttng_handle *handle, char *why)
{
	struct lt_events events;
	unsigned int enabled;
	int ret = lt_events_parse(&events, lt.opts->events ?: DEFAULT_EVENTS);

	if (ret) {
		lt_why(why, "--events: %s", strerror(-ret));
		return ret;
	}
	lt_lttng_load_probe();
	enabled = enable_matching(handle, &events);
	lt_events_warn_missing(&events, "LTTng");
	lt_events_free(&events);
	if (enabled)
		return 0;
	lt_why(why, "LTTng: no event could be enabled");
	return -ENOENT;
}

static void destroy_session(void)
{
	int ret;

	if (!lt.made)
		return;
	lt.made = false;
	ret = lttng_destroy_session(lt.session);
	if (ret < 0)
		lt_warn("cannot destroy LTTng session %s: %s", lt.session, lttng_strerror(ret));
}

static int create_session(char *why)
{
	struct lttng_handle *handle;
	int ret;

	ret = lttng_create_session_snapshot(lt.session, NULL);
	if (ret < 0)
		return explain(why, "make a snapshot session", ret);
	lt.made = true;
	handle = kernel_handle(lt.session);
	if (!handle)
		return explain(why, "make a handle", -LTTNG_ERR_NOMEM);
	ret = create_channel(handle, why);
	ret = ret ?: enable_events(handle, why);
	lttng_destroy_handle(handle);
	if (ret)
		return ret;
	ret = lttng_start_tracing(lt.session);
	lt.since_ns = lt_clock_mono_ns();
	return ret < 0 ? explain(why, "start tracing", ret) : 0;
}

static int attach(char *why)
{
	int ret = lt_lttng_sessions_parse(&lt.users, lt.opts->session);

	if (ret) {
		lt_why(why, "--session: expected up to %d names of sessions with commas between"
		       " them", LT_LTTNG_SESSIONS_MAX);
		return ret;
	}
	ret = lt_lttng_sessions_check(&lt.users, why);
	if (!ret)
		lt_info("snapshots are taken of LTTng session %s", lt.opts->session);
	return ret;
}

static int lttng_open(const struct lt_options *opts, char *why)
{
	int ret;

	lt.opts = opts;
	lt.subbuf_size = opts->subbuf_size;
	lt.num_subbuf = opts->num_subbuf;
	lt_lttng_sessions_remove_stale(SESSION_PREFIX);
	if (opts->session)
		return attach(why);
	lt.users.count = 0;
	snprintf(lt.session, sizeof(lt.session), SESSION_PREFIX "%d", getpid());
	ret = create_session(why);
	if (ret)
		destroy_session();
	return ret;
}

/* The session daemon went away, with our session: begin again for the hits to come. */
static void reopen(void)
{
	char why[LT_WHY_MAX] = "";
	int ret;

	lt.made = false;
	ret = lt_lttng_start_daemon(why);
	ret = ret ?: create_session(why);
	if (ret) {
		lt_error("%s", why);
		destroy_session();
	} else {
		lt_notice("LTTng session %s was lost and has been made anew", lt.session);
	}
}

/*
 * Path of the directory below @path that holds a CTF "metadata" file, and, unless @domain is
 * NULL, lies in a directory of that name.
 */
static bool find_ctf(const char *path, const char *domain, char *found, size_t size, int depth)
{
	char sub[PATH_MAX];
	struct dirent *entry;
	bool ok = false;
	DIR *dir;

	if (!domain && !lt_path(sub, sizeof(sub), "%s/metadata", path) && !access(sub, R_OK))
		return !lt_path(found, size, "%s", path);
	dir = depth ? opendir(path) : NULL;
	while (dir && !ok && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (*name != '.' && !lt_path(sub, sizeof(sub), "%s/%s", path, name))
			ok = find_ctf(sub, domain && strcmp(domain, name) ? domain : NULL, found,
				      size, depth - 1);
	}
	if (dir)
		closedir(dir);
	return ok;
}

/* The kernel's part of what was saved; a session of the user's may have others beside it. */
static bool find_kernel(const char *part, char *found, size_t size)
{
	return find_ctf(part, "kernel", found, size, 8) || find_ctf(part, NULL, found, size, 8);
}

/*
 * LTTng nests the trace below the names of the snapshot and the domain: it goes to @to below
 * @dir, and what is left when it has gone, to @to.more.
 */
static int move_trace(const char *dir, const char *to, char *why)
{
	char part[PATH_MAX], found[PATH_MAX], path[PATH_MAX], more[PATH_MAX];
	int dirfd, ret;

	if (lt_path(part, sizeof(part), "%s/" PART_NAME, dir) ||
	    lt_path(path, sizeof(path), "%s/%s", dir, to) ||
	    lt_path(more, sizeof(more), "%s/%s.more", dir, to))
		return -ENAMETOOLONG;
	if (!find_kernel(part, found, sizeof(found))) {
		lt_why(why, "LTTng wrote no trace below %s", part);
		return -ENOENT;
	}
	if (rename(found, path)) {
		ret = -errno;
		lt_why(why, "cannot move the trace into place: %s", strerror(-ret));
		return ret;
	}
	if (find_ctf(part, NULL, found, sizeof(found), 8) && !rename(part, more))
		return 0;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd >= 0) {
		lt_remove_tree(dirfd, PART_NAME);
		close(dirfd);
	}
	return 0;
}

/* @url: a relay, or NULL for a directory, @dir's PART_NAME. */
static int record(const char *session, const char *dir, const char *url, char *why)
{
	struct lttng_snapshot_output *output = lttng_snapshot_output_create();
	char file[PATH_MAX] = "file://";
	char *part = file + strlen(file);
	int ret;

	if (!output)
		return explain(why, "record a snapshot", -LTTNG_ERR_NOMEM);
	ret = lt_path(part, sizeof(file) - strlen(file), "%s/" PART_NAME, dir);
	if (!ret && !url && mkdir(part, 0750)) {
		ret = -errno;
		lt_why(why, "cannot make %s: %s", part, strerror(-ret));
	}
	if (!ret) {
		/* A URL that says all; LTTng 2.12 has no other way. */
		ret = lttng_snapshot_output_set_ctrl_url(url ?: file, output);
		if (url && ret >= 0)
			ret = lttng_snapshot_output_set_name(strrchr(dir, '/') + 1, output);
		ret = ret < 0 ? ret : lttng_snapshot_record(session, output, 0);
		ret = ret < 0 ? explain(why, url ? "stream a snapshot" : "record a snapshot", ret) :
				0;
	}
	lttng_snapshot_output_destroy(output);
	return ret;
}

static int record_local(const char *session, const char *dir, const char *to, char *why)
{
	int ret = record(session, dir, NULL, why);

	return ret ?: move_trace(dir, to, why);
}

static unsigned int nr_sessions(void)
{
	return lt.users.count ?: 1;
}

static const char *session_name(unsigned int i)
{
	return lt.users.count ? lt.users.names[i] : lt.session;
}

/* The first session's trace is the one that is proved; further ones stand beside it. */
static int record_all(const char *dir, char *why)
{
	char to[LT_LTTNG_NAME_MAX + sizeof(TRACE_NAME)];
	int ret = 0;

	for (unsigned int i = 0; i < nr_sessions() && !ret; i++) {
		if (i)
			snprintf(to, sizeof(to), TRACE_NAME "-%s", session_name(i));
		ret = record_local(session_name(i), dir, i ? to : TRACE_NAME, why);
	}
	return ret;
}

/* What could not be sent is on the disk all the same: no reason for the snapshot to fail. */
static void stream_all(const char *dir, struct lt_capture *capture)
{
	char why[LT_WHY_MAX] = "";
	int ret;

	capture->stream = lt.opts->stream;
	if (!capture->stream)
		return;
	ret = lt_relay_reach(capture->stream, why);
	for (unsigned int i = 0; i < nr_sessions() && !ret; i++)
		ret = record(session_name(i), dir, capture->stream, why);
	if (!ret)
		return;
	snprintf(capture->stream_error, sizeof(capture->stream_error), "%s", why);
	lt_log_limited(&lt.limit, LT_LOG_WARNING, "snapshot not sent to %s: %s", capture->stream,
		       why);
}

static bool sessions_are_lost(void)
{
	return !lt.users.count &&
	       (lttng_session_daemon_alive() != 1 || !lt_lttng_session_exists(lt.session));
}

static int lttng_save(const char *dir, struct lt_capture *capture, atomic_bool *stop, char *why)
{
	int ret;

	(void)stop;	/* liblttng-ctl cannot be interrupted */
	if (!lt.made && !lt.users.count)
		reopen();
	capture->since_ns = lt.since_ns;
	capture->begin_ns = lt_clock_mono_ns();
	ret = lt_lttng_sessions_check(&lt.users, why);
	ret = ret ?: record_all(dir, why);
	capture->end_ns = lt_clock_mono_ns();
	if (!ret)
		stream_all(dir, capture);
	else if (sessions_are_lost())
		reopen();
	return ret;
}

static void lttng_prove(const char *dir, const struct lt_record *hit, struct lt_proof *proof,
			atomic_bool *stop)
{
	struct lt_proof_target target;
	char path[PATH_MAX];
	int ret;

	lt_proof_target_init(&target, hit);
	ret = lt_path(path, sizeof(path), "%s/" TRACE_NAME, dir);
	ret = ret ?: lt_proof_read_ctf(proof, path, &target, stop);
	if (ret)
		lt_proof_fail(proof, "cannot read the trace: %s", strerror(-ret));
}

static int lttng_survey(const char *dir, struct lt_capture *capture, struct lt_history *history,
			char *why)
{
	int ret;

	(void)history;	/* for measure() to tell */
	if (!lt.made && !lt.users.count)
		return -ENOENT;
	capture->since_ns = lt.since_ns;
	capture->begin_ns = lt_clock_mono_ns();
	ret = record_local(session_name(0), dir, TRACE_NAME, why);
	capture->end_ns = lt_clock_mono_ns();
	return ret ?: 1;
}

/*
 * A snapshot has the sub-buffers that were full and the one in use; while fewer are there than
 * the buffer has, those that are still free will span about as much each. One is always lent to
 * the reader.
 */
static uint64_t span_of(const struct lt_proof *proof, const struct lt_proof_cpu *cpu, bool *full)
{
	uint64_t span_ns = proof->capture.begin_ns - cpu->first_ns;
	uint64_t subbufs = lt.users.count ? 0 : lt.num_subbuf;

	*full = subbufs && cpu->packets + 1 >= subbufs;
	return *full || !subbufs ? span_ns : span_ns * (subbufs - 1) / cpu->packets;
}

static void lttng_measure(const struct lt_proof *proof, struct lt_history *history)
{
	*history = (struct lt_history){
		.bytes = lt.users.count ? 0 : lt.subbuf_size * lt.num_subbuf,
	};
	for (unsigned int i = 0; i < proof->nr_cpus; i++) {
		const struct lt_proof_cpu *cpu = &proof->cpus[i];
		uint64_t span_ns;
		bool full;

		if (!cpu->packets || cpu->first_ns >= proof->capture.begin_ns)
			continue;
		span_ns = span_of(proof, cpu, &full);
		if (history->span_ns && span_ns >= history->span_ns)
			continue;
		history->span_ns = span_ns;
		history->cpu = cpu->cpu;
		history->estimated = !full;
	}
}

/* The next power of two; sub-buffers become larger only when there would be too many. */
static void set_size(uint64_t bytes)
{
	while (lt.subbuf_size * lt.num_subbuf < bytes) {
		if (lt.num_subbuf < 1024)
			lt.num_subbuf *= 2;
		else
			lt.subbuf_size *= 2;
	}
}

static int lttng_resize(uint64_t bytes, char *why)
{
	uint64_t size = lt.subbuf_size, num = lt.num_subbuf;
	char again[LT_WHY_MAX];
	int ret;

	if (lt.users.count)
		return -EOPNOTSUPP;
	set_size(bytes);
	destroy_session();
	ret = create_session(why);
	if (!ret)
		return 0;
	destroy_session();
	lt.subbuf_size = size;
	lt.num_subbuf = num;
	if (create_session(again))
		lt_error("%s", again);
	return ret;
}

const struct lt_backend lt_backend_lttng = {
	.name = "lttng",
	.trace = TRACE_NAME,
	.available = lttng_available,
	.open = lttng_open,
	.close = destroy_session,
	.save = lttng_save,
	.survey = lttng_survey,
	.measure = lttng_measure,
	.resize = lttng_resize,
	.prove = lttng_prove,
};
