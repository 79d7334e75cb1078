/* SPDX-License-Identifier: GPL-2.0 */
/* How things look: durations, sizes, colour, JSON lines. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* Room for any result of the formatters below. */
#define CLI_TEXT_MAX 48

/** cli_duration() - "850 ns", "20.131 ms", "5 ms", "1.5 s"; Return: @buf of CLI_TEXT_MAX. */
const char *cli_duration(uint64_t ns, char *buf);

/** cli_print_time() - the time of day above what is printed every so often. */
void cli_print_time(void);

/** cli_size() - "812 B", "3.2 MiB"; Return: @buf of CLI_TEXT_MAX. */
const char *cli_size(uint64_t bytes, char *buf);

/** cli_yes_no() - Return: "yes" or "no". */
const char *cli_yes_no(bool yes);

/**
 * cli_short_duration() - a time in six columns at most: "999ns", "20.1ms", "16m40s", "3d04h"
 *
 * Return: @buf of CLI_TEXT_MAX, three significant digits or two units.
 */
const char *cli_short_duration(uint64_t ns, char *buf);

/** cli_short_count() - five columns at most: "99999", "100k", "1.23M"; Return: @buf. */
const char *cli_short_count(uint64_t count, char *buf);

/** cli_colour() - Return: whether standard output is to be coloured: a terminal, no NO_COLOR. */
bool cli_colour(void);

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

#endif /* CLI_OUTPUT_H */
