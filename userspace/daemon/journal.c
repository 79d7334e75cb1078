// SPDX-License-Identifier: GPL-2.0
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "counts.h"
#include "json.h"

#define JOURNAL_NAME	"journal.jsonl"
#define OLD_NAME	JOURNAL_NAME ".1"

/* How much of the journal's end is read at the start: more than the kernel's ring holds. */
#define KNOWN_TAIL_MAX	(8 * 1024 * 1024)

struct lt_journal_known {
	uint64_t seq;
	uint64_t ts_ns;
};

static int compare_known(const void *a, const void *b)
{
	const struct lt_journal_known *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void remember_line(struct lt_journal *journal, const char *line)
{
	struct json_object *object = json_tokener_parse(line);
	struct lt_journal_known *known = &journal->known[journal->nr_known];

	if (lt_json_get_u64(object, "seq", &known->seq) &&
	    lt_json_get_u64(object, "ts_ns", &known->ts_ns))
		journal->nr_known++;
	json_object_put(object);
}

/* Adds to what is known already; sorted when all files are read. */
static int remember_lines(struct lt_journal *journal, char *text)
{
	size_t lines = journal->nr_known + 1;
	struct lt_journal_known *bigger;
	char *save;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	bigger = realloc(journal->known, lines * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	journal->known = bigger;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		remember_line(journal, line);
	return 0;
}

/* Reads [@from, @end) into a string that the caller frees; NULL with errno on failure. */
static char *read_tail(int fd, off_t from, off_t end)
{
	char *text = malloc(end - from + 1);
	off_t len = 0;
	ssize_t got;

	if (!text)
		return NULL;
	while (len < end - from) {
		got = pread(fd, text + len, end - from - len, from + len);
		if (got <= 0)
			break;
		len += got;
	}
	text[len] = '\0';
	/* Blocks of zeroes are what a power failure leaves: a line that is no JSON, no more. */
	for (char *c = text; (c = memchr(c, '\0', text + len - c)); )
		*c = ' ';
	return text;
}

/* Remembers the last lines of a file; cuts a last line without its newline off. */
static int load_tail(struct lt_journal *journal, int fd)
{
	off_t from, whole;
	struct stat st;
	char *text, *end;
	int ret = 0;

	if (fstat(fd, &st))
		return -errno;
	from = st.st_size > KNOWN_TAIL_MAX ? st.st_size - KNOWN_TAIL_MAX : 0;
	text = read_tail(fd, from, st.st_size);
	if (!text)
		return -ENOMEM;
	end = strrchr(text, '\n');
	whole = end ? from + (end + 1 - text) : from;
	if (whole < st.st_size) {
		lt_notice(JOURNAL_NAME ": removed a last line that was cut short");
		if (ftruncate(fd, whole))
			ret = -errno;
	}
	if (end)
		*end = '\0';
	if (!ret && end)
		ret = remember_lines(journal, text);
	free(text);
	return ret;
}

static int open_file(int dirfd, const char *name, int flags)
{
	int fd = openat(dirfd, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0640);

	return fd < 0 ? -errno : fd;
}

/* A journal that has just been rotated holds few of the hits that the ring still has. */
static int load_old(struct lt_journal *journal)
{
	int fd = open_file(journal->dirfd, OLD_NAME, 0), ret;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	ret = load_tail(journal, fd);
	close(fd);
	return ret;
}

int lt_journal_open(struct lt_journal *journal, int dirfd)
{
	int ret;

	*journal = (struct lt_journal){ .dirfd = dirfd };
	journal->fd = open_file(dirfd, JOURNAL_NAME, O_CREAT);
	if (journal->fd < 0)
		return journal->fd;
	ret = load_old(journal);
	ret = ret ?: load_tail(journal, journal->fd);
	if (ret) {
		lt_journal_forget(journal);
		close(journal->fd);
	} else if (journal->nr_known) {
		qsort(journal->known, journal->nr_known, sizeof(*journal->known), compare_known);
	}
	return ret;
}

bool lt_journal_is_known(const struct lt_journal *journal, uint64_t seq, uint64_t ts_ns)
{
	struct lt_journal_known key = { .seq = seq, .ts_ns = ts_ns };

	return journal->nr_known &&
	       bsearch(&key, journal->known, journal->nr_known, sizeof(key), compare_known);
}

void lt_journal_forget(struct lt_journal *journal)
{
	free(journal->known);
	journal->known = NULL;
	journal->nr_known = 0;
}

/* All or nothing: what a full disk took of the text is cut off again. */
static int write_all(int fd, const char *text, size_t len)
{
	struct stat before;
	ssize_t done;
	int ret;

	if (fstat(fd, &before))
		return -errno;
	do {
		done = write(fd, text, len);
	} while (done < 0 && errno == EINTR);
	if (done == (ssize_t)len)
		return 0;
	ret = done < 0 ? -errno : -ENOSPC;
	if (done > 0 && ftruncate(fd, before.st_size))
		lt_warn(JOURNAL_NAME ": cannot take back a part of a line: %m");
	return ret;
}

/*
 * Makes room for @len bytes under the limit: the file becomes the old one, in place of an older.
 * Where no new one can be made the journal goes on in the one that there is.
 */
static void rotate(struct lt_journal *journal, size_t len)
{
	struct stat st;
	int fd;

	if (!journal->max_bytes || fstat(journal->fd, &st) || !st.st_size ||
	    (uint64_t)st.st_size + len <= journal->max_bytes)
		return;
	if (renameat(journal->dirfd, JOURNAL_NAME, journal->dirfd, OLD_NAME)) {
		lt_log_limited(&journal->limit, LT_LOG_ERROR,
			       "cannot rename " JOURNAL_NAME " to " OLD_NAME ": %m");
		return;
	}
	fd = open_file(journal->dirfd, JOURNAL_NAME, O_CREAT | O_EXCL);
	if (fd < 0) {
		lt_log_limited(&journal->limit, LT_LOG_ERROR,
			       "cannot make a new " JOURNAL_NAME ": %s", strerror(-fd));
		renameat(journal->dirfd, OLD_NAME, journal->dirfd, JOURNAL_NAME);
		return;
	}
	close(journal->fd);
	journal->fd = fd;
}

/* All that is written to the journal goes this way. */
static int write_text(struct lt_journal *journal, const char *text, size_t len)
{
	rotate(journal, len);
	return write_all(journal->fd, text, len);
}

static int keep(struct lt_journal *journal, const char *text, size_t len)
{
	size_t need = journal->backlog_len + len;
	size_t size = journal->backlog_size ?: 64 * 1024;
	char *bigger;

	if (need > LT_JOURNAL_BACKLOG_MAX)
		return -ENOBUFS;
	while (size < need)
		size *= 2;
	if (size > journal->backlog_size) {
		bigger = realloc(journal->backlog, size);
		if (!bigger)
			return -ENOBUFS;
		journal->backlog = bigger;
		journal->backlog_size = size;
	}
	memcpy(journal->backlog + journal->backlog_len, text, len);
	journal->backlog_len = need;
	lt_count_set(&lt_counts.journal_waiting, need);
	return -EAGAIN;
}

int lt_journal_retry(struct lt_journal *journal)
{
	int ret;

	if (!journal->backlog_len)
		return 0;
	ret = write_text(journal, journal->backlog, journal->backlog_len);
	if (ret) {
		lt_log_limited(&journal->limit, LT_LOG_ERROR,
			       JOURNAL_NAME ": %s: hits are kept in memory, %zu KiB now",
			       strerror(-ret), journal->backlog_len / 1024 + 1);
		return -EAGAIN;
	}
	lt_notice(JOURNAL_NAME ": wrote %zu KiB of hits that had been kept in memory",
		  journal->backlog_len / 1024 + 1);
	free(journal->backlog);
	journal->backlog = NULL;
	journal->backlog_len = journal->backlog_size = 0;
	lt_count_set(&lt_counts.journal_waiting, 0);
	return 0;
}

int lt_journal_add(struct lt_journal *journal, struct json_object *line)
{
	const char *json = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t len = json ? strlen(json) : 0;
	char *text = json ? malloc(len + 1) : NULL;
	int ret = -ENOBUFS;

	if (text) {
		memcpy(text, json, len);
		text[len++] = '\n';
		/* Lines that wait go first, to keep the order. */
		if (!lt_journal_retry(journal) && !write_text(journal, text, len))
			ret = 0;
		else
			ret = keep(journal, text, len);
		free(text);
	}
	if (ret == -EAGAIN && !journal->limit.next_ns)
		lt_journal_retry(journal);	/* says at once what is wrong */
	if (ret == -ENOBUFS) {
		lt_count_add(&lt_counts.journal_dropped, 1);
		lt_log_limited(&journal->limit, LT_LOG_ERROR,
			       JOURNAL_NAME ": %llu hits lost, the disk is full for too long",
			       (unsigned long long)lt_count_get(&lt_counts.journal_dropped));
	}
	return ret;
}

void lt_journal_close(struct lt_journal *journal)
{
	if (lt_journal_retry(journal))
		lt_error(JOURNAL_NAME ": %zu bytes of hits could not be written",
			 journal->backlog_len);
	free(journal->backlog);
	lt_journal_forget(journal);
	close(journal->fd);
}
