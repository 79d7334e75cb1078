// SPDX-License-Identifier: GPL-2.0
/*
 * The ftrace back end: a tracefs instance of our own, with the clock "mono" so that its time
 * stamps are those of the hits.
 *
 * Where the kernel has CONFIG_TRACER_SNAPSHOT a snapshot swaps the instance's buffer with a
 * spare one, which takes microseconds, and tracing goes on. Elsewhere tracing stops while the
 * buffer is read. In both cases the new recording begins empty, so an operation that began
 * before one snapshot is not covered by the next.
 *
 * The instance is ours as long as we hold a flock() on its directory; the lock goes with its
 * holder, so an instance that a dead daemon left can be told from one in use.
 */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tracefs.h>

#include "clock.h"
#include "events.h"
#include "fileutil.h"
#include "ftrace_dat.h"
#include "ftrace_file.h"
#include "ftrace_save.h"
#include "ftrace_survey.h"
#include "log.h"
#include "options.h"

#define INSTANCE_NAME "latency-trackerd"

#define DEFAULT_EVENTS							\
	"sched:sched_switch,sched:sched_waking,sched:sched_wakeup,"	\
	"sched:sched_wakeup_new,block:block_bio_queue,"			\
	"block:block_bio_complete,block:block_rq_insert,"		\
	"block:block_rq_issue,block:block_rq_requeue,"			\
	"block:block_rq_complete,irq:irq_handler_entry,"		\
	"irq:irq_handler_exit,irq:softirq_entry,irq:softirq_exit,"	\
	"?latency_tracker:*"

/*
 * @instance, @lock_fd, @swaps: set by open(), constant until close()
 * @kb: buffer of each CPU; capture thread, once it runs
 * @since_ns: when the buffer that is recording now began empty; capture thread only
 */
static struct {
	struct tracefs_instance *instance;
	int lock_fd;
	bool swaps;
	uint64_t kb;
	uint64_t since_ns;
} ft = { .lock_fd = -1 };

static int ftrace_available(char *why)
{
	const char *dir = tracefs_tracing_dir();
	char path[PATH_MAX];

	if (!dir) {
		lt_why(why, "tracefs is not mounted and cannot be: mount -t tracefs"
			 " none /sys/kernel/tracing (needs CAP_SYS_ADMIN and CONFIG_TRACING)");
		return -ENOENT;
	}
	if (lt_path(path, sizeof(path), "%s/instances", dir))
		return -ENAMETOOLONG;
	if (!access(path, W_OK))
		return 0;
	lt_why(why, "%s: %s: run as root, or give a group write access to tracefs"
		 " (mount option gid=)", path, strerror(errno));
	return -errno;
}

/* Takes the lock of an instance's directory; -EBUSY when a living daemon holds it. */
static int lock_instance(struct tracefs_instance *instance)
{
	char *dir = tracefs_instance_get_dir(instance);
	int fd, ret = 0;

	if (!dir)
		return -ENOMEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
	}
	tracefs_put_tracing_file(dir);
	return ret ?: fd;
}

/* An instance from before is removed: its settings and contents are unknown. */
static int remove_stale(char *why)
{
	struct tracefs_instance *stale;
	int fd, ret = 0;

	if (!tracefs_instance_exists(INSTANCE_NAME))
		return 0;
	stale = tracefs_instance_create(INSTANCE_NAME);
	if (!stale)
		return -errno;
	fd = lock_instance(stale);
	if (fd == -EBUSY) {
		lt_why(why, "the tracefs instance " INSTANCE_NAME
			 " is in use by another latency-trackerd");
	} else if (fd >= 0) {
		close(fd);
		ret = tracefs_instance_destroy(stale) ? -errno : 0;
		if (ret)
			lt_why(why, "cannot remove the tracefs instance "
				 INSTANCE_NAME " of a dead daemon: %s", strerror(-ret));
		else
			lt_notice("ftrace: removed the instance that a dead daemon had left");
	}
	tracefs_instance_free(stale);
	return fd < 0 ? fd : ret;
}

