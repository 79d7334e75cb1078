// SPDX-License-Identifier: GPL-2.0
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "command.h"
#include "text.h"

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

void cli_table_add(struct cli_table *table, const char *text)
{
	size_t size = 4 * strlen(text) + 1;
	char **bigger = reallocarray(table->cells, table->nr_cells + 1, sizeof(*bigger));
	char *cell = malloc(size);

	if (!bigger || !cell) {
		fputs("latency-tracker: out of memory\n", stderr);
		exit(CLI_ERROR);
	}
	lt_text_printable(text, cell, size);
	table->cells = bigger;
	bigger[table->nr_cells++] = cell;
}

void cli_table_add_u64(struct cli_table *table, uint64_t value)
{
	char text[CLI_TEXT_MAX];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cli_table_add(table, text);
}

/* Columns on a terminal: continuation bytes of UTF-8 take none. */
static size_t width(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += (*text & 0xc0) != 0x80;
	return columns;
}

static void print_cell(const char *text, size_t columns, bool right, bool last)
{
	int gap = columns - width(text);

	if (right)
		printf("%*s%s", gap, "", text);
	else
		printf("%s%*s", text, last ? 0 : gap, "");
	fputs(last ? "\n" : "  ", stdout);
}

void cli_table_print(struct cli_table *table)
{
	size_t columns[CLI_COLUMNS_MAX], n = table->nr_columns;
	bool right[CLI_COLUMNS_MAX];

	for (size_t i = 0; i < n; i++) {
		right[i] = *table->headings[i] == '>';
		columns[i] = width(table->headings[i] + right[i]);
	}
	for (size_t i = 0; i < table->nr_cells; i++)
		if (columns[i % n] < width(table->cells[i]))
			columns[i % n] = width(table->cells[i]);
	for (size_t i = 0; i < n; i++)
		print_cell(table->headings[i] + right[i], columns[i], right[i], i == n - 1);
	for (size_t i = 0; i < table->nr_cells; i++) {
		print_cell(table->cells[i], columns[i % n], right[i % n], i % n == n - 1);
		free(table->cells[i]);
	}
	free(table->cells);
	table->cells = NULL;
	table->nr_cells = 0;
}
