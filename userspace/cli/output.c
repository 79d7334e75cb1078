// SPDX-License-Identifier: GPL-2.0
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "clock.h"
#include "command.h"

const char *cli_duration(uint64_t ns, char *buf)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" } };

	snprintf(buf, CLI_TEXT_MAX, "%" PRIu64 " ns", ns);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t part;
		int len;

		if (ns < units[i].ns)
			continue;
		part = ns % units[i].ns / (units[i].ns / 1000);
		len = snprintf(buf, CLI_TEXT_MAX, "%" PRIu64 ".%03" PRIu64, ns / units[i].ns,
			       part);
		while (buf[len - 1] == '0')
			len--;
		if (buf[len - 1] == '.')
			len--;
		snprintf(buf + len, CLI_TEXT_MAX - len, " %s", units[i].name);
		break;
	}
	return buf;
}

const char *cli_size(uint64_t bytes, char *buf)
{
	static const char * const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = bytes;
	int unit = -1;

	while (value >= 1024) {
		value /= 1024;
		unit++;
	}
	if (unit < 0)
		snprintf(buf, CLI_TEXT_MAX, "%" PRIu64 " B", bytes);
	else
		snprintf(buf, CLI_TEXT_MAX, "%.1f %s", value, units[unit]);
	return buf;
}

/* Three significant digits, without a third digit behind the point. */
static void three_digits(double value, const char *unit, char *buf)
{
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

	snprintf(buf, CLI_TEXT_MAX, "%.*f%s", decimals, value, unit);
}

static void long_duration(uint64_t secs, char *buf)
{
	if (secs < 3600)
		snprintf(buf, CLI_TEXT_MAX, "%um%02us", (unsigned int)secs / 60,
			 (unsigned int)secs % 60);
	else if (secs < 86400)
		snprintf(buf, CLI_TEXT_MAX, "%uh%02um", (unsigned int)secs / 3600,
			 (unsigned int)secs % 3600 / 60);
	else if (secs < 100 * 86400)
		snprintf(buf, CLI_TEXT_MAX, "%ud%02uh", (unsigned int)secs / 86400,
			 (unsigned int)secs % 86400 / 3600);
	else
		snprintf(buf, CLI_TEXT_MAX, "%" PRIu64 "d", secs / 86400);
}

const char *cli_short_duration(uint64_t ns, char *buf)
{
	static const char * const units[] = { "us", "ms", "s" };
	double value = (double)ns;

	if (ns < 1000) {
		snprintf(buf, CLI_TEXT_MAX, "%" PRIu64 "ns", ns);
		return buf;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		value /= 1000;
		if (value < 999.5) {
			three_digits(value, units[i], buf);
			return buf;
		}
	}
	long_duration(ns / 1000000000, buf);
	return buf;
}

const char *cli_short_count(uint64_t count, char *buf)
{
	static const char * const units[] = { "k", "M", "G", "T", "P", "E" };
	double value = (double)count;

	if (count < 100000) {
		snprintf(buf, CLI_TEXT_MAX, "%" PRIu64, count);
		return buf;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		value /= 1000;
		if (value < 999.5) {
			three_digits(value, units[i], buf);
			break;
		}
	}
	return buf;
}

void cli_print_time(void)
{
	char time[LT_CLOCK_TEXT_MAX];

	printf("\n%s\n", lt_clock_hms(lt_clock_wall_ns(), 0, time, sizeof(time)));
}

const char *cli_yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

bool cli_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

const char *cli_alarm(void)
{
	return cli_colour() ? "\033[31m" : "";
}

const char *cli_plain(void)
{
	return cli_colour() ? "\033[0m" : "";
}

int cli_json_line(struct json_object *object)
{
	const char *text = NULL;

	if (object)
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		puts(text);
	else
		fputs("latency-tracker: out of memory\n", stderr);
	json_object_put(object);
	return text ? CLI_OK : CLI_ERROR;
}
