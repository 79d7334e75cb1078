// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzer of operation sequences, against two oracles that know nothing of each other:
 * liburcu's cds_lfht for what is in the table, and a plain list a key for what is in it in
 * which order, which flags are set, and, for trackers, what each call must return.
 *
 * The first byte chooses table or tracker and how; then two bytes an operation.
 */
#include <stdlib.h>
#include <string.h>

#include "shim_tracker.h"
#include "urcu.h"

#define ITEMS	512
#define KEYS	16
#define OPS_MAX	400

#define MUST(cond)	do { if (!(cond)) must_failed(__LINE__, #cond); } while (0)

static void __attribute__((noreturn)) must_failed(int line, const char *what)
{
	fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, line, what);
	abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The plain map: a first-in first-out list a key. */
struct entry {
	int value;
	u64 begin;
	bool flagged;
};

static struct list {
	struct entry entry[ITEMS];
	unsigned int nr;
} map[KEYS];

static void map_clear(void)
{
	unsigned int key;

	for (key = 0; key < KEYS; key++)
		map[key].nr = 0;
}

static void map_append(unsigned int key, int value, u64 begin)
{
	MUST(map[key].nr < ITEMS);
	map[key].entry[map[key].nr++] = (struct entry) { .value = value, .begin = begin };
}

static struct entry map_remove(unsigned int key, unsigned int at)
{
	struct entry entry = map[key].entry[at];

	MUST(at < map[key].nr);
	map[key].nr--;
	memmove(&map[key].entry[at], &map[key].entry[at + 1],
		(map[key].nr - at) * sizeof(entry));
	return entry;
}

static unsigned int map_count(void)
{
	unsigned int key, n = 0;

	for (key = 0; key < KEYS; key++)
		n += map[key].nr;
	return n;
}

/* The table. */

struct item {
	struct lfht_node node;
	unsigned int key;
	unsigned int released;
	bool used;
};

static struct item items[ITEMS];
static unsigned int nr_items;
static struct lfht ht;
static unsigned int spread;

static unsigned long hash_of(unsigned int key)
{
	static const unsigned long factor[] = {
		0x9e3779b97f4a7c15UL, 1UL << 60, 1UL << 2, 0, 0x5555UL << 44, 1UL << 63, 4, 3UL << 61,
	};

	return key * factor[spread];
}

static bool match(const struct lfht_node *node, const void *key)
{
	return container_of(node, struct item, node)->key == *(const unsigned int *)key;
}

static bool match_none(const struct lfht_node *node, const void *key)
{
	return false;
}

static void item_release(struct lfht *table, struct lfht_node *node)
{
	container_of(node, struct item, node)->released++;
}

static int find(unsigned int key, struct lfht_iter *it)
{
	int found = lfht_find(&ht, lfht_rhash(hash_of(key)), match, &key, it);

	MUST(found == !!map[key].nr);
	MUST(found == oracle_has(hash_of(key), key));
	if (found)
		MUST(container_of(it->cur, struct item, node) ==
		     &items[map[key].entry[0].value]);
	return found;
}

static int item_new(unsigned int key)
{
	if (nr_items == ITEMS)
		return -1;
	items[nr_items] = (struct item) { .key = key };
	lfht_node_init(&items[nr_items].node);
	items[nr_items].node.rhash = lfht_rhash(hash_of(key));
	return nr_items++;
}

static void add(unsigned int key, bool unique)
{
	int value = item_new(key);
	struct lfht_iter it;

	if (value < 0)
		return;
	if (unique) {
		if (find(key, &it)) {
			MUST(oracle_add_unique(hash_of(key), key, value) != value);
			nr_items--;
			return;
		}
		MUST(oracle_add_unique(hash_of(key), key, value) == value);
	} else {
		MUST(lfht_find(&ht, items[value].node.rhash, match_none, NULL, &it) == 0);
		oracle_add(hash_of(key), key, value);
	}
	MUST(lfht_add_at(&it, &items[value].node));
	map_append(key, value, 0);
}

static void replace(unsigned int key)
{
	int value = item_new(key);
	struct lfht_iter it;
	bool flagged;
	int old;

	if (value < 0)
		return;
	/* cds_lfht may replace another of the duplicates: only alone do they agree. */
	if (map[key].nr != 1 || !find(key, &it)) {
		nr_items--;
		return;
	}
	old = map[key].entry[0].value;
	MUST(lfht_replace(&it, &items[value].node, &flagged));
	MUST(flagged == map[key].entry[0].flagged);
	MUST(lfht_unlink(&ht, &it));
	MUST(oracle_replace(hash_of(key), key, value) == old);
	map_remove(key, 0);
	map_append(key, value, 0);
}

static void claim(unsigned int key)
{
	struct lfht_iter it, other;
	struct entry entry;
	bool flagged;

	if (!find(key, &it))
		return;
	other = it;
	MUST(lfht_claim(&it, &flagged) == 0);
	entry = map_remove(key, 0);
	MUST(flagged == entry.flagged);
	MUST(lfht_claim(&other, &flagged) == -ENOENT);
	MUST(oracle_delete(entry.value) == 0);
	MUST(lfht_unlink(&ht, &it));
}

