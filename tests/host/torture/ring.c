// SPDX-License-Identifier: GPL-2.0
/*
 * Torture of the ring of hits: writers that sometimes are overtaken in the middle, readers
 * that check every byte and every number.
 *
 * The copy in lt_ring_read() races with the writers by design (it looks at the state again
 * and throws a torn copy away), which torture/tsan.supp tells ThreadSanitizer.
 */
#include "torture.h"

#include <ring.h>

#define WRITERS	3
#define READERS	2
#define CELLS	16

static struct lt_ring ring;
static double run_seconds;
static unsigned long written, refused;
static unsigned int writing = WRITERS;

static void write_one(bool nested)
{
	struct lt_record *rec = lt_ring_reserve(&ring);
	unsigned int i;

	if (!rec) {
		__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
		return;
	}
	rec->now = rec->seq;
	memset(rec->text, (int)rec->seq, sizeof(rec->text));
	/* As an NMI would. */
	if (nested)
		write_one(false);
	for (i = 0; i < LT_STACK_MAX; i++)
		rec->stack[0].addr[i] = rec->seq + i;
	lt_ring_commit(rec);
	__atomic_fetch_add(&written, 1, __ATOMIC_RELAXED);
}

static void writer(unsigned int i)
{
	u64 seed = i + 1;
	unsigned long ops = 0;

	for (; torture_goes_on(); ops++) {
		shim_read_lock();
		write_one(!(shim_rand(&seed) & 7));
		shim_read_unlock();
	}
	torture_count(ops);
	__atomic_fetch_sub(&writing, 1, __ATOMIC_RELEASE);
}

static bool whole(const struct lt_record *rec)
{
	unsigned int i;

	for (i = 0; i < sizeof(rec->text); i++)
		if (rec->text[i] != (char)rec->seq)
			return false;
	for (i = 0; i < LT_STACK_MAX; i++)
		if (rec->stack[0].addr[i] != rec->seq + i)
			return false;
	return rec->now == rec->seq;
}

static void reader(void)
{
	u64 cursor = 0, lost, seen = 0, missed = 0;

	for (;;) {
		bool done = !__atomic_load_n(&writing, __ATOMIC_ACQUIRE);
		u64 before = cursor;
		struct lt_record rec;
		int ret = lt_ring_read(&ring, &cursor, &rec, &lost);

		if (ret == 1) {
			TORTURE_CHECK(whole(&rec));
			TORTURE_CHECK(rec.seq == before && cursor == before + 1);
			seen++;
		} else if (ret == -EOVERFLOW) {
			TORTURE_CHECK(lost > 0 && cursor == before + lost);
			missed += lost;
		} else if (done) {
			break;
		}
	}
	TORTURE_CHECK(seen + missed == __atomic_load_n(&written, __ATOMIC_RELAXED));
	TORTURE_CHECK(seen > 0);
}

static void thread(unsigned int i, void *arg)
{
	if (i < WRITERS)
		writer(i);
	else if (i < WRITERS + READERS)
		reader();
	else
		torture_wait(run_seconds);
}

int main(int argc, char **argv)
{
	run_seconds = torture_seconds(argc, argv);
	shim_init(8, 2);
	if (lt_ring_init(&ring, CELLS))
		return 1;
	shim_threads_run(WRITERS + READERS + 1, thread, NULL);
	TORTURE_CHECK(refused == (unsigned long)atomic64_read(&ring.lost));
	TORTURE_CHECK(written == (unsigned long)atomic64_read(&ring.head));
	printf("# %lu written, %lu refused\n", written, refused);
	lt_ring_exit(&ring);
	return torture_result("ring");
}
