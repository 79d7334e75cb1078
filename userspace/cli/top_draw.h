/* SPDX-License-Identifier: GPL-2.0 */
/* The screens of top: table, histogram, help. */
#ifndef CLI_TOP_DRAW_H
#define CLI_TOP_DRAW_H

struct cli_sample;
struct lt_paths;
struct top_state;

/* Less than this is no screen. */
#define TOP_MIN_COLUMNS	24
#define TOP_MIN_LINES	5

/**
 * top_draw() - draw everything
 * @state: what to show; learns what had room
 * @sample: the numbers
 * @paths: see lt_paths_init(); to find out why there are none
 */
void top_draw(struct top_state *state, const struct cli_sample *sample,
	      const struct lt_paths *paths);

/** top_draw_table() - the trackers, from line @y on, @lines of them, headings included. */
void top_draw_table(struct top_state *state, const struct cli_sample *sample, int y, int lines);

/** top_draw_histogram() - a histogram of one tracker, as above. */
void top_draw_histogram(struct top_state *state, const struct cli_sample *sample, int y,
			int lines);

#endif /* CLI_TOP_DRAW_H */