/* Take an item out of the middle; with @leave it stays linked until somebody passes. */
static void abort_item(unsigned int key, unsigned int at, bool leave)
{
	struct entry entry;
	struct item *item;
	unsigned long old;

	if (!map[key].nr)
		return;
	entry = map_remove(key, at % map[key].nr);
	item = &items[entry.value];
	MUST(lfht_contains(&ht, &item->node));
	old = lfht_claim_again(&item->node);
	MUST(!(old & LFHT_REMOVED) && !!(old & LFHT_FLAG) == entry.flagged);
	MUST(lfht_claim_again(&item->node) & LFHT_REMOVED);
	MUST(!lfht_set_flag(&item->node));
	MUST(!lfht_contains(&ht, &item->node));
	MUST(oracle_delete(entry.value) == 0);
	if (!leave) {
		lfht_unlink_again(&ht, &item->node);
		MUST(item->released == 1);
	}
}

static void flag(unsigned int key, unsigned int at)
{
	struct entry *entry;

	if (!map[key].nr)
		return;
	entry = &map[key].entry[at % map[key].nr];
	MUST(lfht_set_flag(&items[entry->value].node) == !entry->flagged);
	entry->flagged = true;
}

static void check_table(void)
{
	unsigned int n = 0, seen[KEYS] = { 0 };
	struct lfht_node *node;
	unsigned long last = 0;

	for (node = lfht_first(&ht); node; node = lfht_next(&ht, node), n++) {
		struct item *item = container_of(node, struct item, node);

		MUST(node->rhash >= last);
		last = node->rhash;
		MUST(seen[item->key] < map[item->key].nr);
		MUST(&items[map[item->key].entry[seen[item->key]++].value] == item);
	}
	MUST(n == map_count());
	MUST(n == oracle_count());
}

static void table(const u8 *data, size_t size)
{
	size_t i;

	spread = (data[0] >> 1) & 7;
	nr_items = 0;
	map_clear();
	oracle_create();
	if (lfht_init(&ht, 1 + (data[0] >> 4) % 4, item_release))
		abort();
	shim_read_lock();
	for (i = 1; i + 1 < size && i < 2 * OPS_MAX; i += 2) {
		unsigned int key = data[i + 1] % KEYS, at = data[i + 1] / KEYS;
		struct lfht_iter it;

		switch (data[i] % 16) {
		case 0: case 1:
			add(key, true);
			break;
		case 2: case 3:
			add(key, false);
			break;
		case 4:
			replace(key);
			break;
		case 5: case 6: case 7:
			claim(key);
			break;
		case 8:
			abort_item(key, at, false);
			break;
		case 9: case 10:
			abort_item(key, at, true);
			break;
		case 11:
			flag(key, at);
			break;
		case 12:
			find(key, &it);
			break;
		case 13:
			shim_read_unlock();
			MUST(!lfht_resize(&ht, 1 + data[i + 1] % 7));
			oracle_resize(1UL << (1 + data[i + 1] % 7));
			shim_read_lock();
			break;
		case 14:
			lfht_gc_all(&ht);
			break;
		default:
			check_table();
		}
	}
	check_table();
	shim_read_unlock();
	lfht_gc_all(&ht);
	for (i = 0; i < nr_items; i++)
		MUST(items[i].released <= 1);
	lfht_destroy(&ht);
	oracle_destroy();
}

/* The tracker. */

static struct latency_tracker *t;
static unsigned int called[LATENCY_TRACKER_REASONS];
static s64 last_delta;

static void callback(const struct latency_tracker_hit *hit)
{
	called[hit->reason]++;
	last_delta = hit->delta;
	MUST(*(u64 *)latency_tracker_event_priv(hit->tracker, hit->event) == hit->event->begin_ns);
}

/* Keys longer than 8 bytes differ in their last. */
static unsigned int key_of(unsigned int number, u8 *key)
{
	memset(key, 7, LATENCY_TRACKER_KEY_MAX);
	key[t->cfg.key_size - 1] = number;
	return t->cfg.key_size;
}

static int begin(unsigned int number)
{
	struct latency_tracker_event *ev = latency_tracker_event_prepare(t);
	u8 key[LATENCY_TRACKER_KEY_MAX];

	if (!ev)
		return LATENCY_TRACKER_FULL;
	*(u64 *)latency_tracker_event_priv(t, ev) = shim_clock_now;
	return latency_tracker_event_commit(t, ev, key, key_of(number, key));
}

static void do_begin(unsigned int key)
{
	unsigned int replaced = called[LATENCY_TRACKER_REPLACED];
	int ret = begin(key);

	if (map_count() == t->pool.capacity)
		MUST(ret == LATENCY_TRACKER_FULL);
	/* Otherwise all slots may wait for their grace period. */
	if (ret == LATENCY_TRACKER_FULL)
		return;
	if (t->cfg.keep && map[key].nr) {
		MUST(ret == LATENCY_TRACKER_EXISTS);
		return;
	}
	MUST(ret == LATENCY_TRACKER_OK);
	if (!t->cfg.duplicates && map[key].nr) {
		MUST(called[LATENCY_TRACKER_REPLACED] == replaced + 1);
		map_remove(key, 0);
	}
	map_append(key, 0, shim_clock_now);
}

