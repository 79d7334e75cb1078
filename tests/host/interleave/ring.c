// SPDX-License-Identifier: GPL-2.0
/* All orders of a few writers and a reader of the ring of hits. */
#include <string.h>

#include "cases.h"

#include <ring.h>

static struct lt_ring ring;
static unsigned long written;
static u64 given;

static void setup(void)
{
	written = 0;
	given = 0;
	if (lt_ring_init(&ring, 2))
		abort();
}

/* What a record holds is unmarked; the reader's copy of it is marked at its beginning. */
static void point(struct lt_record *rec)
{
	shim_point(&rec->seq, SHIM_WRITE);
}

static void write_one(void)
{
	struct lt_record *rec = lt_ring_reserve(&ring);

	if (!rec)
		return;
	IL_CHECK(!(given & 1ULL << rec->seq));
	given |= 1ULL << rec->seq;
	rec->now = rec->seq;
	point(rec);
	rec->begin = rec->seq;
	lt_ring_commit(rec);
	written++;
}

static u64 read_some(u64 *cursor, unsigned int times)
{
	u64 accounted = 0, lost;

	while (times--) {
		struct lt_record rec;
		u64 before = *cursor;
		int ret = lt_ring_read(&ring, cursor, &rec, &lost);

		if (ret == 1) {
			IL_CHECK(rec.seq == before && *cursor == before + 1);
			IL_CHECK(rec.now == rec.seq && rec.begin == rec.seq);
			accounted++;
		} else if (ret == -EOVERFLOW) {
			IL_CHECK(lost && lost < 10 && *cursor == before + lost);
			accounted += lost;
		}
	}
	return accounted;
}

static void run(unsigned int i)
{
	u64 cursor = 0;

	if (i < 2) {
		write_one();
		write_one();
	} else {
		read_some(&cursor, 3);
	}
}

static void run_one(unsigned int i)
{
	u64 cursor = 0;

	if (i)
		read_some(&cursor, 4);
	else
		for (i = 0; i < 5; i++)
			write_one();
}

static void check(void)
{
	u64 cursor = 0;

	IL_CHECK(given == (1ULL << written) - 1);
	IL_CHECK(atomic64_read(&ring.head) == written);
	IL_CHECK(read_some(&cursor, 10) == written);
	IL_CHECK(written + atomic64_read(&ring.lost) >= 4);
}

const struct il_case il_cases[] = {
	{ "ring: two writers, two cells, a reader", 3, 0, 0, setup, run, check },
	{ "ring: a writer goes round twice, a reader", 2, 0, 0, setup, run_one, check },
};
const unsigned int il_nr_cases = ARRAY_SIZE(il_cases);
