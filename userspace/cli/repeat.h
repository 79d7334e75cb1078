/* SPDX-License-Identifier: GPL-2.0 */
/* Commands that print every so often: [TRACKER] [INTERVAL [COUNT]]. */
#ifndef CLI_REPEAT_H
#define CLI_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

struct cli_command;
struct lt_paths;

/**
 * struct cli_repeat - what the user asked for
 * @tracker: the tracker that was named, or NULL
 * @interval_ns: 0: print once
 * @count: so many times, 0: until a signal
 */
struct cli_repeat {
	const char *tracker;
	uint64_t interval_ns;
	uint64_t count;
};

/**
 * cli_repeat_parse() - the arguments behind the options; ends the program when they are wrong
 * @command: subcommand, for complaints
 * @paths: see lt_paths_init(); a first argument that is a number may still name a tracker
 * @argc: as given to run(), after the last option
 * @argv: as given to run()
 * @repeat: receives the result
 */
void cli_repeat_parse(const struct cli_command *command, const struct lt_paths *paths, int argc,
		      char **argv, struct cli_repeat *repeat);

/**
 * cli_repeat_run() - print every interval, or once without one
 * @repeat: what the user asked for
 * @at_once: what is printed is the present state: begin with it, and say nothing more on the
 *	signal that ends the program; else it is what was added in each interval, so that the
 *	unfinished one is printed as well
 * @print: prints; returns an exit code, which ends the repetition unless it is CLI_OK
 * @arg: for @print
 *
 * Return: the last exit code of @print.
 */
int cli_repeat_run(const struct cli_repeat *repeat, bool at_once, int (*print)(void *arg),
		   void *arg);

#endif /* CLI_REPEAT_H */
