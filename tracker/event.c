// SPDX-License-Identifier: GPL-2.0
/*
 * The way of one event: prepare, commit, end. The contract is in latency_tracker.h.
 *
 * Everything here runs in any context with preemption off; the functions marked
 * always-inline are the fast path, made once for integer keys and once for others.
 */
#include <linux/export.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "core.h"

#define LT_ADD_RETRIES	64
/* 2^64 divided by the golden ratio (Knuth, multiplicative hashing). */
#define LT_GOLDEN	0x9e3779b97f4a7c15ULL

/* Written once at load. */
static hsiphash_key_t lt_hash_secret __read_mostly;

/* A key of any bytes on its way through a search. */
struct lt_key {
	struct latency_tracker *t;
	const void *key;
	unsigned int len;
};

void lt_secret_init(void)
{
	get_random_bytes(&lt_hash_secret, sizeof(lt_hash_secret));
}

static __always_inline unsigned long lt_hash_int(u64 key)
{
	u64 hash = key * LT_GOLDEN;

	return lfht_rhash((unsigned long)(hash >> (64 - BITS_PER_LONG)));
}

static __always_inline bool lt_match_int(const struct lfht_node *node, const void *key)
{
	return container_of(node, struct latency_tracker_event, node)->key_int == *(const u64 *)key;
}

static __always_inline bool lt_match_none(const struct lfht_node *node, const void *key)
{
	return false;
}

static void *lt_key_of(struct latency_tracker *t, struct latency_tracker_event *ev)
{
	return t->off_key ? (char *)ev + t->off_key : (char *)ev->key;
}

static bool lt_match_bytes(const struct lfht_node *node, const void *arg)
{
	struct latency_tracker_event *ev = lt_event_of((struct lfht_node *)node);
	const struct lt_key *k = arg;
	const void *key = lt_key_of(k->t, ev);

	if (ev->key_len != k->len)
		return false;
	if (k->t->cfg.match)
		return k->t->cfg.match(key, k->key, k->len);
	return !memcmp(key, k->key, k->len);
}

static unsigned long lt_hash_bytes(const struct lt_key *k)
{
	u32 hash;

	if (k->t->cfg.hash)
		return lfht_rhash(k->t->cfg.hash(k->key, k->len));
	if (k->t->cfg.untrusted)
		hash = hsiphash(k->key, k->len, &lt_hash_secret);
	else
		hash = jhash(k->key, k->len, 0);
	return lfht_rhash((unsigned long)hash << (BITS_PER_LONG - 32));
}

static __always_inline u64 lt_key_int(const void *key, unsigned int len)
{
	u64 value = 0;

	memcpy(&value, key, len);
	return value;
}

/* Called once for each new object, before anybody else can see it. */
void lt_event_init(void *obj, void *data)
{
	struct latency_tracker_event *ev = obj;

	lfht_node_init(&ev->node);
	atomic_set(&ev->refs, 0);
}

/* The event is out of the table: leave it to its last reference, if it has any. */
static noinline bool lt_leave(struct latency_tracker_event *ev)
{
	int old = atomic_read(&ev->refs);

	while (old)
		if (atomic_try_cmpxchg(&ev->refs, &old, old | LT_REFS_HELD))
			return true;
	return false;
}

/* The event is out of the table: give it back, now or with its last reference. */
static __always_inline void lt_release(struct latency_tracker *t, struct latency_tracker_event *ev)
{
	/*
	 * The claim was a full barrier: either this read sees the reference of
	 * latency_tracker_event_get(), or that sees the claim and lets go at once.
	 */
	if (unlikely(atomic_read(&ev->refs)) && lt_leave(ev))
		return;
	freelist_put(&t->pool, ev);
}

/* Somebody unlinked an event on behalf of its claimer (rculfhash.h, G4). */
void lt_event_release(struct lfht *ht, struct lfht_node *node)
{
	lt_release(container_of(ht, struct latency_tracker, ht), lt_event_of(node));
}

/**
 * lt_event_abort() - take an event out that has not ended
 * @t:     tracker
 * @ev:    seen live in this read-side critical section
 * @count: what it is counted as
 *
 * Return: true if this call won it.
 */
