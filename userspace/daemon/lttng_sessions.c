// SPDX-License-Identifier: GPL-2.0
#include "lttng_sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lttng/lttng.h>

#include "backend.h"
#include "fileutil.h"
#include "log.h"

static bool is_known(const struct lt_lttng_sessions *sessions, const char *name)
{
	for (unsigned int i = 0; i < sessions->count; i++) {
		if (!strcmp(sessions->names[i], name))
			return true;
	}
	return false;
}

static int add(struct lt_lttng_sessions *sessions, const char *text, size_t len)
{
	char *name = sessions->names[sessions->count];

	if (!len || len >= LT_LTTNG_NAME_MAX || sessions->count == LT_LTTNG_SESSIONS_MAX ||
	    memchr(text, '/', len) || *text == '.')
		return -EINVAL;
	memcpy(name, text, len);
	name[len] = '\0';
	if (is_known(sessions, name))
		return -EINVAL;
	sessions->count++;
	return 0;
}

int lt_lttng_sessions_parse(struct lt_lttng_sessions *sessions, const char *list)
{
	size_t len;
	int ret;

	sessions->count = 0;
	for (;; list += len + 1) {
		len = strcspn(list, ",");
		ret = add(sessions, list, len);
		if (ret || !list[len])
			return ret;
	}
}

static const struct lttng_session *find(const struct lttng_session *list, int n, const char *name)
{
	for (int i = 0; i < n; i++) {
		if (!strcmp(list[i].name, name))
			return &list[i];
	}
	return NULL;
}

static int check_one(const struct lttng_session *session, const char *name, char *why)
{
	if (!session) {
		lt_why(why, "there is no LTTng session %s: lttng create --snapshot %s, or see"
		       " \"lttng list\"", name, name);
		return -ENOENT;
	}
	if (!session->snapshot_mode) {
		lt_why(why, "LTTng session %s is not made for snapshots: lttng create --snapshot",
		       name);
		return -EINVAL;
	}
	if (session->enabled)
		return 0;
	lt_why(why, "LTTng session %s is not started: lttng start %s", name, name);
	return -EAGAIN;
}

int lt_lttng_sessions_check(const struct lt_lttng_sessions *sessions, char *why)
{
	struct lttng_session *list = NULL;
	int n, ret = 0;

	if (!sessions->count)
		return 0;
	n = lttng_list_sessions(&list);
	for (unsigned int i = 0; i < sessions->count && !ret; i++)
		ret = check_one(find(list, n, sessions->names[i]), sessions->names[i], why);
	free(list);
	return ret;
}

bool lt_lttng_session_exists(const char *name)
{
	struct lttng_session *list = NULL;
	int n = lttng_list_sessions(&list);
	bool found = find(list, n, name);

	free(list);
	return found;
}

/*
 * Is there a latency-trackerd of that pid, other than us? Where we may not look at the program,
 * its name decides, which the kernel cuts at 15 letters.
 */
static bool daemon_lives(pid_t pid)
{
	char path[64], exe[PATH_MAX], *base;
	ssize_t len;

	if (pid <= 0 || pid == getpid() || (kill(pid, 0) && errno == ESRCH))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	len = readlink(path, exe, sizeof(exe) - 1);
	if (len >= 0) {
		exe[len] = '\0';
		base = strrchr(exe, '/');
		return base && !strncmp(base + 1, "latency-trackerd", 16);
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	return lt_read_text(AT_FDCWD, path, exe, sizeof(exe)) > 0 &&
	       !strncmp(exe, "latency-tracker", 15);
}

void lt_lttng_sessions_remove_stale(const char *prefix)
{
	struct lttng_session *sessions = NULL;
	int n = lttng_list_sessions(&sessions), ret;
	size_t len = strlen(prefix);
	char *end;

	for (int i = 0; i < n; i++) {
		const char *name = sessions[i].name;
		long pid;

		if (strncmp(name, prefix, len))
			continue;
		pid = strtol(name + len, &end, 10);
		if (*end || end == name + len || daemon_lives(pid))
			continue;
		ret = lttng_destroy_session(name);
		if (ret < 0)
			lt_warn("cannot destroy LTTng session %s of a dead daemon: %s", name,
				lttng_strerror(ret));
		else
			lt_notice("destroyed LTTng session %s of a dead daemon", name);
	}
	free(sessions);
}
