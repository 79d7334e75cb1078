// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "names.h"
#include "text.h"

static const char * const stat_names[] = LT_STAT_NAMES;

#define NR_NAMES (sizeof(stat_names) / sizeof(stat_names[0]))
/* Index of LT_STAT_ENABLED in LT_STAT_NAMES. */
#define NR_STRINGS 2

static_assert(NR_NAMES == LT_STAT_COUNT + NR_STRINGS, "enum lt_stat mirrors LT_STAT_NAMES");

static int name_index(const char *name, size_t len)
{
	for (size_t i = 0; i < NR_NAMES; i++)
		if (strlen(stat_names[i]) == len && !memcmp(stat_names[i], name, len))
			return i;
	return -1;
}

static int copy_word(const char *src, size_t len, char *dst, size_t size)
{
	if (!len || len >= size || memchr(src, ' ', len))
		return -EBADMSG;
	memcpy(dst, src, len);
	dst[len] = '\0';
	return 0;
}

static int parse_value(struct lt_stats *stats, int index, const char *value, size_t len)
{
	switch (index) {
	case 0:
		return copy_word(value, len, stats->tracker, sizeof(stats->tracker));
	case 1:
		return copy_word(value, len, stats->module, sizeof(stats->module));
	default:
		return lt_text_u64(value, len, &stats->value[index - NR_STRINGS]);
	}
}

/* One line; sets its bit in @seen. */
static int parse_line(struct lt_stats *stats, const char *line, size_t len, uint32_t *seen)
{
	const char *blank = memchr(line, ' ', len);
	int index;

	if (!blank)
		return -EBADMSG;
	index = name_index(line, blank - line);
	if (index < 0)
		return 0;
	if (*seen & 1U << index)
		return -EBADMSG;
	*seen |= 1U << index;
	return parse_value(stats, index, blank + 1, line + len - blank - 1);
}

int lt_stats_parse(const char *text, struct lt_stats *stats)
{
	uint32_t seen = 0;
	int err;

	static_assert(NR_NAMES < 32, "one bit for each name");
	memset(stats, 0, sizeof(*stats));
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!text[len])
			return -EBADMSG;
		err = parse_line(stats, text, len, &seen);
		if (err)
			return err;
		text += len + 1;
	}
	return seen == (1U << NR_NAMES) - 1 ? 0 : -EBADMSG;
}

int lt_tracker_read(const struct lt_paths *paths, const char *tracker, const char *file,
		    char **text, size_t *len)
{
	char path[LT_PATH_MAX];

	if (strchr(tracker, '/'))
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/%s/%.255s/%.32s", paths->debugfs, LT_DEBUGFS_DIR,
		 tracker, file);
	return lt_file_read(path, text, len);
}

int lt_stats_read(const struct lt_paths *paths, const char *tracker, struct lt_stats *stats)
{
	char *text;
	int err = lt_tracker_read(paths, tracker, "stats", &text, NULL);

	if (err)
		return err;
	err = lt_stats_parse(text, stats);
	free(text);
	return err;
}

static bool is_counter(int stat)
{
	return stat >= LT_STAT_BEGINS && stat != LT_STAT_IN_FLIGHT;
}

void lt_stats_subtract(struct lt_stats *now, const struct lt_stats *before)
{
	for (int i = 0; i < LT_STAT_COUNT; i++)
		if (is_counter(i) && now->value[i] < before->value[i])
			return;
	for (int i = 0; i < LT_STAT_COUNT; i++)
		if (is_counter(i))
			now->value[i] -= before->value[i];
}

const char *lt_stat_name(enum lt_stat stat)
{
	return (unsigned int)stat < LT_STAT_COUNT ? stat_names[stat + NR_STRINGS] : "?";
}

int lt_trackers_list(const struct lt_paths *paths, char ***names, size_t *count)
{
	char path[LT_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", paths->debugfs, LT_DEBUGFS_DIR);
	return lt_names_read(path, "stats", names, count);
}

void lt_trackers_free(char **names, size_t count)
{
	lt_names_free(names, count);
}
