// SPDX-License-Identifier: GPL-2.0
#include "metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exemplars.h"
#include "exposition.h"
#include "hist.h"
#include "oldest.h"
#include "stats.h"

#define PREFIX		"latency_tracker_"

/* From 1 us to 137 s: 2^10 .. 2^37 ns. */
#define LE_FIRST	10
#define LE_LAST		37

/* One tracker as it was when it was read. */
struct tracker {
	struct lt_stats stats;
	struct lt_hist hist;
	uint64_t oldest_ns;
};

struct metrics {
	struct lt_exposition to;
	struct tracker *trackers;
	size_t count;
	struct lt_exemplars exemplars;
};

/* Where a series of a histogram goes: by the beginning of its name. */
struct family {
	const char *name;
	const char *help;
	const char *label;
};

static const struct family total = {
	"latency_seconds", "How long operations took.", NULL
};

static const struct family stages = {
	"stage_seconds", "How long the stages of operations took.", "stage"
};

static const struct family series = {
	"series_seconds", "How long operations took, by what the probe tells apart.", "series"
};

/* The ledger: what each number is; those without help are gauges, below. */
static const char * const counters[LT_STAT_COUNT] = {
	[LT_STAT_BEGINS] = "Operations that began.",
	[LT_STAT_MATCHED] = "Operations that ended.",
	[LT_STAT_REPLACED] = "Operations that a begin with the same key replaced.",
	[LT_STAT_DROPPED_FULL] = "Begins that found no free event.",
	[LT_STAT_DROPPED_BUSY] = "Begins that were refused.",
	[LT_STAT_CANCELLED] = "Operations that were cancelled.",
	[LT_STAT_ABORTED_GC] = "Operations that were given up because of their age.",
	[LT_STAT_ABORTED_CLEAR] = "Operations that were in flight when the tracker was cleared.",
	[LT_STAT_TIMED_OUT] = "Operations that were still pending at the timeout.",
	[LT_STAT_ORPHAN_ENDS] = "Ends without a begin.",
	[LT_STAT_NEGATIVE_DELTAS] = "Operations that ended before they began, by the clock.",
	[LT_STAT_HITS] = "Operations above the threshold or past the timeout.",
	[LT_STAT_SUPPRESSED_WAKES] = "Hits for which readers were not woken at once.",
	[LT_STAT_RATCHETED] = "Operations above the threshold that were not to be reported.",
	[LT_STAT_LOST_HITS] = "Hits that could not be recorded.",
	[LT_STAT_SEEN] = "Operations that the probe has seen.",
	[LT_STAT_FILTERED] = "Operations that a filter turned away.",
	[LT_STAT_MISSED_HOOKS] = "Calls of kprobes that were missed.",
};

static const struct gauge {
	enum lt_stat stat;
	const char *name;
	const char *help;
	bool seconds;
} gauges[] = {
	{ LT_STAT_ENABLED, "enabled", "Whether the tracker is enabled.", false },
	{ LT_STAT_THRESHOLD_NS, "threshold_seconds", "Operations that take longer are hits.",
	  true },
	{ LT_STAT_TIMEOUT_NS, "timeout_seconds",
	  "Operations that are pending for longer are hits; 0: off.", true },
	{ LT_STAT_MAX_EVENTS, "max_events", "Operations in flight at most.", false },
	{ LT_STAT_CAPACITY, "capacity_events", "Events that exist.", false },
	{ LT_STAT_IN_FLIGHT, "in_flight", "Operations in flight.", false },
};

/* "latency_tracker_NAME{tracker="..."} " */
static void sample(const struct metrics *m, const char *name, const struct tracker *t)
{
	fprintf(m->to.out, PREFIX "%s{", name);
	lt_exposition_label(&m->to, "tracker", t->stats.tracker);
	fputs("} ", m->to.out);
}

static void write_info(const struct metrics *m)
{
	lt_exposition_head(&m->to, "loaded", "gauge",
			   "The trackers that are loaded, and the module of each.");
	for (size_t i = 0; i < m->count; i++) {
		fputs(PREFIX "loaded{", m->to.out);
		lt_exposition_label(&m->to, "tracker", m->trackers[i].stats.tracker);
		putc(',', m->to.out);
		lt_exposition_label(&m->to, "module", m->trackers[i].stats.module);
		fputs("} 1\n", m->to.out);
	}
}

static void write_gauge(const struct metrics *m, const struct gauge *gauge)
{
	lt_exposition_head(&m->to, gauge->name, "gauge", gauge->help);
	for (size_t i = 0; i < m->count; i++) {
		uint64_t value = m->trackers[i].stats.value[gauge->stat];

		sample(m, gauge->name, &m->trackers[i]);
		if (gauge->seconds)
			lt_exposition_seconds(&m->to, value);
		else
			fprintf(m->to.out, "%" PRIu64, value);
		putc('\n', m->to.out);
	}
}

static void write_oldest(const struct metrics *m)
{
	lt_exposition_head(&m->to, "oldest_pending_seconds", "gauge",
			   "Age of the operation that has been in flight for longest; 0: none is.");
	for (size_t i = 0; i < m->count; i++) {
		sample(m, "oldest_pending_seconds", &m->trackers[i]);
		lt_exposition_seconds(&m->to, m->trackers[i].oldest_ns);
		putc('\n', m->to.out);
	}
}

