/* SPDX-License-Identifier: GPL-2.0 */
/* What top shows, as its keys change it. Knows the numbers of keys, but draws nothing. */
#ifndef CLI_TOP_STATE_H
#define CLI_TOP_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hist.h"
#include "stats.h"
#include "top_column.h"

struct cli_reading;
struct cli_sample;
struct cli_unit;

enum top_view {
	TOP_TABLE,
	TOP_HISTOGRAM,
	TOP_HELP,
	TOP_VIEWS
};

/* Room for the seconds that are typed after d, NUL included. */
#define TOP_PROMPT_MAX 12

/**
 * struct top_state - what is shown
 * @view: which screen
 * @back: screen to which the help returns
 * @paused: the numbers stand still
 * @refresh: a sample is wanted at once
 * @total: since the module was loaded or reset, not of the last interval
 * @reverse: the other order of rows
 * @linear: bars as long as their counts, not as the logarithms of these
 * @quit: the user has had enough
 * @redraw: the screen may be garbled
 * @sort: column by which rows are sorted
 * @widths: of the columns that had room the last time the table was drawn, 0: left out
 * @row: the chosen row
 * @tracker: name of the tracker in it; "" before the user has moved: whatever comes first
 * @series: the chosen series of the histogram
 * @series_name: its name; "": the first
 * @scroll: first visible line of each screen
 * @page: lines that had room the last time it was drawn
 * @delay_ns: from one sample to the next
 * @prompting: a delay is being typed
 * @prompt: what was typed so far
 * @complaint: what was wrong with it, or ""
 * @unit: unit of times, NULL: whatever is short
 * @only: the one tracker that is shown, or NULL
 */
struct top_state {
	enum top_view view;
	enum top_view back;
	bool paused;
	bool refresh;
	bool total;
	bool reverse;
	bool linear;
	bool quit;
	bool redraw;
	size_t sort;
	unsigned int widths[TOP_NR_COLUMNS];
	size_t row;
	char tracker[LT_NAME_MAX];
	size_t series;
	char series_name[LT_SERIES_NAME_MAX];
	size_t scroll[TOP_VIEWS];
	size_t page;
	uint64_t delay_ns;
	bool prompting;
	char prompt[TOP_PROMPT_MAX];
	char complaint[64];
	const struct cli_unit *unit;
	const char *only;
};

/**
 * top_state_follow() - sort a sample, and find in it again what was chosen
 * @state: state
 * @sample: what is to be shown; may be empty
 */
void top_state_follow(struct top_state *state, struct cli_sample *sample);

/**
 * top_state_key() - do what a key asks for
 * @state: state
 * @sample: what is shown, after top_state_follow()
 * @key: of getch()
 */
void top_state_key(struct top_state *state, struct cli_sample *sample, int key);

/** top_state_scroll() - Return: first visible of @lines, so that what is chosen has room. */
size_t top_state_scroll(struct top_state *state, size_t lines, size_t page);

/** top_state_reading() - Return: the chosen tracker, or NULL when it is not there. */
const struct cli_reading *top_state_reading(const struct top_state *state,
					    const struct cli_sample *sample);

/** top_state_hist() - Return: its histogram, of the interval or in total; NULL: not known. */
const struct lt_hist *top_state_hist(const struct top_state *state,
				     const struct cli_reading *reading);

#endif /* CLI_TOP_STATE_H */
