// SPDX-License-Identifier: GPL-2.0
/* The histogram of top: one series of one tracker, a bar for each power of two. */
#include <inttypes.h>
#include <stdio.h>

#include "histogram.h"
#include "output.h"
#include "sample.h"
#include "text.h"
#include "top_draw.h"
#include "top_screen.h"
#include "top_state.h"
#include "unit.h"
#include "wide.h"

/* Counts by powers of two, without the empty rows before the first. */
struct bars {
	uint64_t rows[LT_HIST_ROWS_MAX];
	unsigned int first;
	unsigned int count;
	uint64_t largest;
	uint64_t unit_ns;
};

static void find_bars(struct bars *bars, const struct lt_series *series,
		      const struct cli_unit *unit)
{
	*bars = (struct bars){ .unit_ns = unit ? unit->ns : 1 };
	bars->count = lt_series_rows(series, bars->unit_ns, bars->rows);
	while (bars->first < bars->count && !bars->rows[bars->first])
		bars->first++;
	for (unsigned int i = bars->first; i < bars->count; i++)
		if (bars->rows[i] > bars->largest)
			bars->largest = bars->rows[i];
}

/* Logarithm to the base 2, between powers of two on a straight line: near enough for a bar. */
static double log_of(uint64_t count)
{
	int bits = 63 - __builtin_clzll(count);

	return bits + (double)count / (double)(1ULL << bits) - 1;
}

/* Of at least one character where there is anything. */
static int length_of(uint64_t count, uint64_t largest, int room, bool linear)
{
	double part;
	int length;

	if (!count || room <= 0)
		return 0;
	part = linear ? (double)count / (double)largest :
			(log_of(count) + 1) / (log_of(largest) + 1);
	length = part * room;
	return length ? length : 1;
}

/* An end of a row: 2^@power units. The last one of 64 bits has none. */
static const char *end_of(const struct bars *bars, const struct cli_unit *unit,
			  unsigned int power, char *buf)
{
	uint64_t ns = power ? lt_shift_up(bars->unit_ns, power) : 0;

	if (!unit)
		return cli_short_duration(ns, buf);
	snprintf(buf, CLI_TEXT_MAX, "%" PRIu64, ns / unit->ns);
	return buf;
}

static void draw_bar(const struct top_state *state, const struct bars *bars, unsigned int row,
		     int y)
{
	char low[CLI_TEXT_MAX], high[CLI_TEXT_MAX], count[CLI_TEXT_MAX];
	int width = state->unit ? 10 : 6;
	int x = top_put(y, 0, TOP_PLAIN, "%*s - %-*s %5s |", width,
			end_of(bars, state->unit, row, low), width,
			end_of(bars, state->unit, row + 1, high),
			cli_short_count(bars->rows[row], count));
	int length = length_of(bars->rows[row], bars->largest, COLS - x, state->linear);

	for (int i = 0; i < length; i++)
		x = top_put(y, x, TOP_PLAIN, "*");
}

static const char *text_of(const struct top_state *state, uint64_t ns, char *buf)
{
	return state->unit ? cli_unit_format(state->unit, ns, buf) : cli_short_duration(ns, buf);
}

static void draw_numbers(const struct top_state *state, const struct lt_series *series, int y)
{
	char text[CLI_TEXT_MAX];
	const char *name;
	uint32_t ppm;
	int x = 0;

	for (size_t i = 0; (name = cli_percentile(i, &ppm)); i++)
		x = top_put(y, x, TOP_PLAIN, "%s %s  ", name,
			    text_of(state, lt_series_percentile(series, ppm), text));
	top_put(y, x, TOP_PLAIN, "max %s", text_of(state, series->max_ns, text));
}

static void draw_series(struct top_state *state, const struct lt_series *series, int y,
			int lines)
{
	struct bars bars;
	size_t first;

	if (!lt_series_total(series)) {
		top_put(y, 0, TOP_PLAIN, "(no operation measured)");
		return;
	}
	draw_numbers(state, series, y);
	find_bars(&bars, series, state->unit);
	first = bars.first + top_state_scroll(state, bars.count - bars.first, lines - 1);
	for (unsigned int i = first; i < bars.count && i < first + lines - 1; i++)
		draw_bar(state, &bars, i, y + 1 + i - first);
}

void top_draw_histogram(struct top_state *state, const struct cli_sample *sample, int y,
			int lines)
{
	const struct cli_reading *reading = top_state_reading(state, sample);
	const struct lt_hist *hist = reading ? top_state_hist(state, reading) : NULL;
	char name[4 * LT_SERIES_NAME_MAX];
	const struct lt_series *series;

	if (!reading) {
		top_put(y, 0, TOP_BOLD, "tracker = %s: is not loaded any more; Esc: back",
			state->tracker);
	} else if (!hist || state->series >= hist->nr_series) {
		top_put(y, 0, TOP_BOLD, "tracker = %s: the first interval is not over",
			state->tracker);
	} else {
		series = &hist->series[state->series];
		top_put(y, 0, TOP_BOLD,
			"tracker = %s  series = %s (%zu of %zu)  count %" PRIu64 "  bars: %s",
			state->tracker, lt_text_printable(series->name, name, sizeof(name)),
			state->series + 1, hist->nr_series, lt_series_total(series),
			state->linear ? "linear" : "log");
		draw_series(state, series, y + 1, lines - 1);
	}
}
