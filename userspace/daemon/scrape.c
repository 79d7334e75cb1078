// SPDX-License-Identifier: GPL-2.0
#include "scrape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "log.h"
#include "metrics.h"

#ifndef LT_VERSION
#define LT_VERSION "unknown"
#endif

static const struct number {
	const char *name;
	const char *type;
	const _Atomic uint64_t *count;
	const char *help;
} numbers[] = {
	{ "daemon_hits", "counter", &lt_counts.hits, "Hits that the daemon has journalled." },
	{ "daemon_lost_hits", "counter", &lt_counts.lost,
	  "Hits that were overwritten before the daemon read them." },
	{ "daemon_malformed_records", "counter", &lt_counts.malformed,
	  "Records that the daemon could not understand." },
	{ "daemon_journal_waiting_bytes", "gauge", &lt_counts.journal_waiting,
	  "Journal lines that wait in memory for room on the disk." },
	{ "daemon_journal_dropped_lines", "counter", &lt_counts.journal_dropped,
	  "Journal lines that are lost because the disk was full for too long." },
	{ "daemon_snapshots", "counter", &lt_counts.snapshots_ended,
	  "Snapshots that have ended, well or not." },
	{ "daemon_snapshots_failed", "counter", &lt_counts.snapshots_failed,
	  "Snapshots that failed." },
};

#define NR_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void write_build(const struct lt_exposition *to)
{
	lt_exposition_head(to, "build_info", "gauge", "The version of the daemon.");
	fputs("latency_tracker_build_info{", to->out);
	lt_exposition_label(to, "version", LT_VERSION);
	fputs("} 1\n", to->out);
}

/* Without a sample as long as there was no snapshot: 1970 would be an answer, and a wrong one. */
static void write_last_snapshot(const struct lt_exposition *to)
{
	uint64_t ns = lt_count_get(&lt_counts.last_snapshot_ns);

	lt_exposition_head(to, "daemon_last_snapshot_timestamp_seconds", "gauge",
			   "When the last snapshot succeeded, in seconds since 1970.");
	if (!ns)
		return;
	fputs("latency_tracker_daemon_last_snapshot_timestamp_seconds ", to->out);
	lt_exposition_seconds(to, ns);
	putc('\n', to->out);
}

static void write_daemon(const struct lt_exposition *to, bool up)
{
	lt_exposition_number(to, "up", "gauge",
			     "Whether the numbers of the trackers could be read.", up);
	write_build(to);
	for (size_t i = 0; i < NR_NUMBERS; i++)
		lt_exposition_number(to, numbers[i].name, numbers[i].type, numbers[i].help,
				     lt_count_get(numbers[i].count));
	write_last_snapshot(to);
}

/* Return: the metrics of the trackers, "" if they cannot be read; NULL without memory. */
static char *read_trackers(const struct lt_paths *paths, enum lt_metrics_format format,
			   const char *state_dir, int *err)
{
	static struct lt_log_limit limit;	/* one thread scrapes */
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	*err = lt_metrics_write(out, paths, format, state_dir);
	if (*err && *err != -ENOENT)
		lt_log_limited(&limit, LT_LOG_WARNING,
			       "metrics: cannot read the trackers below %s: %s", paths->debugfs,
			       strerror(-*err));
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *lt_scrape(const struct lt_paths *paths, enum lt_metrics_format format,
		const char *state_dir, size_t *len)
{
	struct lt_exposition to = { .format = format };
	char *trackers, *text;
	int err = 0;

	trackers = read_trackers(paths, format, state_dir, &err);
	to.out = trackers ? open_memstream(&text, len) : NULL;
	if (!to.out) {
		free(trackers);
		return NULL;
	}
	write_daemon(&to, !err);
	if (err)
		lt_exposition_end(&to);
	else
		fputs(trackers, to.out);
	free(trackers);
	if (!fclose(to.out))
		return text;
	free(text);
	return NULL;
}
