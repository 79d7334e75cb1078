// SPDX-License-Identifier: GPL-2.0
/* Tests of rculfhash; the guarantees G1 .. G7 are in rculfhash.h. */
#include "unit.h"

#include <rculfhash/rculfhash.h>

#define ITEMS	4096
#define THREADS	4

struct item {
	struct lfht_node node;
	u64 key;
	unsigned int serial;
	unsigned int claimed;
	unsigned int flagged;
	unsigned int released;
};

struct table {
	struct lfht ht;
	struct item *items;
	unsigned long nr;
	unsigned long wrong;
	bool stop;
	struct unit_meeting meeting;
};

static struct table t;

static unsigned long hash_of(u64 key)
{
	return lfht_rhash(key * 0x9e3779b97f4a7c15ULL);
}

static bool match(const struct lfht_node *node, const void *key)
{
	return container_of(node, struct item, node)->key == *(const u64 *)key;
}

static bool match_none(const struct lfht_node *node, const void *key)
{
	return false;
}

static void release(struct lfht *ht, struct lfht_node *node)
{
	__atomic_fetch_add(&container_of(node, struct item, node)->released, 1, __ATOMIC_RELAXED);
}

static void released_by(struct item *item)
{
	release(NULL, &item->node);
}

static void table_init(unsigned int order, unsigned long nr)
{
	unsigned long i;

	t.items = calloc(nr, sizeof(*t.items));
	assert_non_null(t.items);
	t.nr = nr;
	t.wrong = 0;
	t.stop = false;
	assert_int_equal(lfht_init(&t.ht, order, release), 0);
	for (i = 0; i < nr; i++) {
		lfht_node_init(&t.items[i].node);
		t.items[i].key = i;
		t.items[i].serial = i;
	}
}

static void table_exit(void)
{
	lfht_destroy(&t.ht);
	free(t.items);
}

static int find(u64 key, struct lfht_iter *it)
{
	return lfht_find(&t.ht, hash_of(key), match, &key, it);
}

static struct item *item_of(struct lfht_iter *it)
{
	return container_of(it->cur, struct item, node);
}

/* As the tracker begins with unique keys. Returns false if the key is there. */
static bool add_unique(struct item *item)
{
	struct lfht_iter it;
	int found;

	item->node.rhash = hash_of(item->key);
	for (;;) {
		found = find(item->key, &it);
		if (found)
			return false;
		if (lfht_add_at(&it, &item->node))
			return true;
	}
}

/* As the tracker begins with duplicate keys. */
static int add_hash(struct item *item, unsigned long rhash)
{
	struct lfht_iter it;
	int found;

	item->node.rhash = rhash;
	do {
		found = lfht_find(&t.ht, rhash, match_none, NULL, &it);
		if (found < 0)
			return found;
	} while (!lfht_add_at(&it, &item->node));
	return 0;
}

/* Claim and unlink a key. Returns the item if this call won it. */
static struct item *take(u64 key)
{
	struct lfht_iter it;
	struct item *item;
	bool flagged;

	if (find(key, &it) <= 0 || lfht_claim(&it, &flagged))
		return NULL;
	item = item_of(&it);
	__atomic_fetch_add(&item->claimed, 1, __ATOMIC_RELAXED);
	if (flagged != __atomic_load_n(&item->flagged, __ATOMIC_RELAXED) && flagged)
		__atomic_fetch_add(&item->flagged, 0x100, __ATOMIC_RELAXED);
	if (flagged)
		__atomic_fetch_add(&item->flagged, 0x10000, __ATOMIC_RELAXED);
	if (lfht_unlink(&t.ht, &it))
		released_by(item);
	return item;
}

static void add_all(void)
{
	unsigned long i;

	shim_read_lock();
	for (i = 0; i < t.nr; i++)
		assert_true(add_unique(&t.items[i]));
	shim_read_unlock();
}

