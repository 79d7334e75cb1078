// SPDX-License-Identifier: GPL-2.0
/* All orders of a few operations of rculfhash on a few nodes. */
#include <string.h>

#include "cases.h"

#include <rculfhash/rculfhash.h>

#define ITEMS	6

struct item {
	struct lfht_node node;
	u64 key;
	unsigned int claimed;
	unsigned int replaced;
	unsigned int flagged;
	unsigned int told;
	unsigned int released;
	unsigned int added;
};

static struct lfht ht;
static struct item items[ITEMS];

/* Keys stand in the list in their order; the lower half of the numbers in bucket 0. */
static unsigned long hash_of(u64 key)
{
	return lfht_rhash(key << 60);
}

static bool match(const struct lfht_node *node, const void *key)
{
	return container_of(node, struct item, node)->key == *(const u64 *)key;
}

static bool match_none(const struct lfht_node *node, const void *key)
{
	return false;
}

static void release(struct lfht *table, struct lfht_node *node)
{
	container_of(node, struct item, node)->released++;
}

static struct item *item_of(struct lfht_iter *it)
{
	return container_of(it->cur, struct item, node);
}

static void prepare(unsigned int i, u64 key)
{
	items[i].key = key;
	items[i].node.rhash = hash_of(key);
}

static bool add(unsigned int i, bool unique)
{
	struct lfht_iter it;
	int found;

	shim_read_lock();
	for (;;) {
		found = lfht_find(&ht, items[i].node.rhash, unique ? match : match_none,
				  &items[i].key, &it);
		IL_CHECK(found >= 0);
		if (found) {
			lfht_node_init(&items[i].node);
			break;
		}
		if (lfht_add_at(&it, &items[i].node)) {
			items[i].added++;
			break;
		}
	}
	shim_read_unlock();
	return !found;
}

/* Returns whether this call won some item with the key. */
static bool take(u64 key)
{
	struct lfht_iter it;
	bool flagged;
	int err = -ENOENT;

	shim_read_lock();
	if (lfht_find(&ht, hash_of(key), match, &key, &it) > 0) {
		err = lfht_claim(&it, &flagged);
		IL_CHECK(err != -EBUSY);
		if (!err) {
			item_of(&it)->claimed++;
			item_of(&it)->told += flagged;
			if (lfht_unlink(&ht, &it))
				release(&ht, it.cur);
		}
	}
	shim_read_unlock();
	return !err;
}

/* As the scan takes one out: without a find. */
static void abort_item(unsigned int i)
{
	unsigned long old;

	shim_read_lock();
	if (lfht_contains(&ht, &items[i].node)) {
		old = lfht_claim_again(&items[i].node);
		if (!(old & LFHT_REMOVED)) {
			items[i].claimed++;
			items[i].told += !!(old & LFHT_FLAG);
			lfht_unlink_again(&ht, &items[i].node);
		}
	}
	shim_read_unlock();
}

/* Item i takes the place of whatever has its key, or is added. */
static void replace(unsigned int i)
{
	struct lfht_iter it;
	bool flagged;
	int found;

	shim_read_lock();
	for (;;) {
		found = lfht_find(&ht, items[i].node.rhash, match, &items[i].key, &it);
		if (!found && lfht_add_at(&it, &items[i].node))
			break;
		if (found > 0 && lfht_replace(&it, &items[i].node, &flagged)) {
			item_of(&it)->replaced++;
			item_of(&it)->told += flagged;
			if (lfht_unlink(&ht, &it))
				release(&ht, it.cur);
			break;
		}
	}
	items[i].added++;
	shim_read_unlock();
}

static void flag(unsigned int i)
{
	shim_read_lock();
	items[i].flagged += lfht_set_flag(&items[i].node);
	shim_read_unlock();
}

static void setup(unsigned int in)
{
	unsigned int i;

	memset(items, 0, sizeof(items));
	for (i = 0; i < ITEMS; i++) {
		lfht_node_init(&items[i].node);
		prepare(i, i);
	}
	if (lfht_init(&ht, 1, release))
		abort();
	for (i = 0; i < ITEMS; i++)
		if (in & 1U << i)
			add(i, true);
}

