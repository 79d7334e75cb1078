// SPDX-License-Identifier: GPL-2.0
#include "repeat.h"

#include <ctype.h>

#include "clock.h"
#include "command.h"
#include "stats.h"
#include "stop.h"

void cli_repeat_parse(const struct cli_command *command, const struct lt_paths *paths, int argc,
		      char **argv, struct cli_repeat *repeat)
{
	struct lt_stats stats;

	/* Trackers may have numbers for names; one that is loaded goes before an interval. */
	if (optind < argc && (!isdigit((unsigned char)*argv[optind]) ||
			      !lt_stats_read(paths, argv[optind], &stats)))
		repeat->tracker = argv[optind++];
	if (optind < argc)
		repeat->interval_ns = cli_seconds(command, argv[optind++]);
	if (optind < argc)
		repeat->count = cli_number(command, "COUNT", argv[optind++], 1, UINT64_MAX);
	if (optind < argc)
		cli_usage_error(command, "unexpected argument '%s'", argv[optind]);
}

int cli_repeat_run(const struct cli_repeat *repeat, bool at_once, int (*print)(void *arg),
		   void *arg)
{
	uint64_t deadline = lt_clock_mono_ns(), prints = 0;
	int code = CLI_OK;

	if (!repeat->interval_ns)
		return print(arg);
	cli_stop_init();
	while (!code && !cli_stopped() && (!repeat->count || prints < repeat->count)) {
		if (!at_once || prints) {
			deadline += repeat->interval_ns;
			if (cli_wait(-1, deadline) < 0)
				return CLI_ERROR;
			if (at_once && cli_stopped())
				break;
		}
		code = print(arg);
		prints++;
	}
	return code;
}