bool lt_event_abort(struct latency_tracker *t, struct latency_tracker_event *ev,
		    enum lt_count count)
{
	if (lfht_claim_again(&ev->node) & LFHT_REMOVED)
		return false;
	lt_count(t, count);
	lfht_unlink_again(&t->ht, &ev->node);
	return true;
}

/* A begin with the same key has taken the place of @old. */
static noinline void lt_replaced(struct latency_tracker *t, struct latency_tracker_event *old,
				 u64 now)
{
	struct latency_tracker_hit hit = {
		.tracker = t,
		.event = old,
		.reason = LATENCY_TRACKER_REPLACED,
		.now = now,
		.delta = now - old->begin_ns,
		.limit = READ_ONCE(t->threshold_ns),
		.cpu = raw_smp_processor_id(),
	};

	lt_hit_callback(&hit);
}

/* The event was never published: it may be used again at once. */
static noinline int lt_refuse(struct latency_tracker *t, struct latency_tracker_event *ev, int ret)
{
	lfht_node_init(&ev->node);
	freelist_put_unused(&t->pool, ev);
	lt_count(t, LT_DROPPED_BUSY);
	return ret;
}

/* Into the table, where its hash says. */
static __always_inline int lt_add(struct latency_tracker *t, struct latency_tracker_event *ev,
				  lfht_match_t match, const void *key)
{
	unsigned int tries;

	for (tries = 0; tries < LT_ADD_RETRIES; tries++) {
		struct latency_tracker_event *old;
		struct lfht_iter it;
		bool flagged;
		int found;

		found = lfht_find(&t->ht, ev->node.rhash, match, key, &it);
		if (likely(!found)) {
			if (likely(lfht_add_at(&it, &ev->node)))
				return LATENCY_TRACKER_OK;
			continue;
		}
		if (found < 0)
			break;
		if (t->cfg.keep)
			return lt_refuse(t, ev, LATENCY_TRACKER_EXISTS);
		if (!lfht_replace(&it, &ev->node, &flagged))
			continue;
		old = lt_event_of(it.cur);
		lt_count(t, LT_REPLACED);
		if (t->cfg.cb || old->flags & LATENCY_TRACKER_EV_OPTS)
			lt_replaced(t, old, ev->begin_ns);
		if (lfht_unlink(&t->ht, &it))
			lt_release(t, old);
		return LATENCY_TRACKER_OK;
	}
	return lt_refuse(t, ev, LATENCY_TRACKER_BUSY);
}

static noinline int lt_add_int(struct latency_tracker *t, struct latency_tracker_event *ev, u64 key)
{
	return lt_add(t, ev, lt_match_int, &key);
}

static __always_inline struct latency_tracker_stage *
lt_stage_of(struct latency_tracker *t, struct latency_tracker_event *ev, unsigned int stage)
{
	return (struct latency_tracker_stage *)((char *)ev + t->off_stages) + stage;
}

/* There are one or two: no call of memset(). */
static __always_inline void lt_stages_clear(struct latency_tracker *t,
					    struct latency_tracker_event *ev)
{
	unsigned int i = 0;

	do {
		lt_stage_of(t, ev, i)->ns = 0;
	} while (++i < t->cfg.stages);
}

/* Begin on a tracker that was seen enabled. NULL: full, and counted as that. */
static __always_inline struct latency_tracker_event *lt_prepare(struct latency_tracker *t)
{
	struct latency_tracker_event *ev;

	preempt_disable_notrace();
	lt_count(t, LT_BEGINS);
	ev = freelist_get(&t->pool);
	if (unlikely(!ev)) {
		lt_count(t, LT_DROPPED_FULL);
		preempt_enable_notrace();
		return NULL;
	}
	ev->begin_ns = latency_tracker_now();
	ev->cpu = raw_smp_processor_id();
	ev->flags = 0;
	/* LT_DIM_OTHER, for a caller that does not say. */
	memset(ev->series, 0, sizeof(ev->series));
	if (t->off_stages)
		lt_stages_clear(t, ev);
	if (t->off_stacks)
		lt_stacks_of(t, ev)->used = 0;
	return ev;
}

