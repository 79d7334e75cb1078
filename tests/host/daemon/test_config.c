// SPDX-License-Identifier: GPL-2.0
/* The configuration file: what is right, what each mistake is told as, and who wins. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "config.h"
#include "config_file.h"
#include "file.h"
#include "nearest.h"
#include "option.h"

static char said[8192];

static void say(const char *mistake)
{
	size_t len = strlen(said);

	assert_null(strchr(mistake, '\n'));
	snprintf(said + len, sizeof(said) - len, "%s\n", mistake);
}

/* Return: number of mistakes, told in said. */
static unsigned int parse_bytes(struct lt_config *config, const char *text, size_t len)
{
	*config = (struct lt_config){ .path = "F" };
	said[0] = '\0';
	lt_options_init(&config->opts);
	return lt_config_parse(config, text, len, say);
}

static unsigned int parse(struct lt_config *config, const char *text)
{
	return parse_bytes(config, text, strlen(text));
}

static void test_values(void **state)
{
	struct lt_config config;

	(void)state;
	assert_int_equal(parse(&config, "\xef\xbb\xbf# a comment\n[daemon]\r\nrate-ms = 5\r\n"
			       "output=/tmp/x//\n\nonce = yes ; and why\nsubbuf-size=1M\n"
			       "verbose = no\nforeground = yes\nevents = a,\n  b*,\n\tc:d\n"
			       "backend = fake"), 0);
	assert_int_equal(config.opts.rate_ms, 5);
	assert_string_equal(config.opts.output, "/tmp/x");
	assert_true(config.opts.once);
	assert_false(config.opts.verbose);
	assert_int_equal(config.opts.subbuf_size, 1 << 20);
	assert_string_equal(config.opts.events, "a, b*, c:d");
	assert_string_equal(config.opts.backend, "fake");
	assert_int_equal(config.opts.priority, 50);
	assert_int_equal(config.lines[lt_option_index(lt_option_find("rate-ms"))], 3);
	assert_int_equal(config.lines[lt_option_index(lt_option_find("priority"))], 0);
	lt_config_free(&config);
}

static void test_trackers(void **state)
{
	struct lt_config config;

	(void)state;
	assert_int_equal(parse(&config, "[trackers]\nblock = threshold_us=1\n  comm=fio\n"
			       "wakeup =\n"), 0);
	assert_int_equal(config.nr_trackers, 2);
	assert_string_equal(config.trackers[0].name, "block");
	assert_string_equal(config.trackers[0].params, "threshold_us=1 comm=fio");
	assert_string_equal(config.trackers[1].name, "wakeup");
	assert_string_equal(config.trackers[1].params, "");
	lt_config_free(&config);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		const char *told;
	} cases[] = {
		{ "rate-ms = 1\n", "F:1: rate-ms stands before any section" },
		{ "[deamon]\n", "F:1: unknown section [deamon], did you mean [daemon]?" },
		{ "[xyz]\nfoo = 1\n", "F:1: unknown section [xyz], expected [daemon] or" },
		{ "[daemon\n", "F:1: expected [SECTION], the ']' is missing" },
		{ "\n[daemon]\nrate_ms = 1\n", "F:3: unknown word rate_ms, did you mean rate-ms?" },
		{ "[daemon]\nqqqqqq = 1\n", "F:2: unknown word qqqqqq; " },
		{ "[daemon]\na\033b = 1\n", "F:2: unknown word a\\x1bb" },
		{ "[daemon]\nrate-ms = 3600001\n",
		  "F:2: rate-ms = 3600001: expected a number from 0 to 3600000" },
		{ "[daemon]\nrate-ms =\n", "F:2: rate-ms = : expected a number" },
		{ "[daemon]\nnum-subbuf = 3\n",
		  "F:2: num-subbuf = 3: expected a power of two from 2 to 1024" },
		{ "[daemon]\nonce = true\n", "F:2: once = true: expected yes or no" },
		{ "[daemon]\nforeground = no\n", "F:2: foreground = no: expected yes" },
		{ "[daemon]\noutput = x\n", "F:2: output = x: expected an absolute path" },
		{ "[daemon]\nbackend = lttn\n", "expected auto, broken, fake or exec" },
		{ "[daemon]\nevents = block:\n", "F:2: events = block:: expected names" },
		{ "[daemon]\nconfig = /x\n", "F:2: config stands on the command line only" },
		{ "[daemon]\npriority 5\n", "F:2: expected WORD = VALUE, the '=' is missing" },
		{ "[daemon]\npriority", "F:2: expected WORD = VALUE, the '=' is missing" },
		{ "[daemon]\nevents block:x\n", "F:2: expected WORD = VALUE, the '=' is missing" },
		{ "[daemon]\n= 5\n", "F:2: expected WORD = VALUE" },
		{ "[daemon]\nonce = no\n[daemon]\nonce = no\n",
		  "F:4: once is given twice, first in line 2" },
		{ "[daemon]\nonce = no\n  verbose = no\n",
		  "F:3: a line that begins with a blank" },
		{ "[trackers]\nblock = threshold_us\n",
		  "F:2: block = threshold_us: expected para" },
		{ "[trackers]\nblock = a=1\n  --b=2\n", "F:3: block = --b=2: expected parameters" },
		{ "[trackers]\nBlock = a=1\n", "F:2: Block: expected the name of a tracker" },
		{ "[trackers]\nblock =\nblock =\n", "F:3: block is given twice, first in line 2" },
	};
	struct lt_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int mistakes = parse(&config, cases[i].text);

		if (mistakes != 1 || !strstr(said, cases[i].told))
			fail_msg("%s: %u mistakes: %s", cases[i].text, mistakes, said);
		lt_config_free(&config);
	}
}

