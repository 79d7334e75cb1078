// SPDX-License-Identifier: GPL-2.0
/* How much history: the arithmetic, and what is said about it. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cover.h"
#include "ftrace_survey.h"

#define SEC 1000000000ULL

static const char stats[] = "entries: 129\noverrun: %d\ncommit overrun: 0\nbytes: 4096\n"
			    "oldest event ts: 100.500000\nnow ts: 103.000001\n"
			    "dropped events: 0\nread events: 7\n";

static uint64_t stats_of(int overrun, uint64_t bytes, bool *full)
{
	char text[512];

	snprintf(text, sizeof(text), stats, overrun);
	return lt_ftrace_stats(text, 101 * SEC, bytes, full);
}

static void test_stats(void **state)
{
	bool full;

	(void)state;
	assert_int_equal(stats_of(5, 4500, &full), 2 * SEC + 500001000);
	assert_true(full);
	/* It had been full before it was emptied. */
	assert_int_equal(stats_of(5, 8192, &full), 4 * SEC + 2000);
	assert_false(full);
	/* Half of the buffer in two seconds. */
	assert_int_equal(stats_of(0, 8192, &full), 4 * SEC + 2000);
	assert_false(full);
	assert_int_equal(lt_ftrace_stats("entries: 1\n", 0, 8192, &full), 0);
	assert_int_equal(lt_ftrace_stats("", 0, 8192, &full), 0);
}

static void test_bytes(void **state)
{
	struct lt_history history = { .span_ns = 2 * SEC, .bytes = 1000 };

	(void)state;
	assert_int_equal(lt_cover_bytes(&history, 0), 0);
	assert_int_equal(lt_cover_bytes(&history, 2 * SEC), 0);
	assert_int_equal(lt_cover_bytes(&history, 4 * SEC), 2500);
	history.estimated = true;
	assert_int_equal(lt_cover_bytes(&history, 4 * SEC), 0);
	history.estimated = false;
	history.bytes = 0;
	assert_int_equal(lt_cover_bytes(&history, 4 * SEC), 0);
}

static void test_next(void **state)
{
	struct lt_cover asked = { .wanted_ns = 20 * SEC }, not_asked = { .wanted_ns = 0 };
	struct lt_history half = { .span_ns = 10 * SEC, .estimated = true };
	struct lt_history enough = { .span_ns = 20 * SEC }, none = { .span_ns = 0 };

	(void)state;
	assert_int_equal(lt_cover_next_ms(&not_asked, NULL), 5000);
	assert_int_equal(lt_cover_next_ms(&not_asked, &half), 0);
	assert_int_equal(lt_cover_next_ms(&asked, &half), 20000);
	assert_int_equal(lt_cover_next_ms(&asked, &none), 20000);
	assert_int_equal(lt_cover_next_ms(&asked, &enough), 600000);
}

static void test_no_memory(void **state)
{
	struct lt_cover cover = { .wanted_ns = 3600 * SEC };
	struct lt_history history = { .span_ns = SEC / 1000, .bytes = 1ULL << 50 };

	(void)state;
	assert_int_equal(lt_cover_update(&cover, &history), 0);
	assert_true(cover.limited);
	assert_int_equal(cover.told_ns, SEC / 1000);
}

/* A tracker's parameters, in a tree of ours in place of /sys. */
static void test_warns_once(void **state)
{
	static const char *const dirs[] = { "module", "module/latency_tracker",
					    "module/latency_tracker_block",
					    "module/latency_tracker_block/parameters" };
	struct lt_cover cover = { .wanted_ns = 0 };
	struct lt_history history = { .span_ns = 2 * SEC, .bytes = 4096 };
	int dirfd;
	char path[256];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", (char *)*state, dirs[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	dirfd = open(path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(lt_write_file(dirfd, "threshold_us", "1999999\n", 8), 0);
	assert_int_equal(lt_write_file(dirfd, "timeout_us", "2000001\n", 8), 0);
	setenv("LT_SYSFS", *state, 1);
	lt_cover_update(&cover, &history);
	assert_int_equal(cover.nr_warned, 1);
	lt_cover_update(&cover, &history);
	assert_int_equal(cover.nr_warned, 1);
	assert_int_equal(lt_write_file(dirfd, "threshold_us", "9000000\n", 8), 0);
	lt_cover_update(&cover, &history);
	assert_int_equal(cover.nr_warned, 2);
	unsetenv("LT_SYSFS");
	close(dirfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test_setup_teardown(test_warns_once, make_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
