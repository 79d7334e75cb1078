// SPDX-License-Identifier: GPL-2.0
/* latency-tracker watch: hits as they come. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "hits.h"
#include "output.h"
#include "record.h"
#include "stats.h"
#include "stop.h"

static const char help[] =
	"Usage: latency-tracker watch [OPTIONS]\n"
	"\n"
	"Prints every hit as it comes, until Ctrl-C, which prints a summary and exits with 0.\n"
	"LAT is how long the operation took (reason=timeout: how long it has taken so far).\n"
	"\n"
	"  -n, --count COUNT   stop after COUNT hits\n"
	"  -t, --tracker NAME  only hits of this tracker\n"
	"  -p, --pid PID       only operations that this process began\n"
	"  -m, --milliseconds  LAT in milliseconds (default: microseconds)\n"
	"  -s, --stack         stacks too, when the tracker records them (stack=1)\n"
	"  -a, --all           begin with the hits that are still in the ring\n"
	"  -j, --json          one JSON object a line\n"
	"  -h, --help          this text\n";

static const struct option options[] = {
	{ "count", required_argument, NULL, 'n' },
	{ "tracker", required_argument, NULL, 't' },
	{ "pid", required_argument, NULL, 'p' },
	{ "milliseconds", no_argument, NULL, 'm' },
	{ "stack", no_argument, NULL, 's' },
	{ "all", no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static struct watch {
	struct cli_hits_style style;
	const char *tracker;
	uint64_t count;
	int pid;
	bool all;

	uint64_t hits;
	uint64_t longest_ns;
	uint64_t lost;
	uint64_t malformed;

	/* What was read and not parsed yet. */
	char buf[8 * LT_RECORD_MAX];
	size_t len;
} watch;

static void parse_options(int argc, char **argv)
{
	int option;

	while ((option = cli_option(&cli_watch, argc, argv)) != -1) {
		switch (option) {
		case 'n':
			watch.count = cli_number(&cli_watch, "COUNT", optarg, 1, UINT64_MAX);
			break;
		case 't':
			watch.tracker = optarg;
			break;
		case 'p':
			watch.pid = cli_number(&cli_watch, "PID", optarg, 1, INT_MAX);
			break;
		case 'm':
			watch.style.millis = true;
			break;
		case 's':
			watch.style.stack = true;
			break;
		case 'a':
			watch.all = true;
			break;
		case 'j':
			watch.style.json = true;
			break;
		}
	}
	if (optind < argc)
		cli_usage_error(&cli_watch, "unexpected argument '%s'", argv[optind]);
}

static bool is_wanted(const struct lt_record *rec)
{
	return (!watch.tracker || !strcmp(rec->tracker, watch.tracker)) &&
	       (!watch.pid || rec->pid == watch.pid);
}

static bool is_done(void)
{
	return watch.count && watch.hits >= watch.count;
}

static int take_record(const struct lt_record *rec)
{
	if (rec->kind == LT_RECORD_LOST) {
		watch.lost += rec->lost;
	} else {
		if (!is_wanted(rec))
			return CLI_OK;
		watch.hits++;
		if (rec->delta_ns > watch.longest_ns)
			watch.longest_ns = rec->delta_ns;
	}
	return cli_hits_print(&watch.style, rec);
}

/* Everything in the buffer but a line that is not complete yet. */
static int take_buffer(void)
{
	static struct lt_record rec;
	size_t at = 0, consumed;
	int code = CLI_OK, err;

	while (!code && !is_done()) {
		err = lt_record_parse(watch.buf + at, watch.len - at, &rec, &consumed);
		if (err == -EAGAIN)
			break;
		at += consumed;
		if (!err) {
			code = take_record(&rec);
		} else if (!watch.malformed++) {
			fprintf(stderr, "latency-tracker: a record that is not understood is "
				"left out (%s)\n", strerror(-err));
		}
	}
	watch.len -= at;
	memmove(watch.buf, watch.buf + at, watch.len);
	return code;
}

/* One read; 1 while there may be more, 0 at the end of file, a negative errno. */
static int fill_buffer(int fd)
{
	ssize_t got = read(fd, watch.buf + watch.len, sizeof(watch.buf) - watch.len);

	if (got > 0)
		watch.len += got;
	else if (got < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	return got != 0;
}

static int watch_stream(int fd, const char *path)
{
	int code = CLI_OK, err = 1;

	while (!code && !is_done() && !cli_stopped()) {
		err = cli_wait(fd, 0);
		if (err > 0)
			err = fill_buffer(fd);
		else if (!err)
			continue;
		if (err <= 0)
			break;
		code = take_buffer();
	}
	if (err < 0) {
		fprintf(stderr, "latency-tracker: cannot read %s: %s\n", path, strerror(-err));
		code = CLI_ERROR;
	}
	return code;
}

static void print_summary(void)
{
	char longest[CLI_TEXT_MAX];

	fflush(stdout);
	/* Below the ^C that the terminal shows. */
	fprintf(stderr, "%s%" PRIu64 " hits, longest %s, %" PRIu64 " lost",
		isatty(STDERR_FILENO) ? "\n" : "", watch.hits,
		cli_duration(watch.longest_ns, longest), watch.lost);
	if (watch.malformed)
		fprintf(stderr, ", %" PRIu64 " not understood", watch.malformed);
	fputc('\n', stderr);
}

/* A misspelt name would wait for ever in silence; but its module may also come later. */
static void warn_about_tracker(const struct lt_paths *paths)
{
	struct lt_stats stats;

	if (watch.tracker && lt_stats_read(paths, watch.tracker, &stats) == -ENOENT)
		fprintf(stderr, "latency-tracker: no tracker '%s' is loaded now; waiting for "
			"it\n", watch.tracker);
}

static int run(int argc, char **argv)
{
	char path[LT_PATH_MAX];
	struct lt_paths paths;
	int fd, code;

	parse_options(argc, argv);
	lt_paths_init(&paths);
	snprintf(path, sizeof(path), "%s/%s", paths.proc, LT_PROC_NAME);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return cli_explain_stream(&paths, path, -errno);
	if (!watch.all)
		lseek(fd, 0, SEEK_END);
	warn_about_tracker(&paths);
	cli_stop_init();
	cli_hits_heading(&watch.style);
	code = watch_stream(fd, path);
	if (cli_stopped())
		print_summary();
	close(fd);
	return code;
}

const struct cli_command cli_watch = {
	.name = "watch",
	.summary = "hits as they come",
	.help = help,
	.options = options,
	.letters = "n:t:p:msajh",
	.run = run,
};
