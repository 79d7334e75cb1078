// SPDX-License-Identifier: GPL-2.0
#include "top_state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <curses.h>

#include "command.h"
#include "sample.h"
#include "top_column.h"

#define CTRL(letter)	((letter) & 0x1f)
#define ESC		0x1b
#define NSEC_PER_MSEC	1000000ULL
/* Further than any list is long. */
#define ALL		1000000L

struct binding {
	int key;
	void (*act)(struct top_state *state, struct cli_sample *sample);
};

const struct cli_reading *top_state_reading(const struct top_state *state,
					    const struct cli_sample *sample)
{
	if (state->view != TOP_TABLE)
		return cli_sample_find(sample, state->tracker);
	return state->row < sample->count ? &sample->readings[state->row] : NULL;
}

const struct lt_hist *top_state_hist(const struct top_state *state,
				     const struct cli_reading *reading)
{
	if (state->total)
		return &reading->hist;
	return reading->interval_ns ? &reading->added_hist : NULL;
}

/* A number from 0 to @count - 1, or 0. */
static size_t clamp(long number, size_t count)
{
	if (number < 0 || !count)
		return 0;
	return (size_t)number < count ? (size_t)number : count - 1;
}

static void follow_row(struct top_state *state, const struct cli_sample *sample)
{
	const struct cli_reading *chosen = cli_sample_find(sample, state->tracker);

	state->row = clamp(chosen ? chosen - sample->readings : (long)state->row,
			   sample->count);
}

/* All series are there in both histograms, in the same order. */
static void follow_series(struct top_state *state, const struct cli_sample *sample)
{
	const struct cli_reading *reading = cli_sample_find(sample, state->tracker);
	const struct lt_series *chosen;

	if (!reading)
		return;
	chosen = lt_hist_find(&reading->hist, state->series_name);
	state->series = clamp(chosen ? chosen - reading->hist.series : (long)state->series,
			      reading->hist.nr_series);
}

void top_state_follow(struct top_state *state, struct cli_sample *sample)
{
	top_sort(sample, state->sort, state->total, state->reverse);
	follow_row(state, sample);
	follow_series(state, sample);
}

size_t top_state_scroll(struct top_state *state, size_t lines, size_t page)
{
	size_t *scroll = &state->scroll[state->view];

	state->page = page;
	if (state->view == TOP_TABLE) {
		if (state->row < *scroll)
			*scroll = state->row;
		else if (state->row >= *scroll + page)
			*scroll = state->row + 1 - page;
	}
	if (*scroll + page > lines)
		*scroll = lines > page ? lines - page : 0;
	return *scroll;
}

static void choose_tracker(struct top_state *state, const struct cli_sample *sample)
{
	if (state->row < sample->count)
		strcpy(state->tracker, sample->readings[state->row].stats.tracker);
}

static void move_by(struct top_state *state, const struct cli_sample *sample, long lines)
{
	if (state->view == TOP_TABLE) {
		state->row = clamp((long)state->row + lines, sample->count);
		choose_tracker(state, sample);
	} else {
		/* Too much is put right when it is drawn. */
		state->scroll[state->view] = clamp((long)state->scroll[state->view] + lines,
						   ALL);
	}
}

static void up(struct top_state *state, struct cli_sample *sample)
{
	move_by(state, sample, -1);
}

static void down(struct top_state *state, struct cli_sample *sample)
{
	move_by(state, sample, 1);
}

static void page_up(struct top_state *state, struct cli_sample *sample)
{
	move_by(state, sample, -(long)state->page);
}

static void page_down(struct top_state *state, struct cli_sample *sample)
{
	move_by(state, sample, state->page);
}

static void first(struct top_state *state, struct cli_sample *sample)
{
	move_by(state, sample, -ALL);
}

static void last(struct top_state *state, struct cli_sample *sample)
{
	move_by(state, sample, ALL);
}

static void quit(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	state->quit = true;
}

static void help(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	state->back = state->view;
	state->view = TOP_HELP;
	state->scroll[TOP_HELP] = 0;
}

static void toggle_pause(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	state->paused = !state->paused;
	state->refresh = !state->paused;
}

static void toggle_total(struct top_state *state, struct cli_sample *sample)
{
	state->total = !state->total;
	top_state_follow(state, sample);
}

static void toggle_linear(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	state->linear = !state->linear;
}

static void redraw(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	state->redraw = true;
}

/* To the next column that is on the screen. */
static void sort_by(struct top_state *state, struct cli_sample *sample, int step)
{
	for (int i = 0; i < TOP_NR_COLUMNS; i++) {
		state->sort = (state->sort + TOP_NR_COLUMNS + step) % TOP_NR_COLUMNS;
		if (state->widths[state->sort])
			break;
	}
	top_state_follow(state, sample);
}

static void sort_right(struct top_state *state, struct cli_sample *sample)
{
	sort_by(state, sample, 1);
}

static void sort_left(struct top_state *state, struct cli_sample *sample)
{
	sort_by(state, sample, -1);
}

static void reverse(struct top_state *state, struct cli_sample *sample)
{
	state->reverse = !state->reverse;
	top_state_follow(state, sample);
}

