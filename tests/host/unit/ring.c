// SPDX-License-Identifier: GPL-2.0
/* Tests of the ring of hits; the guarantees R1 .. R3 are in ring.h. */
#include "unit.h"

#include <ring.h>

#define WRITERS	2
#define CELLS	8

static struct lt_ring ring;
static unsigned long wrong;
static unsigned long refused;
static unsigned long written;
static unsigned int writing;

/* A record of which every byte can be told from its number. */
static void fill(struct lt_record *rec)
{
	rec->now = rec->seq * 3;
	rec->begin = ~rec->seq;
	memset(rec->text, (int)rec->seq, sizeof(rec->text));
	rec->stack[LT_RECORD_STACKS - 1].addr[LT_STACK_MAX - 1] = rec->seq;
}

static bool whole(const struct lt_record *rec)
{
	size_t i;

	for (i = 0; i < sizeof(rec->text); i++)
		if (rec->text[i] != (char)rec->seq)
			return false;
	return rec->now == rec->seq * 3 && rec->begin == ~rec->seq &&
	       rec->stack[LT_RECORD_STACKS - 1].addr[LT_STACK_MAX - 1] == rec->seq;
}

static bool record(void)
{
	struct lt_record *rec;

	shim_read_lock();
	rec = lt_ring_reserve(&ring);
	if (rec) {
		fill(rec);
		lt_ring_commit(rec);
	}
	shim_read_unlock();
	return rec;
}

static void reads(u64 *cursor, u64 seq)
{
	struct lt_record rec;
	u64 lost;

	assert_true(lt_ring_readable(&ring, *cursor));
	assert_int_equal(lt_ring_read(&ring, cursor, &rec, &lost), 1);
	assert_int_equal(rec.seq, seq);
	assert_true(whole(&rec));
}

static void reads_nothing(u64 *cursor)
{
	struct lt_record rec;
	u64 lost, before = *cursor;

	assert_false(lt_ring_readable(&ring, *cursor));
	assert_int_equal(lt_ring_read(&ring, cursor, &rec, &lost), 0);
	assert_int_equal(*cursor, before);
}

static void reads_lost(u64 *cursor, u64 expect)
{
	struct lt_record rec;
	u64 lost = 0;

	assert_true(lt_ring_readable(&ring, *cursor));
	assert_int_equal(lt_ring_read(&ring, cursor, &rec, &lost), -EOVERFLOW);
	assert_int_equal(lost, expect);
	assert_int_equal(*cursor, lt_ring_oldest(&ring));
}

static void test_order(void **state)
{
	u64 cursor = 0, late = 0, i;

	assert_int_equal(lt_ring_init(&ring, CELLS - 1), 0);
	assert_int_equal(ring.mask, CELLS - 1);
	reads_nothing(&cursor);
	for (i = 0; i < 100; i++) {
		assert_true(record());
		reads(&cursor, i);
		reads_nothing(&cursor);
	}
	reads_lost(&late, 100 - CELLS);
	for (i = 100 - CELLS; i < 100; i++)
		reads(&late, i);
	reads_nothing(&late);
	lt_ring_exit(&ring);
}

static void test_lost(void **state)
{
	u64 cursor, n, i;

	for (n = 0; n < 4 * CELLS; n++) {
		cursor = 0;
		assert_int_equal(lt_ring_init(&ring, CELLS), 0);
		for (i = 0; i < n; i++)
			assert_true(record());
		assert_int_equal(lt_ring_oldest(&ring), n > CELLS ? n - CELLS : 0);
		if (n > CELLS)
			reads_lost(&cursor, n - CELLS);
		for (i = cursor; i < n; i++)
			reads(&cursor, i);
		reads_nothing(&cursor);
		assert_int_equal(atomic64_read(&ring.lost), 0);
		lt_ring_exit(&ring);
	}
}

static void test_stalled_writer(void **state)
{
	struct lt_record *stalled;
	u64 cursor = 0, i;

	assert_int_equal(lt_ring_init(&ring, CELLS), 0);
	assert_true(record());
	stalled = lt_ring_reserve(&ring);
	assert_int_equal(stalled->seq, 1);
	/* Others go on until they come to its cell again, then they are refused. */
	for (i = 2; i < CELLS + 1; i++)
		assert_true(record());
	for (i = 0; i < 5; i++)
		assert_false(record());
	assert_int_equal(atomic64_read(&ring.lost), 5);
	/* Record 0 is gone already; readers wait for record 1. */
	reads_lost(&cursor, 1);
	reads_nothing(&cursor);
	fill(stalled);
	lt_ring_commit(stalled);
	reads(&cursor, 1);
	assert_true(record());
	for (i = 2; i < CELLS + 2; i++)
		reads(&cursor, i);
	reads_nothing(&cursor);
	lt_ring_exit(&ring);
}

