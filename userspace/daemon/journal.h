/* SPDX-License-Identifier: GPL-2.0 */
/*
 * journal.jsonl: one line for every hit.
 *
 * Each line goes out in one write() with O_APPEND, so that a reader sees whole lines. When the
 * disk is full a line is kept in memory and tried again with the next one; a part that was
 * written is taken back. A journal that would grow over its limit becomes journal.jsonl.1, in
 * place of an older one, and a new one begins. Used by the main thread only.
 */
#ifndef LT_JOURNAL_H
#define LT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"

struct json_object;
struct lt_journal_known;

/* Bytes of lines that are kept while they cannot be written. */
#define LT_JOURNAL_BACKLOG_MAX (4 * 1024 * 1024)

/**
 * struct lt_journal - an open journal
 * @fd: descriptor
 * @dirfd: of the output directory, the caller's
 * @max_bytes: the limit; 0: none. Whoever opened it may change it at any time
 * @backlog: lines that could not be written yet, owned
 * @backlog_len: bytes at @backlog
 * @backlog_size: room at @backlog
 * @limit: keeps the complaint about a full disk rare
 * @known: hits of earlier runs, see lt_journal_is_known(); owned
 * @nr_known: number of them
 */
struct lt_journal {
	int fd;
	int dirfd;
	uint64_t max_bytes;
	char *backlog;
	size_t backlog_len;
	size_t backlog_size;
	struct lt_log_limit limit;
	struct lt_journal_known *known;
	size_t nr_known;
};

/**
 * lt_journal_open() - open or create the journal
 * @journal: receives it; lt_journal_close() it
 * @dirfd: output directory, which must stay open
 *
 * Without a limit until the caller sets max_bytes. A last line that a crash cut short is removed. Remembers the hits of the last lines.
 *
 * Return: 0 or a negative errno.
 */
int lt_journal_open(struct lt_journal *journal, int dirfd);

/** lt_journal_close() - write what is still kept, complain about what cannot be written */
void lt_journal_close(struct lt_journal *journal);

/**
 * lt_journal_add() - append one line
 * @journal: journal
 * @line: JSON object; still the caller's afterwards
 *
 * Return: 0 when it was written, -EAGAIN when it is kept for later, -ENOBUFS when it is lost.
 */
int lt_journal_add(struct lt_journal *journal, struct json_object *line);

/** lt_journal_retry() - write what is kept; Return: 0 when nothing is left, else -EAGAIN. */
int lt_journal_retry(struct lt_journal *journal);

/**
 * lt_journal_is_known() - was this hit journalled by an earlier run?
 * @journal: journal
 * @seq: of the hit
 * @ts_ns: of the hit; seq alone begins anew with every load of the module
 *
 * A new reader of /proc/latency_tracker begins with the oldest record in the ring, so a daemon
 * that was restarted sees again what its predecessor had already dealt with.
 */
bool lt_journal_is_known(const struct lt_journal *journal, uint64_t seq, uint64_t ts_ns);

/** lt_journal_forget() - release what lt_journal_is_known() needs: all further hits are new */
void lt_journal_forget(struct lt_journal *journal);

#endif /* LT_JOURNAL_H */
