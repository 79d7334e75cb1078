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
#include <signal.h>
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
#include "lttng_setup.h"
#include "options.h"
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

/* @opts is the caller's and constant; all else belongs to who may call liblttng-ctl. */
static struct {
	const struct lt_options *opts;
	char session[64];
	bool made;
	uint64_t since_ns;
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

	if (geteuid()) {
		lt_why(why, "LTTng's kernel tracer is for root only");
		return -EPERM;
	}
	/* In this order: a session daemon looks for the kernel tracer when it starts. */
	ret = lt_lttng_load_modules(why);
	ret = ret ?: lt_lttng_start_daemon(why);
	if (ret)
		return ret;
	ret = list_tracepoints(&list);
	if (ret < 0)
		return explain(why, "list the kernel's tracepoints (a session daemon that was"
			       " started before the modules were there needs a restart)", ret);
	free(list);
	return 0;
}

/*
 * Is there a latency-trackerd of that pid, other than us? Where we may not look at the program,
 * its name decides, which the kernel cuts at 15 letters.
 */
static bool daemon_lives(pid_t pid)
{
	char path[64], exe[PATH_MAX], *base;
	ssize_t len;

	if (pid <= 0 || pid == getpid() || (kill(pid, 0) && errno == ESRCH))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	len = readlink(path, exe, sizeof(exe) - 1);
	if (len >= 0) {
		exe[len] = '\0';
		base = strrchr(exe, '/');
		return base && !strncmp(base + 1, "latency-trackerd", 16);
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	return lt_read_text(AT_FDCWD, path, exe, sizeof(exe)) > 0 &&
	       !strncmp(exe, "latency-tracker", 15);
}

static void remove_stale_sessions(void)
{
	struct lttng_session *sessions = NULL;
	int n = lttng_list_sessions(&sessions), ret;
	size_t prefix = strlen(SESSION_PREFIX);
	char *end;

	for (int i = 0; i < n; i++) {
		const char *name = sessions[i].name;
		long pid;

		if (strncmp(name, SESSION_PREFIX, prefix))
			continue;
		pid = strtol(name + prefix, &end, 10);
		if (*end || end == name + prefix || daemon_lives(pid))
			continue;
		ret = lttng_destroy_session(name);
		if (ret < 0)
			lt_warn("cannot destroy LTTng session %s of a dead daemon: %s", name,
				lttng_strerror(ret));
		else
			lt_notice("destroyed LTTng session %s of a dead daemon", name);
	}
	free(sessions);
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
	channel->attr.subbuf_size = lt.opts->subbuf_size;
	channel->attr.num_subbuf = lt.opts->num_subbuf;
	channel->attr.switch_timer_interval = 0;
	ret = lttng_enable_channel(handle, channel);
	lttng_channel_destroy(channel);
	return ret < 0 ? explain(why, "make the channel (--subbuf-size, --num-subbuf)", ret) : 0;
}

static bool enable_event(struct lttng_handle *handle, const char *name, enum lttng_event_type type)
{
	struct lttng_event *event = lttng_event_create();
	int ret = -LTTNG_ERR_NOMEM;

	if (event) {
		event->type = type;
		event->loglevel_type = LTTNG_EVENT_LOGLEVEL_ALL;
		event->loglevel = -1;
		snprintf(event->name, sizeof(event->name), "%s", name);
		ret = lttng_enable_event(handle, event, CHANNEL_NAME);
		lttng_event_destroy(event);
	}
	if (ret < 0)
		lt_warn("LTTng: cannot enable %s: %s", name, lttng_strerror(ret));
	return ret >= 0;
}

static unsigned int enable_matching(struct lttng_handle *handle, struct lt_events *events)
{
	struct lttng_event *list = NULL;
	unsigned int enabled = 0;
	int n = list_tracepoints(&list);

	for (int i = 0; i < n; i++) {
		if (lt_events_match(events, NULL, list[i].name))
			enabled += enable_event(handle, list[i].name, LTTNG_EVENT_TRACEPOINT);
	}
	free(list);
	/* No tracepoint, but a kind of event of its own. */
	if (lt_events_match(events, NULL, "syscalls"))
		enabled += enable_event(handle, "*", LTTNG_EVENT_SYSCALL);
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

static int lttng_open(const struct lt_options *opts, char *why)
{
	int ret;

	lt.opts = opts;
	remove_stale_sessions();
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

static bool session_exists(void)
{
	struct lttng_session *sessions = NULL;
	int n = lttng_list_sessions(&sessions);
	bool found = false;

	for (int i = 0; i < n && !found; i++)
		found = !strcmp(sessions[i].name, lt.session);
	free(sessions);
	return found;
}

/* Path of the directory below @path that holds a CTF "metadata" file. */
static bool find_ctf(const char *path, char *found, size_t size, int depth)
{
	char sub[PATH_MAX];
	struct dirent *entry;
	bool ok = false;
	DIR *dir;

	if (!lt_path(sub, sizeof(sub), "%s/metadata", path) && !access(sub, R_OK))
		return !lt_path(found, size, "%s", path);
	dir = depth ? opendir(path) : NULL;
	while (dir && !ok && (entry = readdir(dir))) {
		if (*entry->d_name != '.' &&
		    !lt_path(sub, sizeof(sub), "%s/%s", path, entry->d_name))
			ok = find_ctf(sub, found, size, depth - 1);
	}
	if (dir)
		closedir(dir);
	return ok;
}

/* LTTng nests the trace below the names of the snapshot and the domain. */
static int move_trace(const char *dir, char *why)
{
	char part[PATH_MAX], found[PATH_MAX], to[PATH_MAX];
	int dirfd, ret;

	if (lt_path(part, sizeof(part), "%s/" PART_NAME, dir) ||
	    lt_path(to, sizeof(to), "%s/" TRACE_NAME, dir))
		return -ENAMETOOLONG;
	if (!find_ctf(part, found, sizeof(found), 8)) {
		lt_why(why, "LTTng wrote no trace below %s", part);
		return -ENOENT;
	}
	if (rename(found, to)) {
		ret = -errno;
		lt_why(why, "cannot move the trace into place: %s", strerror(-ret));
		return ret;
	}
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd >= 0) {
		lt_remove_tree(dirfd, PART_NAME);
		close(dirfd);
	}
	return 0;
}

static int record(const char *dir, char *why)
{
	struct lttng_snapshot_output *output = lttng_snapshot_output_create();
	char part[PATH_MAX];
	int ret;

	if (!output)
		return explain(why, "record a snapshot", -LTTNG_ERR_NOMEM);
	ret = lt_path(part, sizeof(part), "%s/" PART_NAME, dir);
	if (!ret && mkdir(part, 0750)) {
		ret = -errno;
		lt_why(why, "cannot make %s: %s", part, strerror(-ret));
	}
	if (!ret) {
		ret = lttng_snapshot_output_set_local_path(part, output);
		ret = ret < 0 ? ret : lttng_snapshot_record(lt.session, output, 0);
		ret = ret < 0 ? explain(why, "record a snapshot", ret) : 0;
	}
	lttng_snapshot_output_destroy(output);
	return ret;
}

static int lttng_save(const char *dir, struct lt_capture *capture, atomic_bool *stop, char *why)
{
	int ret;

	(void)stop;	/* liblttng-ctl cannot be interrupted */
	if (!lt.made)
		reopen();
	capture->since_ns = lt.since_ns;
	capture->begin_ns = lt_clock_mono_ns();
	ret = record(dir, why);
	capture->end_ns = lt_clock_mono_ns();
	if (!ret)
		return move_trace(dir, why);
	if (lttng_session_daemon_alive() != 1 || !session_exists())
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

const struct lt_backend lt_backend_lttng = {
	.name = "lttng",
	.trace = TRACE_NAME,
	.available = lttng_available,
	.open = lttng_open,
	.close = destroy_session,
	.save = lttng_save,
	.prove = lttng_prove,
};
