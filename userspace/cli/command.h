/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Subcommands of latency-tracker: one file each, one struct command each, listed in main.c.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_exit {
	CLI_OK = 0,
	CLI_ERROR = 1,
	CLI_USAGE = 2,
	CLI_NOTHING = 3,	/* no module loaded, no such tracker, nothing saved */
};

/**
 * struct cli_command - one subcommand
 * @name: what the user types
 * @summary: its line in the list of subcommands
 * @help: text of --help, "Usage: ..." first
 * @options: of getopt_long(); -h and --help are handled by cli_option()
 * @letters: short options of getopt_long()
 * @run: gets its own part of the command line, argv[0] naming the subcommand; returns an exit
 *	code
 */
struct cli_command {
	const char *name;
	const char *summary;
	const char *help;
	const struct option *options;
	const char *letters;
	int (*run)(int argc, char **argv);
};

extern const struct cli_command cli_list;
extern const struct cli_command cli_load;
extern const struct cli_command cli_unload;
extern const struct cli_command cli_set;
extern const struct cli_command cli_watch;
extern const struct cli_command cli_top;
extern const struct cli_command cli_hist;
extern const struct cli_command cli_pending;
extern const struct cli_command cli_stacks;
extern const struct cli_command cli_flamegraph;
extern const struct cli_command cli_snapshots;
extern const struct cli_command cli_export;
extern const struct cli_command cli_doctor;

/**
 * cli_option() - next option, as getopt_long() does it
 * @command: whose options
 * @argc: as given to run()
 * @argv: as given to run()
 *
 * Prints the help and ends the program on -h; ends it with CLI_USAGE on an unknown option.
 *
 * Return: the option's value, or -1 after the last one.
 */
int cli_option(const struct cli_command *command, int argc, char **argv);

/**
 * cli_usage_error() - complain about the command line and end the program with CLI_USAGE
 * @command: subcommand
 * @format: as printf(), without newline
 */
void cli_usage_error(const struct cli_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/**
 * cli_number() - a decimal number out of an argument; ends the program when it is none
 * @command: subcommand, for the complaint
 * @what: what it is, for the complaint, as "COUNT"
 * @text: the argument
 * @min: least value
 * @max: largest value
 *
 * Return: the number.
 */
uint64_t cli_number(const struct cli_command *command, const char *what, const char *text,
		    uint64_t min, uint64_t max);

/**
 * cli_parse_seconds() - an interval out of a text
 * @text: seconds, may have a fraction
 * @ns: receives nanoseconds, from a millisecond to a year; untouched when the answer is false
 *
 * Return: whether it is one.
 */
bool cli_parse_seconds(const char *text, uint64_t *ns);

/**
 * cli_seconds() - an interval out of an argument; ends the program when it is none
 * @command: subcommand, for the complaint
 * @text: the argument: seconds, may have a fraction
 *
 * Return: nanoseconds, from a millisecond to a year.
 */
uint64_t cli_seconds(const struct cli_command *command, const char *text);

#endif /* CLI_COMMAND_H */
