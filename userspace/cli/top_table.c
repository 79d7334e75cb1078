// SPDX-License-Identifier: GPL-2.0
/* The table of top: a row for each tracker. */
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "sample.h"
#include "top_column.h"
#include "top_draw.h"
#include "top_screen.h"
#include "top_state.h"

/* For "%*s": negative for what stands at the left. */
static int width_of(const struct top_state *state, size_t column)
{
	int width = state->widths[column];

	return top_columns[column].kind == TOP_NAME ? -width : width;
}

static void draw_headings(const struct top_state *state, int y)
{
	int x = 0;

	for (size_t i = 0; i < TOP_NR_COLUMNS; i++) {
		if (!state->widths[i])
			continue;
		top_put(y, x, i == state->sort ? TOP_MARKED : TOP_HEADING, "%*s",
			width_of(state, i), top_columns[i].heading);
		x += state->widths[i] + 1;
	}
}

static enum top_look look_of(const struct top_column *column, const struct cli_reading *reading,
			     bool total, bool chosen)
{
	uint64_t value;

	if (chosen)
		return TOP_MARKED;
	if (column->alarm && top_column_value(column, reading, total, &value) && value)
		return TOP_ALARM;
	return reading->stats.value[LT_STAT_ENABLED] ? TOP_PLAIN : TOP_DIM;
}

/* A number that is too wide is cut nowhere: it moves what is to its right. */
static void draw_row(const struct top_state *state, const struct cli_reading *reading, int y,
		     bool chosen)
{
	char text[CLI_TEXT_MAX];
	int x = 0;

	for (size_t i = 0; i < TOP_NR_COLUMNS; i++) {
		const struct top_column *column = &top_columns[i];

		if (!state->widths[i])
			continue;
		if (x)
			x = top_put(y, x, chosen ? TOP_MARKED : TOP_PLAIN, " ");
		x = top_put(y, x, look_of(column, reading, state->total, chosen), "%*s",
			    width_of(state, i), top_column_text(column, reading, state->total, state->unit, text));
	}
}

void top_draw_table(struct top_state *state, const struct cli_sample *sample, int y, int lines)
{
	size_t first;

	top_columns_fit(sample, state->unit, COLS, state->widths);
	first = top_state_scroll(state, sample->count, lines - 1);
	draw_headings(state, y);
	for (size_t i = first; i < sample->count && i < first + lines - 1; i++)
		draw_row(state, &sample->readings[i], y + 1 + i - first, i == state->row);
}