static void do_end(unsigned int number, unsigned int how)
{
	unsigned int hits = called[LATENCY_TRACKER_THRESHOLD];
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned int len = key_of(number, key);
	struct entry entry;
	int ret;

	ret = how ? latency_tracker_event_cancel(t, key, len) :
	      latency_tracker_event_out(t, key, len, 0);
	if (!map[number].nr) {
		MUST(ret == LATENCY_TRACKER_NOENT);
		return;
	}
	MUST(ret == LATENCY_TRACKER_OK);
	entry = map_remove(number, 0);
	if (how)
		return;
	if (shim_clock_now - entry.begin > t->threshold_ns || entry.flagged) {
		MUST(called[LATENCY_TRACKER_THRESHOLD] == hits + 1);
		MUST(last_delta == (s64)(shim_clock_now - entry.begin));
	} else {
		MUST(called[LATENCY_TRACKER_THRESHOLD] == hits);
	}
}

static void do_query(unsigned int number)
{
	u8 key[LATENCY_TRACKER_KEY_MAX];
	unsigned int len = key_of(number, key);
	struct latency_tracker_event *ev = latency_tracker_event_get(t, key, len);

	MUST(!ev == !map[number].nr);
	if (!ev)
		return;
	MUST(ev->begin_ns == map[number].entry[0].begin);
	latency_tracker_event_put(t, ev);
}

static void do_scan(void)
{
	unsigned int key, i, gcs = called[LATENCY_TRACKER_GC];
	unsigned int timeouts = called[LATENCY_TRACKER_TIMEOUT];

	t->last_walk = shim_clock_now - (1ULL << 40);
	t->scan.work.func(&t->scan.work);
	for (key = 0; key < KEYS; key++)
		for (i = 0; i < map[key].nr; i++) {
			u64 age = shim_clock_now - map[key].entry[i].begin;

			if (t->gc_ns && age >= t->gc_ns) {
				map_remove(key, i--);
				gcs++;
			} else if (t->timeout_ns && age >= t->timeout_ns &&
				   !map[key].entry[i].flagged) {
				map[key].entry[i].flagged = true;
				timeouts++;
			}
		}
	MUST(called[LATENCY_TRACKER_GC] == gcs);
	MUST(called[LATENCY_TRACKER_TIMEOUT] == timeouts);
}

static u64 ledger_off(void)
{
	return lt_sum(t, LT_BEGINS) - lt_sum(t, LT_MATCHED) - lt_sum(t, LT_REPLACED) -
	       lt_sum(t, LT_DROPPED_FULL) - lt_sum(t, LT_DROPPED_BUSY) -
	       lt_sum(t, LT_CANCELLED) - lt_sum(t, LT_ABORTED_GC) -
	       lt_sum(t, LT_ABORTED_CLEAR) - map_count();
}

static void tracker(const u8 *data, size_t size)
{
	struct latency_tracker_config cfg = {
		.name = "fuzz",
		.key_size = data[0] & 2 ? 8 : 20,
		.duplicates = data[0] & 4,
		.keep = (data[0] & 12) == 8,
		.untrusted = data[0] & 16,
		.priv_size = data[0] & 32 ? 8 : 40,
		.initial_events = 16,
		.max_events = data[0] & 64 ? 16 : 64,
		.threshold_ns = 50,
		.timeout_ns = data[0] & 128 ? 0 : 60,
		.gc_ns = 200,
		.cb = callback,
	};
	size_t i;

	map_clear();
	memset(called, 0, sizeof(called));
	shim_clock_set(1000000);
	if (lt_ring_init(&lt_hits, 4))
		abort();
	t = latency_tracker_create(&cfg);
	MUST(!IS_ERR(t));
	for (i = 1; i + 1 < size && i < 2 * OPS_MAX; i += 2) {
		unsigned int key = data[i + 1] % KEYS;

		switch (data[i] % 16) {
		case 0 ... 4:
			do_begin(key);
			break;
		case 5 ... 7:
			do_end(key, 0);
			break;
		case 8:
			do_end(key, 1);
			break;
		case 9:
			do_query(key);
			break;
		case 10: case 11:
			shim_clock_set(shim_clock_now + data[i + 1]);
			break;
		case 12: case 13:
			do_scan();
			break;
		case 14:
			freelist_flush(&t->pool);
			shim_gp_wait();
			break;
		default:
			latency_tracker_clear(t);
			map_clear();
		}
		MUST(lt_in_flight(t) == map_count());
		MUST(!ledger_off());
	}
	latency_tracker_destroy(t);
	lt_ring_exit(&lt_hits);
	MUST(!shim_warnings());
	MUST(!shim_allocated());
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static bool ready;

	if (!ready)
		shim_init(2, 2);
	ready = true;
	if (size < 3)
		return 0;
	if (data[0] & 1)
		tracker(data, size);
	else
		table(data, size);
	return 0;
}
