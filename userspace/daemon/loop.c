// SPDX-License-Identifier: GPL-2.0
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "counts.h"
#include "cover.h"
#include "log.h"
#include "notify.h"

#define SEC_NS		1000000000ULL
#define LOOK_AGAIN_NS	SEC_NS
#define MS_NS		1000000ULL
/* How long a snapshot may go on after a signal, and then how long it may take to give up. */
#define FINISH_NS	(10 * SEC_NS)
#define GIVE_UP_NS	(15 * SEC_NS)

#define READY		"READY=1\nSTATUS=Waiting for hits"

/* What became ready: epoll_event.data.u32. */
enum source {
	SOURCE_HITS,
	SOURCE_SIGNAL,
	SOURCE_SNAPSHOT,
	SOURCE_LOOK_AGAIN,
	SOURCE_WATCHDOG,
	SOURCE_DEADLINE,
	SOURCE_SURVEY,
	NR_SOURCES
};

struct loop {
	struct lt_reader *reader;
	struct lt_reload *reload;
	struct lt_cover cover;
	bool once;
	bool stopping;
	bool aborted;
	bool done;
	int status;
	int epoll_fd;
	int fds[NR_SOURCES];
};

int lt_loop_block_signals(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Zero disarms. With @repeat it fires again and again. */
static void arm(int fd, uint64_t ns, bool repeat)
{
	struct timespec time = { .tv_sec = ns / SEC_NS, .tv_nsec = ns % SEC_NS };
	struct itimerspec spec = { .it_value = time };

	if (repeat)
		spec.it_interval = time;
	timerfd_settime(fd, 0, &spec, NULL);
}

static void clear_timer(int fd)
{
	uint64_t expirations;

	if (read(fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		lt_debug("timer: %m");
}

/* A signal, or the end of --once: nothing new is begun, what is under way is finished. */
static void begin_stop(struct loop *loop)
{
	if (loop->stopping)
		return;
	loop->stopping = true;
	lt_notify("STOPPING=1");
	lt_reader_drain(loop->reader);
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, loop->reader->fd, NULL);
	arm(loop->fds[SOURCE_LOOK_AGAIN], 0, false);
	arm(loop->fds[SOURCE_SURVEY], 0, false);
	lt_snapshots_finish(loop->reader->snaps);
	arm(loop->fds[SOURCE_DEADLINE], FINISH_NS, false);
	loop->done = lt_snapshots_idle(loop->reader->snaps);
}

static void abort_snapshots(struct loop *loop)
{
	loop->aborted = true;
	lt_notice("the snapshot under way is given up");
	lt_snapshots_abort(loop->reader->snaps);
	arm(loop->fds[SOURCE_DEADLINE], GIVE_UP_NS, false);
}

static void on_hits(struct loop *loop)
{
	int ret = lt_reader_read(loop->reader);

	if (ret == 1) {
		arm(loop->fds[SOURCE_LOOK_AGAIN], LOOK_AGAIN_NS, false);
	} else if (ret == -EPIPE) {
		lt_notice("end of the stream of hits");
		begin_stop(loop);
	} else if (ret < 0) {
		lt_error("cannot read hits: %s", strerror(-ret));
		loop->status = 1;
		begin_stop(loop);
	}
}

static void on_look_again(struct loop *loop)
{
	int ret;

	clear_timer(loop->fds[SOURCE_LOOK_AGAIN]);
	ret = lt_reader_read(loop->reader);
	if (lt_journal_retry(loop->reader->journal) || ret == 1)
		arm(loop->fds[SOURCE_LOOK_AGAIN], LOOK_AGAIN_NS, false);
}

static void on_hangup(struct loop *loop)
{
	lt_info("SIGHUP: %llu hits so far, %llu lost, %llu malformed",
		(unsigned long long)lt_count_get(&lt_counts.hits),
		(unsigned long long)lt_count_get(&lt_counts.lost),
		(unsigned long long)lt_count_get(&lt_counts.malformed));
	if (loop->stopping)
		return;
	lt_notify_reloading();
	if (lt_reload(loop->reload))
		lt_notify(READY);
	else
		lt_notify(READY "; the changed configuration is wrong, see the log");
}

static void on_signal(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->fds[SOURCE_SIGNAL], &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			on_hangup(loop);
		} else if (!loop->stopping) {
			lt_info("%s: stopping", strsignal(info.ssi_signo));
			begin_stop(loop);
		} else if (!loop->aborted) {
			abort_snapshots(loop);
		}
	}
}

/* A snapshot or the proof of one is under way: it will tell the history itself, or later. */
static void request_other(struct loop *loop, enum lt_job_kind kind, uint64_t bytes)
{
	if (lt_snapshots_request_other(loop->reader->snaps, kind, bytes) == -EBUSY)
		arm(loop->fds[SOURCE_SURVEY], LOOK_AGAIN_NS, false);
}

