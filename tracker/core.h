/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the core share and nobody else sees. */
#ifndef LT_CORE_H
#define LT_CORE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "compat/irq_work.h"
#include "compat/timer.h"
#include "dim.h"
#include "hist.h"
#include "latency_tracker.h"
#include "ring.h"

#define LT_DEFAULT_EVENTS	4096
#define LT_DEFAULT_MAX_EVENTS	65536

/* In event.refs: the engine has let go of the event, the last reference gives it back. */
#define LT_REFS_HELD		0x40000000

/**
 * enum lt_count - the ledger
 *
 * begins = matched + replaced + dropped_full + dropped_busy + cancelled +
 * aborted_gc + aborted_clear + in flight (E2 in latency_tracker.h). Each event is counted
 * by the one who got it, on the CPU where that is. [host test: event/one_winner;
 * torture: event]
 */
enum lt_count {
	LT_BEGINS,
	LT_MATCHED,
	LT_REPLACED,
	LT_DROPPED_FULL,
	LT_DROPPED_BUSY,
	LT_CANCELLED,
	LT_ABORTED_GC,
	LT_ABORTED_CLEAR,
	LT_TIMED_OUT,
	LT_ORPHAN_ENDS,
	LT_NEGATIVE_DELTAS,
	LT_HITS,
	LT_SUPPRESSED_WAKES,
	LT_RATCHETED,
	LT_LOST_HITS,
	LT_COUNTS,
};

/**
 * struct lt_cpu - what a tracker keeps for each CPU
 * @count: the ledger; only this CPU adds, anybody reads
 * @total: deltas of all matched events; as above [host test: event/pairs]
 */
struct lt_cpu {
	u64 count[LT_COUNTS];
	struct lt_hist total;
};

/**
 * struct latency_tracker - a tracker
 * @ht:           events in flight
 * @cpu:          ledger and histogram
 * @threshold_ns: limit, U64_MAX for none; written by the owner at any time, read once per
 *                event
 * @timeout_ns:   likewise
 * @gc_ns:        likewise
 * @scan_ns:      likewise
 * @rate_limit_ns: likewise
 * @enabled:      likewise
 * @stack:        likewise
 * @ratchet:      likewise
 * @integer:      keys are compared and hashed as one integer; constant
 * @pool:         memory of the events
 * @stage_hist:   deltas between stages, config.stages + 1 of them; constant pointers
 * @dim:          config.nr_dims dimensions; with one or more, no delta is counted in @cpu
 * @off_key, @off_priv, @off_stages, @off_opts, @off_stacks: where an event has what is not in its
 *                first 128 bytes; 0: it has none; constant
 * @cfg:          as given
 * @name:         copy
 * @last_wake:    when a hit last woke readers
 * @unwoken:      hits have been recorded since for which nobody was woken
 * @worst:        with @ratchet: greatest delta that has hit since the last reset
 * @want_growth:  a get found the pool low
 * @want_series:  a label found few histograms left
 * @want_shrink:  the pool is on its way back to its first size; growth ends that
 * @low_work:     asks for @scan from any context
 * @kick_work:    sets @kick_timer from any context
 * @kick_timer:   asks for a grace period at the next tick, with interrupts on
 * @scan:         timeouts, garbage collection, growth
 * @last_walk:    when the slots were last looked through, ns; only @scan uses it
 * @base:         the histograms, all CPUs together, at the last reset; total first, then the
 *                stages; under @lock
 * @probe:        the probe that made it, or NULL
 * @lock:         serialises resets, the scan against clear, and readers of @base
 * @list:         in lt_trackers, under lt_trackers_lock
 * @dir:          in debugfs
 */
