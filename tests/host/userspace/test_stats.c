// SPDX-License-Identifier: GPL-2.0
/* Ledgers, the list of trackers and module parameters. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "param.h"
#include "stats.h"
#include "tree.h"

static const char * const names[] = LT_STAT_NAMES;

#define NR_NAMES (sizeof(names) / sizeof(names[0]))

static struct lt_paths paths;

/* A stats file in which each number is 10 plus its position. */
static const char *stats_text(void)
{
	static char text[2048];
	int len = sprintf(text, "tracker block\nmodule latency_tracker_block\n");

	for (size_t i = 2; i < NR_NAMES; i++)
		len += sprintf(text + len, "%s %zu\n", names[i], i + 10);
	return text;
}

static int setup(void **state)
{
	int err = tree_setup(state);

	snprintf(paths.debugfs, sizeof(paths.debugfs), "%s", tree);
	snprintf(paths.sysfs, sizeof(paths.sysfs), "%s", tree);
	return err;
}

static void every_number_has_its_place(void **state)
{
	struct lt_stats stats;

	(void)state;
	assert_int_equal(lt_stats_parse(stats_text(), &stats), 0);
	assert_string_equal(stats.tracker, "block");
	assert_string_equal(stats.module, "latency_tracker_block");
	for (int i = 0; i < LT_STAT_COUNT; i++) {
		assert_int_equal(stats.value[i], i + 12);
		assert_string_equal(lt_stat_name(i), names[i + 2]);
	}
	assert_string_equal(lt_stat_name(LT_STAT_ENABLED), "enabled");
	assert_string_equal(lt_stat_name(LT_STAT_IN_FLIGHT), "in_flight");
	assert_string_equal(lt_stat_name(LT_STAT_HITS), "hits");
	assert_string_equal(lt_stat_name(LT_STAT_FILTERED), "filtered");
	assert_string_equal(lt_stat_name(LT_STAT_COUNT), "?");
}

static void names_of_newer_modules_are_skipped(void **state)
{
	struct lt_stats stats;
	char text[4096];

	(void)state;
	snprintf(text, sizeof(text), "brand_new 1 2 x\n%sother -1\n", stats_text());
	assert_int_equal(lt_stats_parse(text, &stats), 0);
	assert_int_equal(stats.value[LT_STAT_COUNT - 1], 10 + NR_NAMES - 1);
}

static void a_missing_line_is_refused(void **state)
{
	struct lt_stats stats;

	(void)state;
	assert_int_equal(lt_stats_parse("", &stats), -EBADMSG);
	for (size_t i = 0; i < NR_NAMES; i++) {
		char text[2048], *line, *end;

		strcpy(text, stats_text());
		line = text;
		for (size_t skip = 0; skip < i; skip++)
			line = strchr(line, '\n') + 1;
		end = strchr(line, '\n') + 1;
		memmove(line, end, strlen(end) + 1);
		assert_int_equal(lt_stats_parse(text, &stats), -EBADMSG);
	}
}

static void malformed_lines_are_refused(void **state)
{
	static const char * const tails[] = {
		"begins 1\n", "tracker again\n", "blankless\n", "\n", "tail 1",
	};
	static const char * const heads[] = {
		"tracker \n", "tracker two words\n", "begins\n", "begins x\n", "begins -1\n",
		"begins 1 \n", "begins  1\n",
		"tracker a2345678901234567890123456789012\n",
	};
	struct lt_stats stats;
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", stats_text(), tails[i]);
		if (lt_stats_parse(text, &stats) != -EBADMSG)
			fail_msg("accepted: %s", tails[i]);
	}
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (lt_stats_parse(heads[i], &stats) != -EBADMSG)
			fail_msg("accepted: %s", heads[i]);
	assert_int_equal(lt_stats_parse("begins 18446744073709551616\n", &stats), -ERANGE);
}

static void only_counters_are_subtracted(void **state)
{
	struct lt_stats before, now;

	(void)state;
	assert_int_equal(lt_stats_parse(stats_text(), &before), 0);
	now = before;
	now.value[LT_STAT_ENABLED] = 0;
	now.value[LT_STAT_IN_FLIGHT]--;
	now.value[LT_STAT_BEGINS] += 3;
	now.value[LT_STAT_MISSED_HOOKS] += 4;
	lt_stats_subtract(&now, &before);
	for (int i = 0; i < LT_STAT_COUNT; i++) {
		uint64_t expected = i > LT_STAT_CAPACITY ? 0 : before.value[i];

		if (i == LT_STAT_ENABLED)
			expected = 0;
		else if (i == LT_STAT_IN_FLIGHT)
			expected = before.value[i] - 1;
		else if (i == LT_STAT_BEGINS)
			expected = 3;
		else if (i == LT_STAT_MISSED_HOOKS)
			expected = 4;
		assert_int_equal(now.value[i], expected);
	}
}