/* Number of live nodes by iteration; checks that they come in order. */
static unsigned long count(void)
{
	struct lfht_node *node;
	unsigned long n = 0, last = 0;

	shim_read_lock();
	for (node = lfht_first(&t.ht); node; node = lfht_next(&t.ht, node), n++) {
		assert_true(node->rhash >= last);
		last = node->rhash;
	}
	shim_read_unlock();
	return n;
}

static void found_exactly(unsigned long from, unsigned long to)
{
	struct lfht_iter it;
	unsigned long i;

	shim_read_lock();
	for (i = 0; i < t.nr; i++) {
		int found = find(i, &it);

		assert_int_equal(found, i >= from && i < to);
		if (found)
			assert_ptr_equal(item_of(&it), &t.items[i]);
		assert_int_equal(lfht_contains(&t.ht, &t.items[i].node), i >= from && i < to);
	}
	shim_read_unlock();
	assert_int_equal(count(), to - from);
}

static void test_add_find(void **state)
{
	unsigned long i;

	table_init(4, ITEMS);
	found_exactly(0, 0);
	add_all();
	found_exactly(0, ITEMS);
	shim_read_lock();
	for (i = 0; i < ITEMS / 2; i++)
		assert_ptr_equal(take(i), &t.items[i]);
	assert_null(take(0));
	shim_read_unlock();
	found_exactly(ITEMS / 2, ITEMS);
	for (i = 0; i < ITEMS; i++)
		assert_int_equal(t.items[i].released, i < ITEMS / 2);
	table_exit();
}

static void test_add_unique(void **state)
{
	struct item again = { .key = 7 };

	table_init(4, 16);
	add_all();
	shim_read_lock();
	lfht_node_init(&again.node);
	assert_false(add_unique(&again));
	assert_false(lfht_live(&again.node));
	assert_non_null(take(7));
	assert_true(add_unique(&again));
	assert_true(lfht_live_acquire(&again.node));
	shim_read_unlock();
	assert_int_equal(count(), 16);
	table_exit();
}

static void test_replace(void **state)
{
	struct item new = { .key = 3 };
	struct lfht_iter it;
	bool flagged = true;

	table_init(2, 8);
	add_all();
	new.node.rhash = hash_of(3);
	shim_read_lock();
	assert_int_equal(find(3, &it), 1);
	assert_true(lfht_replace(&it, &new.node, &flagged));
	assert_false(flagged);
	assert_false(lfht_live(&t.items[3].node));
	assert_true(lfht_unlink(&t.ht, &it));
	assert_int_equal(find(3, &it), 1);
	assert_ptr_equal(item_of(&it), &new);
	assert_false(lfht_contains(&t.ht, &t.items[3].node));
	shim_read_unlock();
	assert_int_equal(count(), 8);
	table_exit();
}

static void test_claim_stale(void **state)
{
	struct lfht_iter it, other;
	struct item new = { .key = 3 };
	bool flagged;

	table_init(2, 8);
	add_all();
	new.node.rhash = hash_of(3);
	shim_read_lock();
	assert_int_equal(find(3, &it), 1);
	other = it;
	assert_int_equal(lfht_claim(&it, &flagged), 0);
	assert_int_equal(lfht_claim(&other, &flagged), -ENOENT);
	assert_false(lfht_replace(&other, &new.node, &flagged));
	assert_false(lfht_set_flag(it.cur));
	assert_true(lfht_unlink(&t.ht, &it));
	/* A neighbour that changed since the find makes the unlink fall back on gc. */
	assert_int_equal(find(4, &it), 1);
	if (it.prev != &t.ht.head && it.prev->rhash & 1) {
		assert_true(lfht_set_flag(it.prev));
	} else {
		it.prev_next |= LFHT_FLAG;
	}
	assert_int_equal(lfht_claim(&it, &flagged), 0);
	assert_false(lfht_unlink(&t.ht, &it));
	assert_int_equal(t.items[4].released, 1);
	shim_read_unlock();
	assert_int_equal(count(), 6);
	table_exit();
}

