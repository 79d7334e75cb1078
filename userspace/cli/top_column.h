/* SPDX-License-Identifier: GPL-2.0 */
/* Columns of top: what is in them, how it is written, how rows are sorted by it. */
#ifndef CLI_TOP_COLUMN_H
#define CLI_TOP_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_reading;
struct cli_sample;
struct cli_unit;

/* Of --help, and of the help on the screen: a line for each column, in the order of the table. */
#define TOP_COLUMNS_HELP \
	"Columns:\n" \
	"  tracker    name of the tracker\n" \
	"  ops/s      operations that began, each second\n" \
	"  p50        half of the operations took no longer than this\n" \
	"  p99        99 of 100 operations took no longer\n" \
	"  p99.9      999 of 1000 operations took no longer\n" \
	"  max        the slowest operation\n" \
	"  flight     operations in flight now\n" \
	"  oldest     age of the oldest of them\n" \
	"  +hits      hits of the last interval\n" \
	"  hits       hits since the module was loaded\n" \
	"  drops      operations not measured for want of a slot, since then\n" \
	"  on         whether the tracker is enabled\n" \
	"  thresh     how long an operation must take to be a hit\n" \
	"  timeout    when a pending operation is a hit\n" \
	"  begins     operations that began\n" \
	"  matched    operations that ended\n" \
	"  timedout   operations that were pending past the timeout\n" \
	"  replaced   operations that another with the same key replaced\n" \
	"  aborted    operations given up: too old, or the tracker was cleared\n" \
	"  suppressed hits that woke nobody, because of the rate limit\n" \
	"  lost       hits that could not be recorded\n" \
	"  filtered   operations that a filter turned away\n" \
	"  slots      operations that can be in flight before memory grows\n" \
	"  orphans    ends without a begin\n" \
	"  cancelled  operations that were cancelled\n" \
	"\n"

enum top_kind {
	TOP_NAME,
	TOP_COUNT,
	TOP_TIME,	/* nanoseconds; 0 of a limit: off */
	TOP_FLAG,
};

/**
 * struct top_column - one column
 * @heading: in capitals; the same in small letters is its name for --sort
 * @kind: how its values are written
 * @rank: columns with a lower rank are shown first where not all fit; each has its own
 * @value: gets a value of a tracker, in total or of the interval; false when it is not known
 * @arg: for @value: which counter, which percentile in millionths
 * @alarm: other values than 0 are bad
 */
struct top_column {
	const char *heading;
	enum top_kind kind;
	unsigned int rank;
	bool (*value)(const struct cli_reading *reading, bool total, unsigned int arg,
		      uint64_t *value);
	unsigned int arg;
	bool alarm;
};

#define TOP_NR_COLUMNS 25

extern const struct top_column top_columns[TOP_NR_COLUMNS];

/* By which rows are sorted if nobody says otherwise: MAX. */
#define TOP_SORT_DEFAULT 5

/** top_column_find() - Return: index of a column by its name in any case, or -1. */
int top_column_find(const char *name);

/** top_column_value() - the value in a cell; Return: false when it is not known. */
bool top_column_value(const struct top_column *column, const struct cli_reading *reading,
		      bool total, uint64_t *value);

/**
 * top_column_text() - what is written in a cell
 * @column: column
 * @reading: row
 * @total: since the module was loaded, not of the interval
 * @unit: unit of times, NULL: whatever is short
 * @buf: receives the text, CLI_TEXT_MAX
 *
 * Return: @buf; "-" when the value is not known.
 */
const char *top_column_text(const struct top_column *column, const struct cli_reading *reading,
			    bool total, const struct cli_unit *unit, char *buf);

/**
 * top_columns_fit() - choose the columns that have room, by their ranks
 * @sample: rows
 * @unit: unit of times, NULL: whatever is short
 * @room: columns of the terminal
 * @widths: receives the width of each column, 0: left out; one blank goes between two
 */
void top_columns_fit(const struct cli_sample *sample, const struct cli_unit *unit,
		     unsigned int room, unsigned int widths[TOP_NR_COLUMNS]);

/**
 * top_sort() - bring the rows of a sample into order
 * @sample: rows
 * @column: index of the column
 * @total: by what is since the module was loaded
 * @reverse: the other way round: names begin with A and numbers with the largest otherwise
 *
 * Values that are not known come last in both.
 */
void top_sort(struct cli_sample *sample, size_t column, bool total, bool reverse);

#endif /* CLI_TOP_COLUMN_H */
