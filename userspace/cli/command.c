// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void suggest_help(const struct cli_command *command)
{
	fprintf(stderr, "Try 'latency-tracker %s --help'.\n", command->name);
}

int cli_option(const struct cli_command *command, int argc, char **argv)
{
	int option = getopt_long(argc, argv, command->letters, command->options, NULL);

	if (option == 'h') {
		fputs(command->help, stdout);
		exit(CLI_OK);
	}
	if (option == '?') {
		suggest_help(command);
		exit(CLI_USAGE);
	}
	return option;
}

void cli_usage_error(const struct cli_command *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "latency-tracker %s: ", command->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	suggest_help(command);
	exit(CLI_USAGE);
}

uint64_t cli_number(const struct cli_command *command, const char *what, const char *text,
		    uint64_t min, uint64_t max)
{
	uint64_t value;

	if (lt_text_u64(text, strlen(text), &value) || value < min || value > max)
		cli_usage_error(command, "%s must be a number from %" PRIu64 " to %" PRIu64
				", not '%s'", what, min, max, text);
	return value;
}

bool cli_parse_seconds(const char *text, uint64_t *ns)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	/* The condition is also false for a NaN. */
	if (end == text || *end || errno || !(seconds >= 0.001 && seconds <= 365 * 86400.0))
		return false;
	*ns = (uint64_t)(seconds * 1e9);
	return true;
}

uint64_t cli_seconds(const struct cli_command *command, const char *text)
{
	uint64_t ns;

	if (!cli_parse_seconds(text, &ns))
		cli_usage_error(command, "interval must be seconds, at least 0.001, not '%s'",
				text);
	return ns;
}
