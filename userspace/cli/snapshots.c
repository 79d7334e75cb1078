// SPDX-License-Identifier: GPL-2.0
/* latency-tracker snapshots: what the daemon saved, with proof. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "explain.h"
#include "json.h"
#include "output.h"
#include "proof.h"
#include "snapshot.h"
#include "table.h"

static const char help[] =
	"Usage: latency-tracker snapshots [OPTIONS]\n"
	"       latency-tracker snapshots [OPTIONS] show NAME\n"
	"       latency-tracker snapshots [OPTIONS] path|rm NAME...\n"
	"\n"
	"Lists the snapshots that latency-trackerd saved, oldest first, or shows the hit, the\n"
	"proof and the path of one; prints the paths of some, for other programs, or removes\n"
	"them. The beginning of a name will do when only one has it.\n"
	"COVERS says whether the trace is proved to hold the whole operation.\n"
	"\n"
	"  -d, --dir DIR  state directory of the daemon (default: " LT_STATE_DIR ")\n"
	"  -j, --json     one JSON object a line, with hit.json and proof.json in it\n"
	"  -h, --help     this text\n";

static const struct option options[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const char * const headings[] = {
	"NAME", "TRACKER", ">DELAY", "BACKEND", "STATUS", "COVERS", ">SIZE",
};

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void add_row(struct cli_table *table, const struct lt_snapshot *snapshot)
{
	const char *status = lt_json_get_string(snapshot->proof, "status");
	char text[CLI_TEXT_MAX];
	uint64_t delta = 0;

	cli_table_add(table, snapshot->name);
	cli_table_add(table, or_dash(lt_json_get_string(snapshot->hit, "tracker")));
	if (lt_json_get_u64(snapshot->hit, "delta_ns", &delta))
		cli_table_add(table, cli_duration(delta, text));
	else
		cli_table_add(table, "-");
	cli_table_add(table, or_dash(lt_json_get_string(snapshot->proof, "backend")));
	cli_table_add(table, status ? status : "no proof");
	cli_table_add(table, lt_snapshot_has_trace(snapshot) ?
			     cli_yes_no(lt_snapshot_covers(snapshot)) : "-");
	cli_table_add(table, cli_size(snapshot->size, text));
}

static int list_snapshots(const char *dir, char **names, size_t count, int json)
{
	struct cli_table table = {
		.headings = headings,
		.nr_columns = sizeof(headings) / sizeof(headings[0]),
	};
	struct lt_snapshot snapshot;
	int code = CLI_OK, err;

	for (size_t i = 0; i < count; i++) {
		err = lt_snapshot_load(dir, names[i], &snapshot);
		if (err == -ENOENT)	/* retention took it away meanwhile */
			continue;
		if (err) {
			code = cli_explain_snapshots(dir, err);
			continue;
		}
		if (!json)
			add_row(&table, &snapshot);
		else if (cli_proof_json(&snapshot))
			code = CLI_ERROR;
		lt_snapshot_free(&snapshot);
	}
	if (!json)
		cli_table_print(&table);
	return code;
}

/* What is done with snapshots that are named: all of them, whatever becomes of one. */
static int do_each(const char *dir, char **names, size_t count, char **meant,
		   int (*one)(const char *dir, char **names, size_t count, const char *meant))
{
	int code = CLI_OK, got;

	for (; *meant; meant++) {
		got = one(dir, names, count, *meant);
		if (got)
			code = got;
	}
	return code;
}

static int do_command(const char *dir, char **names, size_t count, char **words, int json)
{
	if (!*words)
		return list_snapshots(dir, names, count, json);
	if (!strcmp(*words, "show"))
		return cli_proof_show(dir, names, count, words[1], json);
	if (!strcmp(*words, "path"))
		return do_each(dir, names, count, words + 1, cli_proof_path);
	return do_each(dir, names, count, words + 1, cli_proof_remove);
}

static void check_words(char **words, int count)
{
	if (!count)
		return;
	if (strcmp(*words, "show") && strcmp(*words, "path") && strcmp(*words, "rm"))
		cli_usage_error(&cli_snapshots, "unexpected argument '%s'", *words);
	if (count < 2)
		cli_usage_error(&cli_snapshots, "%s takes the name of a snapshot", *words);
	if (count > 2 && !strcmp(*words, "show"))
		cli_usage_error(&cli_snapshots, "show takes the name of one snapshot");
}

static int run(int argc, char **argv)
{
	const char *dir = LT_STATE_DIR;
	int option, json = 0, code;
	char **names;
	size_t count;

	while ((option = cli_option(&cli_snapshots, argc, argv)) != -1) {
		if (option == 'd')
			dir = optarg;
		else
			json = 1;
	}
	check_words(argv + optind, argc - optind);
	code = lt_snapshots_names(dir, &names, &count);
	if (code || !count)
		return cli_explain_snapshots(dir, code);
	code = do_command(dir, names, count, argv + optind, json);
	lt_snapshots_names_free(names, count);
	return code;
}

const struct cli_command cli_snapshots = {
	.name = "snapshots",
	.summary = "what latency-trackerd saved, and what it proves",
	.help = help,
	.options = options,
	.letters = "d:jh",
	.run = run,
};
