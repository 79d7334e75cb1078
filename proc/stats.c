// SPDX-License-Identifier: GPL-2.0
/*
 * Read-only files below debugfs: ledgers, histograms and what is in flight. The
 * formats are described in tracker/uapi/latency_tracker_uapi.h.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "../tracker/core.h"

static struct dentry *lt_dir;

static const char * const lt_stat_names[] = LT_STAT_NAMES;

static int lt_stats_show(struct seq_file *m, void *unused)
{
	struct latency_tracker *t = m->private;
	u64 threshold = READ_ONCE(t->threshold_ns);
	const u64 value[] = {
		0, 0,
		READ_ONCE(t->enabled),
		threshold == U64_MAX ? 0 : threshold,
		READ_ONCE(t->timeout_ns),
		t->cfg.max_events,
		READ_ONCE(t->pool.capacity),
		lt_sum(t, LT_BEGINS),
		lt_sum(t, LT_MATCHED),
		lt_sum(t, LT_REPLACED),
		lt_sum(t, LT_DROPPED_FULL),
		lt_sum(t, LT_DROPPED_BUSY),
		lt_sum(t, LT_CANCELLED),
		lt_sum(t, LT_ABORTED_GC),
		lt_sum(t, LT_ABORTED_CLEAR),
		lt_in_flight(t),
		lt_sum(t, LT_TIMED_OUT),
		lt_sum(t, LT_ORPHAN_ENDS),
		lt_sum(t, LT_NEGATIVE_DELTAS),
		lt_sum(t, LT_HITS),
		lt_sum(t, LT_SUPPRESSED_WAKES),
		lt_sum(t, LT_RATCHETED),
		lt_sum(t, LT_LOST_HITS),
		lt_sum(t, LT_BEGINS) + lt_probe_filtered(t),
		lt_probe_filtered(t),
		lt_probe_missed(t),
	};
	unsigned int i;

	static_assert(ARRAY_SIZE(value) == ARRAY_SIZE(lt_stat_names));
	seq_printf(m, "%s %s\n", lt_stat_names[0], t->name);
	seq_printf(m, "%s %s\n", lt_stat_names[1], t->cfg.owner ? t->cfg.owner->name : "-");
	for (i = 2; i < ARRAY_SIZE(value); i++)
		seq_printf(m, "%s %llu\n", lt_stat_names[i], value[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lt_stats);

static int lt_filters_show(struct seq_file *m, void *unused)
{
	struct latency_tracker *t = m->private;
	u64 tracked = lt_sum(t, LT_BEGINS);
	const char *name;
	unsigned int i;

	seq_printf(m, "seen %llu\n", tracked + lt_probe_filtered(t));
	for (i = 0; (name = lt_probe_filter_name(t, i)); i++)
		seq_printf(m, "%s %llu\n", name, lt_probe_filtered_by(t, i));
	seq_printf(m, "tracked %llu\n", tracked);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lt_filters);

/* Series by a dimension are shown once something has been counted in them. */
static void lt_histogram_print(struct seq_file *m, const char *name, const struct lt_hist *h)
{
	u64 count = 0;
	unsigned int i;

	for (i = 0; i < LT_HIST_BUCKETS; i++)
		count += h->bucket[i];
	if (!count && strchr(name, '='))
		return;
	seq_printf(m, "series %s count %llu sum_ns %llu max_ns %llu\n", name, count, h->sum,
		   h->max);
	for (i = 0; i < LT_HIST_BUCKETS; i++)
		if (h->bucket[i])
			seq_printf(m, "%llu %llu %llu\n", lt_hist_lower(i), lt_hist_lower(i + 1),
				   h->bucket[i]);
}

static int lt_histogram_show(struct seq_file *m, void *unused)
{
	struct lt_hist *h = kvmalloc(sizeof(*h), GFP_KERNEL);
	struct latency_tracker *t = m->private;
	char buf[5 * LT_NAME_MAX];
	const char *name;
	unsigned int i;

	if (!h)
		return -ENOMEM;
	mutex_lock(&t->lock);
	for (i = 0; (name = lt_series_name(t, i, buf, sizeof(buf))); i++) {
		if (!*name)
			continue;
		lt_series_read(t, i, h);
		lt_histogram_print(m, name, h);
	}
	mutex_unlock(&t->lock);
	kvfree(h);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lt_histogram);

/* An operation in flight, as it was when the list was made. */
struct lt_pending {
	u64 begin_ns;
	u32 index;
};

static int lt_pending_cmp(const void *a, const void *b)
{
	const struct lt_pending *x = a, *y = b;

	return x->begin_ns < y->begin_ns ? -1 : x->begin_ns > y->begin_ns;
}

