// SPDX-License-Identifier: GPL-2.0
#include "top_screen.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <term.h>

#include "command.h"
#include "output.h"

/* How long an Esc waits for the rest of what an arrow key sends. */
#define ESC_WAIT_MS	50
#define RED		1
#define TEXT_MAX	512

static SCREEN *screen;
static bool colour;

static int refuse(const char *why)
{
	fprintf(stderr, "latency-tracker top: %s. For plain text: top --batch\n", why);
	return CLI_USAGE;
}

/* newterm() would end the program where TERM is not known, and draw rubbish where it is dumb. */
static bool can_move_cursor(void)
{
	const char *cup;
	int err;

	if (setupterm(NULL, STDOUT_FILENO, &err))
		return false;
	cup = tigetstr("cup");
	del_curterm(cur_term);
	return cup && cup != (char *)-1;
}

static int check_terminal(void)
{
	const char *term = getenv("TERM");
	char why[128];

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return refuse("needs a terminal for its keys and its table");
	snprintf(why, sizeof(why), "the terminal (TERM=%.64s) is not known or cannot move its cursor",
		 term ? term : "");
	return term && can_move_cursor() ? CLI_OK : refuse(why);
}

int top_screen_begin(void)
{
	int code = check_terminal();

	if (code)
		return code;
	setlocale(LC_CTYPE, "");
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return refuse("the terminal cannot be used");
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESC_WAIT_MS);
	curs_set(0);
	colour = cli_colour() && has_colors() && start_color() == OK;
	if (colour) {
		use_default_colors();
		init_pair(RED, COLOR_RED, -1);
	}
	return CLI_OK;
}

void top_screen_end(void)
{
	endwin();
	delscreen(screen);
	screen = NULL;
}

bool top_screen_gone(void)
{
	struct termios state;

	return tcgetattr(STDIN_FILENO, &state) != 0;
}

static attr_t attributes(enum top_look look)
{
	switch (look) {
	case TOP_BOLD:
		return A_BOLD;
	case TOP_HEADING:
		return A_BOLD | A_UNDERLINE;
	case TOP_MARKED:
		return A_REVERSE;
	case TOP_DIM:
		return A_DIM;
	case TOP_ALARM:
		return colour ? (attr_t)COLOR_PAIR(RED) : A_NORMAL;
	default:
		return A_NORMAL;
	}
}

/* The next character; what is none, or none that can be shown, is a question mark. */
static wchar_t next_char(const char **text)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t len = mbrtowc(&c, *text, strlen(*text), &state);

	if (len == 0 || len > strlen(*text)) {
		(*text)++;
		return L'?';
	}
	*text += len;
	return wcwidth(c) >= 0 ? c : L'?';
}

int top_put(int y, int x, enum top_look look, const char *format, ...)
{
	char buf[TEXT_MAX];
	const char *text = buf;
	wchar_t wide[TEXT_MAX];
	int count = 0, end = x;
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	while (*text) {
		wchar_t c = next_char(&text);

		if (end + wcwidth(c) > COLS)
			break;
		end += wcwidth(c);
		wide[count++] = c;
	}
	if (y < 0 || y >= LINES || !count)
		return end;
	attrset(attributes(look));
	mvaddnwstr(y, x, wide, count);
	attrset(A_NORMAL);
	return end;
}
