/* SPDX-License-Identifier: GPL-2.0 */
/* The stream of records that watch follows. */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "hits.h"
#include "record.h"

/**
 * struct cli_stream - what to show, and what was seen
 * @style: how records look
 * @filter: which hits
 * @count: end after so many hits, 0: never
 * @hits: hits shown
 * @longest_ns: longest of them
 * @lost: records that were overwritten before they were read, of whatever tracker
 * @malformed: records that were not understood
 * @buf: bytes read and not parsed yet
 * @len: number of them
 */
struct cli_stream {
	struct cli_hits_style style;
	struct cli_filter filter;
	uint64_t count;

	uint64_t hits;
	uint64_t longest_ns;
	uint64_t lost;
	uint64_t malformed;

	char buf[8 * LT_RECORD_MAX];
	size_t len;
};

/**
 * cli_stream_run() - show records until a signal, the count or the end of the file
 * @stream: all zero but for what the user chose
 * @fd: stream, O_NONBLOCK
 * @path: its name, for complaints
 *
 * Return: exit code.
 */
int cli_stream_run(struct cli_stream *stream, int fd, const char *path);

/** cli_stream_summary() - one line on what was seen, to stderr. */
void cli_stream_summary(const struct cli_stream *stream);

#endif /* CLI_STREAM_H */