static void test_nested(void **state)
{
	struct lt_record *outer, *inner;
	u64 cursor = 0;

	assert_int_equal(lt_ring_init(&ring, CELLS), 0);
	outer = lt_ring_reserve(&ring);
	inner = lt_ring_reserve(&ring);
	fill(inner);
	lt_ring_commit(inner);
	reads_nothing(&cursor);
	fill(outer);
	lt_ring_commit(outer);
	reads(&cursor, 0);
	reads(&cursor, 1);
	reads_nothing(&cursor);
	lt_ring_exit(&ring);
}

static void test_memory(void **state)
{
	shim_alloc_fail(1);
	assert_int_equal(lt_ring_init(&ring, CELLS), -ENOMEM);
	lt_ring_exit(&ring);
}

static void write_and_read(unsigned int i, void *arg)
{
	u64 cursor = 0, lost, seen = 0, missed = 0, last = ~0ULL;
	unsigned long n;

	if (i < WRITERS) {
		for (n = 0; n < 200000; n++)
			if (record())
				__atomic_fetch_add(&written, 1, __ATOMIC_RELAXED);
			else
				__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&writing, 1, __ATOMIC_RELEASE);
		return;
	}
	for (;;) {
		bool done = !__atomic_load_n(&writing, __ATOMIC_ACQUIRE);
		struct lt_record rec;
		int ret = lt_ring_read(&ring, &cursor, &rec, &lost);

		if (ret == 1) {
			if (!whole(&rec) || rec.seq != cursor - 1 || rec.seq != last + 1)
				unit_wrong(&wrong);
			last = rec.seq;
			seen++;
		} else if (ret == -EOVERFLOW) {
			if (!lost || lost > 1000000)
				unit_wrong(&wrong);
			missed += lost;
			last = cursor - 1;
		} else if (done) {
			break;
		}
	}
	if (seen + missed != __atomic_load_n(&written, __ATOMIC_RELAXED))
		unit_wrong(&wrong);
}

static void test_torn(void **state)
{
	wrong = 0;
	refused = 0;
	written = 0;
	writing = WRITERS;
	assert_int_equal(lt_ring_init(&ring, CELLS), 0);
	shim_threads_run(WRITERS + 2, write_and_read, NULL);
	assert_int_equal(wrong, 0);
	assert_int_equal(refused, atomic64_read(&ring.lost));
	assert_int_equal(written, atomic64_read(&ring.head));
	lt_ring_exit(&ring);
}

static u8 given[WRITERS * 100000];

static void number_thread(unsigned int i, void *arg)
{
	unsigned long n;

	for (n = 0; n < 100000; n++) {
		struct lt_record *rec;

		shim_read_lock();
		rec = lt_ring_reserve(&ring);
		if (rec) {
			if (__atomic_exchange_n(&given[rec->seq], 1, __ATOMIC_RELAXED))
				unit_wrong(&wrong);
			lt_ring_commit(rec);
		}
		shim_read_unlock();
	}
}

static void test_no_gaps(void **state)
{
	u64 head, i;

	wrong = 0;
	memset(given, 0, sizeof(given));
	assert_int_equal(lt_ring_init(&ring, 2), 0);
	shim_threads_run(WRITERS, number_thread, NULL);
	head = atomic64_read(&ring.head);
	assert_int_equal(head + atomic64_read(&ring.lost), sizeof(given));
	for (i = 0; i < sizeof(given); i++)
		assert_int_equal(given[i], i < head);
	assert_int_equal(wrong, 0);
	lt_ring_exit(&ring);
}

static const struct CMUnitTest tests[] = {
	UNIT("ring/order", test_order),
	UNIT("ring/lost", test_lost),
	UNIT("ring/stalled_writer", test_stalled_writer),
	UNIT("ring/nested", test_nested),
	UNIT("ring/memory", test_memory),
	UNIT("ring/torn", test_torn),
	UNIT("ring/no_gaps", test_no_gaps),
};

UNIT_MAIN("ring", tests)
