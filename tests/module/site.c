// SPDX-License-Identifier: GPL-2.0
/* A tracker under test: its callback, and its ledger against what was counted. */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "test.h"

static const char * const lt_bad_names[LT_BADS] = {
	[LT_BAD_RETURN]   = "return codes that cannot be",
	[LT_BAD_CONTENT]  = "events with another's content",
	[LT_BAD_TWICE]    = "callbacks called twice for a reason",
	[LT_BAD_CALLBACK] = "callbacks that should not have been called so",
	[LT_BAD_CONTEXT]  = "bursts in another context than planned",
};

/**
 * lt_site_bad() - note what should not have happened
 * @site: where
 * @bad:  what
 *
 * Context: any.
 */
void lt_site_bad(struct lt_site *site, enum lt_bad bad)
{
	atomic64_inc(&site->bad[bad]);
}

/**
 * lt_site_tracker() - the tracker of now
 * @site: site; with load.swap preemption is off as long as the result is used
 */
struct latency_tracker *lt_site_tracker(struct lt_site *site)
{
	/* Where nobody swaps, nothing protects it and nothing needs to. */
	return rcu_dereference_check(site->tracker, !site->load->swap ||
				     rcu_read_lock_sched_held());
}

/* The content of the event must be what its beginner wrote; each reason comes once. */
static void lt_site_hit_id(struct lt_site *site, const struct latency_tracker_hit *hit)
{
	const u64 *priv = latency_tracker_event_priv(hit->tracker, hit->event);

	if (priv[2] != lt_op_mix(priv[0] ^ priv[1])) {
		lt_site_bad(site, LT_BAD_CONTENT);
		return;
	}
	if (priv[0] < LT_IDS &&
	    test_and_set_bit(priv[0] * LATENCY_TRACKER_REASONS + hit->reason, site->once))
		lt_site_bad(site, LT_BAD_TWICE);
}

/**
 * lt_site_hit() - a callback has been called
 * @site: where
 * @hit:  with what
 *
 * Context: any.
 */
void lt_site_hit(struct lt_site *site, const struct latency_tracker_hit *hit)
{
	const struct lt_load *load = site->load;

	atomic64_inc(&site->cb[hit->reason]);
	if (hit->delta != (s64)(hit->now - hit->event->begin_ns))
		lt_site_bad(site, LT_BAD_CONTENT);
	if (hit->reason == LATENCY_TRACKER_THRESHOLD && !load->config.timeout_ns &&
	    (u64)hit->delta <= hit->limit)
		lt_site_bad(site, LT_BAD_CALLBACK);
	if (!load->in)
		lt_site_hit_id(site, hit);
}

static void lt_site_cb(const struct latency_tracker_hit *hit)
{
	lt_site_hit(latency_tracker_data(hit->tracker), hit);
}

static void lt_site_probe_cb(const struct latency_tracker_hit *hit)
{
	struct latency_tracker_probe *probe = latency_tracker_data(hit->tracker);

	lt_site_hit(container_of(probe, struct lt_site, probe), hit);
}

/**
 * lt_site_own_cb() - the callback of single events, see lt_op_opts()
 * @hit: hit
 */
void lt_site_own_cb(const struct latency_tracker_hit *hit)
{
	struct lt_site *site = latency_tracker_data(hit->tracker);

	atomic64_inc(&site->own_cb);
	lt_site_hit(site, hit);
}

static struct latency_tracker *lt_site_make(struct lt_site *site)
{
	struct latency_tracker_config config = site->load->config;

	snprintf(site->name, sizeof(site->name), "test%u%s", site->index,
		 site->swaps & 1 ? "b" : "");
	config.name = site->name;
	config.owner = THIS_MODULE;
	config.data = site;
	if (!site->load->in)
		config.priv_size = max(config.priv_size, 24U);
	config.cb = lt_site_cb;
	return latency_tracker_create(&config);
}

static struct latency_tracker *lt_site_make_probe(struct lt_site *site)
{
	struct latency_tracker_probe *probe = &site->probe;
	int err;

