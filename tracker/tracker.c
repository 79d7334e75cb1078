// SPDX-License-Identifier: GPL-2.0
/* Trackers: making, taking apart, and reading their ledgers and histograms. */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/rcupdate.h"
#include "core.h"

LIST_HEAD(lt_trackers);
/* Protects lt_trackers. */
DEFINE_MUTEX(lt_trackers_lock);

/* The first cache line of an event holds all that begin and end touch. */
static_assert(offsetof(struct latency_tracker_event, priv) <= 64);
static_assert(offsetof(struct latency_tracker_event, fl) == 0);
static_assert(sizeof(struct latency_tracker_event) <= 128);

/**
 * lt_sum() - one count of the ledger, all CPUs together
 * @t:     tracker
 * @count: which
 */
u64 lt_sum(struct latency_tracker *t, enum lt_count count)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(t->cpu, cpu)->count[count]);
	return sum;
}

/* The total comes first, then the ways between stages, then each dimension's series. */
static unsigned int lt_series_fixed(const struct latency_tracker *t)
{
	return t->cfg.stages ? t->cfg.stages + 2 : 1;
}

/* A series behind the fixed ones: its dimension, and in *@series its number there. */
static struct lt_dim *lt_series_dim(struct latency_tracker *t, unsigned int *series)
{
	unsigned int i;

	*series -= lt_series_fixed(t);
	for (i = 0; i < t->cfg.nr_dims; i++) {
		unsigned int room = t->dim[i].room;

		if (*series < room)
			return &t->dim[i];
		*series -= room;
	}
	return NULL;
}

static void lt_hist_sum(struct lt_hist *sum, struct lt_hist __percpu *hist)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct lt_hist *h = per_cpu_ptr(hist, cpu);

		sum->sum += READ_ONCE(h->sum);
		sum->max = max(sum->max, READ_ONCE(h->max));
		for (i = 0; i < LT_HIST_BUCKETS; i++)
			sum->bucket[i] += READ_ONCE(h->bucket[i]);
	}
}

static void lt_hist_reset_max(struct lt_hist __percpu *hist)
{
	int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu_ptr(hist, cpu)->max, 0);
}

/* The histogram of a series, or NULL: the total of a tracker with dimensions. */
static struct lt_hist __percpu *lt_series_hist(struct latency_tracker *t, unsigned int series)
{
	struct lt_dim *dim;

	if (series && series < lt_series_fixed(t))
		return t->stage_hist[series - 1];
	if (!series)
		return t->dim ? NULL : &t->cpu->total;
	dim = lt_series_dim(t, &series);
	return dim->hist[series];
}

static struct lt_hist *lt_series_base(struct latency_tracker *t, unsigned int series)
{
	struct lt_dim *dim;

	if (series < lt_series_fixed(t))
		return &t->base[series];
	dim = lt_series_dim(t, &series);
	return dim->base[series];
}

/* A series, all CPUs together, since the tracker was made. */
static void lt_series_sum(struct latency_tracker *t, unsigned int series, struct lt_hist *sum)
{
	struct lt_hist __percpu *hist = lt_series_hist(t, series);
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	if (hist) {
		lt_hist_sum(sum, hist);
		return;
	}
	for (i = 0; i < t->dim->room; i++)
		lt_hist_sum(sum, t->dim->hist[i]);
}

/**
 * lt_series_read() - a series since the last reset
 * @t:      tracker
 * @series: 0 .. number of series - 1
 * @sum:    filled in
 */
void lt_series_read(struct latency_tracker *t, unsigned int series, struct lt_hist *sum)
{
	const struct lt_hist *base = lt_series_base(t, series);
	unsigned int i;

	lockdep_assert_held(&t->lock);
	lt_series_sum(t, series, sum);
	sum->sum -= base->sum;
	for (i = 0; i < LT_HIST_BUCKETS; i++)
		sum->bucket[i] -= base->bucket[i];
}

/* Whether there is such a series. */
static bool lt_series_exists(struct latency_tracker *t, unsigned int series)
{
	return series < lt_series_fixed(t) || lt_series_dim(t, &series);
}

