/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which trace events a back end enables: a list of names or patterns (fnmatch(3)), separated
 * by commas. A name may carry its ftrace system ("block:block_rq_issue"); a leading '?' means
 * that nobody needs to hear of it when the kernel has no such event.
 */
#ifndef LT_EVENTS_H
#define LT_EVENTS_H

#include <stdbool.h>

struct lt_event_pattern {
	char system[48];	/* "" matches every system */
	char name[80];
	bool optional;
	unsigned int matches;	/* counted by lt_events_match() */
};

/**
 * struct lt_events - a parsed list
 * @patterns: @count of them, owned
 */
struct lt_events {
	struct lt_event_pattern *patterns;
	unsigned int count;
};

/**
 * lt_events_parse() - parse a list
 * @events: receives it; release with lt_events_free()
 * @list: as above; blanks around the commas do not matter
 *
 * Return: 0, -EINVAL for an empty list or a name that is too long, -ENOMEM.
 */
int lt_events_parse(struct lt_events *events, const char *list);

void lt_events_free(struct lt_events *events);

/**
 * lt_events_match() - is an event of the kernel in the list?
 * @events: list, whose match counters go up
 * @system: ftrace's system, NULL where there is none (LTTng)
 * @name: name of the event
 *
 * LTTng renames some events of ftrace (softirq_entry is its irq_softirq_entry); without a
 * system either name finds them.
 */
bool lt_events_match(struct lt_events *events, const char *system, const char *name);

/** lt_events_warn_missing() - one warning that names what matched no event of @backend */
void lt_events_warn_missing(const struct lt_events *events, const char *backend);

#endif /* LT_EVENTS_H */