	snprintf(site->name, sizeof(site->name), "test%u", site->index);
	probe->config = site->load->config;
	probe->config.name = site->name;
	probe->config.owner = THIS_MODULE;
	probe->config.cb = lt_site_probe_cb;
	probe->set.max_events = site->load->config.max_events;
	probe->set.enabled = 1;
	err = latency_tracker_probe_init(probe);
	return err ? ERR_PTR(err) : probe->tracker;
}

/**
 * lt_site_create() - make a tracker to test
 * @site:  zeroed memory
 * @load:  what it shall be
 * @index: its number
 */
int lt_site_create(struct lt_site *site, const struct lt_load *load, unsigned int index)
{
	struct latency_tracker *t;

	site->load = load;
	site->index = index;
	site->once = kvcalloc(BITS_TO_LONGS(LT_IDS * LATENCY_TRACKER_REASONS),
			      sizeof(unsigned long), GFP_KERNEL);
	if (!site->once)
		return -ENOMEM;
	t = load->toggle ? lt_site_make_probe(site) : lt_site_make(site);
	if (IS_ERR(t)) {
		kvfree(site->once);
		return PTR_ERR(t);
	}
	rcu_assign_pointer(site->tracker, t);
	return 0;
}

/**
 * lt_site_destroy() - undo lt_site_create(); nobody acts any more
 * @site: site
 */
void lt_site_destroy(struct lt_site *site)
{
	if (site->load->toggle)
		latency_tracker_probe_exit(&site->probe);
	else
		latency_tracker_destroy(rcu_dereference_protected(site->tracker, true));
	kvfree(site->once);
}

/**
 * lt_site_toggle() - write the probe's parameter enabled, as sysfs would
 * @site:    with load.toggle
 * @enabled: value
 */
void lt_site_toggle(struct lt_site *site, bool enabled)
{
	struct latency_tracker_param param = {
		.probe = &site->probe, .value = &site->probe.set.enabled, .max = 1,
	};
	const struct kernel_param kp = {
		.name = "enabled", .mod = THIS_MODULE, .arg = &param,
	};

	kernel_param_lock(THIS_MODULE);
	lt_expect("write to enabled", -latency_tracker_param_ops.set(enabled ? "1" : "0", &kp), 0);
	kernel_param_unlock(THIS_MODULE);
}

