/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hits: read from /proc/latency_tracker, journalled, and turned into requests for snapshots.
 *
 * Everything that one read() returns is one batch. Of those in it that a snapshot can still
 * show, the hit whose operation began first asks for one: a trace that covers its begin covers
 * the others' too. Only then are all of them journalled, in their order, each with the name of
 * the snapshot that shows it. Used by the main thread only.
 */
#ifndef LT_READER_H
#define LT_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"
#include "record.h"
#include "snapshot.h"

/* Room for one read(): many records, and more than the longest one in any case. */
#define LT_READER_BUFFER (128 * 1024)

/**
 * struct lt_reader - one open stream of hits
 * @fd: descriptor, O_NONBLOCK
 * @journal: where hits go
 * @snaps: who takes snapshots
 * @since_ns: hits from before are journalled without a snapshot: no trace was kept then
 * @limit: keeps complaints about malformed records rare
 * @buffer: what read() returned
 * @record: the record at hand
 * @cause: the record that a snapshot is asked for
 */
struct lt_reader {
	int fd;
	struct lt_journal *journal;
	struct lt_snapshots *snaps;
	uint64_t since_ns;
	struct lt_log_limit limit;
	char buffer[LT_READER_BUFFER];
	struct lt_record record;
	struct lt_record cause;
};

/**
 * lt_reader_open() - open the stream
 * @path: usually LT_PROC_PATH
 *
 * Says what is missing (module, group, capability) when it fails.
 *
 * Return: descriptor or a negative errno.
 */
int lt_reader_open(const char *path);

/**
 * lt_reader_read() - read and handle one batch
 * @reader: all fields up to since_ns are set
 *
 * Return: 1 when there was something, 0 when there is nothing now, -EPIPE at the end of the
 * stream (only a test has one), or another negative errno.
 */
int lt_reader_read(struct lt_reader *reader);

/** lt_reader_drain() - handle all that is there; Return: as lt_reader_read() but never 1. */
int lt_reader_drain(struct lt_reader *reader);

/** lt_reader_journal_failures() - journal the snapshots that have failed since the last call */
void lt_reader_journal_failures(struct lt_reader *reader);

#endif /* LT_READER_H */
