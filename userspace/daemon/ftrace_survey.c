// SPDX-License-Identifier: GPL-2.0
#include "ftrace_survey.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tracefs.h>

/* A line "NAME: NUMBER" or "NAME: SECONDS.MICROSECONDS"; a time in ns. */
static bool value_of(const char *text, const char *name, uint64_t *value)
{
	const char *at = strstr(text, name);
	char *end;

	if (!at)
		return false;
	at += strlen(name);
	*value = strtoull(at, &end, 10);
	if (end == at)
		return false;
	if (*end == '.')
		*value = *value * 1000000000 + strtoull(end + 1, NULL, 10) * 1000;
	return true;
}

uint64_t lt_ftrace_stats(const char *text, uint64_t since_ns, uint64_t bytes, bool *full)
{
	uint64_t overrun, used, oldest, now;
	uint64_t span_ns;

	if (!value_of(text, "overrun: ", &overrun) || !value_of(text, "bytes: ", &used) ||
	    !value_of(text, "oldest event ts: ", &oldest) || !value_of(text, "now ts: ", &now))
		return 0;
	/* A buffer that had been full before it was emptied still says so; a full one has hardly room. */
	*full = overrun && used >= bytes / 4 * 3;
	if (*full)
		return now > oldest ? now - oldest : 1;
	span_ns = now > since_ns ? now - since_ns : 1;
	/* At its present rate; an idle CPU's buffer lasts for ever. */
	return used < bytes && used ? span_ns * ((double)bytes / used) : span_ns;
}

static bool survey_cpu(struct tracefs_instance *instance, int cpu, uint64_t since_ns,
		       struct lt_history *history)
{
	char name[40], *text;
	uint64_t span_ns;
	bool full;

	snprintf(name, sizeof(name), "per_cpu/cpu%d/stats", cpu);
	text = tracefs_instance_file_read(instance, name, NULL);
	if (!text)
		return false;
	span_ns = lt_ftrace_stats(text, since_ns, history->bytes, &full);
	free(text);
	if (span_ns && (!history->span_ns || span_ns < history->span_ns)) {
		history->span_ns = span_ns;
		history->cpu = cpu;
		history->estimated = !full;
	}
	return span_ns;
}

int lt_ftrace_survey(struct tracefs_instance *instance, uint64_t since_ns,
		     struct lt_history *history)
{
	int cpus = sysconf(_SC_NPROCESSORS_CONF);
	bool found = false;

	history->span_ns = 0;
	for (int cpu = 0; cpu < cpus; cpu++)
		found |= survey_cpu(instance, cpu, since_ns, history);
	return found ? 0 : -EIO;
}