static void on_history(struct loop *loop, const struct lt_history *history)
{
	uint64_t bytes = lt_cover_update(&loop->cover, history);

	arm(loop->fds[SOURCE_SURVEY], lt_cover_next_ms(&loop->cover, history) * MS_NS, false);
	if (!bytes)
		return;
	lt_notice("buffers of %llu KiB for each CPU become %llu KiB; the recording begins anew",
		  (unsigned long long)history->bytes / 1024, (unsigned long long)bytes / 1024);
	request_other(loop, LT_JOB_RESIZE, bytes);
}

static void on_snapshot(struct loop *loop)
{
	struct lt_history history;
	unsigned long failed, ended = lt_snapshots_ended(loop->reader->snaps, &failed);

	lt_reader_journal_failures(loop->reader);
	if (lt_snapshots_take_history(loop->reader->snaps, &history) && !loop->stopping)
		on_history(loop, &history);
	if (loop->once && ended && !loop->stopping) {
		loop->status = failed ? 1 : loop->status;
		begin_stop(loop);
	}
	if (loop->stopping && lt_snapshots_idle(loop->reader->snaps))
		loop->done = true;
}

/*
 * The second time a thread hangs in a call that cannot be interrupted. What it leaves behind
 * is removed by the next start, as after a crash.
 */
static void on_deadline(struct loop *loop)
{
	clear_timer(loop->fds[SOURCE_DEADLINE]);
	if (!loop->aborted) {
		abort_snapshots(loop);
		return;
	}
	lt_error("a snapshot hangs: ending without it");
	lt_journal_close(loop->reader->journal);
	_exit(1);
}

static void dispatch(struct loop *loop, enum source source)
{
	switch (source) {
	case SOURCE_HITS:
		on_hits(loop);
		break;
	case SOURCE_SIGNAL:
		on_signal(loop);
		break;
	case SOURCE_SNAPSHOT:
		on_snapshot(loop);
		break;
	case SOURCE_LOOK_AGAIN:
		on_look_again(loop);
		break;
	case SOURCE_WATCHDOG:
		clear_timer(loop->fds[SOURCE_WATCHDOG]);
		lt_notify("WATCHDOG=1");
		break;
	case SOURCE_DEADLINE:
		on_deadline(loop);
		break;
	case SOURCE_SURVEY:
		clear_timer(loop->fds[SOURCE_SURVEY]);
		request_other(loop, LT_JOB_SURVEY, 0);
		break;
	case NR_SOURCES:
		break;
	}
}

static int watch(struct loop *loop, enum source source, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = source };

	loop->fds[source] = fd;
	if (fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	return 0;
}

static int make_timer(struct loop *loop, enum source source)
{
	return watch(loop, source, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
}

static int init(struct loop *loop, int signal_fd)
{
	int ret;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	ret = watch(loop, SOURCE_HITS, loop->reader->fd);
	ret = ret ?: watch(loop, SOURCE_SIGNAL, signal_fd);
	ret = ret ?: watch(loop, SOURCE_SNAPSHOT, lt_snapshots_event_fd(loop->reader->snaps));
	ret = ret ?: make_timer(loop, SOURCE_LOOK_AGAIN);
	ret = ret ?: make_timer(loop, SOURCE_WATCHDOG);
	ret = ret ?: make_timer(loop, SOURCE_DEADLINE);
	ret = ret ?: make_timer(loop, SOURCE_SURVEY);
	if (!ret)
		arm(loop->fds[SOURCE_SURVEY], lt_cover_next_ms(&loop->cover, NULL) * MS_NS, false);
	if (!ret && lt_notify_watchdog_ns())
		arm(loop->fds[SOURCE_WATCHDOG], lt_notify_watchdog_ns(), true);
	return ret;
}

static void release(struct loop *loop)
{
	static const enum source timers[] = { SOURCE_LOOK_AGAIN, SOURCE_WATCHDOG, SOURCE_DEADLINE,
					      SOURCE_SURVEY };

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		if (loop->fds[timers[i]] >= 0)
			close(loop->fds[timers[i]]);
	}
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
}

static int wait_and_dispatch(struct loop *loop)
{
	struct epoll_event events[NR_SOURCES];
	int n = epoll_wait(loop->epoll_fd, events, NR_SOURCES, -1);

	if (n < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < n; i++) {
		/* begin_stop() may have closed the stream of hits for an event behind it. */
		if (loop->stopping && events[i].data.u32 == SOURCE_HITS)
			continue;
		dispatch(loop, events[i].data.u32);
	}
	return 0;
}

int lt_loop_run(struct lt_reader *reader, int signal_fd, bool once, struct lt_reload *reload)
{
	struct loop loop = { .reader = reader, .reload = reload, .once = once, .epoll_fd = -1,
			     .fds = { -1, -1, -1, -1, -1, -1, -1 },
			     .cover.wanted_ns = reload->config->opts.cover * SEC_NS };
	int ret = init(&loop, signal_fd);

	if (!ret) {
		lt_reader_drain(reader);
		lt_notify(READY);
	}
	while (!ret && !loop.done)
		ret = wait_and_dispatch(&loop);
	if (ret) {
		lt_error("event loop: %s", strerror(-ret));
		loop.status = 1;
	}
	release(&loop);
	return loop.status;
}