static void test_flag(void **state)
{
	struct lfht_iter it;
	bool flagged = false;

	table_init(1, 8);
	add_all();
	shim_read_lock();
	assert_true(lfht_set_flag(&t.items[5].node));
	assert_false(lfht_set_flag(&t.items[5].node));
	assert_true(lfht_live(&t.items[5].node));
	assert_int_equal(find(5, &it), 1);
	assert_int_equal(lfht_claim(&it, &flagged), 0);
	assert_true(flagged);
	assert_false(lfht_set_flag(&t.items[5].node));
	lfht_unlink(&t.ht, &it);
	/* Flags of the nodes around stay when one between them goes and comes. */
	assert_true(lfht_set_flag(&t.items[2].node));
	assert_true(lfht_set_flag(&t.items[6].node));
	assert_non_null(take(3));
	lfht_node_init(&t.items[3].node);
	assert_true(add_unique(&t.items[3]));
	assert_int_equal(find(2, &it), 1);
	assert_int_equal(lfht_claim(&it, &flagged), 0);
	assert_true(flagged);
	lfht_unlink(&t.ht, &it);
	assert_int_equal(find(6, &it), 1);
	assert_int_equal(lfht_claim(&it, &flagged), 0);
	assert_true(flagged);
	lfht_unlink(&t.ht, &it);
	assert_int_equal(find(3, &it), 1);
	assert_int_equal(lfht_claim(&it, &flagged), 0);
	assert_false(flagged);
	lfht_unlink(&t.ht, &it);
	shim_read_unlock();
	assert_int_equal(count(), 4);
	table_exit();
}

static void test_duplicates_fifo(void **state)
{
	unsigned long i;

	table_init(2, 64);
	shim_read_lock();
	for (i = 0; i < t.nr; i++) {
		t.items[i].key = i % 4;
		assert_int_equal(add_hash(&t.items[i], hash_of(i % 4)), 0);
	}
	shim_read_unlock();
	assert_int_equal(lfht_resize(&t.ht, 5), 0);
	shim_read_lock();
	for (i = 0; i < t.nr; i++)
		assert_ptr_equal(take(i % 4), &t.items[i]);
	shim_read_unlock();
	assert_int_equal(count(), 0);
	table_exit();
}

static void test_resize(void **state)
{
	static const unsigned int orders[] = { 1, 12, 3, 4, 13, 1, 10, 10, 2 };
	unsigned int i;

	table_init(5, ITEMS);
	add_all();
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		assert_int_equal(lfht_resize(&t.ht, orders[i]), 0);
		assert_int_equal(lfht_order(&t.ht), orders[i]);
		found_exactly(0, ITEMS);
	}
	assert_int_equal(lfht_resize(&t.ht, 0), 0);
	assert_int_equal(lfht_order(&t.ht), LFHT_MIN_ORDER);
	found_exactly(0, ITEMS);
	table_exit();
}

/* All the way at once, with an order that is clamped. */
static void test_resize_far(void **state)
{
	table_init(1, ITEMS);
	add_all();
	assert_int_equal(lfht_resize(&t.ht, 99), 0);
	assert_int_equal(lfht_order(&t.ht), LFHT_MAX_ORDER);
	found_exactly(0, ITEMS);
	table_exit();
}

/* A stretch between two buckets that is longer than the bounds of all others. */
static void test_resize_long(void **state)
{
	unsigned long i, n = 3 * LFHT_MAX_STEPS;
	struct lfht_iter it;
	u64 key = n - 1;

	table_init(17, n);
	add_all();
	assert_int_equal(lfht_resize(&t.ht, 1), 0);
	assert_int_equal(count(), n);
	/* Too far for a find: it says so instead of "not there". */
	shim_read_lock();
	for (i = 0; i < n && find(i, &it) == 1; i++)
		;
	assert_true(i < n);
	assert_int_equal(find(i, &it), -EBUSY);
	shim_read_unlock();
	assert_int_equal(lfht_resize(&t.ht, 17), 0);
	shim_read_lock();
	assert_int_equal(find(key, &it), 1);
	shim_read_unlock();
	assert_int_equal(count(), n);
	table_exit();
}