static const char *lt_series_label(const struct lt_dim *dim, unsigned int series, char *buf,
				   size_t len)
{
	u64 label = lt_dim_key(dim, series) - 1;
	char text[LT_NAME_MAX];

	if (series == LT_DIM_OTHER)
		strscpy(text, "other", sizeof(text));
	else if (dim->cfg->format)
		dim->cfg->format(text, sizeof(text), label);
	else
		snprintf(text, sizeof(text), "%llu", label);
	snprintf(buf, len, "%s=", dim->cfg->name);
	lt_escape(buf + strlen(buf), len - strlen(buf), text);
	return buf;
}

/**
 * lt_series_name() - what a series is called
 * @t:      tracker
 * @series: from 0
 * @buf:    room for the name
 * @len:    bytes of it
 *
 * Return: the name, "" for one that is not in use, or NULL behind the last series.
 */
const char *lt_series_name(struct latency_tracker *t, unsigned int series, char *buf, size_t len)
{
	struct lt_dim *dim;

	if (!lt_series_exists(t, series))
		return NULL;
	if (!series)
		return "total";
	if (series < lt_series_fixed(t)) {
		snprintf(buf, len, "stage:%s", t->cfg.stage_names[series - 1]);
		return buf;
	}
	dim = lt_series_dim(t, &series);
	if (series != LT_DIM_OTHER && !lt_dim_key(dim, series))
		return "";
	return lt_series_label(dim, series, buf, len);
}

static void lt_series_reset(struct latency_tracker *t, unsigned int series)
{
	struct lt_hist __percpu *hist = lt_series_hist(t, series);

	lt_series_sum(t, series, lt_series_base(t, series));
	if (hist)
		lt_hist_reset_max(hist);
}

/**
 * lt_reset() - start histograms and the ratchet afresh
 * @t: tracker
 *
 * Counts are kept and the present ones subtracted from now on, so that nothing that
 * is being counted is lost. A maximum written at this very instant may survive.
 */
void lt_reset(struct latency_tracker *t)
{
	unsigned int i;

	mutex_lock(&t->lock);
	for (i = 0; lt_series_exists(t, i); i++)
		lt_series_reset(t, i);
	atomic64_set(&t->worst, 0);
	mutex_unlock(&t->lock);
}

/**
 * lt_set_threshold() - set the limit
 * @t:  tracker
 * @ns: limit; 0: none
 */
void lt_set_threshold(struct latency_tracker *t, u64 ns)
{
	WRITE_ONCE(t->threshold_ns, ns ?: U64_MAX);
}

/**
 * latency_tracker_data() - what the creator gave as config.data
 * @t: tracker
 */
void *latency_tracker_data(struct latency_tracker *t)
{
	return t->cfg.data;
}
EXPORT_SYMBOL_GPL(latency_tracker_data);

/* The pool is low; may be anywhere. */
static void lt_low(void *data)
{
	struct latency_tracker *t = data;

	if (READ_ONCE(t->want_growth))
		return;
	WRITE_ONCE(t->want_growth, true);
	irq_work_queue(&t->low_work);
}

static void lt_low_work(struct irq_work *work)
{
	lt_scan_soon(container_of(work, struct latency_tracker, low_work));
}

/* Slots wait for a grace period; may be anywhere. */
static void lt_kick(void *data)
{
	struct latency_tracker *t = data;

	irq_work_queue(&t->kick_work);
}

/* The interrupt of an irq_work has interrupts off, which lt_rcu_kick() does not bear. */
static void lt_kick_work(struct irq_work *work)
{
	struct latency_tracker *t = container_of(work, struct latency_tracker, kick_work);

	mod_timer(&t->kick_timer, jiffies);
}

static void lt_kick_timer(struct timer_list *timer)
{
	lt_rcu_kick();
}

