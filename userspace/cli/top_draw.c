// SPDX-License-Identifier: GPL-2.0
#include "top_draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "explain.h"
#include "loss.h"
#include "output.h"
#include "paths.h"
#include "sample.h"
#include "top_column.h"
#include "top_screen.h"
#include "top_state.h"
#include "unit.h"

#define MESSAGE_MAX	512

static const char help_text[] =
	"Keys:\n"
	"  q               quit\n"
	"  ? h             this help, and back from it\n"
	"  Space p         pause: the numbers stand still; again: go on\n"
	"  t               numbers of the last interval, or since the module was loaded\n"
	"  > s  <          sort by the next, by the previous column\n"
	"  r               reverse the order\n"
	"  Up Down k j     choose a tracker; PgUp PgDn Home End g G, too\n"
	"  Enter Right     its histogram; Esc Left: back\n"
	"  Tab Shift-Tab   next, previous series of the histogram\n"
	"  l               bars of the histogram linear or logarithmic\n"
	"  + -             longer, shorter interval\n"
	"  d               type the interval in seconds\n"
	"  Ctrl-L          draw the screen again\n"
	"\n"
	TOP_COLUMNS_HELP
	"ops/s and +hits are of the last interval. A maximum of an interval that is no new\n"
	"record is the upper end of its bucket; the percentiles are off by 6.25 % at most.\n";

static const char * const keys[TOP_VIEWS] = {
	[TOP_TABLE] = "q quit  ? help  Space pause  < > sort  r reverse  Enter histogram  t total",
	[TOP_HISTOGRAM] = "q quit  ? help  Space pause  Tab series  l linear  t total  Esc back",
	[TOP_HELP] = "q quit  Esc back  Up Down scroll",
};

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void draw_help(struct top_state *state, int y, int lines)
{
	const char *line = help_text;
	size_t first = top_state_scroll(state, count_lines(help_text), lines);

	for (size_t i = 0; *line && i < first + lines; i++) {
		int len = strcspn(line, "\n");

		if (i >= first)
			top_put(y + i - first, 0, TOP_PLAIN, "%.*s", len, line);
		line += len + 1;
	}
}

/* "17:03:12  last interval  every 2 s  by MAX": what matters most is not cut. */
static void draw_status(const struct top_state *state, const struct cli_sample *sample)
{
	char time[LT_CLOCK_TEXT_MAX], delay[CLI_TEXT_MAX];
	int64_t wall_ns = lt_clock_wall_from_mono(sample->time_ns);
	int x = 0;

	x = top_put(0, x, TOP_BOLD, "%s", lt_clock_hms(wall_ns, 0, time, sizeof(time)));
	if (state->paused)
		x = top_put(0, x + 2, TOP_MARKED, "PAUSED");
	x = top_put(0, x + 2, TOP_PLAIN, "%s", state->total ? "since load" : "last interval");
	x = top_put(0, x + 2, TOP_PLAIN, "every %s", cli_duration(state->delay_ns, delay));
	x = top_put(0, x + 2, TOP_PLAIN, "by %s%s", top_columns[state->sort].heading,
		    state->reverse ? ", reversed" : "");
	if (state->unit)
		top_put(0, x + 2, TOP_PLAIN, "in %s", state->unit->name);
}

/* Why there is nothing to see, although all could be read. */
static void draw_absence(const struct top_state *state, const struct cli_sample *sample,
			 const struct lt_paths *paths, int y)
{
	char text[LT_PATH_MAX];

	if (state->only)
		top_put(y, 0, TOP_BOLD, "Waiting for the tracker %s.", state->only);
	else
		top_put(y, 0, TOP_BOLD, "Waiting for a module.");
	if (!state->only)
		top_put(++y, 0, TOP_PLAIN, "%s",
			cli_why_none(paths, sample->err, text, sizeof(text)));
	top_put(y + 1, 0, TOP_PLAIN, "Load a probe in another terminal, for example:");
	top_put(y + 2, 0, TOP_PLAIN, "  latency-tracker load %s threshold_us=5000",
		state->only ? state->only : "block");
}

/* The most urgent: what was typed wrong, what cannot be read, what was lost; "" if nothing is. */
static void find_message(const struct top_state *state, const struct cli_sample *sample,
			 const struct lt_paths *paths, char *text, size_t size)
{
	const struct cli_reading *reading = top_state_reading(state, sample);
	const struct cli_loss *loss = reading ? cli_loss_next(&reading->stats, NULL) : NULL;

	*text = '\0';
	if (*state->complaint)
		snprintf(text, size, "%s", state->complaint);
	else if (*sample->unread)
		cli_why_unread(sample->unread, sample->unread_err, text, size);
	else if (!sample->complete)
		cli_why_none(paths, sample->err, text, size);
	else if (loss)
		snprintf(text, size, "%s: %" PRIu64 " %s", reading->stats.tracker,
			 reading->stats.value[loss->stat], loss->meaning);
}

/* How much of a text goes into one line of the screen: whole words, if they are not too long. */
static int first_line(const char *text)
{
	int len = strlen(text);

	if (len <= COLS)
		return len;
	for (len = COLS; len > 0 && text[len] != ' '; len--)
		;
	return len ? len : COLS;
}

/* In as many lines as it needs, at most @room; Return: how many, an empty text is one. */
static int draw_message(const struct top_state *state, const struct cli_sample *sample,
			const struct lt_paths *paths, int y, int room)
{
	char buf[MESSAGE_MAX];
	const char *text = buf;
	int lines = 0;

	if (state->prompting) {
		top_put(y, 0, TOP_BOLD, "interval in seconds: %s_", state->prompt);
		return 1;
	}
	find_message(state, sample, paths, buf, sizeof(buf));
	do {
		int len = first_line(text);

		top_put(y + lines++, 0, TOP_ALARM, "%.*s", len, text);
		text += len;
		text += *text == ' ';
	} while (*text && lines < room);
	return lines;
}

static void draw_view(struct top_state *state, const struct cli_sample *sample,
		      const struct lt_paths *paths, int y, int lines)
{
	if (state->view == TOP_HELP)
		draw_help(state, y, lines);
	else if (state->view == TOP_HISTOGRAM)
		top_draw_histogram(state, sample, y, lines);
	else if (sample->count)
		top_draw_table(state, sample, y, lines);
	else if (sample->complete)
		draw_absence(state, sample, paths, y);
}

void top_draw(struct top_state *state, const struct cli_sample *sample,
	      const struct lt_paths *paths)
{
	int y;

	erase();
	if (state->redraw)
		clearok(curscr, TRUE);
	state->redraw = false;
	if (COLS < TOP_MIN_COLUMNS || LINES < TOP_MIN_LINES) {
		top_put(0, 0, TOP_PLAIN, "needs %dx%d", TOP_MIN_COLUMNS, TOP_MIN_LINES);
	} else {
		draw_status(state, sample);
		y = 1 + draw_message(state, sample, paths, 1, LINES - TOP_MIN_LINES + 1);
		draw_view(state, sample, paths, y, LINES - 1 - y);
		top_put(LINES - 1, 0, TOP_DIM, "%s", keys[state->view]);
	}
	refresh();
}