static void lt_ledger_add(struct latency_tracker_ledger *sum,
			  const struct latency_tracker_ledger *more)
{
	const u64 *from = (const u64 *)more;
	u64 *to = (u64 *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
		to[i] += from[i];
}

/**
 * lt_site_swap() - put another tracker in place and destroy the one with events in flight
 * @site: with load.swap
 */
void lt_site_swap(struct lt_site *site)
{
	struct latency_tracker *old = rcu_dereference_protected(site->tracker, true), *t;
	struct latency_tracker_ledger ledger;

	site->swaps++;
	t = lt_site_make(site);
	if (!lt_expect("another tracker", IS_ERR(t), 0))
		return;
	/* Pairs with the dereference in lt_site_tracker(). */
	rcu_assign_pointer(site->tracker, t);
	synchronize_rcu();
	latency_tracker_ledger(old, &ledger);
	lt_ledger_add(&site->past, &ledger);
	latency_tracker_destroy(old);
}

/**
 * lt_site_ledger() - what all trackers of a site have counted
 * @site: site
 * @sum:  filled in
 */
void lt_site_ledger(struct lt_site *site, struct latency_tracker_ledger *sum)
{
	latency_tracker_ledger(rcu_dereference_protected(site->tracker, true), sum);
	lt_ledger_add(sum, &site->past);
}

static u64 lt_ledger_ends(const struct latency_tracker_ledger *l)
{
	return l->matched + l->replaced + l->dropped_full + l->dropped_busy + l->cancelled +
	       l->aborted_gc + l->aborted_clear + l->in_flight;
}

struct lt_line {
	const char *name;
	u64 ledger;
	u64 counted;
};

#define LT_LINES	12

static void lt_site_lines(struct lt_site *site, const struct lt_tally *tally,
			  struct lt_line *line)
{
	const u64 *begin = tally->count[LT_OP_BEGIN], *end = tally->count[LT_OP_END];
	u64 cb[LATENCY_TRACKER_REASONS];
	struct latency_tracker_ledger l;
	unsigned int i;

	for (i = 0; i < LATENCY_TRACKER_REASONS; i++)
		cb[i] = atomic64_read(&site->cb[i]);
	lt_site_ledger(site, &l);
	line[0] = (struct lt_line) { "begins", l.begins,
		begin[LATENCY_TRACKER_OK] + begin[LATENCY_TRACKER_FULL] +
		begin[LATENCY_TRACKER_EXISTS] + begin[LATENCY_TRACKER_BUSY] };
	line[1] = (struct lt_line) { "matched", l.matched, end[LATENCY_TRACKER_OK] };
	line[2] = (struct lt_line) { "replaced", l.replaced, cb[LATENCY_TRACKER_REPLACED] };
	line[3] = (struct lt_line) { "dropped_full", l.dropped_full, begin[LATENCY_TRACKER_FULL] };
	line[4] = (struct lt_line) { "dropped_busy", l.dropped_busy,
		begin[LATENCY_TRACKER_EXISTS] + begin[LATENCY_TRACKER_BUSY] };
	line[5] = (struct lt_line) { "cancelled", l.cancelled,
		tally->count[LT_OP_CANCEL][LATENCY_TRACKER_OK] };
	line[6] = (struct lt_line) { "aborted_gc", l.aborted_gc, cb[LATENCY_TRACKER_GC] };
	line[7] = (struct lt_line) { "timed_out", l.timed_out, cb[LATENCY_TRACKER_TIMEOUT] };
	line[8] = (struct lt_line) { "orphan_ends", l.orphan_ends, end[LATENCY_TRACKER_NOENT] };
	line[9] = (struct lt_line) { "hits", l.hits,
		cb[LATENCY_TRACKER_THRESHOLD] + cb[LATENCY_TRACKER_TIMEOUT] };
	line[10] = (struct lt_line) { "begins and what became of them", lt_ledger_ends(&l),
		l.begins };
	/* Who cleared or destroyed cannot know how many there were; else all were drained. */
	line[11] = (struct lt_line) { "in_flight and aborted_clear",
		site->load->clear || site->load->swap ? 0 : l.in_flight + l.aborted_clear, 0 };
}

static bool lt_lines_equal(const struct lt_line *line)
{
	unsigned int i;

	for (i = 0; i < LT_LINES; i++)
		if (line[i].ledger != line[i].counted)
			return false;
	return true;
}

/* Of an end, a replacement and old age an event may have met one. */
static void lt_site_check_ids(struct lt_site *site)
{
	u64 id, ids = min_t(u64, atomic64_read(&site->ids) + 1, LT_IDS);

	for (id = 1; id < ids; id++) {
		const unsigned long *bit = site->once;
		unsigned long at = id * LATENCY_TRACKER_REASONS;

		if (test_bit(at + LATENCY_TRACKER_THRESHOLD, bit) +
		    test_bit(at + LATENCY_TRACKER_REPLACED, bit) +
		    test_bit(at + LATENCY_TRACKER_GC, bit) > 1)
			lt_site_bad(site, LT_BAD_TWICE);
		if (!(id % 65536))
			cond_resched();
	}
}

/**
 * lt_site_check() - compare the ledger with what the actors and callbacks counted
 * @site:  where nobody acts any more; the tracker's own scan may still do
 * @tally: of all actors
 */
void lt_site_check(struct lt_site *site, const struct lt_tally *tally)
{
	struct lt_line line[LT_LINES];
	unsigned int i, tries;
	char what[64];

	/* The scan counts first and calls back then: look again. */
	for (tries = 0; tries < 100; tries++) {
		lt_site_lines(site, tally, line);
		if (lt_lines_equal(line))
			break;
		msleep(20);
	}
	for (i = 0; i < LT_LINES; i++) {
		snprintf(what, sizeof(what), "%s: ledger, %s", site->name, line[i].name);
		lt_expect(what, line[i].ledger, line[i].counted);
	}
	lt_site_check_ids(site);
	for (i = 0; i < LT_BADS; i++)
		lt_expect(lt_bad_names[i], atomic64_read(&site->bad[i]), 0);
}
