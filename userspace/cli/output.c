// SPDX-License-Identifier: GPL-2.0
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

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

const char *cli_yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static bool has_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

const char *cli_alarm(void)
{
	return has_colour() ? "\033[31m" : "";
}

const char *cli_plain(void)
{
	return has_colour() ? "\033[0m" : "";
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