static int create_instance(char *why)
{
	int ret = remove_stale(why);

	if (ret)
		return ret;
	ft.instance = tracefs_instance_create(INSTANCE_NAME);
	if (!ft.instance) {
		ret = -errno ?: -EIO;
		lt_why(why, "cannot make a tracefs instance: %s%s", strerror(-ret),
			 ret == -EPERM ? " (kernel lockdown?)" : "");
		return ret;
	}
	ft.lock_fd = lock_instance(ft.instance);
	if (ft.lock_fd >= 0)
		return 0;
	ret = ft.lock_fd;
	lt_why(why, "cannot lock the tracefs instance: %s", strerror(-ret));
	tracefs_instance_free(ft.instance);	/* not ours to remove */
	ft.instance = NULL;
	return ret;
}

static void destroy_instance(void)
{
	if (!ft.instance)
		return;
	tracefs_instance_file_write(ft.instance, "tracing_on", "0");
	close(ft.lock_fd);
	ft.lock_fd = -1;
	if (tracefs_instance_destroy(ft.instance))
		lt_warn("ftrace: cannot remove the instance " INSTANCE_NAME ": %m");
	tracefs_instance_free(ft.instance);
	ft.instance = NULL;
}

static int write_setting(const char *file, const char *value, char *why)
{
	int ret;

	errno = 0;
	if (tracefs_instance_file_write(ft.instance, file, value) >= 0)
		return 0;
	ret = -errno ?: -EIO;
	lt_why(why, "tracefs: cannot write \"%s\" to %s: %s", value, file,
		 strerror(-ret));
	return ret;
}

static bool enable_event(const char *system, const char *name)
{
	char file[PATH_MAX];

	errno = ENAMETOOLONG;
	if (!lt_path(file, sizeof(file), "events/%s/%s/enable", system, name) &&
	    tracefs_instance_file_write(ft.instance, file, "1") >= 0)
		return true;
	lt_warn("ftrace: cannot enable %s:%s: %m", system, name);
	return false;
}

static unsigned int enable_system(const char *system, struct lt_events *events)
{
	char **names = tracefs_system_events(NULL, system);
	unsigned int enabled = 0;

	for (int i = 0; names && names[i]; i++) {
		if (lt_events_match(events, system, names[i]))
			enabled += enable_event(system, names[i]);
	}
	tracefs_list_free(names);
	return enabled;
}

static int enable_events(const char *list, char *why)
{
	unsigned int enabled = 0;
	struct lt_events events;
	char **systems;
	int ret = lt_events_parse(&events, list ?: DEFAULT_EVENTS);

	if (ret) {
		lt_why(why, "--events: %s", strerror(-ret));
		return ret;
	}
	systems = tracefs_event_systems(NULL);
	for (int i = 0; systems && systems[i]; i++)
		enabled += enable_system(systems[i], &events);
	tracefs_list_free(systems);
	lt_events_warn_missing(&events, "ftrace");
	lt_events_free(&events);
	if (enabled)
		return 0;
	lt_why(why, "no trace event could be enabled in tracefs");
	return -ENOENT;
}

/* Allocating the spare buffer may fail for want of memory: then stop and read. */
static void prepare_swap(void)
{
	ft.swaps = tracefs_file_exists(ft.instance, "snapshot") &&
		   tracefs_instance_file_write(ft.instance, "snapshot", "1") >= 0 &&
		   tracefs_instance_file_write(ft.instance, "snapshot", "2") >= 0;
	lt_debug("ftrace: a snapshot %s", ft.swaps ? "swaps buffers" :
		 "stops the trace while it is read (no CONFIG_TRACER_SNAPSHOT, or no memory)");
}

static int configure(const struct lt_options *opts, char *why)
{
	char kb[24];
	int ret;

	ft.kb = opts->buffer_kb;
	snprintf(kb, sizeof(kb), "%llu", (unsigned long long)ft.kb);
	ret = write_setting("tracing_on", "0", why);
	ret = ret ?: write_setting("trace_clock", "mono", why);
	ret = ret ?: write_setting("buffer_size_kb", kb, why);
	if (ret)
		return ret;
	prepare_swap();
	ret = enable_events(opts->events, why);
	ret = ret ?: write_setting("tracing_on", "1", why);
	ft.since_ns = lt_clock_mono_ns();
	return ret;
}