/* So many equal hashes that an add finds no end of them: then a resize still does. */
static void test_resize_equal(void **state)
{
	unsigned long i, added;

	table_init(4, LFHT_MAX_STEPS + 16);
	shim_read_lock();
	for (i = 0; i < t.nr && !add_hash(&t.items[i], hash_of(1)); i++)
		;
	shim_read_unlock();
	added = i;
	assert_true(added > LFHT_MAX_STEPS / 2);
	assert_true(added < t.nr);
	assert_true(t.ht.crowded);
	assert_int_equal(lfht_resize(&t.ht, 8), 0);
	assert_false(t.ht.crowded);
	assert_int_equal(lfht_resize(&t.ht, 2), 0);
	assert_int_equal(count(), added);
	table_exit();
}

static void test_gc(void **state)
{
	unsigned long i;

	table_init(3, ITEMS);
	add_all();
	for (i = 0; i < ITEMS; i += 2) {
		assert_false(lfht_claim_again(&t.items[i].node) & LFHT_REMOVED);
		assert_true(lfht_claim_again(&t.items[i].node) & LFHT_REMOVED);
	}
	assert_int_equal(count(), ITEMS / 2);
	for (i = 0; i < ITEMS; i++)
		assert_int_equal(t.items[i].released, 0);
	shim_read_lock();
	assert_false(lfht_unlink_again(&t.ht, &t.items[0].node));
	shim_read_unlock();
	assert_int_equal(t.items[0].released, 1);
	lfht_gc_all(&t.ht);
	for (i = 0; i < ITEMS; i++)
		assert_int_equal(t.items[i].released, !(i % 2));
	assert_int_equal(count(), ITEMS / 2);
	table_exit();
}