/* List what is in flight. Return: how many; those that do not fit are only counted. */
static unsigned int lt_pending_collect(struct latency_tracker *t, struct lt_pending *list,
				       unsigned int room)
{
	unsigned int i, n = 0;

	for (i = 0; i < t->pool.capacity; i++) {
		struct latency_tracker_event *ev = freelist_obj(&t->pool, i);

		/* Pairs with the release in lfht_add_at(): begin_ns can be read. */
		if (!lfht_live_acquire(&ev->node))
			continue;
		if (n < room)
			list[n] = (struct lt_pending) { READ_ONCE(ev->begin_ns), i };
		n++;
	}
	return n;
}

/* Describe a listed operation, if it is still the same one and in flight. */
static bool lt_pending_record(struct latency_tracker *t, const struct lt_pending *p,
			      struct lt_record *rec)
{
	struct latency_tracker_event *ev = freelist_obj(&t->pool, p->index);
	struct latency_tracker_hit hit = {
		.tracker = t,
		.event = ev,
		.reason = LATENCY_TRACKER_REASONS,
		.now = latency_tracker_now(),
		.limit = READ_ONCE(t->timeout_ns) ?: READ_ONCE(t->threshold_ns),
	};
	bool same;

	preempt_disable_notrace();
	hit.cpu = raw_smp_processor_id();
	same = lfht_contains(&t->ht, &ev->node) && READ_ONCE(ev->begin_ns) == p->begin_ns;
	if (same) {
		hit.delta = max_t(s64, hit.now - p->begin_ns, 0);
		lt_hit_record(rec, &hit);
	}
	preempt_enable_notrace();
	return same;
}

/**
 * struct lt_pending_file - what showing the file needs
 * @rec:  the record in hand
 * @text: its text
 * @list: what was in flight
 */
struct lt_pending_file {
	struct lt_record rec;
	char text[LT_RECORD_MAX];
	struct lt_pending list[];
};

static int lt_pending_show(struct seq_file *m, void *unused)
{
	struct latency_tracker *t = m->private;
	unsigned int i, n, room = READ_ONCE(t->pool.capacity);
	struct lt_pending_file *f;

	f = kvmalloc(struct_size(f, list, room), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	mutex_lock(&t->lock);
	n = lt_pending_collect(t, f->list, room);
	room = min(n, room);
	sort(f->list, room, sizeof(f->list[0]), lt_pending_cmp, NULL);
	for (i = 0; i < room && i < LT_PENDING_MAX; i++) {
		if (!lt_pending_record(t, &f->list[i], &f->rec))
			continue;
		seq_write(m, f->text,
			  lt_record_format(f->text, sizeof(f->text), &f->rec, true));
	}
	mutex_unlock(&t->lock);
	if (n > i)
		seq_printf(m, "more n=%u\n", n - i);
	kvfree(f);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lt_pending);

static int lt_ring_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "capacity %llu\n", lt_hits.mask + 1);
	seq_printf(m, "head %lld\n", atomic64_read(&lt_hits.head));
	seq_printf(m, "lost %lld\n", atomic64_read(&lt_hits.lost));
	seq_printf(m, "wakes %llu\n", lt_proc_wakes());
	seq_printf(m, "readers %u\n", lt_proc_readers());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lt_ring);

/**
 * lt_stats_add() - show a tracker
 * @t: tracker
 *
 * A debugfs that is not there, or locked down, is no error.
 */
void lt_stats_add(struct latency_tracker *t)
{
	t->dir = debugfs_create_dir(t->name, lt_dir);
	debugfs_create_file("stats", 0444, t->dir, t, &lt_stats_fops);
	debugfs_create_file("filters", 0444, t->dir, t, &lt_filters_fops);
	debugfs_create_file("histogram", 0444, t->dir, t, &lt_histogram_fops);
	debugfs_create_file("pending", 0444, t->dir, t, &lt_pending_fops);
}

/**
 * lt_stats_remove() - show a tracker no more
 * @t: tracker; when this returns nobody reads it
 */
void lt_stats_remove(struct latency_tracker *t)
{
	debugfs_remove_recursive(t->dir);
}

/**
 * lt_stats_init() - make the directory
 */
void lt_stats_init(void)
{
	lt_dir = debugfs_create_dir(LT_DEBUGFS_DIR, NULL);
	debugfs_create_file("ring", 0444, lt_dir, NULL, &lt_ring_fops);
}

/**
 * lt_stats_exit() - take the directory away
 */
void lt_stats_exit(void)
{
	debugfs_remove_recursive(lt_dir);
}
