// SPDX-License-Identifier: GPL-2.0
#include "exemplars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "snapshot.h"

/* Each costs two files to read; older ones are no better examples. */
#define EXEMPLARS_MAX 256

/* Names that would make the labels longer than OpenMetrics allows (128 characters) are left out. */
#define NAME_LENGTH_MAX 100

static void add(struct lt_exemplars *exemplars, const char *state_dir, const char *name)
{
	struct lt_exemplar *exemplar = &exemplars->list[exemplars->count];
	struct lt_snapshot snapshot;
	const char *tracker;

	if (strlen(name) > NAME_LENGTH_MAX || lt_snapshot_load(state_dir, name, &snapshot))
		return;
	tracker = lt_json_get_string(snapshot.hit, "tracker");
	if (tracker && lt_json_get_u64(snapshot.hit, "delta_ns", &exemplar->delta_ns)) {
		snprintf(exemplar->snapshot, sizeof(exemplar->snapshot), "%s", name);
		snprintf(exemplar->tracker, sizeof(exemplar->tracker), "%s", tracker);
		exemplars->count++;
	}
	lt_snapshot_free(&snapshot);
}

void lt_exemplars_read(struct lt_exemplars *exemplars, const char *state_dir)
{
	char **names;
	size_t count, first;

	*exemplars = (struct lt_exemplars) { 0 };
	if (lt_snapshots_names(state_dir, &names, &count))
		return;
	first = count > EXEMPLARS_MAX ? count - EXEMPLARS_MAX : 0;
	exemplars->list = calloc(EXEMPLARS_MAX, sizeof(*exemplars->list));
	for (size_t i = first; exemplars->list && i < count; i++)
		add(exemplars, state_dir, names[i]);
	lt_snapshots_names_free(names, count);
}

void lt_exemplars_free(struct lt_exemplars *exemplars)
{
	free(exemplars->list);
	*exemplars = (struct lt_exemplars) { 0 };
}

const struct lt_exemplar *lt_exemplars_find(const struct lt_exemplars *exemplars,
					    const char *tracker, uint64_t lower, uint64_t upper)
{
	for (size_t i = exemplars->count; i-- > 0;) {
		const struct lt_exemplar *exemplar = &exemplars->list[i];

		if (exemplar->delta_ns >= lower && exemplar->delta_ns < upper &&
		    !strcmp(exemplar->tracker, tracker))
			return exemplar;
	}
	return NULL;
}