static void test_all_mistakes(void **state)
{
	struct lt_config config;

	(void)state;
	assert_int_equal(parse(&config, "[daemon]\nx\nonce = 1\nonce = no\n[y]\npriority = 1\n"),
			 4);
	assert_string_equal(said, "F:2: expected WORD = VALUE, the '=' is missing\n"
			    "F:3: once = 1: expected yes or no\n"
			    "F:4: once is given twice, first in line 3: leave one of them\n"
			    "F:5: unknown section [y], expected [daemon] or [trackers]\n");
	lt_config_free(&config);
}

/* libinih cuts a line that is too long for it in two; ours are refused whole. */
static void test_odd_lines(void **state)
{
	struct lt_config config;
	char text[1000];
	int at;

	(void)state;
	at = sprintf(text, "[daemon]\nevents = ");
	memset(text + at, 'a', 600);
	sprintf(text + at + 600, "\nrate-ms = x\n");
	assert_int_equal(parse(&config, text), 2);
	assert_non_null(strstr(said, "F:2: longer than "));
	assert_non_null(strstr(said, "F:3: rate-ms = x"));
	lt_config_free(&config);
	text[9] = '#';
	text[at + 601] = '#';
	assert_int_equal(parse(&config, text), 0);
	lt_config_free(&config);
	assert_int_equal(parse_bytes(&config, "[daemon]\nonce\0 = no\n", 20), 1);
	assert_string_equal(said, "F:2: not a text: there is a byte of zero in this line\n");
	lt_config_free(&config);
}

static void write_file(const char *dir, char *path, size_t size, const char *text)
{
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY);

	assert_int_equal(lt_path(path, size, "%s/conf", dir), 0);
	assert_int_equal(lt_write_file(dirfd, "conf", text, strlen(text)), 0);
	close(dirfd);
}

static enum lt_options_result load(struct lt_config *config, char *first, char *second)
{
	char *argv[] = { (char *)"latency-trackerd", first, second, NULL };

	said[0] = '\0';
	return lt_config_load(config, second ? 3 : first ? 2 : 1, argv, say);
}

static void test_precedence(void **state)
{
	struct lt_config config;
	char path[256], arg[300];

	write_file(*state, path, sizeof(path), "[daemon]\nrate-ms = 5\npriority = 6\n");
	snprintf(arg, sizeof(arg), "--config=%s", path);
	assert_int_equal(load(&config, arg, (char *)"--rate-ms=7"), LT_OPTIONS_RUN);
	assert_int_equal(config.opts.rate_ms, 7);
	assert_int_equal(config.opts.priority, 6);
	assert_int_equal(config.opts.max_snapshots, 100);
	assert_true(config.given[lt_option_index(lt_option_find("rate-ms"))]);
	assert_int_equal(config.lines[lt_option_index(lt_option_find("priority"))], 3);
	lt_config_free(&config);
}