struct latency_tracker {
	struct lfht ht;
	struct lt_cpu __percpu *cpu;
	u64 threshold_ns;
	u64 timeout_ns;
	u64 gc_ns;
	u64 scan_ns;
	u64 rate_limit_ns;
	bool enabled;
	bool stack;
	bool ratchet;
	bool integer;
	struct freelist pool;
	struct lt_hist __percpu **stage_hist;
	unsigned int off_key;
	unsigned int off_priv;
	unsigned int off_stages;
	unsigned int off_opts;
	unsigned int off_stacks;
	struct lt_dim *dim;
	struct latency_tracker_config cfg;
	char name[LT_NAME_MAX];
	atomic64_t last_wake;
	bool unwoken;
	atomic64_t worst;
	bool want_growth;
	bool want_series;
	bool want_shrink;
	struct irq_work low_work;
	struct irq_work kick_work;
	struct timer_list kick_timer;
	struct delayed_work scan;
	u64 last_walk;
	struct lt_hist *base;
	struct latency_tracker_probe *probe;
	struct mutex lock; /* see above */
	struct list_head list;
	struct dentry *dir;
};

extern struct list_head lt_trackers;
extern struct mutex lt_trackers_lock;
extern struct workqueue_struct *lt_wq;

/**
 * struct lt_stacks - stacks of an event
 * @used:  of @stack; only the one who adds writes it, with release
 * @stack: config.stacks of them
 */
struct lt_stacks {
	u32 used;
	struct lt_stack stack[];
};

static inline struct lt_stacks *lt_stacks_of(const struct latency_tracker *t,
					     struct latency_tracker_event *ev)
{
	return (struct lt_stacks *)((char *)ev + t->off_stacks);
}

/* event.c */
void lt_event_release(struct lfht *ht, struct lfht_node *node);
bool lt_event_abort(struct latency_tracker *t, struct latency_tracker_event *ev,
		    enum lt_count count);
void lt_event_init(void *obj, void *data);
void lt_secret_init(void);

/* hit.c */
void lt_hit(const struct latency_tracker_hit *hit);
void lt_hit_callback(const struct latency_tracker_hit *hit);
void lt_hit_record(struct lt_record *rec, const struct latency_tracker_hit *hit);
void lt_hit_wake_rest(struct latency_tracker *t);

/* text.c */
struct latency_tracker_text {
	char *buf;
	unsigned int len;
	unsigned int size;
};

void lt_escape(char *out, size_t size, const char *value);
unsigned int lt_user_stack(unsigned long *addr, unsigned int max);
size_t lt_record_format(char *buf, size_t size, const struct lt_record *rec, bool pending);

/* param.c, probe.c */
int lt_params_init(void);
void lt_params_exit(void);
void lt_probe_apply(struct latency_tracker_probe *probe);
u64 lt_probe_filtered(struct latency_tracker *t);
const char *lt_probe_filter_name(struct latency_tracker *t, unsigned int filter);
u64 lt_probe_filtered_by(struct latency_tracker *t, unsigned int filter);
u64 lt_probe_missed(struct latency_tracker *t);
void lt_set_threshold(struct latency_tracker *t, u64 ns);

/* scan.c */
void lt_scan(struct work_struct *work);
void lt_scan_soon(struct latency_tracker *t);
unsigned int lt_in_flight(struct latency_tracker *t);

/* tracker.c */
void lt_reset(struct latency_tracker *t);
u64 lt_sum(struct latency_tracker *t, enum lt_count count);
void lt_series_read(struct latency_tracker *t, unsigned int series, struct lt_hist *sum);
const char *lt_series_name(struct latency_tracker *t, unsigned int series, char *buf, size_t len);

/* proc/, trace.c, synth.c */
int lt_proc_init(void);
void lt_proc_exit(void);
bool lt_proc_waited_for(void);
void lt_proc_wake(void);
unsigned int lt_proc_readers(void);
u64 lt_proc_wakes(void);
void lt_stats_init(void);
void lt_stats_exit(void);
void lt_stats_add(struct latency_tracker *t);
void lt_stats_remove(struct latency_tracker *t);
void lt_synth_init(void);
void lt_synth_exit(void);
void lt_synth_hit(const struct lt_record *rec);
void lt_trace_hit(const struct lt_record *rec);

static __always_inline void lt_count(struct latency_tracker *t, enum lt_count count)
{
	this_cpu_inc(t->cpu->count[count]);
}

static __always_inline struct latency_tracker_event *lt_event_of(struct lfht_node *node)
{
	return container_of(node, struct latency_tracker_event, node);
}

#endif /* LT_CORE_H */
