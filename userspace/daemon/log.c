// SPDX-License-Identifier: GPL-2.0
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

#define LOG_REPEAT_NS	(60 * 1000000000ULL)
#define LOG_LINE_MAX	1024

/* Written by the main thread while others read it; they may see it a line later. */
static atomic_int log_max = LT_LOG_INFO;
static bool log_to_journal;

/* systemd names the device and inode of the stream it reads: is stderr still that one? */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%ju:%ju", &dev, &ino) != 2)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

void lt_log_set_verbose(bool verbose)
{
	atomic_store_explicit(&log_max, verbose ? LT_LOG_DEBUG : LT_LOG_INFO,
			      memory_order_relaxed);
}

void lt_log_init(bool verbose)
{
	lt_log_set_verbose(verbose);
	log_to_journal = stderr_is_journal();
}

static const char *level_word(enum lt_log_level level)
{
	switch (level) {
	case LT_LOG_ERROR:
		return "error: ";
	case LT_LOG_WARNING:
		return "warning: ";
	case LT_LOG_DEBUG:
		return "debug: ";
	default:
		return "";
	}
}

/* One write() for the whole line, so that lines of two threads do not mix. */
static void log_line(enum lt_log_level level, const char *text)
{
	char line[LOG_LINE_MAX + 64];
	int saved = errno;
	ssize_t done;
	int len;

	if (log_to_journal)
		len = snprintf(line, sizeof(line), "<%d>%s\n", level, text);
	else
		len = snprintf(line, sizeof(line), "latency-trackerd: %s%s\n", level_word(level),
			       text);
	do {
		done = write(STDERR_FILENO, line, len);
	} while (done < 0 && errno == EINTR);
	errno = saved;
}

void lt_log(enum lt_log_level level, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list args;

	if ((int)level > atomic_load_explicit(&log_max, memory_order_relaxed))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_line(level, text);
}

void lt_log_limited(struct lt_log_limit *limit, enum lt_log_level level, const char *fmt, ...)
{
	uint64_t now = lt_clock_mono_ns();
	char text[LOG_LINE_MAX - 64];
	va_list args;

	if (now < limit->next_ns) {
		limit->skipped++;
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (limit->skipped)
		lt_log(level, "%s (and %lu times before)", text, limit->skipped);
	else
		lt_log(level, "%s", text);
	limit->skipped = 0;
	limit->next_ns = now + LOG_REPEAT_NS;
}
