// SPDX-License-Identifier: GPL-2.0
#include "test.h"

#include "events.h"
#include "options.h"

static enum lt_options_result parse(struct lt_options *opts, const char *arg)
{
	char text[128];
	char *argv[] = { (char *)"latency-trackerd", text, NULL };

	snprintf(text, sizeof(text), "%s", arg);
	return lt_options_parse(opts, 2, argv);
}

static void test_defaults(void **state)
{
	char *argv[] = { (char *)"latency-trackerd", NULL };
	struct lt_options opts;

	(void)state;
	assert_int_equal(lt_options_parse(&opts, 1, argv), LT_OPTIONS_RUN);
	assert_string_equal(opts.backend, "auto");
	assert_string_equal(opts.output, "/var/lib/latency-tracker");
	assert_int_equal(opts.rate_ms, 1000);
	assert_int_equal(opts.priority, 50);
	assert_false(opts.once);
}

static void test_values(void **state)
{
	struct lt_options opts;

	(void)state;
	assert_int_equal(parse(&opts, "--rate-ms=0"), LT_OPTIONS_RUN);
	assert_int_equal(opts.rate_ms, 0);
	assert_int_equal(parse(&opts, "--subbuf-size=2M"), LT_OPTIONS_RUN);
	assert_int_equal(opts.subbuf_size, 2 << 20);
	assert_int_equal(parse(&opts, "--subbuf-size=65536"), LT_OPTIONS_RUN);
	assert_int_equal(opts.subbuf_size, 65536);
	assert_int_equal(parse(&opts, "--once"), LT_OPTIONS_RUN);
	assert_true(opts.once);
	assert_int_equal(parse(&opts, "--foreground"), LT_OPTIONS_RUN);
}

static void test_url(void **state)
{
	struct lt_options opts;

	(void)state;
	assert_int_equal(parse(&opts, "--rate-ms=0"), LT_OPTIONS_RUN);
	assert_null(opts.stream);
	assert_int_equal(parse(&opts, "--stream=net://relay:5342:5343/name"), LT_OPTIONS_RUN);
	assert_non_null(opts.stream);
	assert_int_equal(parse(&opts, "--stream=net6://[fe80::1]:5342"), LT_OPTIONS_RUN);
	assert_int_equal(parse(&opts, "--stream=none"), LT_OPTIONS_RUN);
	assert_null(opts.stream);
	assert_int_equal(parse(&opts, "--output=net://relay"), LT_OPTIONS_RUN);
	assert_non_null(opts.stream);
	assert_string_equal(opts.output, "/var/lib/latency-tracker");
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"--rate-ms=-1", "--rate-ms=1x", "--rate-ms=", "--rate-ms=3600001",
		"--rate-ms=99999999999999999999", "--subbuf-size=3M", "--subbuf-size=1",
		"--subbuf-size=18446744073709551615G", "--num-subbuf=3", "--priority=100",
		"--max-snapshots=0", "--output=relative", "--output=", "--backend=", "--nonsense",
		"argument", "--once=yes", "--stream=host", "--stream=net://", "--stream=net://h:x",
		"--stream=tcp://h", "--stream=net6://[::1", "--output=net://", "--session=",
		"--exec-timeout-ms=0", "--metrics=localhost:9099",
	};
	struct lt_options opts;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(&opts, bad[i]) != LT_OPTIONS_BAD)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void test_event_list(void **state)
{
	struct lt_events events;

	(void)state;
	assert_int_equal(lt_events_parse(&events, "sched_switch, block:block_rq_*,?none ,"), 0);
	assert_int_equal(events.count, 3);
	assert_true(lt_events_match(&events, "sched", "sched_switch"));
	assert_true(lt_events_match(&events, NULL, "block_rq_issue"));
	assert_false(lt_events_match(&events, "net", "block_rq_issue"));
	assert_false(lt_events_match(&events, "sched", "sched_waking"));
	assert_true(events.patterns[2].optional);
	assert_int_equal(events.patterns[2].matches, 0);
	lt_events_free(&events);
}

static void test_event_aliases(void **state)
{
	struct lt_events events;

	(void)state;
	assert_int_equal(lt_events_parse(&events, "irq:softirq_entry"), 0);
	assert_true(lt_events_match(&events, NULL, "irq_softirq_entry"));
	assert_true(lt_events_match(&events, "irq", "softirq_entry"));
	lt_events_free(&events);
}

static void test_bad_event_lists(void **state)
{
	struct lt_events events;
	char longer[200];

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_not_equal(lt_events_parse(&events, ""), 0);
	assert_int_not_equal(lt_events_parse(&events, " , ,"), 0);
	assert_int_not_equal(lt_events_parse(&events, "block:"), 0);
	assert_int_not_equal(lt_events_parse(&events, "?"), 0);
	assert_int_not_equal(lt_events_parse(&events, longer), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_event_list),
		cmocka_unit_test(test_event_aliases),
		cmocka_unit_test(test_bad_event_lists),
	};

	return cmocka_run_group_tests_name("options and events", tests, NULL, NULL);
}