/* The command line does not excuse a mistake in the file. */
static void test_bad_file(void **state)
{
	struct lt_config config;
	char path[256], arg[300];

	write_file(*state, path, sizeof(path), "[daemon]\nrate-ms = no\n");
	snprintf(arg, sizeof(arg), "--config=%s", path);
	assert_int_equal(load(&config, arg, (char *)"--rate-ms=7"), LT_OPTIONS_BAD);
	assert_non_null(strstr(said, "conf:2: rate-ms = no"));
	lt_config_free(&config);
}

static void test_absent_file(void **state)
{
	struct lt_config config;

	(void)state;
	assert_int_equal(load(&config, NULL, NULL), LT_OPTIONS_RUN);
	assert_true(config.absent);
	lt_config_free(&config);
	assert_int_equal(load(&config, (char *)"--config=/tmp/lt-no-such-file", NULL),
			 LT_OPTIONS_BAD);
	assert_string_equal(said, "/tmp/lt-no-such-file: No such file or directory\n");
	lt_config_free(&config);
}

/* Takes the '#' off each line "#word = ..."; other comments have a blank behind it. */
static char *uncommented_example(void)
{
	char *text, *to;
	size_t len;

	assert_int_equal(lt_file_read(EXAMPLE, &text, &len), 0);
	to = text;
	for (const char *from = text; *from; from++) {
		bool first = from == text || from[-1] == '\n';

		if (!(first && *from == '#' && from[1] >= 'a' && from[1] <= 'z'))
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

static void test_example(void **state)
{
	char *text = uncommented_example();
	struct lt_config config;
	struct lt_options presets;

	(void)state;
	lt_options_init(&presets);
	if (parse(&config, text))
		fail_msg("%s", said);
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		const struct lt_option *option = &lt_option_table[i];

		if (option->scope == LT_OPTION_ARGV)
			continue;
		if (!config.lines[i])
			fail_msg("%s is not in the example", option->name);
		assert_true(lt_option_equal(option, &config.opts, &presets));
	}
	assert_true(config.nr_trackers > 0);
	lt_config_free(&config);
	free(text);
}

/* Where a page describes an option its word is bold and followed by its value, if it has one. */
static void test_man_pages(void **state)
{
	char *page, *conf, word[64];

	(void)state;
	assert_int_equal(lt_file_read(MAN "/latency-trackerd.8.scd", &page, NULL), 0);
	assert_int_equal(lt_file_read(MAN "/latency-trackerd.conf.5.scd", &conf, NULL), 0);
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		const struct lt_option *option = &lt_option_table[i];

		snprintf(word, sizeof(word), "*--%s*%s", option->name,
			 option->arg ? "=_" : "");
		if (option->help && !strstr(page, word))
			fail_msg("latency-trackerd(8) lacks %s", word);
		snprintf(word, sizeof(word), "|  *%s*\n", option->name);
		if (!strstr(conf, word) != (option->scope == LT_OPTION_ARGV))
			fail_msg("latency-trackerd.conf(5): %s", option->name);
	}
	free(page);
	free(conf);
}

/* What is printed is read as the same again, for each row of the table. */
static void test_format(void **state)
{
	char text[LT_OPTION_TEXT_MAX], why[LT_WHY_MAX];
	struct lt_options presets, again;

	(void)state;
	lt_options_init(&presets);
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		const struct lt_option *option = &lt_option_table[i];

		if (!option->preset)
			continue;
		again = (struct lt_options){ 0 };
		lt_option_format(option, &presets, text, sizeof(text));
		assert_string_equal(text, option->preset);
		assert_int_equal(lt_option_set(option, &again, text, why), 0);
		assert_true(lt_option_equal(option, &again, &presets));
	}
}

static void test_nearest(void **state)
{
	struct lt_nearest nearest = { .wanted = "kitten" };

	(void)state;
	lt_nearest_offer(&nearest, "xyz");
	assert_null(nearest.word);
	lt_nearest_offer(&nearest, "sitting");
	assert_string_equal(nearest.word, "sitting");
	assert_int_equal(nearest.distance, 3);
	lt_nearest_offer(&nearest, "mitten");
	assert_string_equal(nearest.word, "mitten");
	lt_nearest_offer(&nearest, "sitting");
	assert_string_equal(nearest.word, "mitten");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_trackers),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_all_mistakes),
		cmocka_unit_test(test_odd_lines),
		cmocka_unit_test_setup_teardown(test_precedence, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_bad_file, make_dir, remove_dir),
		cmocka_unit_test(test_absent_file),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_man_pages),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests_name("configuration file", tests, NULL, NULL);
}