/**
 * latency_tracker_event_prepare() - the first half of a begin: time and memory
 * @t: tracker
 *
 * If it returns an event, preemption is off until latency_tracker_event_commit() or
 * latency_tracker_event_commit_int(), which must follow; in between the caller may
 * fill in what it knows (E5).
 *
 * Context: any. Return: an event, or NULL if the tracker is disabled or full (counted).
 */
struct latency_tracker_event *latency_tracker_event_prepare(struct latency_tracker *t)
{
	if (unlikely(!READ_ONCE(t->enabled)))
		return NULL;
	return lt_prepare(t);
}
EXPORT_SYMBOL_GPL(latency_tracker_event_prepare);

/* Trackers with duplicate keys: no search for an equal key. */
static noinline int lt_add_duplicate(struct latency_tracker *t, struct latency_tracker_event *ev)
{
	return lt_add(t, ev, lt_match_none, NULL);
}

/**
 * latency_tracker_event_commit_int() - the second half of a begin
 * @t:   tracker whose keys are integers, see config.key_size
 * @ev:  from latency_tracker_event_prepare()
 * @key: key
 *
 * A key in flight is replaced, or kept, or joined, as the configuration says.
 * Context: any. Return: enum latency_tracker_ret: OK, EXISTS or BUSY.
 */
int latency_tracker_event_commit_int(struct latency_tracker *t, struct latency_tracker_event *ev,
				     u64 key)
{
	unsigned long rhash = lt_hash_int(key);
	int ret = LATENCY_TRACKER_OK;
	struct lfht_iter it;

	ev->key_int = key;
	WRITE_ONCE(ev->node.rhash, rhash);
	if (unlikely(t->cfg.duplicates))
		ret = lt_add_duplicate(t, ev);
	else if (unlikely(lfht_find_first(&t->ht, rhash, lt_match_int, &key, &it) ||
			  !lfht_add_at(&it, &ev->node)))
		ret = lt_add_int(t, ev, key);
	preempt_enable_notrace();
	return ret;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_commit_int);

static noinline int lt_commit_bytes(struct latency_tracker *t, struct latency_tracker_event *ev,
				    const void *key, unsigned int len)
{
	struct lt_key k = { t, key, len };

	memcpy(lt_key_of(t, ev), key, len);
	ev->key_len = len;
	WRITE_ONCE(ev->node.rhash, lt_hash_bytes(&k));
	if (t->cfg.duplicates)
		return lt_add_duplicate(t, ev);
	return lt_add(t, ev, lt_match_bytes, &k);
}

/**
 * latency_tracker_event_commit() - the second half of a begin
 * @t:   tracker
 * @ev:  from latency_tracker_event_prepare()
 * @key: key
 * @len: its length, 1 .. config.key_size
 *
 * Context: any. Return: enum latency_tracker_ret: OK, EXISTS, BUSY; INVAL for a
 * key that is too long (the begin is counted as dropped_busy).
 */
int latency_tracker_event_commit(struct latency_tracker *t, struct latency_tracker_event *ev,
				 const void *key, unsigned int len)
{
	int ret;

	if (likely(t->integer && len && len <= t->cfg.key_size))
		return latency_tracker_event_commit_int(t, ev, lt_key_int(key, len));
	if (unlikely(!len || len > t->cfg.key_size))
		ret = lt_refuse(t, ev, LATENCY_TRACKER_INVAL);
	else
		ret = lt_commit_bytes(t, ev, key, len);
	preempt_enable_notrace();
	return ret;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_commit);

static struct latency_tracker_opts *lt_opts_of(struct latency_tracker *t,
					       struct latency_tracker_event *ev)
{
	return (struct latency_tracker_opts *)((char *)ev + t->off_opts);
}

/**
 * latency_tracker_event_in() - begin
 * @t:    tracker
 * @key:  key
 * @len:  its length, 1 .. config.key_size
 * @opts: threshold and callback of this event's own (config.opts), or NULL
 *
 * The current task is noted as the one who began.
 * Context: any. Return: enum latency_tracker_ret.
 */
