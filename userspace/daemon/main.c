// SPDX-License-Identifier: GPL-2.0
/*
 * latency-trackerd: waits for slow operations and saves the trace of what led to them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "clock.h"
#include "config.h"
#include "counts.h"
#include "exporter.h"
#include "journal.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "pidfile.h"
#include "reader.h"
#include "realtime.h"
#include "reload.h"
#include "snapshot.h"
#include "store.h"
#include "trackers.h"

/* Everything is open: run, then close it in reverse. */
static int run(struct lt_reload *reload, const struct lt_backend *backend,
	       struct lt_reader *reader, int signal_fd)
{
	const struct lt_options *opts = &reload->config->opts;
	int status;

	reader->since_ns = lt_clock_mono_ns();
	reader->snaps = lt_snapshots_start(backend, reload->store);
	if (!reader->snaps) {
		lt_error("cannot start the snapshot threads: %m");
		return 1;
	}
	lt_snapshots_set_times(reader->snaps, opts->rate_ms, opts->after_ms);
	reload->snaps = reader->snaps;
	lt_info("waiting for hits on %s, output in %s", opts->proc, opts->output);
	status = lt_loop_run(reader, signal_fd, opts->once, reload);
	lt_snapshots_stop(reader->snaps);
	lt_info("ended: %llu hits journalled, %llu lost",
		(unsigned long long)lt_count_get(&lt_counts.hits),
		(unsigned long long)lt_count_get(&lt_counts.lost));
	return status;
}

static int run_with_journal(struct lt_reload *reload, struct lt_reader *reader, int signal_fd)
{
	const struct lt_options *opts = &reload->config->opts;
	const struct lt_backend *backend;
	struct lt_journal journal;
	int ret = lt_journal_open(&journal, reload->store->fd);

	if (ret) {
		lt_error("%s/journal.jsonl: %s", opts->output, strerror(-ret));
		return 1;
	}
	journal.max_bytes = opts->journal_mb << 20;
	reload->journal = &journal;
	lt_store_recover(reload->store);
	reader->journal = &journal;
	backend = lt_backend_start(opts);
	ret = 1;
	if (backend) {
		/* Only now: the session daemon that a back end may start is not real-time. */
		lt_realtime_init(opts->priority);
		ret = run(reload, backend, reader, signal_fd);
		backend->close();
	}
	lt_journal_close(&journal);
	return ret;
}

/* Before all that takes long, so that a port that is in use is told at once. */
static int run_with_exporter(struct lt_reload *reload, struct lt_reader *reader, int signal_fd)
{
	const struct lt_options *opts = &reload->config->opts;
	struct lt_exporter *exporter = NULL;
	int ret;

	if (opts->metrics) {
		exporter = lt_exporter_start(opts->metrics, opts->output);
		if (!exporter)
			return 1;
	}
	ret = run_with_journal(reload, reader, signal_fd);
	lt_exporter_stop(exporter);
	return ret;
}

static int run_locked(struct lt_reload *reload, struct lt_reader *reader, int signal_fd)
{
	const char *output = reload->config->opts.output;
	pid_t owner;
	int fd = lt_pidfile_lock(reload->store->fd, &owner);
	int ret;

	if (fd == -EBUSY) {
		lt_error("%s: in use by another latency-trackerd, pid %d", output, owner);
		return 1;
	}
	if (fd < 0) {
		lt_error("%s/daemon.pid: %s", output, strerror(-fd));
		return 1;
	}
	ret = run_with_exporter(reload, reader, signal_fd);
	lt_pidfile_unlock(fd);
	return ret;
}

static int run_with_reader(struct lt_reload *reload, int signal_fd)
{
	const struct lt_options *opts = &reload->config->opts;
	struct lt_reader *reader = calloc(1, sizeof(*reader));
	struct lt_store store;
	int ret, status = 1;

	if (!reader) {
		lt_error("no memory");
		return 1;
	}
	ret = lt_store_open(&store, opts->output);
	if (ret) {
		lt_error("%s: %s", opts->output, strerror(-ret));
		goto free_reader;
	}
	lt_store_set_limits(&store, opts);
	reload->store = &store;
	reader->fd = lt_reader_open(opts->proc);
	if (reader->fd < 0)
		goto close_store;
	status = run_locked(reload, reader, signal_fd);
	close(reader->fd);
close_store:
	reload->store = NULL;
	lt_store_close(&store);
free_reader:
	free(reader);
	return status;
}

static int run_with_config(struct lt_config *config, int argc, char **argv)
{
	struct lt_reload reload = { .argc = argc, .argv = argv, .config = config };
	int signal_fd;

	lt_log_init(config->opts.verbose);
	umask(027);	/* traces tell much about a machine */
	signal_fd = lt_loop_block_signals();
	if (signal_fd < 0) {
		lt_error("cannot block signals: %s", strerror(-signal_fd));
		return 1;
	}
	lt_trackers_load(config);
	return run_with_reader(&reload, signal_fd);
}

static void say_mistake(const char *mistake)
{
	lt_error("%s", mistake);
}

int main(int argc, char **argv)
{
	struct lt_config config;
	int status = 0;

	lt_log_init(false);
	switch (lt_config_load(&config, argc, argv, say_mistake)) {
	case LT_OPTIONS_DONE:
		break;
	case LT_OPTIONS_BAD:
		status = 2;
		break;
	case LT_OPTIONS_RUN:
		if (config.opts.check)
			lt_config_print(&config);
		else
			status = run_with_config(&config, argc, argv);
		break;
	}
	lt_config_free(&config);
	return status;
}
