// SPDX-License-Identifier: GPL-2.0
#include "events.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static const struct {
	const char *ftrace;
	const char *lttng;
} aliases[] = {
	{ "softirq_entry", "irq_softirq_entry" },
	{ "softirq_exit", "irq_softirq_exit" },
	{ "softirq_raise", "irq_softirq_raise" },
	{ "hrtimer_start", "timer_hrtimer_start" },
	{ "hrtimer_cancel", "timer_hrtimer_cancel" },
	{ "hrtimer_expire_entry", "timer_hrtimer_expire_entry" },
	{ "hrtimer_expire_exit", "timer_hrtimer_expire_exit" },
};

#define NR_ALIASES (sizeof(aliases) / sizeof(aliases[0]))

static int copy_part(char *dst, size_t size, const char *src, size_t len)
{
	if (len >= size)
		return -EINVAL;
	memcpy(dst, src, len);
	dst[len] = '\0';
	return 0;
}

static int parse_one(struct lt_event_pattern *pattern, const char *text, size_t len)
{
	const char *colon;
	int ret = 0;

	*pattern = (struct lt_event_pattern){ 0 };
	if (*text == '?') {
		pattern->optional = true;
		text++;
		len--;
	}
	colon = memchr(text, ':', len);
	if (colon) {
		ret = copy_part(pattern->system, sizeof(pattern->system), text, colon - text);
		len -= colon + 1 - text;
		text = colon + 1;
	}
	if (!len)
		return -EINVAL;
	return ret ?: copy_part(pattern->name, sizeof(pattern->name), text, len);
}

int lt_events_parse(struct lt_events *events, const char *list)
{
	unsigned int max = 1;
	size_t len;
	int ret;

	for (const char *c = list; *c; c++)
		max += *c == ',' || *c == ' ' || *c == '\t';
	*events = (struct lt_events){ .patterns = calloc(max, sizeof(*events->patterns)) };
	if (!events->patterns)
		return -ENOMEM;
	for (;;) {
		list += strspn(list, " \t,");
		len = strcspn(list, " \t,");
		if (!len)
			break;
		ret = parse_one(&events->patterns[events->count], list, len);
		if (ret) {
			lt_events_free(events);
			return ret;
		}
		list += len;
		events->count++;
	}
	if (events->count)
		return 0;
	lt_events_free(events);
	return -EINVAL;
}

void lt_events_free(struct lt_events *events)
{
	free(events->patterns);
	*events = (struct lt_events){ 0 };
}

/* The other tracer's name of an event, or NULL. */
static const char *alias_of(const char *name)
{
	for (size_t i = 0; i < NR_ALIASES; i++) {
		if (!strcmp(name, aliases[i].ftrace))
			return aliases[i].lttng;
		if (!strcmp(name, aliases[i].lttng))
			return aliases[i].ftrace;
	}
	return NULL;
}

static bool pattern_matches(const struct lt_event_pattern *pattern, const char *system,
			    const char *name)
{
	const char *alias = alias_of(name);

	if (*pattern->system && system && fnmatch(pattern->system, system, 0))
		return false;
	return !fnmatch(pattern->name, name, 0) || (alias && !strcmp(pattern->name, alias));
}

bool lt_events_match(struct lt_events *events, const char *system, const char *name)
{
	bool match = false;

	for (unsigned int i = 0; i < events->count; i++) {
		if (pattern_matches(&events->patterns[i], system, name)) {
			events->patterns[i].matches++;
			match = true;
		}
	}
	return match;
}

void lt_events_warn_missing(const struct lt_events *events, const char *backend)
{
	char names[512] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < events->count; i++) {
		const struct lt_event_pattern *pattern = &events->patterns[i];

		if (pattern->matches || pattern->optional || len >= sizeof(names))
			continue;
		len += snprintf(names + len, sizeof(names) - len, " %s%s%s", pattern->system,
				*pattern->system ? ":" : "", pattern->name);
	}
	if (len)
		lt_warn("%s: this kernel has no such trace events, left out:%s", backend, names);
}
