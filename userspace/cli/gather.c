// SPDX-License-Identifier: GPL-2.0
#include "gather.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "paths.h"
#include "record.h"

static int parse_kind(const struct cli_command *command, const char *text)
{
	for (int kind = 0; kind < LT_STACK_KINDS; kind++)
		if (!strcmp(lt_stack_kind_name(kind), text))
			return kind;
	cli_usage_error(command, "KIND must be begin, end, task, switch or user, not '%s'",
			text);
}

void cli_gather_option(struct cli_gather *gather, int option)
{
	if (option == 'i')
		gather->input = optarg;
	else if (option == 'k')
		gather->folds.kind = parse_kind(gather->command, optarg);
	else
		cli_filter_option(&gather->filter, gather->command, option);
}

void cli_gather_arguments(struct cli_gather *gather, int argc, char **argv)
{
	if (optind < argc)
		gather->filter.tracker = argv[optind++];
	if (optind < argc)
		cli_usage_error(gather->command, "unexpected argument '%s'", argv[optind]);
}

static void take_record(struct cli_gather *gather, const struct lt_record *rec)
{
	if (rec->kind == LT_RECORD_LOST)
		gather->lost += rec->lost;
	else if (cli_filter_wants(&gather->filter, rec))
		cli_folds_add(&gather->folds, rec);
}

/*
 * All records but the last, which may go on in the next read; that one too at the @end.
 * Return: bytes that are done with.
 */
static size_t take_records(struct cli_gather *gather, const char *buf, size_t len, bool end)
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
			gather->malformed++;
		else
			take_record(gather, &rec);
	}
	return at;
}

/* To the end of the file, or of what is in the ring; Return: 0 or a negative errno. */
static int read_all(struct cli_gather *gather, int fd)
{
	static char buf[8 * LT_RECORD_MAX];
	size_t len = 0, done;
	ssize_t got;

	while ((got = read(fd, buf + len, sizeof(buf) - len)) > 0 ||
	       (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		len += got;
		done = take_records(gather, buf, len, false);
		/* A record without an end is none. */
		if (!done && len == sizeof(buf))
			return -EMSGSIZE;
		len -= done;
		memmove(buf, buf + done, len);
	}
	if (got < 0 && errno != EAGAIN)
		return -errno;
	if (take_records(gather, buf, len, true) < len)
		gather->malformed++;
	return 0;
}

static int open_input(const char *input, char *path, size_t size,
		      const struct lt_paths *paths)
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

int cli_gather_read(struct cli_gather *gather)
{
	char path[LT_PATH_MAX];
	struct lt_paths paths;
	int fd, err;

	lt_paths_init(&paths);
	fd = open_input(gather->input, path, sizeof(path), &paths);
	if (fd < 0 && !gather->input)
		return cli_explain_stream(&paths, path, -errno);
	err = fd < 0 ? -errno : read_all(gather, fd);
	if (fd >= 0)
		close(fd);
	if (!err)
		return CLI_OK;
	fprintf(stderr, "latency-tracker: cannot read %s: %s\n", path, strerror(-err));
	return CLI_ERROR;
}

int cli_gather_explain(const struct cli_gather *gather)
{
	const struct cli_folds *folds = &gather->folds;

	fflush(stdout);
	if (gather->lost)
		fprintf(stderr, "latency-tracker: %" PRIu64 " hits were lost before they were "
			"read\n", gather->lost);
	if (gather->malformed)
		fprintf(stderr, "latency-tracker: left out %" PRIu64 " records that are not "
			"understood\n", gather->malformed);
	if (!folds->hits)
		fputs("latency-tracker: no hits\n", stderr);
	else if (folds->bare)
		fprintf(stderr, "latency-tracker: %" PRIu64 " of %" PRIu64 " hits have no such "
			"stack; the module's parameters stack=1, begin_stack=1 and user_stack=1 "
			"record them\n",
			folds->bare, folds->hits);
	return folds->hits > folds->bare ? CLI_OK : CLI_NOTHING;
}
