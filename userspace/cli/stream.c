// SPDX-License-Identifier: GPL-2.0
#include "stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "stop.h"

static bool is_done(const struct cli_stream *stream)
{
	return stream->count && stream->hits >= stream->count;
}

static int take_record(struct cli_stream *stream, const struct lt_record *rec)
{
	if (rec->kind == LT_RECORD_LOST) {
		stream->lost += rec->lost;
	} else {
		if (!cli_filter_wants(&stream->filter, rec))
			return CLI_OK;
		stream->hits++;
		if (rec->delta_ns > stream->longest_ns)
			stream->longest_ns = rec->delta_ns;
	}
	return cli_hits_print(&stream->style, rec);
}

/* Everything in the buffer but a line that is not complete yet. */
static int take_buffer(struct cli_stream *stream)
{
	static struct lt_record rec;
	size_t at = 0, consumed;
	int code = CLI_OK, err;

	while (!code && !is_done(stream)) {
		err = lt_record_parse(stream->buf + at, stream->len - at, &rec, &consumed);
		if (err == -EAGAIN)
			break;
		at += consumed;
		if (!err) {
			code = take_record(stream, &rec);
		} else if (!stream->malformed++) {
			fputs("latency-tracker: left out a record that is not understood; more "
			      "of them are only counted\n", stderr);
		}
	}
	stream->len -= at;
	memmove(stream->buf, stream->buf + at, stream->len);
	return code;
}

/* One read; 1 while there may be more, 0 at the end of file, a negative errno. */
static int fill_buffer(struct cli_stream *stream, int fd)
{
	ssize_t got = read(fd, stream->buf + stream->len, sizeof(stream->buf) - stream->len);

	if (got > 0)
		stream->len += got;
	else if (got < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	return got != 0;
}

int cli_stream_run(struct cli_stream *stream, int fd, const char *path)
{
	int code = CLI_OK, err = 1;

	while (!code && !is_done(stream) && !cli_stopped()) {
		err = cli_wait(fd, 0);
		if (err > 0)
			err = fill_buffer(stream, fd);
		else if (!err)
			continue;
		if (err <= 0)
			break;
		code = take_buffer(stream);
	}
	if (err < 0) {
		fprintf(stderr, "latency-tracker: cannot read %s: %s\n", path, strerror(-err));
		code = CLI_ERROR;
	}
	return code;
}

void cli_stream_summary(const struct cli_stream *stream)
{
	char longest[CLI_TEXT_MAX];

	fflush(stdout);
	/* Below the ^C that the terminal shows. */
	fprintf(stderr, "%s%" PRIu64 " hit%s, longest %s, %" PRIu64 " lost",
		isatty(STDERR_FILENO) ? "\n" : "", stream->hits, stream->hits == 1 ? "" : "s",
		cli_duration(stream->longest_ns, longest), stream->lost);
	if (stream->malformed)
		fprintf(stderr, ", %" PRIu64 " not understood", stream->malformed);
	fputc('\n', stderr);
}