int latency_tracker_event_in(struct latency_tracker *t, const void *key, unsigned int len,
			     const struct latency_tracker_opts *opts)
{
	struct latency_tracker_event *ev;

	if (unlikely(!len || len > t->cfg.key_size || (opts && !t->off_opts)))
		return LATENCY_TRACKER_INVAL;
	if (unlikely(!READ_ONCE(t->enabled)))
		return LATENCY_TRACKER_DISABLED;
	ev = lt_prepare(t);
	if (unlikely(!ev))
		return LATENCY_TRACKER_FULL;
	latency_tracker_event_task(ev, current);
	if (opts) {
		*lt_opts_of(t, ev) = *opts;
		ev->flags |= LATENCY_TRACKER_EV_OPTS;
	}
	return latency_tracker_event_commit(t, ev, key, len);
}
EXPORT_SYMBOL_GPL(latency_tracker_event_in);

static __always_inline void lt_hist_add_at(struct lt_hist __percpu *hist, unsigned int index,
					   u64 ns)
{
	u64 max;

	this_cpu_inc(hist->bucket[index]);
	this_cpu_add(hist->sum, ns);
	/* An interrupt in between may put a greater one there: look again. */
	while (unlikely(ns > (max = this_cpu_read(hist->max))))
		this_cpu_cmpxchg(hist->max, max, ns);
}

static __always_inline void lt_hist_add(struct lt_hist __percpu *hist, u64 ns)
{
	lt_hist_add_at(hist, lt_hist_index(ns), ns);
}

static noinline unsigned int lt_series_search(struct latency_tracker *t, struct lt_dim *dim,
					      u64 label)
{
	unsigned int series = lt_dim_search(dim, label);

	if (lt_dim_low(dim) && !READ_ONCE(t->want_series)) {
		WRITE_ONCE(t->want_series, true);
		irq_work_queue(&t->low_work);
	}
	return series;
}

static __always_inline unsigned int lt_series(struct latency_tracker *t, struct lt_dim *dim,
					      u64 label)
{
	unsigned int series = lt_dim_known(dim, label);

	return likely(series != LT_DIM_OTHER) ? series : lt_series_search(t, dim, label);
}

static noinline unsigned int lt_series_at_end(struct latency_tracker *t, struct lt_dim *dim,
					      const struct latency_tracker_event *ev,
					      const struct latency_tracker_end *end)
{
	return lt_series(t, dim, dim->at_end(ev, end));
}

/* Count a delta by dimension; the total is the sum over the first one. */
static __always_inline void lt_dims_add(struct latency_tracker *t,
					const struct latency_tracker_event *ev,
					const struct latency_tracker_end *end, u64 delta)
{
	unsigned int i = 0, index = lt_hist_index(delta);
	struct lt_dim *dim = t->dim;

	do {
		unsigned int series = ev->series[i];

		if (unlikely(dim->at_end))
			series = lt_series_at_end(t, dim, ev, end);
		lt_hist_add_at(dim->hist[series], index, delta);
		dim++;
	} while (++i < t->cfg.nr_dims);
}

static noinline void lt_stages_end(struct latency_tracker *t, struct latency_tracker_event *ev,
				   u64 now)
{
	const struct latency_tracker_stage *stage = latency_tracker_event_stages(t, ev);
	u64 from = ev->begin_ns;
	unsigned int i;

	for (i = 0; i <= t->cfg.stages; i++) {
		u64 to = i < t->cfg.stages ? READ_ONCE(stage[i].ns) : now;

		/* A stage that the event did not pass counts to the way that follows. */
		if (!to)
			continue;
		if ((s64)(to - from) >= 0)
			lt_hist_add(t->stage_hist[i], to - from);
		from = to;
	}
}

static noinline void lt_end_hit(struct latency_tracker *t, struct latency_tracker_event *ev,
				u64 now, u64 limit, const struct latency_tracker_end *end)
{
	struct latency_tracker_hit hit = {
		.tracker = t,
		.event = ev,
		.reason = LATENCY_TRACKER_THRESHOLD,
		.now = now,
		.delta = now - ev->begin_ns,
		.limit = limit,
		.cpu = raw_smp_processor_id(),
		.id = end->id,
		.data = end->data,
		.task = end->task,
	};

	lt_hit(&hit);
}

