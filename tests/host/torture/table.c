// SPDX-License-Identifier: GPL-2.0
/*
 * Torture of rculfhash: adds, replaces, claims, flags, looks and iterations on shared and
 * own keys, while one thread resizes and collects. Items are used again after a grace
 * period; until then they must not change, and each must be released exactly once.
 */
#include "torture.h"

#include <rculfhash/rculfhash.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

#define USERS		4
#define PER_USER	512
#define SHARED_KEYS	12

enum state { FREE, OWNED, IN, CLAIMED };

struct item {
	struct lfht_node node;
	int state;
	bool flagged;
	struct item *next;
	unsigned long cookie;
	/* Plain, and out of bounds for everybody while the item is free. */
	u64 key __attribute__((aligned(64)));
	u64 check;
	char pad[48];
};

static struct lfht ht;
static struct item *items;
static unsigned long added, claimed, released;

/* Of each thread: items that can be used, and those that wait, oldest first. */
static __thread struct item *ready;
static __thread struct item *waiting, **waiting_end;
static struct item *left[USERS + 1];

static unsigned long hash_of(u64 key)
{
	/* Few hashes: own keys share chains with others, some even the hash. */
	return lfht_rhash((key % 64) << 58 | (key % 3) << 20);
}

static bool match(const struct lfht_node *node, const void *key)
{
	const struct item *item = container_of(node, struct item, node);

	TORTURE_CHECK(item->check == ~item->key);
	return item->key == *(const u64 *)key;
}

static void change(struct item *item, enum state from, enum state to)
{
	int old = __atomic_exchange_n(&item->state, to, __ATOMIC_RELAXED);

	TORTURE_CHECK(old == from);
}

static void release(struct lfht *table, struct lfht_node *node)
{
	struct item *item = container_of(node, struct item, node);

	change(item, CLAIMED, FREE);
	item->next = NULL;
	item->cookie = get_state_synchronize_rcu();
	if (!waiting)
		waiting_end = &waiting;
	*waiting_end = item;
	waiting_end = &item->next;
	__atomic_fetch_add(&released, 1, __ATOMIC_RELAXED);
}

static struct item *item_get(void)
{
	struct item *item = ready;

	if (item) {
		ready = item->next;
	} else if (waiting && poll_state_synchronize_rcu(waiting->cookie)) {
		item = waiting;
		waiting = item->next;
	} else {
		start_poll_synchronize_rcu();
		return NULL;
	}
	change(item, FREE, OWNED);
	ASAN_UNPOISON_MEMORY_REGION(&item->key, 64);
	return item;
}

static void item_put(struct item *item)
{
	change(item, OWNED, FREE);
	ASAN_POISON_MEMORY_REGION(&item->key, 64);
	item->next = ready;
	ready = item;
}

/* Who claims marks the item before anybody can release it: set ahead by the adder. */
static void begin(u64 key, bool unique)
{
	struct item *item = item_get();
	struct lfht_iter it;
	bool flagged;
	int found;

	if (!item)
		return;
	item->key = key;
	item->check = ~key;
	__atomic_store_n(&item->flagged, false, __ATOMIC_RELAXED);
	WRITE_ONCE(item->node.rhash, hash_of(key));
	shim_read_lock();
	for (;;) {
		struct item *old;

		found = lfht_find(&ht, item->node.rhash, match, &key, &it);
		TORTURE_CHECK(found >= 0);
		if (found < 0 || (found && unique)) {
			lfht_node_init(&item->node);
			item_put(item);
			break;
		}
		__atomic_store_n(&item->state, CLAIMED, __ATOMIC_RELAXED);
		if (!found && lfht_add_at(&it, &item->node)) {
			__atomic_fetch_add(&added, 1, __ATOMIC_RELAXED);
			break;
		}
		if (found && lfht_replace(&it, &item->node, &flagged)) {
			old = container_of(it.cur, struct item, node);
			TORTURE_CHECK(flagged ==
				      __atomic_load_n(&old->flagged, __ATOMIC_RELAXED) || flagged);
			__atomic_fetch_add(&added, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&claimed, 1, __ATOMIC_RELAXED);
			if (lfht_unlink(&ht, &it))
				release(&ht, it.cur);
			break;
		}
		__atomic_store_n(&item->state, OWNED, __ATOMIC_RELAXED);
	}
	shim_read_unlock();
}

static bool end(u64 key)
{
	struct lfht_iter it;
	bool flagged, won;

	shim_read_lock();
	won = lfht_find(&ht, hash_of(key), match, &key, &it) > 0 && !lfht_claim(&it, &flagged);
	if (won) {
		TORTURE_CHECK(container_of(it.cur, struct item, node)->key == key);
		__atomic_fetch_add(&claimed, 1, __ATOMIC_RELAXED);
		if (lfht_unlink(&ht, &it))
			release(&ht, it.cur);
	}
	shim_read_unlock();
	return won;
}

