/* SPDX-License-Identifier: GPL-2.0 */
/* How things look: tables, durations, sizes, colour, JSON lines. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* Room for any result of the formatters below. */
#define CLI_TEXT_MAX 48

/** cli_duration() - "850 ns", "20.131 ms", "5 ms", "1.5 s"; Return: @buf of CLI_TEXT_MAX. */
const char *cli_duration(uint64_t ns, char *buf);

/** cli_size() - "812 B", "3.2 MiB"; Return: @buf of CLI_TEXT_MAX. */
const char *cli_size(uint64_t bytes, char *buf);

/** cli_yes_no() - Return: "yes" or "no". */
const char *cli_yes_no(bool yes);

/** cli_alarm() - Return: the sequence that begins red, "" without colour (see cli_colour()). */
const char *cli_alarm(void);

/** cli_plain() - Return: the sequence that ends a colour, or "". */
const char *cli_plain(void);

/**
 * cli_json_line() - print an object on one line and release it
 * @object: NULL stands for "no memory"
 *
 * Return: CLI_OK, or CLI_ERROR after a complaint.
 */
int cli_json_line(struct json_object *object);

/**
 * struct cli_table - rows that are printed together, columns as wide as they need to be
 *
 * All zero to begin with; nr_columns at most CLI_COLUMNS_MAX.
 * @headings: one for each column; those that begin with '>' are aligned to the right
 */
#define CLI_COLUMNS_MAX 12
struct cli_table {
	const char * const *headings;
	size_t nr_columns;
	char **cells;
	size_t nr_cells;
};

/**
 * cli_table_add() - add the next cell
 * @table: table
 * @text: copied; made harmless for terminals
 *
 * Ends the program when there is no memory.
 */
void cli_table_add(struct cli_table *table, const char *text);

/** cli_table_add_u64() - add a number as the next cell. */
void cli_table_add_u64(struct cli_table *table, uint64_t value);

/** cli_table_print() - print headings and rows to stdout, then release the cells. */
void cli_table_print(struct cli_table *table);

#endif /* CLI_OUTPUT_H */
