/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The torture module: what its files share.
 *
 * A case makes one or more sites (a tracker and what is expected of it) and lets
 * actors loose on them: threads, hrtimers in softirq and in hardirq context, and NMI
 * handlers, on all CPUs at once. Each actor counts the return codes that it gets,
 * each callback what it is called for. When all have stopped these counts must equal
 * the tracker's ledger, to the last event.
 *
 *   report.c  the TAP file and what is expected
 *   site.c    a tracker, its callback, its ledger against the counts
 *   op.c      one operation, and bursts of them
 *   actor.c   the four contexts
 *   round.c   sites and actors put together
 *   storm.c   the cases with all contexts at once
 *   exact.c   the cases in which one thread knows what must happen
 *   pool.c    more of these, about memory
 */
#ifndef LT_TEST_H
#define LT_TEST_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/sched.h>

#include "latency_tracker.h"

#define LT_SITES	4
#define LT_HELD		4
#define LT_RETS		(LATENCY_TRACKER_INVAL + 1)
#define LT_IDS		1048576U

/* Where an actor acts. */
enum lt_ctx { LT_CTX_TASK, LT_CTX_SOFTIRQ, LT_CTX_HARDIRQ, LT_CTX_NMI, LT_CTXS };

/* What an actor does; index of struct lt_load.weight. */
enum lt_op { LT_OP_BEGIN, LT_OP_END, LT_OP_CANCEL, LT_OP_STAGE, LT_OP_QUERY, LT_OP_HOLD, LT_OPS };

/* What must never happen; names in site.c. */
enum lt_bad {
	LT_BAD_RETURN,
	LT_BAD_CONTENT,
	LT_BAD_TWICE,
	LT_BAD_CALLBACK,
	LT_BAD_CONTEXT,
	LT_BADS,
};

/**
 * struct lt_load - a kind of site and what is done to it
 * @name:    of the case
 * @config:  of the tracker; name, owner, data and a callback are filled in
 * @sites:   how many of them at once; 0: one
 * @keys:    actors share this many keys; 0: each has keys of its own and knows what
 *           each call must return
 * @weight:  of each operation, together 100; with own keys only cancel, stage and query count
 * @burst:   operations at a time, a power of two up to 64
 * @in:      begin by latency_tracker_event_in(), else by prepare, private data and commit
 * @opts:    some events have their own threshold and callback (own keys only)
 * @lossy:   events may go while their actor still wants them (old age, clear, disable)
 * @swap:    the tracker is destroyed and made anew while all go on
 * @toggle:  it is a probe's and its parameter enabled goes to and fro
 * @clear:   latency_tracker_clear() while all go on
 */
struct lt_load {
	const char *name;
	struct latency_tracker_config config;
	unsigned int sites;
	unsigned int keys;
	u8 weight[LT_OPS];
	unsigned int burst;
	bool in;
	bool opts;
	bool lossy;
	bool swap;
	bool toggle;
	bool clear;
};

/**
 * struct lt_tally - return codes an actor got at one site; only that actor writes
 * @count: by operation and enum latency_tracker_ret
 */
struct lt_tally {
	u64 count[LT_OPS][LT_RETS];
};

/**
 * struct lt_site - a tracker under test
 * @tracker: may be exchanged with load.swap: then read with preemption off
 * @load:    what it is
 * @name:    of the tracker
 * @index:   its number in the round
 * @cb:      calls of the callback by reason
 * @own_cb:  of these: of an event's own
 * @bad:     what should not have happened
 * @ids:     last id given to an event
 * @once:    a bit for each id and reason
 * @past:    sum of the ledgers of trackers that have been exchanged
 * @swaps:   how many these were
 * @probe:   with load.toggle
 */
struct lt_site {
	struct latency_tracker __rcu *tracker;
	const struct lt_load *load;
	char name[LT_NAME_MAX];
	unsigned int index;
	atomic64_t cb[LATENCY_TRACKER_REASONS];
	atomic64_t own_cb;
	atomic64_t bad[LT_BADS];
	atomic64_t ids;
	unsigned long *once;
	struct latency_tracker_ledger past;
	unsigned int swaps;
	struct latency_tracker_probe probe;
};