/* As the scan: come by the memory, flag or take out. */
static void visit(struct item *item, bool take)
{
	shim_read_lock();
	if (lfht_live_acquire(&item->node) && lfht_contains(&ht, &item->node)) {
		if (!take) {
			if (lfht_set_flag(&item->node))
				__atomic_store_n(&item->flagged, true, __ATOMIC_RELAXED);
		} else if (!(lfht_claim_again(&item->node) & LFHT_REMOVED)) {
			__atomic_fetch_add(&claimed, 1, __ATOMIC_RELAXED);
			lfht_unlink_again(&ht, &item->node);
		}
	}
	shim_read_unlock();
}

static void iterate(void)
{
	struct lfht_node *node;
	unsigned long last = 0;

	shim_read_lock();
	for (node = lfht_first(&ht); node; node = lfht_next(&ht, node)) {
		struct item *item = container_of(node, struct item, node);

		TORTURE_CHECK(node->rhash >= last);
		TORTURE_CHECK(item->check == ~item->key);
		last = node->rhash;
	}
	shim_read_unlock();
}

static void user(unsigned int i)
{
	u64 seed = i + 1, own = SHARED_KEYS + i * 1000;
	unsigned long ops = 0, n;
	bool in = false;

	for (n = 0; n < PER_USER; n++) {
		items[i * PER_USER + n].next = ready;
		ready = &items[i * PER_USER + n];
	}
	for (; torture_goes_on(); ops++) {
		u64 r = shim_rand(&seed), key = (r >> 32) % SHARED_KEYS;

		switch (r % 16) {
		case 0 ... 5:
			begin(key, r & 0x100);
			break;
		case 6 ... 9:
			end(key);
			break;
		case 10: case 11: case 12:
			/* Nobody else ends this key: what is in is found, what is out is not. */
			if (ready || waiting) {
				TORTURE_CHECK(end(own) == in);
				n = ready ? 1 : poll_state_synchronize_rcu(waiting->cookie);
				in = false;
				if (n) {
					begin(own, true);
					in = true;
				}
			}
			break;
		case 13: case 14:
			visit(&items[(r >> 32) % (USERS * PER_USER)], false);
			break;
		default:
			if (!(r & 0xf000))
				iterate();
		}
	}
	end(own);
	torture_count(ops);
}

static void resizer(double seconds)
{
	u64 seed = 99;

	while (torture_goes_on()) {
		TORTURE_CHECK(!lfht_resize(&ht, 1 + shim_rand(&seed) % 8));
		if (!(shim_rand(&seed) & 3))
			lfht_gc_all(&ht);
	}
}

static double run_seconds;

static void thread(unsigned int i, void *arg)
{
	if (i < USERS)
		user(i);
	else if (i == USERS)
		resizer(run_seconds);
	else
		torture_wait(run_seconds);
	if (i > USERS)
		return;
	/* What is left is counted by the main thread. */
	if (waiting)
		*waiting_end = ready;
	left[i] = waiting ? waiting : ready;
}

int main(int argc, char **argv)
{
	unsigned long i, n = 0;

	run_seconds = torture_seconds(argc, argv);
	shim_init(8, 2);
	items = aligned_alloc(64, USERS * PER_USER * sizeof(*items));
	memset(items, 0, USERS * PER_USER * sizeof(*items));
	for (i = 0; i < USERS * PER_USER; i++) {
		lfht_node_init(&items[i].node);
		ASAN_POISON_MEMORY_REGION(&items[i].key, 64);
	}
	if (lfht_init(&ht, 3, release))
		return 1;
	shim_threads_run(USERS + 2, thread, NULL);
	for (i = 0; i < USERS * PER_USER; i++)
		visit(&items[i], true);
	lfht_gc_all(&ht);
	shim_read_lock();
	TORTURE_CHECK(!lfht_first(&ht));
	shim_read_unlock();
	TORTURE_CHECK(added == claimed);
	TORTURE_CHECK(claimed == released);
	/* Each item is in one of the lists, once. */
	if (waiting)
		*waiting_end = NULL;
	for (i = 0; i <= USERS + 1; i++) {
		struct item *item = i <= USERS ? left[i] : waiting;

		for (; item; item = item->next, n++)
			TORTURE_CHECK(item->state == FREE);
	}
	TORTURE_CHECK(n == USERS * PER_USER);
	lfht_destroy(&ht);
	return torture_result("table");
}
