/* SPDX-License-Identifier: GPL-2.0 */
/* The terminal as top uses it: begin, end, text that stays in its line. Through ncurses. */
#ifndef CLI_TOP_SCREEN_H
#define CLI_TOP_SCREEN_H

#include <stdbool.h>

#include <curses.h>

/* How a text looks; without colour TOP_ALARM is like all the rest. */
enum top_look {
	TOP_PLAIN,
	TOP_BOLD,
	TOP_HEADING,
	TOP_MARKED,
	TOP_DIM,
	TOP_ALARM,
};

/**
 * top_screen_begin() - take over the terminal
 *
 * To be called after cli_stop_init(), so that ncurses leaves SIGINT and SIGTERM alone; SIGTSTP and
 * SIGWINCH are its own.
 *
 * Return: CLI_OK, or CLI_USAGE after saying why this is no terminal to draw on.
 */
int top_screen_begin(void);

/** top_screen_end() - give the terminal back as it was. */
void top_screen_end(void);

/** top_screen_gone() - Return: whether the terminal was closed. */
bool top_screen_gone(void);

/**
 * top_put() - write a text into a line of the screen
 * @y: line
 * @x: column
 * @look: how it looks
 * @format: as printf(); bytes that the terminal's character set has not become '?'
 *
 * What is beyond the right or lower edge is left out.
 *
 * Return: the column behind it.
 */
int top_put(int y, int x, enum top_look look, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif /* CLI_TOP_SCREEN_H */
