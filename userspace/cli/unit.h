/* SPDX-License-Identifier: GPL-2.0 */
/* The unit of times in tables, as -m, -u and -N choose it. */
#ifndef CLI_UNIT_H
#define CLI_UNIT_H

#include <stdint.h>

struct cli_command;

/** struct cli_unit - a unit */
struct cli_unit {
	const char *name;	/* as bcc writes it: "nsecs", "usecs", "msecs" */
	uint64_t ns;
	int decimals;		/* of a time that is not a whole number of units */
	int letter;		/* option that chooses it */
};

extern const struct cli_unit cli_usecs;

/**
 * cli_unit_choose() - take an option; ends the program when another unit was chosen before
 * @command: subcommand, for the complaint
 * @letter: the option: 'm', 'u' or 'N'
 * @unit: NULL to begin with; receives the unit
 */
void cli_unit_choose(const struct cli_command *command, int letter,
		     const struct cli_unit **unit);

/** cli_unit_format() - "20131.4": a time in @unit; Return: @buf of CLI_TEXT_MAX. */
const char *cli_unit_format(const struct cli_unit *unit, uint64_t ns, char *buf);

#endif /* CLI_UNIT_H */