static __always_inline u64 lt_limit(struct latency_tracker *t, struct latency_tracker_event *ev)
{
	u64 limit = READ_ONCE(t->threshold_ns);

	if (unlikely(ev->flags & LATENCY_TRACKER_EV_OPTS) && lt_opts_of(t, ev)->threshold_ns)
		limit = lt_opts_of(t, ev)->threshold_ns;
	return limit;
}

static __always_inline int lt_orphan(struct latency_tracker *t, int err)
{
	if (unlikely(err == -EBUSY))
		return LATENCY_TRACKER_BUSY;
	lt_count(t, LT_ORPHAN_ENDS);
	return LATENCY_TRACKER_NOENT;
}

/*
 * Find an event, claim it and take it out of the table. It stays readable for this
 * read side although it has been given back. If somebody else was faster there may
 * be another event with this key, a duplicate or one that replaced it: look again.
 * Return: the event, or NULL with the reason in *@err.
 */
static __always_inline struct latency_tracker_event *
lt_take(struct latency_tracker *t, unsigned long rhash, lfht_match_t match, const void *key,
	bool *flagged, int *err)
{
	struct lfht_iter it;
	unsigned int tries;

	for (tries = 0; tries < LT_ADD_RETRIES; tries++) {
		*err = lfht_find(&t->ht, rhash, match, key, &it);
		if (unlikely(*err <= 0))
			return NULL;
		*err = lfht_claim(&it, flagged);
		if (unlikely(*err == -ENOENT))
			continue;
		if (unlikely(*err))
			return NULL;
		if (lfht_unlink(&t->ht, &it))
			lt_release(t, lt_event_of(it.cur));
		return lt_event_of(it.cur);
	}
	*err = -EBUSY;
	return NULL;
}

/* An event has been claimed: count it, and see whether it was too slow. */
static __always_inline int lt_ended(struct latency_tracker *t, struct latency_tracker_event *ev,
				    bool flagged, const struct latency_tracker_end *end)
{
	u64 now, limit;
	s64 delta;

	now = end->now ?: latency_tracker_now();
	delta = now - ev->begin_ns;
	lt_count(t, LT_MATCHED);
	if (unlikely(delta < 0)) {
		lt_count(t, LT_NEGATIVE_DELTAS);
		return LATENCY_TRACKER_OK;
	}
	if (t->dim)
		lt_dims_add(t, ev, end, delta);
	else
		lt_hist_add(&t->cpu->total, delta);
	if (t->off_stages)
		lt_stages_end(t, ev, now);
	limit = lt_limit(t, ev);
	if (unlikely((u64)delta > limit || flagged))
		lt_end_hit(t, ev, now, limit, end);
	return LATENCY_TRACKER_OK;
}

static __always_inline int lt_end(struct latency_tracker *t, unsigned long rhash,
				  lfht_match_t match, const void *key,
				  const struct latency_tracker_end *end)
{
	struct latency_tracker_event *ev;
	bool flagged;
	int err;

	ev = lt_take(t, rhash, match, key, &flagged, &err);
	if (unlikely(!ev))
		return lt_orphan(t, err);
	return lt_ended(t, ev, flagged, end);
}

static noinline int lt_end_int(struct latency_tracker *t, unsigned long rhash, u64 key,
			       const struct latency_tracker_end *end)
{
	return lt_end(t, rhash, lt_match_int, &key, end);
}

/**
 * latency_tracker_event_end_int() - end
 * @t:   tracker whose keys are integers, see config.key_size
 * @key: key
 * @end: more about it
 *
 * Context: any. Return: enum latency_tracker_ret: OK, NOENT or BUSY.
 */
