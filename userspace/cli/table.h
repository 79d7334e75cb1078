/* SPDX-License-Identifier: GPL-2.0 */
/* Tables whose columns are as wide as their widest cell. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define CLI_COLUMNS_MAX 25

/**
 * struct cli_table - rows that are printed together
 * @headings: one for each column; those that begin with '>' are aligned to the right
 * @nr_columns: number of them, at most CLI_COLUMNS_MAX
 * @cells: row by row; nothing to begin with
 * @nr_cells: number of them
 */
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

#endif /* CLI_TABLE_H */
