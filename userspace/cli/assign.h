/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments PARAM=VALUE, checked against the parameters that a module has. */
#ifndef CLI_ASSIGN_H
#define CLI_ASSIGN_H

#include <stddef.h>

struct cli_command;
struct lt_param;
struct lt_params;

/* One of them: a parameter of the module, and what comes behind the '='. */
struct cli_assign {
	const struct lt_param *param;
	const char *value;
};

/**
 * cli_assign_parse() - check the arguments
 * @command: subcommand, for complaints
 * @module: name of the module
 * @params: its parameters
 * @words: arguments
 * @count: number of them
 * @assigns: receives one for each
 *
 * A parameter that the module has not is refused with the list of those it has: the kernel warns
 * in its log at best. Ends the program when an argument is not PARAM=VALUE, or its value has
 * control characters in it.
 *
 * Return: CLI_OK, or CLI_USAGE when there is an unknown name.
 */
int cli_assign_parse(const struct cli_command *command, const char *module,
		     const struct lt_params *params, char **words, size_t count,
		     struct cli_assign *assigns);

#endif /* CLI_ASSIGN_H */