int latency_tracker_event_end_int(struct latency_tracker *t, u64 key,
				  const struct latency_tracker_end *end)
{
	unsigned long rhash = lt_hash_int(key);
	struct lfht_iter it;
	bool flagged;
	int ret;

	preempt_disable_notrace();
	ret = lfht_find_first(&t->ht, rhash, lt_match_int, &key, &it);
	if (!ret) {
		ret = lt_orphan(t, 0);
	} else if (likely(ret > 0 && !lfht_claim(&it, &flagged))) {
		if (lfht_unlink(&t->ht, &it))
			lt_release(t, lt_event_of(it.cur));
		ret = lt_ended(t, lt_event_of(it.cur), flagged, end);
	} else {
		ret = lt_end_int(t, rhash, key, end);
	}
	preempt_enable_notrace();
	return ret;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_end_int);

static noinline int lt_end_bytes(struct lt_key *k, const struct latency_tracker_end *end)
{
	int ret;

	preempt_disable_notrace();
	ret = lt_end(k->t, lt_hash_bytes(k), lt_match_bytes, k, end);
	preempt_enable_notrace();
	return ret;
}

/**
 * latency_tracker_event_end() - end
 * @t:   tracker
 * @key: key
 * @len: its length
 * @end: more about it
 *
 * With duplicate keys the oldest event ends.
 * Context: any. Return: enum latency_tracker_ret: OK, NOENT, BUSY or INVAL.
 */
int latency_tracker_event_end(struct latency_tracker *t, const void *key, unsigned int len,
			      const struct latency_tracker_end *end)
{
	struct lt_key k = { t, key, len };

	if (unlikely(!len || len > t->cfg.key_size))
		return LATENCY_TRACKER_INVAL;
	if (t->integer)
		return latency_tracker_event_end_int(t, lt_key_int(key, len), end);
	return lt_end_bytes(&k, end);
}
EXPORT_SYMBOL_GPL(latency_tracker_event_end);

/**
 * latency_tracker_event_out() - end, now
 * @t:   tracker
 * @key: key
 * @len: its length
 * @id:  handed to the callback
 *
 * Context: any. Return: as latency_tracker_event_end().
 */
int latency_tracker_event_out(struct latency_tracker *t, const void *key, unsigned int len,
			      unsigned int id)
{
	struct latency_tracker_end end = { .id = id };

	return latency_tracker_event_end(t, key, len, &end);
}
EXPORT_SYMBOL_GPL(latency_tracker_event_out);

/* Find an event by key; preemption is off. */
static struct latency_tracker_event *lt_lookup(struct latency_tracker *t, const void *key,
					       unsigned int len)
{
	struct lt_key k = { t, key, len };
	struct lfht_iter it;
	int found;

	if (!len || len > t->cfg.key_size)
		return NULL;
	if (t->integer) {
		u64 value = lt_key_int(key, len);

		found = lfht_find(&t->ht, lt_hash_int(value), lt_match_int, &value, &it);
	} else {
		found = lfht_find(&t->ht, lt_hash_bytes(&k), lt_match_bytes, &k, &it);
	}
	return found > 0 ? lt_event_of(it.cur) : NULL;
}

static __always_inline void lt_stage_pass(struct latency_tracker *t,
					  struct latency_tracker_event *ev, unsigned int stage)
{
	struct latency_tracker_stage *s = lt_stage_of(t, ev, stage);

	WRITE_ONCE(s->cpu, raw_smp_processor_id());
	WRITE_ONCE(s->ns, latency_tracker_now());
}

static noinline int lt_stage(struct latency_tracker *t, const void *key, unsigned int len,
			     unsigned int stage)
{
	struct latency_tracker_event *ev = lt_lookup(t, key, len);

	if (!ev)
		return LATENCY_TRACKER_NOENT;
	lt_stage_pass(t, ev, stage);
	return LATENCY_TRACKER_OK;
}

/**
 * latency_tracker_event_stage_int() - an operation passes an intermediate point
 * @t:     tracker whose keys are integers, see config.key_size
 * @key:   key
 * @stage: 0 .. config.stages - 1; passing one again moves its time
 *
 * Context: any. Return: enum latency_tracker_ret: OK or NOENT.
 */