static void a_ledger_that_began_anew_stays_whole(void **state)
{
	struct lt_stats before, now, whole;

	(void)state;
	assert_int_equal(lt_stats_parse(stats_text(), &before), 0);
	for (int i = LT_STAT_BEGINS; i < LT_STAT_COUNT; i++) {
		if (i == LT_STAT_IN_FLIGHT)
			continue;
		now = before;
		now.value[LT_STAT_BEGINS] += 100;
		now.value[i] = 0;
		whole = now;
		lt_stats_subtract(&now, &before);
		assert_memory_equal(now.value, whole.value, sizeof(now.value));
	}
}

static void trackers_are_listed_by_name(void **state)
{
	char **list;
	size_t count;

	(void)state;
	assert_int_equal(lt_trackers_list(&paths, &list, &count), -ENOENT);
	tree_file("latency_tracker/ring", "capacity 1\n");
	assert_int_equal(lt_trackers_list(&paths, &list, &count), 0);
	assert_int_equal(count, 0);
	lt_trackers_free(list, count);

	tree_file("latency_tracker/wakeup/stats", "");
	tree_file("latency_tracker/block/stats", "");
	tree_file("latency_tracker/nothing/", "");
	tree_file("latency_tracker/.hidden/stats", "");
	assert_int_equal(lt_trackers_list(&paths, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(list[0], "block");
	assert_string_equal(list[1], "wakeup");
	lt_trackers_free(list, count);
}

static void stats_are_read_from_debugfs(void **state)
{
	struct lt_stats stats;

	(void)state;
	tree_file("latency_tracker/block/stats", stats_text());
	assert_int_equal(lt_stats_read(&paths, "block", &stats), 0);
	assert_string_equal(stats.tracker, "block");
	assert_int_equal(lt_stats_read(&paths, "wakeup", &stats), -ENOENT);
	assert_int_equal(lt_stats_read(&paths, "../latency_tracker/block", &stats), -ENOENT);
}

static void parameters_are_read_and_written(void **state)
{
	static const char module[] = "latency_tracker_block";
	char value[16];

	(void)state;
	tree_file("module/latency_tracker_block/parameters/threshold_us", "5000\n");
	assert_true(lt_module_loaded(&paths, module));
	assert_false(lt_module_loaded(&paths, "latency_tracker"));
	assert_int_equal(lt_param_read(&paths, module, "threshold_us", value, sizeof(value)), 0);
	assert_string_equal(value, "5000");
	assert_int_equal(lt_param_read(&paths, module, "threshold_us", value, 4), -ENAMETOOLONG);
	assert_int_equal(lt_param_write(&paths, module, "threshold_us", "80"), 0);
	assert_int_equal(lt_param_read(&paths, module, "threshold_us", value, sizeof(value)), 0);
	assert_string_equal(value, "80");
	assert_int_equal(lt_param_write(&paths, module, "timeout_us", "1"), -ENOENT);
	assert_int_equal(lt_param_read(&paths, module, "../x", value, sizeof(value)), -EINVAL);
}

static void the_environment_names_the_paths(void **state)
{
	struct lt_paths found;

	(void)state;
	setenv("LT_PROC", "/a", 1);
	setenv("LT_DEBUGFS", "/b", 1);
	setenv("LT_SYSFS", "", 1);
	lt_paths_init(&found);
	assert_string_equal(found.proc, "/a");
	assert_string_equal(found.debugfs, "/b");
	assert_string_equal(found.sysfs, "/sys");
	unsetenv("LT_PROC");
	lt_paths_init(&found);
	assert_string_equal(found.proc, "/proc");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_has_its_place),
		cmocka_unit_test(names_of_newer_modules_are_skipped),
		cmocka_unit_test(a_missing_line_is_refused),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(only_counters_are_subtracted),
		cmocka_unit_test(a_ledger_that_began_anew_stays_whole),
		cmocka_unit_test_setup_teardown(trackers_are_listed_by_name, setup, tree_teardown),
		cmocka_unit_test_setup_teardown(stats_are_read_from_debugfs, setup, tree_teardown),
		cmocka_unit_test_setup_teardown(parameters_are_read_and_written, setup,
						tree_teardown),
		cmocka_unit_test(the_environment_names_the_paths),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
