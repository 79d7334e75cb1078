/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of the daemon, on stderr.
 *
 * Under the systemd journal each line begins with its priority as "<N>" (sd-daemon(3));
 * anywhere else it begins with the name of the program. Callable from every thread.
 */
#ifndef LT_LOG_H
#define LT_LOG_H

#include <stdbool.h>

/* Values are syslog priorities, which is what the journal wants to see. */
enum lt_log_level {
	LT_LOG_ERROR = 3,
	LT_LOG_WARNING = 4,
	LT_LOG_NOTICE = 5,
	LT_LOG_INFO = 6,
	LT_LOG_DEBUG = 7,
};

/**
 * lt_log_init() - choose what is written and how
 * @verbose: also write LT_LOG_DEBUG
 *
 * Call it before the first thread is started.
 */
void lt_log_init(bool verbose);

/** lt_log_set_verbose() - as the argument of lt_log_init(), at any time */
void lt_log_set_verbose(bool verbose);

/** lt_log() - write one line; @fmt has no newline at its end. errno is left alone. */
void lt_log(enum lt_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * struct lt_log_limit - a message that may repeat: at most once a minute
 * @next_ns: CLOCK_MONOTONIC before which it stays silent; the owner is one thread
 * @skipped: how often it stayed silent since it was last written
 */
struct lt_log_limit {
	unsigned long long next_ns;
	unsigned long skipped;
};

/** lt_log_limited() - as lt_log(), at most once a minute; says how many were left out. */
void lt_log_limited(struct lt_log_limit *limit, enum lt_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define lt_error(...)	lt_log(LT_LOG_ERROR, __VA_ARGS__)
#define lt_warn(...)	lt_log(LT_LOG_WARNING, __VA_ARGS__)
#define lt_notice(...)	lt_log(LT_LOG_NOTICE, __VA_ARGS__)
#define lt_info(...)	lt_log(LT_LOG_INFO, __VA_ARGS__)
#define lt_debug(...)	lt_log(LT_LOG_DEBUG, __VA_ARGS__)

#endif /* LT_LOG_H */
