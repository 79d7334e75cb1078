/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions of LTTng that are not ours: the user's own, and those of dead daemons. */
#ifndef LT_LTTNG_SESSIONS_H
#define LT_LTTNG_SESSIONS_H

#include <stdbool.h>

/* Sessions that one daemon saves, and room for a name. */
#define LT_LTTNG_SESSIONS_MAX	8
#define LT_LTTNG_NAME_MAX	256

/* What --session names. */
struct lt_lttng_sessions {
	char names[LT_LTTNG_SESSIONS_MAX][LT_LTTNG_NAME_MAX];
	unsigned int count;
};

/**
 * lt_lttng_sessions_parse() - take a list of names apart
 * @sessions: receives them
 * @list: names with commas between them
 *
 * Return: 0, or -EINVAL for an empty name, one with a slash, one given twice, or too many.
 */
int lt_lttng_sessions_parse(struct lt_lttng_sessions *sessions, const char *list);

/**
 * lt_lttng_sessions_check() - can snapshots be taken of all of them?
 * @sessions: which
 * @why: of size LT_WHY_MAX, receives what is wrong with one, and its remedy
 *
 * Return: 0, -ENOENT for one that does not exist, -EINVAL for one that is not made for snapshots,
 * -EAGAIN for one that is not started.
 */
int lt_lttng_sessions_check(const struct lt_lttng_sessions *sessions, char *why);

/** lt_lttng_session_exists() - Return: whether there is a session of that name. */
bool lt_lttng_session_exists(const char *name);

/** lt_lttng_sessions_remove_stale() - destroy those of dead daemons; @prefix, then their pid */
void lt_lttng_sessions_remove_stale(const char *prefix);

#endif /* LT_LTTNG_SESSIONS_H */