/* What holds at the end of any case. */
static void check_table(void)
{
	struct lfht_node *node;
	unsigned int i, live = 0, listed = 0;
	unsigned long last = 0;

	lfht_gc_all(&ht);
	for (node = lfht_first(&ht); node; node = lfht_next(&ht, node)) {
		IL_CHECK(node->rhash >= last);
		last = node->rhash;
		listed++;
		if (listed > ITEMS)
			break;
	}
	for (i = 0; i < ITEMS; i++) {
		unsigned int gone = items[i].claimed + items[i].replaced;

		IL_CHECK(gone <= 1);
		IL_CHECK(gone <= items[i].added);
		IL_CHECK(items[i].released == gone);
		IL_CHECK(items[i].flagged <= 1);
		/* Whoever claimed it knows; if nobody did the flag is still there. */
		if (gone)
			IL_CHECK(items[i].told == items[i].flagged);
		live += items[i].added - gone;
	}
	IL_CHECK(listed == live);
}

/* claim: three of claim, abort, flag and replace on one node. */

static unsigned int won[IL_THREADS_MAX];

static void claim_setup(void)
{
	memset(won, 0, sizeof(won));
	setup(7);
	prepare(3, 1);
	prepare(4, 1);
}

static void claim_claim_flag(unsigned int i)
{
	if (i == 2)
		flag(1);
	else
		won[i] = take(1);
}

static void claim_once_check(void)
{
	IL_CHECK(won[0] + won[1] == 1);
	IL_CHECK(items[1].claimed == 1);
	check_table();
}

static void claim_replace_flag(unsigned int i)
{
	if (!i)
		won[i] = take(1);
	else if (i == 1)
		replace(3);
	else
		flag(1);
}

static void claim_replace_check(void)
{
	/* The key is never absent before the claim, so the claim gets one of the two. */
	IL_CHECK(items[1].claimed + items[1].replaced == 1);
	check_table();
}

static void replace_replace(unsigned int i)
{
	if (i < 2)
		replace(3 + i);
	else
		flag(1);
}

static void replace_check(void)
{
	unsigned int live = 0, i;

	for (i = 1; i < 5; i++)
		if (items[i].key == 1)
			live += items[i].added - items[i].claimed - items[i].replaced;
	IL_CHECK(live == 1);
	check_table();
}

static void claim_abort(unsigned int i)
{
	if (!i)
		won[0] = take(1);
	else
		abort_item(1);
}

static void claim_abort_check(void)
{
	IL_CHECK(items[1].claimed == 1);
	check_table();
}

/* Neighbours go and come at once: predecessors change under each other. */
static void neighbours(unsigned int i)
{
	if (!i)
		won[0] = take(1);
	else if (i == 1)
		won[1] = take(2);
	else
		add(3, false);
}

static void neighbours_setup(void)
{
	memset(won, 0, sizeof(won));
	setup(7);
	prepare(3, 2);
}

static void neighbours_check(void)
{
	IL_CHECK(won[0] && won[1]);
	IL_CHECK(items[3].added == 1);
	check_table();
}

static void three_out(unsigned int i)
{
	won[i] = take(i);
}

static void three_out_check(void)
{
	IL_CHECK(won[0] && won[1] && won[2]);
	check_table();
}

/* add_unique: the same key from two sides, and with a claim in between. */

static void unique_setup(void)
{
	memset(won, 0, sizeof(won));
	setup(5);
	prepare(3, 1);
	prepare(4, 1);
}

static void unique(unsigned int i)
{
	won[i] = add(3 + i, true);
}

static void unique_check(void)
{
	IL_CHECK(won[0] + won[1] == 1);
	check_table();
}

static void unique_beside(unsigned int i)
{
	/* Thread 2 takes the predecessor of both away. */
	if (i < 2)
		won[i] = add(3 + i, true);
	else
		take(0);
}

static void unique_claim(unsigned int i)
{
	if (i < 2)
		won[i] = add(3 + i, true);
	else
		won[2] = take(1);
}

static void unique_claim_check(void)
{
	/* A claim in between makes room for the second. */
	IL_CHECK(won[0] + won[1] - won[2] <= 1);
	IL_CHECK(won[0] + won[1] >= 1);
	check_table();
}

