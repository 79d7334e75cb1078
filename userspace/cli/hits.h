/* SPDX-License-Identifier: GPL-2.0 */
/* How watch shows one record, and what others show of it. */
#ifndef CLI_HITS_H
#define CLI_HITS_H

#include <stdbool.h>
#include <stdio.h>

struct lt_record;

/** struct cli_hits_style - how records are to look */
struct cli_hits_style {
	bool json;	/* JSON lines instead of the table */
	bool date;	/* date and time instead of the time of day */
	bool millis;	/* LAT in milliseconds instead of microseconds */
	bool stack;	/* stacks below the hit; JSON has them always */
};

/** cli_hits_heading() - print the line above the table; nothing with JSON. */
void cli_hits_heading(const struct cli_hits_style *style);

/** cli_hits_fields() - print the probe's own fields, " name=value" for each, to @out. */
void cli_hits_fields(FILE *out, const struct lt_record *rec);

/** cli_hits_print() - print one record to stdout and flush it; Return: exit code. */
int cli_hits_print(const struct cli_hits_style *style, const struct lt_record *rec);

#endif /* CLI_HITS_H */
