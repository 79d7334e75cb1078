// SPDX-License-Identifier: GPL-2.0
/* One round: sites and actors put together, run, stopped, and the counts compared. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "test.h"

/* Nothing has moved for so long: something hangs. */
#define LT_STUCK_MS	20000

static const char * const lt_ctx_names[LT_CTXS] = { "task", "softirq", "hardirq", "nmi" };

static void lt_round_tally(struct lt_round *round, unsigned int site, struct lt_tally *sum)
{
	unsigned int i, op, ret;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < round->actors; i++)
		for (op = 0; op < LT_OPS; op++)
			for (ret = 0; ret < LT_RETS; ret++)
				sum->count[op][ret] += round->actor[i].tally[site].count[op][ret];
}

static u64 lt_round_ops(struct lt_round *round, enum lt_ctx ctx)
{
	unsigned int i;
	u64 ops = 0;

	for (i = 0; i < round->actors; i++)
		if (round->actor[i].ctx == ctx)
			ops += READ_ONCE(round->actor[i].ops);
	return ops;
}

static u64 lt_round_bursts(struct lt_round *round, enum lt_ctx ctx)
{
	unsigned int i;
	u64 bursts = 0;

	for (i = 0; i < round->actors; i++)
		if (round->actor[i].ctx == ctx)
			bursts += round->actor[i].bursts;
	return bursts;
}

static void lt_round_meanwhile(struct lt_round *round, unsigned int turn)
{
	unsigned int i;

	for (i = 0; i < round->sites; i++) {
		struct lt_site *site = &round->site[i];

		if (round->load->swap)
			lt_site_swap(site);
		if (round->load->clear)
			latency_tracker_clear(lt_site_tracker(site));
		if (round->load->toggle)
			lt_site_toggle(site, turn & 1);
	}
}

/* Wait until the time or the quota is used up, or nothing moves any more. */
static void lt_round_wait(struct lt_round *round, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	unsigned long moved = jiffies;
	unsigned int turn = 0;
	u64 last = 0, now;

	while (!lt_test_stopping() && atomic64_read(&round->quota) > 0) {
		if (ms && time_after(jiffies, end))
			return;
		usleep_range(5000, 6000);
		lt_round_meanwhile(round, turn++);
		now = lt_round_ops(round, LT_CTX_TASK);
		if (now != last)
			moved = jiffies;
		last = now;
		if (!lt_expect_range("ms without an operation of a thread",
				     jiffies_to_msecs(jiffies - moved), 0, LT_STUCK_MS))
			return;
	}
}

/* A context that did not run was not tested. */
static void lt_round_contexts(struct lt_round *round)
{
	enum lt_ctx ctx;
	char what[64];

	for (ctx = 0; ctx < LT_CTXS; ctx++) {
		if (ctx == LT_CTX_NMI && !lt_actors_have_nmi())
			continue;
		snprintf(what, sizeof(what), "operations in %s context", lt_ctx_names[ctx]);
		lt_expect_range(what, lt_round_ops(round, ctx), 1, U64_MAX);
	}
	lt_diag("operations: task %llu, softirq %llu, hardirq %llu, nmi %llu in %llu NMIs",
		lt_round_ops(round, LT_CTX_TASK), lt_round_ops(round, LT_CTX_SOFTIRQ),
		lt_round_ops(round, LT_CTX_HARDIRQ), lt_round_ops(round, LT_CTX_NMI),
		lt_round_bursts(round, LT_CTX_NMI));
}

static void lt_round_describe(struct lt_site *site)
{
	struct latency_tracker_ledger l;

	lt_site_ledger(site, &l);
	lt_diag("%s: begins %llu matched %llu replaced %llu cancelled %llu gc %llu clear %llu",
		site->name, l.begins, l.matched, l.replaced, l.cancelled, l.aborted_gc,
		l.aborted_clear);
	lt_diag("%s: full %llu busy %llu orphans %llu negative %llu timed out %llu", site->name,
		l.dropped_full, l.dropped_busy, l.orphan_ends, l.negative_deltas, l.timed_out);
	lt_diag("%s: hits %llu lost %llu capacity %llu swaps %u", site->name, l.hits, l.lost_hits,
		l.capacity, site->swaps);
}

/* Nobody acts any more. Return: pairs that were matched, all sites together. */
static u64 lt_round_check(struct lt_round *round)
{
	unsigned int i;
	u64 pairs = 0;

	for (i = 0; i < round->actors; i++)
		lt_op_put_held(&round->actor[i]);
	lt_round_contexts(round);
	for (i = 0; i < round->sites; i++) {
		struct lt_tally tally;

		lt_op_drain(&round->actor[0], &round->site[i]);
		lt_round_tally(round, i, &tally);
		lt_site_check(&round->site[i], &tally);
		lt_round_describe(&round->site[i]);
		pairs += tally.count[LT_OP_END][LATENCY_TRACKER_OK];
	}
	return pairs;
}

static int lt_round_sites(struct lt_round *round)
{
	unsigned int i, sites = round->load->sites ?: 1;
	int err;

	for (i = 0; i < sites; i++) {
		err = lt_site_create(&round->site[i], round->load, i);
		if (err)
			return err;
		round->sites++;
	}
	return 0;
}

static void lt_round_act(struct lt_round *round, unsigned int ms)
{
	int err = lt_actors_start(round);

	lt_expect("start of the threads", -err, 0);
	if (!err)
		lt_round_wait(round, ms);
	lt_actors_stop(round);
}

/**
 * lt_round_run() - one round
 * @load:  what is done to what
 * @ms:    for how long; 0: until @quota is used up
 * @quota: pairs at most; 0: no limit
 *
 * Fails the present case if anything is not as it must be.
 * Return: pairs that were matched.
 */
u64 lt_round_run(const struct lt_load *load, unsigned int ms, s64 quota)
{
	struct lt_round *round = kvzalloc(sizeof(*round), GFP_KERNEL);
	u64 pairs = 0;
	int err;

	if (!lt_expect("memory for a round", !round, 0))
		return 0;
	round->load = load;
	atomic64_set(&round->quota, quota ?: S64_MAX);
	err = lt_round_sites(round) ?: lt_actors_create(round);
	lt_expect("trackers and actors", -err, 0);
	if (!err) {
		lt_round_act(round, ms);
		pairs = lt_round_check(round);
	}
	lt_actors_destroy(round);
	while (round->sites)
		lt_site_destroy(&round->site[--round->sites]);
	kvfree(round);
	return pairs;
}