/* flag: the flag of the predecessor must survive what happens behind it. */
static void flag_neighbour(unsigned int i)
{
	if (!i)
		flag(1);
	else if (i == 1)
		take(2);
	else
		won[2] = take(1);
}

static void flag_neighbour_check(void)
{
	IL_CHECK(won[2]);
	check_table();
}

static void flag_add(unsigned int i)
{
	if (!i)
		flag(1);
	else
		add(2 + i, false);
}

static void flag_add_check(void)
{
	IL_CHECK(items[1].flagged == 1);
	IL_CHECK(items[1].node.next & LFHT_FLAG);
	check_table();
}

/* replace_visible: a find while the key is only ever replaced. */
static void visible(unsigned int i)
{
	struct lfht_iter it;
	u64 key = 1;

	if (!i) {
		shim_read_lock();
		won[0] = lfht_find(&ht, hash_of(1), match, &key, &it);
		shim_read_unlock();
	} else {
		replace(2 + i);
	}
}

static void visible_check(void)
{
	IL_CHECK(won[0] == 1);
	check_table();
}

/* resize: beside a find, a claim and an add. */
static void resize_setup(void)
{
	memset(won, 0, sizeof(won));
	setup(7);
	prepare(3, 4);
}

static void resize_find(unsigned int i)
{
	struct lfht_iter it;
	u64 key = 2;

	if (!i) {
		lfht_resize(&ht, 2);
		return;
	}
	shim_read_lock();
	won[1] = lfht_find(&ht, hash_of(2), match, &key, &it) == 1;
	won[2] = lfht_contains(&ht, &items[1].node);
	shim_read_unlock();
}

static void resize_find_check(void)
{
	IL_CHECK(won[1] && won[2]);
	IL_CHECK(lfht_order(&ht) == 2);
	check_table();
}

static void resize_change(unsigned int i)
{
	if (!i) {
		lfht_resize(&ht, 2);
	} else {
		won[1] = take(2);
		add(3, true);
	}
}

static void resize_change_check(void)
{
	IL_CHECK(won[1] && items[3].added == 1);
	check_table();
}

static void shrink_setup(void)
{
	resize_setup();
	lfht_resize(&ht, 2);
}

static void shrink_change(unsigned int i)
{
	if (!i) {
		lfht_resize(&ht, 1);
	} else {
		won[1] = take(2);
		add(3, true);
	}
}

const struct il_case il_cases[] = {
	{ "claim: claim, claim, flag", 3, 0, 0,
	  claim_setup, claim_claim_flag, claim_once_check },
	{ "claim: claim, replace, flag", 3, 0, 0,
	  claim_setup, claim_replace_flag, claim_replace_check },
	{ "claim: replace, replace, flag", 3, 0, 0,
	  claim_setup, replace_replace, replace_check },
	{ "claim: claim, abort", 2, 0, 0,
	  claim_setup, claim_abort, claim_abort_check },
	{ "claim: neighbour, neighbour, add between", 3, 0, 0,
	  neighbours_setup, neighbours, neighbours_check },
	{ "claim: three in a row", 3, 0, 0,
	  neighbours_setup, three_out, three_out_check },
	{ "add_unique: two of one key", 2, 0, 0,
	  unique_setup, unique, unique_check },
	{ "add_unique: two of one key, predecessor goes", 3, 0, 0,
	  unique_setup, unique_beside, unique_check },
	{ "add_unique: two of one key, claim", 3, 0, 0,
	  unique_setup, unique_claim, unique_claim_check },
	{ "flag: with a claim of it and of its successor", 3, 0, 0,
	  neighbours_setup, flag_neighbour, flag_neighbour_check },
	{ "flag: with two adds behind it", 3, 0, 0,
	  claim_setup, flag_add, flag_add_check },
	{ "replace_visible: find, replace, replace", 3, 0, 0,
	  claim_setup, visible, visible_check },
	{ "resize: grow, find", 2, 0, 0,
	  resize_setup, resize_find, resize_find_check },
	{ "resize: grow, claim and add", 2, 0, 0,
	  resize_setup, resize_change, resize_change_check },
	{ "resize: shrink, claim and add", 2, 0, 0,
	  shrink_setup, shrink_change, resize_change_check },
};
const unsigned int il_nr_cases = ARRAY_SIZE(il_cases);
