// SPDX-License-Identifier: GPL-2.0
/* latency-tracker top: all trackers, live on a terminal. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "explain.h"
#include "repeat.h"
#include "sample.h"
#include "stop.h"
#include "top_batch.h"
#include "top_column.h"
#include "top_draw.h"
#include "top_screen.h"
#include "top_state.h"
#include "unit.h"

#define DELAY_NS	2000000000ULL

static const char help[] =
	"Usage: latency-tracker top [OPTIONS] [TRACKER] [INTERVAL [COUNT]]\n"
	"\n"
	"Shows all trackers, or one, in a table on the terminal, every INTERVAL seconds (2), COUNT\n"
	"times or until q: what began in the interval, how long it took, what is in flight, hits\n"
	"and losses. Columns are left out where the terminal is narrow. Waits while no module is\n"
	"loaded. ? shows the keys; Enter shows the histograms of a tracker. A dash is what is not\n"
	"known, as the numbers of an interval before the first is over.\n"
	"\n"
	"  -d, --delay SECONDS  the same as INTERVAL\n"
	"  -c, --count COUNT    the same as COUNT\n"
	"  -o, --sort COLUMN    sort by this column (max); -r: the other way round\n"
	"  -r, --reverse        the smallest first, names from Z to A\n"
	"  -t, --total          begin with the numbers since the modules were loaded\n"
	"  -u, --microseconds   times in microseconds (default: three digits and the unit)\n"
	"  -m, --milliseconds   in milliseconds\n"
	"  -N, --nanoseconds    in nanoseconds\n"
	"  -b, --batch          no screen: a table of all columns after each interval\n"
	"  -j, --json           no screen: one JSON object a line for each tracker\n"
	"  -h, --help           this text\n"
	"\n"
	TOP_COLUMNS_HELP
	"ops/s and +hits are of the last interval, hits, drops and lost of all time.\n";

static const struct option options[] = {
	{ "delay", required_argument, NULL, 'd' },
	{ "count", required_argument, NULL, 'c' },
	{ "sort", required_argument, NULL, 'o' },
	{ "reverse", no_argument, NULL, 'r' },
	{ "total", no_argument, NULL, 't' },
	{ "microseconds", no_argument, NULL, 'u' },
	{ "milliseconds", no_argument, NULL, 'm' },
	{ "nanoseconds", no_argument, NULL, 'N' },
	{ "batch", no_argument, NULL, 'b' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static struct lt_paths paths;
static struct cli_repeat repeat;
static struct top_state state = { .sort = TOP_SORT_DEFAULT };
static bool batch, json;

static size_t parse_column(const char *name)
{
	int column = top_column_find(name);

	if (column < 0)
		cli_usage_error(&cli_top, "there is no column '%s'; --help lists them", name);
	return column;
}

static void parse_option(int option, struct cli_repeat *given)
{
	switch (option) {
	case 'd':
		given->interval_ns = cli_seconds(&cli_top, optarg);
		break;
	case 'c':
		given->count = cli_number(&cli_top, "COUNT", optarg, 1, UINT64_MAX);
		break;
	case 'o':
		state.sort = parse_column(optarg);
		break;
	case 'r':
		state.reverse = true;
		break;
	case 't':
		state.total = true;
		break;
	case 'j':
		json = true;
		/* fall through */
	case 'b':
		batch = true;
		break;
	default:
		cli_unit_choose(&cli_top, option, &state.unit);
	}
}

static void parse_arguments(int argc, char **argv)
{
	struct cli_repeat given = { 0 };
	int option;

	while ((option = cli_option(&cli_top, argc, argv)) != -1)
		parse_option(option, &given);
	cli_repeat_parse(&cli_top, &paths, argc, argv, &repeat);
	if ((given.interval_ns && repeat.interval_ns) || (given.count && repeat.count))
		cli_usage_error(&cli_top, "give the interval and the count once: as options or "
				"behind them");
	if (!repeat.interval_ns)
		repeat.interval_ns = given.interval_ns ? given.interval_ns : DELAY_NS;
	if (!repeat.count)
		repeat.count = given.count;
	state.delay_ns = repeat.interval_ns;
	state.only = repeat.tracker;
}

/* All keys that are waiting; false when the terminal is gone. */
static bool take_keys(struct cli_sample *sample)
{
	int key, keys = 0;

	for (; (key = getch()) != ERR; keys++)
		top_state_key(&state, sample, key);
	return keys || !top_screen_gone();
}

static int show(struct cli_sample *sample)
{
	uint64_t samples = 1;

	while (!state.quit && !cli_stopped()) {
		uint64_t due = sample->time_ns + state.delay_ns;

		if (state.refresh || (!state.paused && lt_clock_mono_ns() >= due)) {
			if (samples++ == repeat.count)
				break;
			state.refresh = false;
			cli_sample_next(&paths, state.only, sample);
			due = sample->time_ns + state.delay_ns;
		}
		top_state_follow(&state, sample);
		top_draw(&state, sample, &paths);
		if (cli_wait(STDIN_FILENO, state.paused ? 0 : due) < 0 || !take_keys(sample))
			return CLI_ERROR;
	}
	return CLI_OK;
}

static int show_on_terminal(struct cli_sample *sample)
{
	int code;

	cli_stop_init();
	code = top_screen_begin();
	if (!code) {
		code = show(sample);
		top_screen_end();
	}
	return code;
}

/* A module may still come; permissions will not. */
static int run_live(void)
{
	struct cli_sample sample = { 0 };
	int code;

	cli_sample_next(&paths, state.only, &sample);
	if (sample.err && lt_module_loaded(&paths, LT_MODULE_CORE))
		code = cli_explain_debugfs(&paths, sample.err);
	else
		code = show_on_terminal(&sample);
	cli_sample_free(&sample);
	return code;
}

static int run(int argc, char **argv)
{
	lt_paths_init(&paths);
	parse_arguments(argc, argv);
	return batch ? top_batch(&paths, &repeat, &state, json) : run_live();
}

const struct cli_command cli_top = {
	.name = "top",
	.summary = "all trackers in a live table: rates, percentiles, hits, losses",
	.help = help,
	.options = options,
	.letters = "d:c:o:rtumNbjh",
	.run = run,
};