static void enter(struct top_state *state, struct cli_sample *sample)
{
	if (!sample->count)
		return;
	if (strcmp(state->tracker, sample->readings[state->row].stats.tracker))
		state->series_name[0] = '\0';
	choose_tracker(state, sample);
	state->view = TOP_HISTOGRAM;
	state->series = 0;
	state->scroll[TOP_HISTOGRAM] = 0;
	follow_series(state, sample);
}

static void leave(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	state->view = state->view == TOP_HELP ? state->back : TOP_TABLE;
}

static void series_by(struct top_state *state, const struct cli_sample *sample, int step)
{
	const struct cli_reading *reading = cli_sample_find(sample, state->tracker);
	size_t count = reading ? reading->hist.nr_series : 0;

	if (!count)
		return;
	state->series = (state->series + count + step) % count;
	strcpy(state->series_name, reading->hist.series[state->series].name);
	state->scroll[TOP_HISTOGRAM] = 0;
}

static void next_series(struct top_state *state, struct cli_sample *sample)
{
	series_by(state, sample, 1);
}

static void previous_series(struct top_state *state, struct cli_sample *sample)
{
	series_by(state, sample, -1);
}

/* Steps of + and -, in milliseconds. */
static const uint64_t delays[] = {
	100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 600000, 3600000,
};

#define NR_DELAYS (sizeof(delays) / sizeof(delays[0]))

static void slower(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	for (size_t i = 0; i < NR_DELAYS; i++) {
		if (delays[i] * NSEC_PER_MSEC > state->delay_ns) {
			state->delay_ns = delays[i] * NSEC_PER_MSEC;
			return;
		}
	}
}

static void faster(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	for (size_t i = NR_DELAYS; i-- > 0;) {
		if (delays[i] * NSEC_PER_MSEC < state->delay_ns) {
			state->delay_ns = delays[i] * NSEC_PER_MSEC;
			return;
		}
	}
}

static void ask_delay(struct top_state *state, struct cli_sample *sample)
{
	(void)sample;
	state->prompting = true;
	state->prompt[0] = '\0';
}

/* A key of the answer to ask_delay(). */
static void prompt_key(struct top_state *state, int key)
{
	size_t len = strlen(state->prompt);

	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		state->prompting = false;
		if (len && !cli_parse_seconds(state->prompt, &state->delay_ns))
			snprintf(state->complaint, sizeof(state->complaint),
				 "the delay must be seconds, at least 0.001, not '%s'",
				 state->prompt);
	} else if (key == ESC) {
		state->prompting = false;
	} else if ((key == KEY_BACKSPACE || key == 0x7f || key == '\b') && len) {
		state->prompt[len - 1] = '\0';
	} else if (key < 0x80 && (isdigit(key) || key == '.') && len + 1 < TOP_PROMPT_MAX) {
		state->prompt[len] = key;
		state->prompt[len + 1] = '\0';
	}
}

static const struct binding everywhere[] = {
	{ 'q', quit }, { 'Q', quit },
	{ ' ', toggle_pause }, { 'p', toggle_pause },
	{ 't', toggle_total },
	{ '+', slower }, { '-', faster }, { 'd', ask_delay },
	{ KEY_UP, up }, { 'k', up }, { KEY_DOWN, down }, { 'j', down },
	{ KEY_PPAGE, page_up }, { KEY_NPAGE, page_down },
	{ KEY_HOME, first }, { 'g', first }, { KEY_END, last }, { 'G', last },
	{ CTRL('L'), redraw }, { KEY_RESIZE, redraw },
	{ 0, NULL }
};

static const struct binding of_view[TOP_VIEWS][16] = {
	[TOP_TABLE] = {
		{ 'h', help }, { '?', help }, { KEY_F(1), help },
		{ 's', sort_right }, { '>', sort_right }, { '<', sort_left },
		{ 'r', reverse }, { 'R', reverse },
		{ '\r', enter }, { '\n', enter }, { KEY_ENTER, enter }, { KEY_RIGHT, enter },
	},
	[TOP_HISTOGRAM] = {
		{ 'h', help }, { '?', help }, { KEY_F(1), help },
		{ '\t', next_series }, { KEY_BTAB, previous_series },
		{ 'l', toggle_linear },
		{ ESC, leave }, { KEY_LEFT, leave }, { KEY_BACKSPACE, leave }, { 0x7f, leave },
	},
	[TOP_HELP] = {
		{ 'h', leave }, { '?', leave }, { KEY_F(1), leave }, { '\r', leave },
		{ ESC, leave }, { KEY_LEFT, leave }, { KEY_BACKSPACE, leave }, { 0x7f, leave },
	},
};

static bool act_on(const struct binding *binding, struct top_state *state,
		   struct cli_sample *sample, int key)
{
	for (; binding->key; binding++) {
		if (binding->key == key) {
			binding->act(state, sample);
			return true;
		}
	}
	return false;
}

void top_state_key(struct top_state *state, struct cli_sample *sample, int key)
{
	state->complaint[0] = '\0';
	if (state->prompting && key != KEY_RESIZE)
		prompt_key(state, key);
	else if (!act_on(of_view[state->view], state, sample, key))
		act_on(everywhere, state, sample, key);
}
