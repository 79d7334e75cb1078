// SPDX-License-Identifier: GPL-2.0
/* latency-tracker stacks: where the hits spent their time. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "folds.h"
#include "paths.h"
#include "record.h"

static const char help[] =
	"Usage: latency-tracker stacks [OPTIONS] [TRACKER]\n"
	"\n"
	"Adds up the hits by their stacks, the stack with the most time first: hits of all\n"
	"trackers, or of one, that are in the ring of the kernel now, or in a file that\n"
	"/proc/latency_tracker was read into. Load the module with stack=1 or begin_stack=1, and\n"
	"with user_stack=1 for the callers in user space, which are named as long as the\n"
	"process lives.\n"
	"\n"
	"  -f, --folded      comm;frame;... MICROSECONDS, one stack a line, as flamegraph.pl\n"
	"                    reads it\n"
	"  -i, --input FILE  hits in that file, - for standard input\n"
	"  -k, --kind KIND   stacks of this kind: begin, end, task, switch or user (default: of\n"
	"                    several, that of where the operation waited, behind that in user space)\n"
	"  -p, --pid PID     only operations that this process began\n"
	"  -j, --json        one JSON object a line for each stack\n"
	"  -h, --help        this text\n";

static const struct option options[] = {
	{ "folded", no_argument, NULL, 'f' },
	{ "input", required_argument, NULL, 'i' },
	{ "kind", required_argument, NULL, 'k' },
	{ "pid", required_argument, NULL, 'p' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static struct cli_folds folds = { .kind = -1 };
static enum cli_folds_style style;
static const char *input, *tracker;
static int pid;
static uint64_t lost, malformed;

static int parse_kind(const char *text)
{
	for (int kind = 0; kind < LT_STACK_KINDS; kind++)
		if (!strcmp(lt_stack_kind_name(kind), text))
			return kind;
	cli_usage_error(&cli_stacks, "KIND must be begin, end, task, switch or user, not '%s'",
			text);
}

static void set_style(enum cli_folds_style wanted)
{
	if (style != CLI_FOLDS_LIST && style != wanted)
		cli_usage_error(&cli_stacks, "-f and -j exclude each other");
	style = wanted;
}

static void parse_arguments(int argc, char **argv)
{
	int option;

	while ((option = cli_option(&cli_stacks, argc, argv)) != -1) {
		switch (option) {
		case 'f':
			set_style(CLI_FOLDS_FOLDED);
			break;
		case 'i':
			input = optarg;
			break;
		case 'k':
			folds.kind = parse_kind(optarg);
			break;
		case 'p':
			pid = cli_number(&cli_stacks, "PID", optarg, 1, INT_MAX);
			break;
		case 'j':
			set_style(CLI_FOLDS_JSON);
			break;
		}
	}
	if (optind < argc)
		tracker = argv[optind++];
	if (optind < argc)
		cli_usage_error(&cli_stacks, "unexpected argument '%s'", argv[optind]);
}

static void take_record(const struct lt_record *rec)
{
	if (rec->kind == LT_RECORD_LOST)
		lost += rec->lost;
	else if ((!tracker || !strcmp(rec->tracker, tracker)) && (!pid || rec->pid == pid))
		cli_folds_add(&folds, rec);
}

/*
 * All records but the last, which may go on in the next read; that one too at the @end.
 * Return: bytes that are done with.
 */
static size_t take_records(const char *buf, size_t len, bool end)
{
	static struct lt_record rec;
	size_t at = 0, consumed;
	int err;

	while (at < len) {
		err = lt_record_parse(buf + at, len - at, &rec, &consumed);
		if (err == -EAGAIN || (!end && at + consumed == len))
			break;
		at += consumed;
		if (err)
			malformed++;
		else
			take_record(&rec);
	}
	return at;
}

/* To the end of the file, or of what is in the ring; Return: 0 or a negative errno. */
static int read_all(int fd)
{
	static char buf[8 * LT_RECORD_MAX];
	size_t len = 0, done;
	ssize_t got;

	while ((got = read(fd, buf + len, sizeof(buf) - len)) > 0 ||
	       (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		len += got;
		done = take_records(buf, len, false);
		/* A record without an end is none. */
		if (!done && len == sizeof(buf))
			return -EMSGSIZE;
		len -= done;
		memmove(buf, buf + done, len);
	}
	if (got < 0 && errno != EAGAIN)
		return -errno;
	if (take_records(buf, len, true) < len)
		malformed++;
	return 0;
}

static int open_input(char *path, size_t size, struct lt_paths *paths)
{
	if (input && !strcmp(input, "-")) {
		snprintf(path, size, "standard input");
		return STDIN_FILENO;
	}
	if (input)
		snprintf(path, size, "%s", input);
	else
		snprintf(path, size, "%s/%s", paths->proc, LT_PROC_NAME);
	return open(path, O_RDONLY | (input ? 0 : O_NONBLOCK) | O_CLOEXEC);
}

/* What is not in the output; Return: exit code. */
static int explain(void)
{
	fflush(stdout);
	if (lost)
		fprintf(stderr, "latency-tracker: %" PRIu64 " hits were lost before they were "
			"read\n", lost);
	if (malformed)
		fprintf(stderr, "latency-tracker: left out %" PRIu64 " records that are not "
			"understood\n", malformed);
	if (!folds.hits)
		fputs("latency-tracker: no hits\n", stderr);
	else if (folds.bare)
		fprintf(stderr, "latency-tracker: %" PRIu64 " of %" PRIu64 " hits have no such "
			"stack; the module's parameters stack=1, begin_stack=1 and user_stack=1 "
			"record them\n",
			folds.bare, folds.hits);
	return folds.hits > folds.bare ? CLI_OK : CLI_NOTHING;
}

static int run(int argc, char **argv)
{
	char path[LT_PATH_MAX];
	struct lt_paths paths;
	int fd, err, code;

	lt_paths_init(&paths);
	parse_arguments(argc, argv);
	fd = open_input(path, sizeof(path), &paths);
	if (fd < 0 && !input)
		return cli_explain_stream(&paths, path, -errno);
	err = fd < 0 ? -errno : read_all(fd);
	if (err) {
		fprintf(stderr, "latency-tracker: cannot read %s: %s\n", path, strerror(-err));
		return CLI_ERROR;
	}
	close(fd);
	code = cli_folds_print(&folds, style);
	return code ? code : explain();
}

const struct cli_command cli_stacks = {
	.name = "stacks",
	.summary = "where the hits waited, added up by stack, for flame graphs too",
	.help = help,
	.options = options,
	.letters = "fi:k:p:jh",
	.run = run,
};