/**
 * struct lt_held - a reference that an actor holds
 * @site:  where
 * @event: what
 * @begin: its begin when the reference was taken
 */
struct lt_held {
	struct lt_site *site;
	struct latency_tracker_event *event;
	u64 begin;
};

/**
 * struct lt_actor - one that acts; never interrupted by itself
 * @round:  what it takes part in
 * @ctx:    where it acts
 * @id:     tells its own keys from others'
 * @seed:   of its random numbers
 * @seq:    number of its next own key
 * @bursts: how often it has acted
 * @ops:    how many operations that were
 * @tally:  by site
 * @held:   references
 * @timer:  of those in softirq and hardirq context
 * @thread: of those in task context
 */
struct lt_actor {
	struct lt_round *round;
	enum lt_ctx ctx;
	unsigned int id;
	u64 seed;
	u64 seq;
	u64 bursts;
	u64 ops;
	struct lt_tally tally[LT_SITES];
	struct lt_held held[LT_HELD];
	struct hrtimer timer;
	struct task_struct *thread;
};

/**
 * struct lt_round - sites and actors
 * @load:    what the sites are
 * @site:    sites
 * @sites:   number of them
 * @actor:   actors
 * @actors:  number of them
 * @stop:    written by the controller, read by actors
 * @quota:   pairs that may yet be begun; S64_MAX: no limit
 */
struct lt_round {
	const struct lt_load *load;
	struct lt_site site[LT_SITES];
	unsigned int sites;
	struct lt_actor *actor;
	unsigned int actors;
	bool stop;
	atomic64_t quota;
};

/* latency_tracker_test.c */
extern unsigned int lt_test_threads;
bool lt_test_stopping(void);

/* report.c */
int lt_report_init(unsigned int cases);
void lt_report_exit(void);
void lt_report_begin(void);
void lt_report_end(const char *name);
void lt_report_skip(const char *why);
void lt_report_done(void);
__printf(1, 2) void lt_diag(const char *fmt, ...);
bool lt_expect(const char *what, u64 got, u64 want);
bool lt_expect_range(const char *what, u64 got, u64 least, u64 most);

/* site.c */
int lt_site_create(struct lt_site *site, const struct lt_load *load, unsigned int index);
void lt_site_destroy(struct lt_site *site);
void lt_site_bad(struct lt_site *site, enum lt_bad bad);
void lt_site_swap(struct lt_site *site);
void lt_site_toggle(struct lt_site *site, bool enabled);
void lt_site_ledger(struct lt_site *site, struct latency_tracker_ledger *sum);
void lt_site_check(struct lt_site *site, const struct lt_tally *tally);
void lt_site_hit(struct lt_site *site, const struct latency_tracker_hit *hit);
void lt_site_own_cb(const struct latency_tracker_hit *hit);
struct latency_tracker *lt_site_tracker(struct lt_site *site);

/* op.c */
unsigned int lt_op_burst(struct lt_actor *actor);
void lt_op_put_held(struct lt_actor *actor);
void lt_op_drain(struct lt_actor *actor, struct lt_site *site);
u64 lt_op_mix(u64 value);

/* actor.c */
int lt_actors_create(struct lt_round *round);
void lt_actors_destroy(struct lt_round *round);
int lt_actors_start(struct lt_round *round);
void lt_actors_stop(struct lt_round *round);
bool lt_actors_have_nmi(void);
int lt_actors_init(bool nmi);
void lt_actors_exit(void);

/* round.c */
u64 lt_round_run(const struct lt_load *load, unsigned int ms, s64 quota);

/* storm.c */
unsigned int lt_storm_count(void);
const char *lt_storm_name(unsigned int i);
void lt_storm_run(unsigned int i, unsigned int ms);
void lt_storm_pairs(u64 pairs, unsigned int ms);

/* exact.c */
unsigned int lt_exact_count(void);
const char *lt_exact_name(unsigned int i);
void lt_exact_run(unsigned int i);

#endif /* LT_TEST_H */
