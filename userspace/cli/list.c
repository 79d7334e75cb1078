// SPDX-License-Identifier: GPL-2.0
/* latency-tracker list: the trackers that are loaded, and their ledgers in short. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "command.h"
#include "explain.h"
#include "json.h"
#include "loss.h"
#include "output.h"
#include "stats.h"
#include "table.h"

static const char help[] =
	"Usage: latency-tracker list [-j]\n"
	"\n"
	"Shows the trackers that are loaded: limits, operations begun, in flight now, hits,\n"
	"operations dropped (not measured for want of a free slot), and operations that were\n"
	"still pending at their timeout. All counts are since the module was loaded.\n"
	"\n"
	"  -j, --json  the whole ledger, one JSON object a line\n"
	"  -h, --help  this text\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const char * const headings[] = {
	"TRACKER", "ENABLED", ">THRESHOLD", ">BEGINS", ">IN-FLIGHT", ">HITS", ">DROPPED",
	">TIMEDOUT",
};

static int print_json(const struct lt_stats *stats)
{
	struct json_object *object = json_object_new_object();

	lt_json_add_string(object, "tracker", stats->tracker);
	lt_json_add_string(object, "module", stats->module);
	for (int i = 0; i < LT_STAT_COUNT; i++) {
		if (i == LT_STAT_ENABLED)
			lt_json_add(object, "enabled", json_object_new_boolean(stats->value[i]));
		else
			lt_json_add_u64(object, lt_stat_name(i), stats->value[i]);
	}
	return cli_json_line(object);
}

static void add_row(struct cli_table *table, const struct lt_stats *stats)
{
	const uint64_t *value = stats->value;
	char text[CLI_TEXT_MAX];

	cli_table_add(table, stats->tracker);
	cli_table_add(table, cli_yes_no(value[LT_STAT_ENABLED]));
	cli_table_add(table, cli_duration(value[LT_STAT_THRESHOLD_NS], text));
	cli_table_add_u64(table, value[LT_STAT_BEGINS]);
	cli_table_add_u64(table, value[LT_STAT_IN_FLIGHT]);
	cli_table_add_u64(table, value[LT_STAT_HITS]);
	cli_table_add_u64(table, value[LT_STAT_DROPPED_FULL] + value[LT_STAT_DROPPED_BUSY]);
	cli_table_add_u64(table, value[LT_STAT_TIMED_OUT]);
}

static void print_losses(const struct lt_stats *stats)
{
	const struct cli_loss *loss = NULL;

	while ((loss = cli_loss_next(stats, loss)))
		printf("%s%s: %" PRIu64 " %s%s\n", cli_alarm(), stats->tracker,
		       stats->value[loss->stat], loss->meaning, cli_plain());
}

static void print_tables(const struct lt_stats *stats, size_t count)
{
	struct cli_table table = { headings, sizeof(headings) / sizeof(headings[0]), NULL, 0 };

	for (size_t i = 0; i < count; i++)
		add_row(&table, &stats[i]);
	cli_table_print(&table);
	for (size_t i = 0; i < count; i++)
		print_losses(&stats[i]);
}

static int list_trackers(const struct lt_paths *paths, char **names, size_t count, int json)
{
	struct lt_stats *stats = calloc(count, sizeof(*stats));
	size_t got = 0;
	int code = CLI_OK, err;

	if (!stats)
		return cli_explain_debugfs(paths, -ENOMEM);
	for (size_t i = 0; i < count; i++) {
		err = lt_stats_read(paths, names[i], &stats[got]);
		if (!err)
			got++;
		else if (err != -ENOENT)	/* unloaded in this very moment */
			code = cli_explain_tracker(paths, names[i], err);
	}
	if (!got && !code)
		code = cli_explain_debugfs(paths, 0);
	if (got && !json)
		print_tables(stats, got);
	for (size_t i = 0; json && i < got; i++)
		if (print_json(&stats[i]))
			code = CLI_ERROR;
	free(stats);
	return code;
}

static int run(int argc, char **argv)
{
	struct lt_paths paths;
	int json = 0, code;
	char **names;
	size_t count;

	while (cli_option(&cli_list, argc, argv) != -1)
		json = 1;	/* there is no other */
	if (optind < argc)
		cli_usage_error(&cli_list, "unexpected argument '%s'", argv[optind]);
	lt_paths_init(&paths);
	code = lt_trackers_list(&paths, &names, &count);
	if (code || !count)
		return cli_explain_debugfs(&paths, code);
	code = list_trackers(&paths, names, count, json);
	lt_trackers_free(names, count);
	return code;
}

const struct cli_command cli_list = {
	.name = "list",
	.summary = "trackers that are loaded, and their counts",
	.help = help,
	.options = options,
	.letters = "jh",
	.run = run,
};