/* Lay out what an event has beyond its first 128 bytes. Return: its size. */
static unsigned int lt_layout(struct latency_tracker *t)
{
	const struct latency_tracker_config *cfg = &t->cfg;
	unsigned int size = sizeof(struct latency_tracker_event);

	if (cfg->key_size > LATENCY_TRACKER_KEY_INLINE) {
		t->off_key = size;
		size += ALIGN(cfg->key_size, 8);
	}
	if (cfg->stages) {
		t->off_stages = size;
		size += cfg->stages * sizeof(struct latency_tracker_stage);
	}
	if (cfg->opts) {
		t->off_opts = size;
		size += ALIGN(sizeof(struct latency_tracker_opts), 8);
	}
	if (cfg->stacks) {
		t->off_stacks = size;
		size += sizeof(struct lt_stacks) + cfg->stacks * sizeof(struct lt_stack);
	}
	if (cfg->priv_size > LATENCY_TRACKER_PRIV_INLINE) {
		t->off_priv = size;
		size += ALIGN(cfg->priv_size, 8);
	}
	return size;
}

static int lt_create_dims(struct latency_tracker *t)
{
	unsigned int i;
	int err = 0;

	if (!t->cfg.nr_dims)
		return 0;
	t->dim = kvcalloc(t->cfg.nr_dims, sizeof(*t->dim), GFP_KERNEL);
	if (!t->dim)
		return -ENOMEM;
	for (i = 0; i < t->cfg.nr_dims && !err; i++)
		err = lt_dim_init(&t->dim[i], &t->cfg.dims[i]);
	return err;
}

static int lt_create_hists(struct latency_tracker *t)
{
	unsigned int i;

	t->cpu = alloc_percpu(struct lt_cpu);
	t->base = kvcalloc(lt_series_fixed(t), sizeof(*t->base), GFP_KERNEL);
	if (!t->cpu || !t->base || lt_create_dims(t))
		return -ENOMEM;
	if (!t->cfg.stages)
		return 0;
	t->stage_hist = kcalloc(t->cfg.stages + 1, sizeof(*t->stage_hist), GFP_KERNEL);
	if (!t->stage_hist)
		return -ENOMEM;
	for (i = 0; i <= t->cfg.stages; i++) {
		t->stage_hist[i] = alloc_percpu(struct lt_hist);
		if (!t->stage_hist[i])
			return -ENOMEM;
	}
	return 0;
}

static void lt_destroy_hists(struct latency_tracker *t)
{
	unsigned int i;

	for (i = 0; t->stage_hist && i <= t->cfg.stages; i++)
		free_percpu(t->stage_hist[i]);
	kfree(t->stage_hist);
	for (i = 0; t->dim && i < t->cfg.nr_dims; i++)
		lt_dim_exit(&t->dim[i]);
	kvfree(t->dim);
	kvfree(t->base);
	free_percpu(t->cpu);
}

static bool lt_name_ok(const char *name)
{
	size_t len = name ? strlen(name) : 0;
	size_t i;

	for (i = 0; i < len; i++)
		if (!(isascii(name[i]) && isalnum(name[i])) && name[i] != '_' && name[i] != '-')
			return false;
	return len > 0 && len < LT_NAME_MAX;
}

static bool lt_dims_ok(const struct latency_tracker_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_dims && i < LATENCY_TRACKER_DIMS_MAX; i++)
		if (!lt_name_ok(cfg->dims[i].name) || !cfg->dims[i].series ||
		    cfg->dims[i].series > LATENCY_TRACKER_SERIES_MAX)
			return false;
	return cfg->nr_dims <= LATENCY_TRACKER_DIMS_MAX;
}

static bool lt_config_ok(const struct latency_tracker_config *cfg)
{
	return lt_name_ok(cfg->name) && cfg->key_size &&
	       cfg->key_size <= LATENCY_TRACKER_KEY_MAX &&
	       cfg->priv_size <= LATENCY_TRACKER_PRIV_MAX &&
	       cfg->stages <= LATENCY_TRACKER_STAGES_MAX &&
	       (!cfg->stages || cfg->stage_names) &&
	       cfg->stacks <= LATENCY_TRACKER_STACKS_MAX && lt_dims_ok(cfg) &&
	       !(cfg->duplicates && cfg->keep) &&
	       cfg->max_events <= FREELIST_MAX_OBJECTS &&
	       (!cfg->max_events || cfg->initial_events <= cfg->max_events);
}

