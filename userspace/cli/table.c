// SPDX-License-Identifier: GPL-2.0
#include "table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "text.h"

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

	assert(n);
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