static void test_iterate(void **state)
{
	struct lfht_node *node;
	unsigned long i, n = 0;

	table_init(12, 100);
	assert_int_equal(count(), 0);
	add_all();
	shim_read_lock();
	/* Claiming what one stands on does not end the iteration. */
	for (node = lfht_first(&t.ht); node; node = lfht_next(&t.ht, node), n++) {
		struct item *item = container_of(node, struct item, node);

		assert_int_equal(item->claimed, 0);
		assert_ptr_equal(take(item->key), item);
	}
	shim_read_unlock();
	assert_int_equal(n, 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(t.items[i].released, 1);
	table_exit();
}

static void test_memory(void **state)
{
	struct lfht ht;

	shim_alloc_fail(1);
	assert_int_equal(lfht_init(&ht, 4, release), -ENOMEM);
	table_init(4, 64);
	add_all();
	shim_alloc_fail(1);
	assert_int_equal(lfht_resize(&t.ht, 6), -ENOMEM);
	assert_int_equal(lfht_order(&t.ht), 4);
	found_exactly(0, 64);
	table_exit();
}

/* Threads. */

static void claim_thread(unsigned int i, void *arg)
{
	unsigned long n;

	for (n = 0; n < t.nr; n++) {
		struct lfht_iter it;
		u64 key = n ^ (i & n / 64);
		bool flagged;

		if (!(n % 64))
			unit_meet(&t.meeting, THREADS);
		shim_read_lock();
		if (i % 2) {
			take(key);
		} else if (find(key, &it) > 0) {
			/* The upper half of the items replaces the lower. */
			struct item *new = calloc(1, sizeof(*new));

			new->key = t.nr + key;
			new->node.rhash = hash_of(key);
			if (lfht_replace(&it, &new->node, &flagged)) {
				__atomic_fetch_add(&item_of(&it)->claimed, 1, __ATOMIC_RELAXED);
				if (lfht_unlink(&t.ht, &it))
					released_by(item_of(&it));
			} else {
				free(new);
			}
		}
		shim_read_unlock();
	}
}

static void test_claim_once(void **state)
{
	struct lfht_node *node, *next;
	unsigned long i, replaced = 0;

	table_init(4, ITEMS);
	add_all();
	shim_threads_run(THREADS, claim_thread, NULL);
	lfht_gc_all(&t.ht);
	for (i = 0; i < ITEMS; i++) {
		assert_int_equal(t.items[i].claimed, 1);
		assert_int_equal(t.items[i].released, 1);
	}
	shim_read_lock();
	for (node = lfht_first(&t.ht); node; node = next, replaced++) {
		next = lfht_next(&t.ht, node);
		assert_true(container_of(node, struct item, node)->key >= ITEMS);
		free(container_of(node, struct item, node));
	}
	shim_read_unlock();
	print_message("# %lu replaced, %lu claimed\n", replaced, ITEMS - replaced);
	table_exit();
}

static void unique_thread(unsigned int i, void *arg)
{
	unsigned long n, per = t.nr / THREADS;

	for (n = 0; n < per; n++) {
		struct item *item = &t.items[i * per + n];

		item->key = n;
		if (!(n % 64))
			unit_meet(&t.meeting, THREADS);
		shim_read_lock();
		if (add_unique(item))
			__atomic_fetch_add(&t.items[n].serial, 1, __ATOMIC_RELAXED);
		shim_read_unlock();
	}
}

static void test_unique_race(void **state)
{
	unsigned long i, per = ITEMS;
	struct lfht_node *node, *next;

	table_init(3, THREADS * per);
	for (i = 0; i < per; i++)
		t.items[i].serial = 0;
	shim_threads_run(THREADS, unique_thread, NULL);
	for (i = 0; i < per; i++)
		assert_int_equal(t.items[i].serial, 1);
	assert_int_equal(count(), per);
	shim_read_lock();
	for (node = lfht_first(&t.ht); node; node = next) {
		next = lfht_next(&t.ht, node);
		if (next)
			assert_int_not_equal(container_of(node, struct item, node)->key,
					     container_of(next, struct item, node)->key);
	}
	shim_read_unlock();
	table_exit();
}

static void replace_thread(unsigned int i, void *arg)
{
	struct lfht_iter it;
	bool flagged;
	unsigned long n;

	if (i) {
		while (!unit_stopped(&t.stop)) {
			shim_read_lock();
			if (find(1, &it) != 1)
				unit_wrong(&t.wrong);
			shim_read_unlock();
		}
		return;
	}
	for (n = 2; n < t.nr; n++) {
		t.items[n].key = 1;
		t.items[n].node.rhash = hash_of(1);
		shim_read_lock();
		if (find(1, &it) != 1 || !lfht_replace(&it, &t.items[n].node, &flagged))
			unit_wrong(&t.wrong);
		else if (lfht_unlink(&t.ht, &it))
			released_by(item_of(&it));
		shim_read_unlock();
	}
	unit_stop(&t.stop);
}

static void test_replace_visible(void **state)
{
	unsigned long i, released = 0;

	table_init(1, 100000);
	shim_read_lock();
	assert_true(add_unique(&t.items[0]));
	assert_true(add_unique(&t.items[1]));
	shim_read_unlock();
	shim_threads_run(3, replace_thread, NULL);
	assert_int_equal(t.wrong, 0);
	assert_int_equal(count(), 2);
	lfht_gc_all(&t.ht);
	for (i = 0; i < t.nr; i++)
		released += t.items[i].released == 1;
	assert_int_equal(released, t.nr - 2);
	table_exit();
}

static void release_thread(unsigned int i, void *arg)
{
	u64 seed = i + 1;
	unsigned long n, per = t.nr / THREADS;

	/* Own items in, anybody's out, all in four chains: helping is the rule. */
	for (n = 0; n < per; n++) {
		shim_read_lock();
		add_unique(&t.items[i * per + n]);
		shim_read_unlock();
		shim_read_lock();
		take(shim_rand(&seed) % t.nr);
		if (n > 8)
			take(i * per + n - 8);
		shim_read_unlock();
	}
}

static void test_release_once(void **state)
{
	unsigned long i;

	table_init(2, 8 * ITEMS);
	shim_threads_run(THREADS, release_thread, NULL);
	lfht_gc_all(&t.ht);
	for (i = 0; i < t.nr; i++) {
		assert_true(t.items[i].claimed <= 1);
		assert_int_equal(t.items[i].released, t.items[i].claimed);
		assert_int_equal(lfht_live(&t.items[i].node), !t.items[i].claimed);
	}
	table_exit();
}

static void resize_thread(unsigned int i, void *arg)
{
	u64 seed = i + 1;
	unsigned long n;

	if (!i) {
		for (n = 0; n < 60; n++)
			if (lfht_resize(&t.ht, 1 + shim_rand(&seed) % 9))
				unit_wrong(&t.wrong);
		unit_stop(&t.stop);
		return;
	}
	/* Even keys stay, the odd ones of a thread of its own come and go. */
	for (n = 0; !unit_stopped(&t.stop); n++) {
		u64 key = shim_rand(&seed) % (t.nr / 2) * 2;
		struct item *item = &t.items[(n * THREADS + i) % (t.nr / 2) * 2 + 1];
		struct lfht_iter it;

		shim_read_lock();
		if (find(key, &it) != 1 || !lfht_contains(&t.ht, &t.items[key].node))
			unit_wrong(&t.wrong);
		if (i == 1 && !lfht_live(&item->node) && !item->serial) {
			item->serial = 1;
			add_unique(item);
		} else if (i == 1) {
			take(item->key);
		}
		shim_read_unlock();
	}
}

static void test_find_during_resize(void **state)
{
	unsigned long i;

	table_init(3, 1024);
	for (i = 0; i < t.nr; i++)
		t.items[i].serial = 0;
	shim_read_lock();
	for (i = 0; i < t.nr; i += 2)
		assert_true(add_unique(&t.items[i]));
	shim_read_unlock();
	shim_threads_run(THREADS, resize_thread, NULL);
	assert_int_equal(t.wrong, 0);
	table_exit();
}

static void flag_thread(unsigned int i, void *arg)
{
	unsigned long n;

	for (n = 0; n < t.nr; n++) {
		u64 key = n ^ (i & n / 64);

		if (!(n % 64))
			unit_meet(&t.meeting, THREADS);
		shim_read_lock();
		if (i % 2)
			take(key);
		else if (lfht_set_flag(&t.items[key].node))
			__atomic_fetch_add(&t.items[key].flagged, 1, __ATOMIC_RELAXED);
		shim_read_unlock();
	}
}

static void test_flag_or_claim(void **state)
{
	unsigned long i, flags = 0;

	table_init(6, 8 * ITEMS);
	add_all();
	shim_threads_run(THREADS, flag_thread, NULL);
	for (i = 0; i < t.nr; i++) {
		unsigned int set = t.items[i].flagged & 0xff, told = t.items[i].flagged >> 16;

		assert_int_equal(t.items[i].claimed, 1);
		assert_true(set <= 1);
		assert_int_equal(set, told);
		flags += set;
	}
	print_message("# %lu of %lu flagged first\n", flags, t.nr);
	table_exit();
}

static const struct CMUnitTest tests[] = {
	UNIT("table/add_find", test_add_find),
	UNIT("table/add_unique", test_add_unique),
	UNIT("table/replace", test_replace),
	UNIT("table/claim_stale", test_claim_stale),
	UNIT("table/flag", test_flag),
	UNIT("table/duplicates_fifo", test_duplicates_fifo),
	UNIT("table/resize", test_resize),
	UNIT("table/resize_long", test_resize_long),
	UNIT("table/resize_equal", test_resize_equal),
	UNIT("table/gc", test_gc),
	UNIT("table/iterate", test_iterate),
	UNIT("table/memory", test_memory),
	UNIT("table/claim_once", test_claim_once),
	UNIT("table/unique_race", test_unique_race),
	UNIT("table/replace_visible", test_replace_visible),
	UNIT("table/release_once", test_release_once),
	UNIT("table/find_during_resize", test_find_during_resize),
	UNIT("table/flag_or_claim", test_flag_or_claim),
	UNIT("table/resize_far", test_resize_far),
};

UNIT_MAIN("table", tests)