static void lt_configure(struct latency_tracker *t, const struct latency_tracker_config *config)
{
	struct latency_tracker_config *cfg = &t->cfg;

	*cfg = *config;
	strscpy(t->name, cfg->name, sizeof(t->name));
	cfg->name = t->name;
	if (!cfg->max_events)
		cfg->max_events = max_t(unsigned int, LT_DEFAULT_MAX_EVENTS, cfg->initial_events);
	if (!cfg->initial_events)
		cfg->initial_events = min_t(unsigned int, LT_DEFAULT_EVENTS, cfg->max_events);
	lt_set_threshold(t, cfg->threshold_ns);
	t->timeout_ns = cfg->timeout_ns;
	t->gc_ns = cfg->gc_ns;
	t->scan_ns = cfg->scan_ns;
	t->rate_limit_ns = cfg->rate_limit_ns;
	t->stack = cfg->stack;
	t->enabled = true;
	t->integer = cfg->key_size <= 8 && !cfg->hash && !cfg->match && !cfg->untrusted;
	mutex_init(&t->lock);
	/* A task that keeps its CPU for itself must not keep the pool from growing. */
	lt_irq_work_init_hard(&t->low_work, lt_low_work);
	lt_irq_work_init_hard(&t->kick_work, lt_kick_work);
	timer_setup(&t->kick_timer, lt_kick_timer, 0);
	INIT_DELAYED_WORK(&t->scan, lt_scan);
}

static int lt_create_pool(struct latency_tracker *t)
{
	struct freelist_config cfg = {
		.size = lt_layout(t),
		.initial = t->cfg.initial_events,
		.max = t->cfg.max_events,
		.init = lt_event_init,
		.low = lt_low,
		.kick = lt_kick,
		.data = t,
	};

	return freelist_create(&t->pool, &cfg);
}

/* Enter the tracker in the list, unless its name is taken. */
static int lt_register(struct latency_tracker *t)
{
	struct latency_tracker *other;

	mutex_lock(&lt_trackers_lock);
	list_for_each_entry(other, &lt_trackers, list) {
		if (strcmp(other->name, t->name))
			continue;
		mutex_unlock(&lt_trackers_lock);
		pr_err("latency_tracker: a tracker named %s exists already\n", t->name);
		return -EEXIST;
	}
	list_add_tail(&t->list, &lt_trackers);
	mutex_unlock(&lt_trackers_lock);
	lt_stats_add(t);
	return 0;
}

/**
 * latency_tracker_create() - make a tracker
 * @config: what it shall be like; copied, the pointers in it must stay valid
 *
 * Context: process, sleeps. Return: the tracker, or ERR_PTR: -EINVAL for a config
 * out of its ranges, -EEXIST for a name that is taken, -ENOMEM.
 */
struct latency_tracker *latency_tracker_create(const struct latency_tracker_config *config)
{
	struct latency_tracker *t;
	int err;

	if (!lt_config_ok(config))
		return ERR_PTR(-EINVAL);
	t = kvzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);
	lt_configure(t, config);
	err = lt_create_hists(t);
	if (err)
		goto hists;
	err = lt_create_pool(t);
	if (err)
		goto hists;
	err = lfht_init(&t->ht, ilog2(roundup_pow_of_two(t->pool.capacity)), lt_event_release);
	if (err)
		goto pool;
	err = lt_register(t);
	if (err)
		goto table;
	queue_delayed_work(lt_wq, &t->scan, 1);
	return t;
table:
	lfht_destroy(&t->ht);
pool:
	freelist_destroy(&t->pool);
hists:
	lt_destroy_hists(t);
	kvfree(t);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(latency_tracker_create);

/**
 * latency_tracker_clear() - forget all operations in flight
 * @t: tracker
 *
 * They are counted as aborted_clear; no callback is called.
 * Context: process. Events that begin meanwhile may stay.
 */
void latency_tracker_clear(struct latency_tracker *t)
{
	unsigned int i;

	mutex_lock(&t->lock);
	for (i = 0; i < t->pool.capacity; i++) {
		struct latency_tracker_event *ev = freelist_obj(&t->pool, i);

		preempt_disable_notrace();
		if (lfht_live_acquire(&ev->node) && lfht_contains(&t->ht, &ev->node))
			lt_event_abort(t, ev, LT_ABORTED_CLEAR);
		preempt_enable_notrace();
		if (!(i % 256))
			cond_resched();
	}
	mutex_unlock(&t->lock);
}
EXPORT_SYMBOL_GPL(latency_tracker_clear);