static int ftrace_open(const struct lt_options *opts, char *why)
{
	int ret = create_instance(why);

	if (ret) {
		if (!*why)
			lt_why(why, "tracefs: %s", strerror(-ret));
		return ret;
	}
	ret = configure(opts, why);
	if (ret)
		destroy_instance();
	return ret;
}

static int ftrace_freeze(struct lt_capture *capture, char *why)
{
	int ret;

	capture->since_ns = ft.since_ns;
	capture->begin_ns = lt_clock_mono_ns();
	if (!ft.swaps)
		return write_setting("tracing_on", "0", why);
	ret = write_setting("snapshot", "1", why);
	if (!ret)
		ft.since_ns = lt_clock_mono_ns();
	return ret;
}

/*
 * Makes room for the next freeze; without a spare buffer, lets tracing go on. A spare buffer whose pages
 * were all read is empty, and better not cleared: on Linux 7.3 the text of the next snapshot would leave
 * out what came before the clearing.
 */
static int thaw(bool emptied, char *why)
{
	int ret;

	if (ft.swaps)
		return emptied ? 0 : write_setting("snapshot", "2", why);
	ret = lt_ftrace_clear(ft.instance);
	if (ret)
		lt_warn("ftrace: cannot clear the trace: %s", strerror(-ret));
	ret = write_setting("tracing_on", "1", why);
	ft.since_ns = lt_clock_mono_ns();
	return ret;
}

static void ftrace_discard(void)
{
	char why[LT_WHY_MAX];

	if (thaw(false, why))
		lt_error("ftrace: %s", why);
}

static int ftrace_save(const char *dir, struct lt_capture *capture, atomic_bool *stop, char *why)
{
	char thaw_why[LT_WHY_MAX];
	int ret = lt_ftrace_save(ft.instance, dir, ft.swaps, why);

	(void)stop;	/* it copies from memory */
	capture->end_ns = lt_clock_mono_ns();
	if (thaw(!ret, thaw_why)) {
		lt_error("ftrace: %s", thaw_why);
		if (!ret)
			lt_why(why, "%s", thaw_why);
		ret = ret ?: -EIO;
	}
	return ret;
}

static int ftrace_survey(const char *dir, struct lt_capture *capture, struct lt_history *history,
			 char *why)
{
	(void)dir;
	(void)capture;
	history->bytes = ft.kb * 1024;
	if (!lt_ftrace_survey(ft.instance, ft.since_ns, history))
		return 0;
	lt_why(why, "tracefs: cannot read per_cpu/*/stats");
	return -EIO;
}

static int ftrace_resize(uint64_t bytes, char *why)
{
	uint64_t want = (bytes + 1023) / 1024;
	char kb[24];
	int ret;

	snprintf(kb, sizeof(kb), "%llu", (unsigned long long)want);
	ret = write_setting("buffer_size_kb", kb, why);
	if (!ret)
		ft.kb = want;
	/* What was recorded stays or goes, as the kernel likes: count from now on. */
	ft.since_ns = lt_clock_mono_ns();
	return ret;
}

static void ftrace_prove(const char *dir, const struct lt_record *hit, struct lt_proof *proof,
			 atomic_bool *stop)
{
	struct lt_proof_target target;
	char path[PATH_MAX];
	int ret;

	lt_proof_target_init(&target, hit);
	ret = lt_path(path, sizeof(path), "%s/" LT_FTRACE_RAW, dir);
	ret = ret ?: lt_proof_read_ftrace(proof, path, &target, stop);
	if (ret)
		lt_proof_fail(proof, "cannot read the trace: %s", strerror(-ret));
	else if (!atomic_load(stop))
		lt_ftrace_dat(dir);
}

const struct lt_backend lt_backend_ftrace = {
	.name = "ftrace",
	.trace = LT_FTRACE_TEXT,
	.available = ftrace_available,
	.open = ftrace_open,
	.close = destroy_instance,
	.freeze = ftrace_freeze,
	.save = ftrace_save,
	.discard = ftrace_discard,
	.survey = ftrace_survey,
	.resize = ftrace_resize,
	.prove = ftrace_prove,
};
