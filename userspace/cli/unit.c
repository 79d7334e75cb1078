// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stddef.h>
#include <stdio.h>

#include "command.h"
#include "output.h"

static const struct cli_unit nsecs = { "nsecs", 1, 0, 'N' };
const struct cli_unit cli_usecs = { "usecs", 1000, 1, 'u' };
static const struct cli_unit msecs = { "msecs", 1000000, 3, 'm' };

void cli_unit_choose(const struct cli_command *command, int letter,
		     const struct cli_unit **unit)
{
	const struct cli_unit *chosen = letter == 'm' ? &msecs : letter == 'u' ? &cli_usecs : &nsecs;

	if (*unit && *unit != chosen)
		cli_usage_error(command, "-%c and -%c exclude each other", (*unit)->letter,
				letter);
	*unit = chosen;
}

const char *cli_unit_format(const struct cli_unit *unit, uint64_t ns, char *buf)
{
	snprintf(buf, CLI_TEXT_MAX, "%.*f", unit->decimals, (double)ns / (double)unit->ns);
	return buf;
}