/**
 * latency_tracker_shrink() - give back the memory of events that growth has added
 * @t: tracker
 *
 * Down to config.initial_events, from the background: at once as far as the events
 * there are idle, then as the others end. A begin that finds too few ends it.
 * Context: process.
 */
void latency_tracker_shrink(struct latency_tracker *t)
{
	mutex_lock(&t->lock);
	t->want_shrink = true;
	mutex_unlock(&t->lock);
	lt_scan_soon(t);
}
EXPORT_SYMBOL_GPL(latency_tracker_shrink);

/**
 * latency_tracker_ledger() - read the ledger
 * @t:      tracker
 * @ledger: filled in
 *
 * Each count is exact; together they are of one instant only while nobody calls.
 * Context: process.
 */
void latency_tracker_ledger(struct latency_tracker *t, struct latency_tracker_ledger *ledger)
{
	*ledger = (struct latency_tracker_ledger) {
		.capacity = READ_ONCE(t->pool.capacity),
		.begins = lt_sum(t, LT_BEGINS),
		.matched = lt_sum(t, LT_MATCHED),
		.replaced = lt_sum(t, LT_REPLACED),
		.dropped_full = lt_sum(t, LT_DROPPED_FULL),
		.dropped_busy = lt_sum(t, LT_DROPPED_BUSY),
		.cancelled = lt_sum(t, LT_CANCELLED),
		.aborted_gc = lt_sum(t, LT_ABORTED_GC),
		.aborted_clear = lt_sum(t, LT_ABORTED_CLEAR),
		.in_flight = lt_in_flight(t),
		.timed_out = lt_sum(t, LT_TIMED_OUT),
		.orphan_ends = lt_sum(t, LT_ORPHAN_ENDS),
		.negative_deltas = lt_sum(t, LT_NEGATIVE_DELTAS),
		.hits = lt_sum(t, LT_HITS),
		.suppressed_wakes = lt_sum(t, LT_SUPPRESSED_WAKES),
		.ratcheted = lt_sum(t, LT_RATCHETED),
		.lost_hits = lt_sum(t, LT_LOST_HITS),
	};
}
EXPORT_SYMBOL_GPL(latency_tracker_ledger);

static u64 lt_unbalanced(struct latency_tracker *t)
{
	return lt_sum(t, LT_BEGINS) - lt_sum(t, LT_MATCHED) - lt_sum(t, LT_REPLACED) -
	       lt_sum(t, LT_DROPPED_FULL) - lt_sum(t, LT_DROPPED_BUSY) -
	       lt_sum(t, LT_CANCELLED) - lt_sum(t, LT_ABORTED_GC) - lt_sum(t, LT_ABORTED_CLEAR);
}

/**
 * latency_tracker_destroy() - take a tracker apart
 * @t: tracker that nobody calls any more; NULL is ignored
 *
 * Checks that every slot came back and that the ledger balances; a line in the
 * kernel log and a warning say so if not.
 * Context: process, sleeps for a grace period.
 */
void latency_tracker_destroy(struct latency_tracker *t)
{
	unsigned int missing;
	u64 unbalanced;

	if (!t)
		return;
	lt_stats_remove(t);
	mutex_lock(&lt_trackers_lock);
	list_del(&t->list);
	mutex_unlock(&lt_trackers_lock);
	WRITE_ONCE(t->enabled, false);
	irq_work_sync(&t->low_work);
	irq_work_sync(&t->kick_work);
	timer_delete_sync(&t->kick_timer);
	cancel_delayed_work_sync(&t->scan);
	latency_tracker_clear(t);
	lfht_gc_all(&t->ht);
	synchronize_rcu();
	unbalanced = lt_unbalanced(t);
	missing = freelist_destroy(&t->pool);
	WARN(missing || unbalanced,
	     "latency_tracker: %s: %u slots missing, ledger off by %lld\n",
	     t->name, missing, (s64)unbalanced);
	lfht_destroy(&t->ht);
	lt_destroy_hists(t);
	mutex_destroy(&t->lock);
	kvfree(t);
}
EXPORT_SYMBOL_GPL(latency_tracker_destroy);