int latency_tracker_event_stage_int(struct latency_tracker *t, u64 key, unsigned int stage)
{
	unsigned long rhash = lt_hash_int(key);
	int ret = LATENCY_TRACKER_NOENT;
	struct lfht_iter it;
	int found;

	preempt_disable_notrace();
	found = lfht_find_first(&t->ht, rhash, lt_match_int, &key, &it);
	if (found > 0) {
		lt_stage_pass(t, lt_event_of(it.cur), stage);
		ret = LATENCY_TRACKER_OK;
	} else if (unlikely(found)) {
		ret = lt_stage(t, &key, sizeof(key), stage);
	}
	preempt_enable_notrace();
	return ret;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_stage_int);

/**
 * latency_tracker_event_stage() - an operation passes an intermediate point
 * @t:     tracker
 * @key:   key
 * @len:   its length
 * @stage: 0 .. config.stages - 1; passing one again moves its time
 *
 * Context: any. Return: enum latency_tracker_ret: OK, NOENT or INVAL.
 */
int latency_tracker_event_stage(struct latency_tracker *t, const void *key, unsigned int len,
				unsigned int stage)
{
	int ret;

	if (unlikely(stage >= t->cfg.stages))
		return LATENCY_TRACKER_INVAL;
	preempt_disable_notrace();
	ret = lt_stage(t, key, len, stage);
	preempt_enable_notrace();
	return ret;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_stage);

static __always_inline int lt_cancel(struct latency_tracker *t, unsigned long rhash,
				     lfht_match_t match, const void *key)
{
	bool flagged;
	int err;

	if (likely(!lt_take(t, rhash, match, key, &flagged, &err)))
		return err == -EBUSY ? LATENCY_TRACKER_BUSY : LATENCY_TRACKER_NOENT;
	lt_count(t, LT_CANCELLED);
	return LATENCY_TRACKER_OK;
}

static noinline int lt_cancel_int(struct latency_tracker *t, unsigned long rhash, u64 key)
{
	return lt_cancel(t, rhash, lt_match_int, &key);
}

/**
 * latency_tracker_event_cancel_int() - forget an operation that will have no end
 * @t:   tracker whose keys are integers, see config.key_size
 * @key: key
 *
 * Context: any. Return: enum latency_tracker_ret: OK (counted: cancelled), NOENT or BUSY.
 */
int latency_tracker_event_cancel_int(struct latency_tracker *t, u64 key)
{
	unsigned long rhash = lt_hash_int(key);
	int ret = LATENCY_TRACKER_NOENT;
	struct lfht_iter it;

	preempt_disable_notrace();
	/* Mostly there is nothing to cancel: look before the search saves its registers. */
	if (unlikely(lfht_find_first(&t->ht, rhash, lt_match_int, &key, &it)))
		ret = lt_cancel_int(t, rhash, key);
	preempt_enable_notrace();
	return ret;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_cancel_int);

/**
 * latency_tracker_event_cancel() - forget an operation that will have no end
 * @t:   tracker
 * @key: key
 * @len: its length
 *
 * Context: any. Return: enum latency_tracker_ret: OK (counted: cancelled), NOENT, BUSY
 * or INVAL.
 */
int latency_tracker_event_cancel(struct latency_tracker *t, const void *key, unsigned int len)
{
	struct lt_key k = { t, key, len };
	int ret;

	if (unlikely(!len || len > t->cfg.key_size))
		return LATENCY_TRACKER_INVAL;
	if (t->integer)
		return latency_tracker_event_cancel_int(t, lt_key_int(key, len));
	preempt_disable_notrace();
	ret = lt_cancel(t, lt_hash_bytes(&k), lt_match_bytes, &k);
	preempt_enable_notrace();
	return ret;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_cancel);

/**
 * latency_tracker_event_get() - ask whether a key is in flight
 * @t:   tracker
 * @key: key
 * @len: its length
 *
 * Context: any. Return: the event, readable until latency_tracker_event_put() even
 * if it ends meanwhile, or NULL. All references must be put before the tracker is
 * destroyed.
 */
