// SPDX-License-Identifier: GPL-2.0
/* latency-tracker pending: what is in flight right now. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "clock.h"
#include "command.h"
#include "explain.h"
#include "hits.h"
#include "inflight.h"
#include "json.h"
#include "output.h"
#include "repeat.h"
#include "stats.h"
#include "table.h"
#include "unit.h"

static const char help[] =
	"Usage: latency-tracker pending [OPTIONS] [TRACKER] [INTERVAL [COUNT]]\n"
	"\n"
	"Shows the operations that are in flight now, oldest first: of all trackers, or of one.\n"
	"With INTERVAL again every so many seconds, COUNT times or until Ctrl-C, which exits\n"
	"with 0. PID, TID, COMM and CPU are of who began the operation.\n"
	"\n"
	"  -n, --count COUNT   only the COUNT oldest\n"
	CLI_FILTER_HELP
	"  -T, --timestamp     the time above each output\n"
	"  -m, --milliseconds  AGE in milliseconds (default: a unit that fits)\n"
	"  -j, --json          one JSON object a line, with the stacks that the tracker records\n"
	"  -h, --help          this text\n";

static const struct option options[] = {
	{ "count", required_argument, NULL, 'n' },
	CLI_FILTER_OPTIONS,
	{ "timestamp", no_argument, NULL, 'T' },
	{ "milliseconds", no_argument, NULL, 'm' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const char *headings[] = {
	"TRACKER", ">AGE", ">PID", ">TID", "COMM", ">CPU", "DETAILS",
};

static struct lt_paths paths;
static struct cli_repeat repeat;
static uint64_t limit = UINT64_MAX;
static struct cli_filter filter;
static const struct cli_unit *unit;
static bool json, timestamp, printed;

static void parse_arguments(int argc, char **argv)
{
	int option;

	while ((option = cli_option(&cli_pending, argc, argv)) != -1) {
		switch (option) {
		case 'n':
			limit = cli_number(&cli_pending, "COUNT", optarg, 1, UINT64_MAX);
			break;
		case 'T':
			timestamp = true;
			break;
		case 'm':
			cli_unit_choose(&cli_pending, option, &unit);
			headings[1] = ">AGE(ms)";
			break;
		case 'j':
			json = true;
			break;
		default:
			cli_filter_option(&filter, &cli_pending, option);
		}
	}
	cli_repeat_parse(&cli_pending, &paths, argc, argv, &repeat);
}

/* The probe's fields as the last cell, without the blank in front of the first. */
static void add_details(struct cli_table *table, const struct lt_record *rec)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out) {
		cli_hits_fields(out, rec);
		fclose(out);
	}
	cli_table_add(table, text && *text ? text + 1 : "");
	free(text);
}

static void add_row(struct cli_table *table, const struct lt_record *rec)
{
	char age[CLI_TEXT_MAX];

	cli_table_add(table, rec->tracker);
	cli_table_add(table, unit ? cli_unit_format(unit, rec->delta_ns, age) :
				    cli_duration(rec->delta_ns, age));
	cli_table_add_u64(table, rec->pid);
	cli_table_add_u64(table, rec->tid);
	cli_table_add(table, rec->comm);
	cli_table_add_u64(table, rec->cpu_begin);
	add_details(table, rec);
}

static int print_table(const struct cli_inflight *list, size_t count)
{
	struct cli_table table = { headings, sizeof(headings) / sizeof(headings[0]), NULL, 0 };
	static struct lt_record rec;

	if (timestamp)
		cli_print_time();
	else if (printed)
		putchar('\n');
	for (size_t i = 0; i < count; i++) {
		cli_inflight_get(list, i, &rec);
		add_row(&table, &rec);
	}
	if (count)
		cli_table_print(&table);
	else
		puts("(nothing in flight)");
	for (size_t i = 0; list->nr_ops < limit && i < list->nr_more; i++)
		printf("%s: %" PRIu64 " more in flight, the youngest; the kernel lists %u\n",
		       list->more[i].tracker, list->more[i].count, LT_PENDING_MAX);
	return CLI_OK;
}

static int print_json(const struct cli_inflight *list, size_t count)
{
	static struct lt_record rec;
	char now[LT_CLOCK_TEXT_MAX];
	struct json_object *object;
	int code = CLI_OK;

	lt_clock_rfc3339(lt_clock_wall_ns(), now, sizeof(now));
	for (size_t i = 0; !code && i < count; i++) {
		cli_inflight_get(list, i, &rec);
		code = cli_json_line(lt_record_to_json(&rec, now));
	}
	for (size_t i = 0; !code && list->nr_ops < limit && i < list->nr_more; i++) {
		object = json_object_new_object();
		lt_json_add_string(object, "tracker", list->more[i].tracker);
		lt_json_add_u64(object, "more", list->more[i].count);
		code = cli_json_line(object);
	}
	return code;
}

static int print_list(struct cli_inflight *list)
{
	size_t count;
	int code;

	cli_inflight_sort(list);
	count = list->nr_ops < limit ? list->nr_ops : limit;
	code = json ? print_json(list, count) : print_table(list, count);
	printed = true;
	if (fflush(stdout))
		code = CLI_ERROR;
	if (list->malformed)
		fprintf(stderr, "latency-tracker: left out %" PRIu64 " records that are not "
			"understood\n", list->malformed);
	return code;
}

/* Of all trackers; those whose module goes in this very moment are left out. */
static int read_all(struct cli_inflight *list)
{
	int code = CLI_OK, err;
	char **names;
	size_t count;

	err = lt_trackers_list(&paths, &names, &count);
	if (err || !count)
		return cli_explain_debugfs(&paths, err);
	for (size_t i = 0; !code && i < count; i++) {
		err = cli_inflight_read(list, &paths, names[i]);
		if (err && err != -ENOENT)
			code = cli_explain_tracker(&paths, names[i], err);
	}
	lt_trackers_free(names, count);
	return code;
}

/* When the cause is not this tracker, there is more to say than that it cannot be read. */
static int read_one(struct cli_inflight *list)
{
	int err = cli_inflight_read(list, &paths, repeat.tracker);

	if (!err)
		return CLI_OK;
	if (err == -EACCES || (err == -ENOENT && !lt_module_loaded(&paths, "latency_tracker")))
		return cli_explain_debugfs(&paths, err);
	return cli_explain_tracker(&paths, repeat.tracker, err);
}

static int print_once(void *arg)
{
	struct cli_inflight list = { .filter = filter };
	int code;

	(void)arg;
	code = repeat.tracker ? read_one(&list) : read_all(&list);
	if (!code)
		code = print_list(&list);
	cli_inflight_free(&list);
	return code;
}

static int run(int argc, char **argv)
{
	lt_paths_init(&paths);
	parse_arguments(argc, argv);
	return cli_repeat_run(&repeat, true, print_once, NULL);
}

const struct cli_command cli_pending = {
	.name = "pending",
	.summary = "operations that are in flight now, oldest first",
	.help = help,
	.options = options,
	.letters = "n:" CLI_FILTER_LETTERS "Tmjh",
	.run = run,
};
