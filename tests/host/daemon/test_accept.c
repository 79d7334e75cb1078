// SPDX-License-Identifier: GPL-2.0
#include "test.h"

#include "accept.h"
#include "address.h"

static void test_formats(void **state)
{
	static const struct {
		const char *accept;
		enum lt_metrics_format format;
	} cases[] = {
		{ NULL, LT_METRICS_TEXT },
		{ "", LT_METRICS_TEXT },
		{ "*/*", LT_METRICS_TEXT },
		{ "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", LT_METRICS_TEXT },
		{ "application/openmetrics-text", LT_METRICS_OPEN },
		{ "Application/OpenMetrics-Text ; Version = 1.0.0 ; charset=utf-8",
		  LT_METRICS_OPEN },
		{ "application/openmetrics-text;version=0.0.1", LT_METRICS_TEXT },
		{ "application/openmetrics-text; version=1.0.0; q=0", LT_METRICS_TEXT },
		{ "application/openmetrics-text;q=0.4,text/plain;q=0.5", LT_METRICS_TEXT },
		{ "application/openmetrics-text;q=.5,text/plain;q=0.5", LT_METRICS_OPEN },
		{ "text/plain;version=0.0.4,application/openmetrics-text;q=0.999",
		  LT_METRICS_TEXT },
		{ "text/plain;version=1.0.0,application/openmetrics-text;q=0.001",
		  LT_METRICS_OPEN },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		  "application/openmetrics-text;version=0.0.1;q=0.5,"
		  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", LT_METRICS_OPEN },
		{ "application/openmetrics-texts", LT_METRICS_TEXT },
		{ ",;,=;;q,,application/openmetrics-text;;q", LT_METRICS_TEXT },
		{ "application/openmetrics-text;q=nan, ;=", LT_METRICS_TEXT },
		{ "application/openmetrics-text;q=99999999999999999999", LT_METRICS_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (lt_accept_format(cases[i].accept) != cases[i].format)
			fail_msg("wrong format for: %s", cases[i].accept);
	}
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		const char *same;
	} cases[] = {
		{ "9099", "127.0.0.1:9099" },
		{ "0", "127.0.0.1:0" },
		{ "0.0.0.0:65535", "0.0.0.0:65535" },
		{ "[::1]:9099", "[::1]:9099" },
		{ "[2001:db8:0:0:0:0:0:1]:1", "[2001:db8::1]:1" },
		{ "[2001:0db8:0000:0000:0000:0000:192.168.100.100]:1",
		  "[2001:db8::c0a8:6464]:1" },
	};
	struct sockaddr_storage address;
	char text[LT_ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(lt_address_parse(cases[i].text, &address), 0);
		assert_string_equal(lt_address_format(&address, text), cases[i].same);
	}
}

static void test_bad_addresses(void **state)
{
	static const char *const bad[] = {
		"", ":", ":9099", "65536", "-1", "9099x", " 9099", "localhost:9099", "127.0.0.1",
		"127.0.0.1:", "127.1:1", "::1:9099", "[::1]", "[::1]9099", "[]:1", "[:1", "]:1",
		"[127.0.0.1]:1", "1.2.3.4:1:2", "[::1%lo]:1", "99999999999999999999",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:1",
	};
	struct sockaddr_storage address;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!lt_address_parse(bad[i], &address))
			fail_msg("accepted: %s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_bad_addresses),
	};

	return cmocka_run_group_tests_name("formats and addresses", tests, NULL, NULL);
}