struct latency_tracker_event *latency_tracker_event_get(struct latency_tracker *t,
							const void *key, unsigned int len)
{
	struct latency_tracker_event *ev;
	unsigned int tries;

	preempt_disable_notrace();
	for (tries = 0; tries < LT_ADD_RETRIES; tries++) {
		ev = lt_lookup(t, key, len);
		if (!ev)
			break;
		atomic_inc(&ev->refs);
		/* Reference before the look at the claim; pairs with that, see lt_release(). */
		smp_mb__after_atomic();
		if (lfht_live(&ev->node))
			break;
		/* It has just ended; there may be another with this key. */
		latency_tracker_event_put(t, ev);
		ev = NULL;
	}
	preempt_enable_notrace();
	return ev;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_get);

/**
 * latency_tracker_event_put() - let go of an event
 * @t:  tracker
 * @ev: from latency_tracker_event_get()
 *
 * Context: any.
 */
void latency_tracker_event_put(struct latency_tracker *t, struct latency_tracker_event *ev)
{
	preempt_disable_notrace();
	/*
	 * A get that fails takes and drops a reference too, so that the count may
	 * fall to LT_REFS_HELD more than once: the exchange lets one of them have it.
	 */
	if (atomic_dec_return(&ev->refs) == LT_REFS_HELD &&
	    atomic_cmpxchg(&ev->refs, LT_REFS_HELD, 0) == LT_REFS_HELD)
		freelist_put(&t->pool, ev);
	preempt_enable_notrace();
}
EXPORT_SYMBOL_GPL(latency_tracker_event_put);

/**
 * latency_tracker_event_label() - say to which series an operation counts
 * @t:     tracker
 * @ev:    prepared, not yet committed
 * @dim:   0 .. config.nr_dims - 1; one without at_end that gets no
 *         label counts as other
 * @label: less than U64_MAX
 *
 * Context: any.
 */
void latency_tracker_event_label(struct latency_tracker *t, struct latency_tracker_event *ev,
				 unsigned int dim, u64 label)
{
	ev->series[dim] = lt_series(t, &t->dim[dim], label);
}
EXPORT_SYMBOL_GPL(latency_tracker_event_label);

/**
 * latency_tracker_event_stack() - keep a stack of the current task with an operation
 * @t:    tracker
 * @ev:   prepared, or held by a reference; nobody else adds a stack to it meanwhile
 * @kind: what it is of; LT_STACK_USER: the one in user space, else the one in the kernel
 *
 * Context: any. Return: false if there is none, or no room for it in the event
 * (config.stacks).
 */
noinline bool latency_tracker_event_stack(struct latency_tracker *t,
					  struct latency_tracker_event *ev,
					  enum lt_stack_kind kind)
{
	struct lt_stacks *stacks = lt_stacks_of(t, ev);
	struct lt_stack *stack;

	if (!t->off_stacks || stacks->used == t->cfg.stacks)
		return false;
	stack = &stacks->stack[stacks->used];
	stack->kind = kind;
	if (kind == LT_STACK_USER)
		stack->frames = lt_user_stack(stack->addr, LT_STACK_MAX);
	else /* Skipped: this function. */
		stack->frames = stack_trace_save(stack->addr, LT_STACK_MAX, 1);
	if (!stack->frames)
		return false;
	/* Whole before it can be seen; pairs with the acquire in lt_hit_record(). */
	smp_store_release(&stacks->used, stacks->used + 1);
	return true;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_stack);

/**
 * latency_tracker_event_priv() - the probe's part of an event
 * @t:  tracker
 * @ev: event
 *
 * config.priv_size bytes, aligned to 8.
 */
void *latency_tracker_event_priv(struct latency_tracker *t, struct latency_tracker_event *ev)
{
	return t->off_priv ? (char *)ev + t->off_priv : (char *)ev->priv;
}
EXPORT_SYMBOL_GPL(latency_tracker_event_priv);

/**
 * latency_tracker_event_stages() - when an event passed its stages
 * @t:  tracker with stages
 * @ev: event
 *
 * Return: array of config.stages.
 */
const struct latency_tracker_stage *
latency_tracker_event_stages(struct latency_tracker *t, struct latency_tracker_event *ev)
{
	return (const struct latency_tracker_stage *)((char *)ev + t->off_stages);
}
EXPORT_SYMBOL_GPL(latency_tracker_event_stages);
