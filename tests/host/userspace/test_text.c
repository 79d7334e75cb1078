// SPDX-License-Identifier: GPL-2.0
/* Escapes, terminals, UTF-8, and times for people. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "text.h"

static void unescape_respects_its_room(void **state)
{
	char text[4];

	(void)state;
	assert_int_equal(lt_text_unescape("abc", 3, text, 4), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(lt_text_unescape("abcd", 4, text, 4), -ENAMETOOLONG);
	assert_int_equal(lt_text_unescape("\\x20\\xff", 8, text, 3), 2);
	assert_string_equal(text, " \xff");
	assert_int_equal(lt_text_unescape("", 0, text, 1), 0);
	assert_int_equal(lt_text_unescape("", 0, text, 0), -ENAMETOOLONG);
}

static void terminals_get_no_control_characters(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(lt_text_printable("a\x1b[31m\n", text, sizeof(text)),
			    "a\\x1b[31m\\x0a");
	assert_string_equal(lt_text_printable("\x7f", text, sizeof(text)), "\\x7f");
	/* U+009B, which some terminals take for ESC [ */
	assert_string_equal(lt_text_printable("\xc2\x9b", text, sizeof(text)), "\\xc2\\x9b");
	assert_string_equal(lt_text_printable("gr\xc3\xbc\xc3\x9f", text, sizeof(text)),
			    "gr\xc3\xbc\xc3\x9f");
	assert_string_equal(lt_text_printable("\xff", text, sizeof(text)), "\\xff");
	/* Cut to whole characters. */
	assert_string_equal(lt_text_printable("ab\xc3\xbc", text, 4), "ab");
	assert_string_equal(lt_text_printable("a\n", text, 5), "a");
	assert_string_equal(lt_text_printable("a", text, 1), "");
}

static void json_gets_utf8(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xf0\x9f\x90\x8c", "\xf0\x9f\x90\x8c" },
		{ "a\xff" "b", "a\xef\xbf\xbd" "b" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(lt_text_to_utf8(cases[i].in, text, 3 * strlen(cases[i].in) + 1),
				 strlen(cases[i].out));
		assert_string_equal(text, cases[i].out);
	}
}

static void numbers_are_only_digits(void **state)
{
	static const char * const texts[] = { "", "-1", "+1", " 1", "1 ", "0x1", "1.0", "a" };
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(lt_text_u64(texts[i], strlen(texts[i]), &value), -EBADMSG);
	assert_int_equal(lt_text_u64("18446744073709551616", 20, &value), -ERANGE);
	assert_int_equal(value, 7);
	assert_int_equal(lt_text_u64("18446744073709551615", 20, &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(lt_text_u64("0007", 4, &value), 0);
	assert_int_equal(value, 7);
}

static void times_are_written_for_people(void **state)
{
	char text[LT_CLOCK_TEXT_MAX];

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(lt_clock_rfc3339(1763696760123456789, text, sizeof(text)),
			    "2025-11-21T03:46:00.123456789Z");
	assert_string_equal(lt_clock_rfc3339(-1, text, sizeof(text)),
			    "1969-12-31T23:59:59.999999999Z");
	assert_string_equal(lt_clock_hms(1763696760123456789, 1, text, sizeof(text)),
			    "03:46:00.123");
	assert_string_equal(lt_clock_hms(1763696760123456789, 0, text, sizeof(text)), "03:46:00");
	/* Whatever a damaged record says, there is room for it. */
	lt_clock_rfc3339(INT64_MAX, text, sizeof(text));
	lt_clock_rfc3339(INT64_MIN, text, sizeof(text));
	lt_clock_hms(lt_clock_wall_from_mono(UINT64_MAX), 1, text, sizeof(text));
}

static void monotonic_times_become_wall_times(void **state)
{
	int64_t distance;

	(void)state;
	distance = lt_clock_wall_from_mono(lt_clock_mono_ns()) - lt_clock_wall_ns();
	assert_true(distance < 100000000 && distance > -100000000);
	distance = lt_clock_wall_from_mono(2000000000) - lt_clock_wall_from_mono(1000000000);
	assert_true(distance > 900000000 && distance < 1100000000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(unescape_respects_its_room),
		cmocka_unit_test(terminals_get_no_control_characters),
		cmocka_unit_test(json_gets_utf8),
		cmocka_unit_test(numbers_are_only_digits),
		cmocka_unit_test(times_are_written_for_people),
		cmocka_unit_test(monotonic_times_become_wall_times),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