static void write_counter(const struct metrics *m, enum lt_stat stat)
{
	char name[64];

	lt_exposition_head(&m->to, lt_stat_name(stat), "counter", counters[stat]);
	snprintf(name, sizeof(name), "%s_total", lt_stat_name(stat));
	for (size_t i = 0; i < m->count; i++) {
		sample(m, name, &m->trackers[i]);
		fprintf(m->to.out, "%" PRIu64 "\n", m->trackers[i].stats.value[stat]);
	}
}

/* The beginning of a sample of a histogram, up to where "le" or the brace stands. */
static void hist_sample(const struct metrics *m, const struct family *family, const char *suffix,
			const struct tracker *t, const char *value)
{
	fprintf(m->to.out, PREFIX "%s%s{", family->name, suffix);
	lt_exposition_label(&m->to, "tracker", t->stats.tracker);
	if (family->label) {
		putc(',', m->to.out);
		lt_exposition_label(&m->to, family->label, value);
	}
}

/* A snapshot of an operation that is in the bucket, which ends below @upper and begins at @lower. */
static void write_exemplar(const struct metrics *m, const struct family *family,
			   const struct tracker *t, uint64_t lower, uint64_t upper)
{
	const struct lt_exemplar *exemplar;

	if (family != &total || m->to.format != LT_METRICS_OPEN)
		return;
	exemplar = lt_exemplars_find(&m->exemplars, t->stats.tracker, lower, upper);
	if (!exemplar)
		return;
	fputs(" # {", m->to.out);
	lt_exposition_label(&m->to, "snapshot", exemplar->snapshot);
	fputs("} ", m->to.out);
	lt_exposition_seconds(&m->to, exemplar->delta_ns);
}

static void write_series(const struct metrics *m, const struct family *family,
			 const struct tracker *t, const struct lt_series *s, const char *value)
{
	uint64_t lower = 0, upper, count = lt_series_total(s);

	for (unsigned int order = LE_FIRST; order <= LE_LAST; order++, lower = upper) {
		upper = 1ULL << order;
		hist_sample(m, family, "_bucket", t, value);
		fputs(",le=\"", m->to.out);
		lt_exposition_seconds(&m->to, upper - 1);
		fprintf(m->to.out, "\"} %" PRIu64, lt_series_below(s, upper));
		write_exemplar(m, family, t, lower, upper);
		putc('\n', m->to.out);
	}
	hist_sample(m, family, "_bucket", t, value);
	fprintf(m->to.out, ",le=\"+Inf\"} %" PRIu64, count);
	write_exemplar(m, family, t, lower, UINT64_MAX);
	putc('\n', m->to.out);
	hist_sample(m, family, "_sum", t, value);
	fputs("} ", m->to.out);
	lt_exposition_seconds(&m->to, s->sum_ns);
	putc('\n', m->to.out);
	hist_sample(m, family, "_count", t, value);
	fprintf(m->to.out, "} %" PRIu64 "\n", count);
}

/* Return: what of a series' name is the value of the family's label; NULL: of another family. */
static const char *value_of(const struct family *family, const char *name)
{
	const struct family *own = &series;

	if (!strcmp(name, "total"))
		own = &total;
	else if (!strncmp(name, "stage:", 6))
		own = &stages;
	if (own != family)
		return NULL;
	return own == &stages ? name + 6 : name;
}

static void write_family(const struct metrics *m, const struct family *family)
{
	lt_exposition_head(&m->to, family->name, "histogram", family->help);
	for (size_t i = 0; i < m->count; i++) {
		const struct lt_hist *hist = &m->trackers[i].hist;

		for (size_t j = 0; j < hist->nr_series; j++) {
			const char *value = value_of(family, hist->series[j].name);

			if (value)
				write_series(m, family, &m->trackers[i], &hist->series[j], value);
		}
	}
}

static void write_all(const struct metrics *m)
{
	write_info(m);
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		write_gauge(m, &gauges[i]);
	write_oldest(m);
	for (int stat = 0; stat < LT_STAT_COUNT; stat++)
		if (counters[stat])
			write_counter(m, stat);
	write_family(m, &total);
	write_family(m, &stages);
	write_family(m, &series);
	lt_exposition_end(&m->to);
}

static int read_tracker(const struct lt_paths *paths, const char *name, struct tracker *t)
{
	int err = lt_stats_read(paths, name, &t->stats);

	t->oldest_ns = 0;
	if (!err && t->stats.value[LT_STAT_IN_FLIGHT])
		err = lt_oldest_read(paths, name, &t->oldest_ns);
	return err ? err : lt_hist_read(paths, name, &t->hist);
}

static int read_all(struct metrics *m, const struct lt_paths *paths, char **names, size_t count)
{
	int err;

	m->trackers = calloc(count + 1, sizeof(*m->trackers));
	if (!m->trackers)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		err = read_tracker(paths, names[i], &m->trackers[m->count]);
		if (!err)
			m->count++;
		else if (err != -ENOENT)	/* unloaded in this very moment */
			return err;
	}
	return 0;
}

int lt_metrics_write(FILE *out, const struct lt_paths *paths, enum lt_metrics_format format,
		     const char *state_dir)
{
	struct metrics m = { .to = { .out = out, .format = format } };
	char **names;
	size_t count;
	int err;

	err = lt_trackers_list(paths, &names, &count);
	if (err)
		return err;
	err = read_all(&m, paths, names, count);
	if (!err && state_dir)
		lt_exemplars_read(&m.exemplars, state_dir);
	if (!err)
		write_all(&m);
	for (size_t i = 0; i < m.count; i++)
		lt_hist_free(&m.trackers[i].hist);
	free(m.trackers);
	lt_exemplars_free(&m.exemplars);
	lt_trackers_free(names, count);
	return err;
}
