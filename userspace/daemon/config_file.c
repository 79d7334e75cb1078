// SPDX-License-Identifier: GPL-2.0
#include "config_file.h"

#include <ctype.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "nearest.h"
#include "option.h"
#include "text.h"

#define SECTION_DAEMON		"daemon"
#define SECTION_TRACKERS	"trackers"

/* Of what a user wrote, as much as a message repeats. */
#define QUOTE_MAX	80
/* What libinih copies the name of a word or section into. */
#define NAME_MAX_INIH	49
/* A module's parameters become arguments of modprobe. */
#define BLANKS		" \t\r\n\v\f"

/*
 * @at, @end: what of the text is not read yet
 * @line: the line at hand, from 1
 * @indented: it begins with a blank
 * @pending: it holds a word, and libinih has not passed it to on_word() yet
 * @follows: there is a word above it in this section, so an indented line goes on with that
 * @option, @tracker: that word, where it is known and right; else NULL
 */
struct parser {
	struct lt_config *config;
	lt_config_say_fn say;
	unsigned int mistakes;
	const char *at;
	const char *end;
	unsigned int line;
	bool indented;
	bool pending;
	bool follows;
	const struct lt_option *option;
	struct lt_config_tracker *tracker;
};

static void mistake(struct parser *parser, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void mistake(struct parser *parser, const char *fmt, ...)
{
	char what[512], line[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(line, sizeof(line), "%s:%u: %s", parser->config->path, parser->line, what);
	parser->mistakes++;
	parser->say(line);
}

/* What the user wrote, harmless and short. */
#define quote(text) lt_text_printable(text, (char [QUOTE_MAX]){ 0 }, QUOTE_MAX)

static void forget_word(struct parser *parser)
{
	parser->option = NULL;
	parser->tracker = NULL;
}

static void check_pending(struct parser *parser)
{
	if (parser->pending)
		mistake(parser, "expected WORD = VALUE, the '=' is missing");
	parser->pending = false;
}

static void no_memory(struct parser *parser)
{
	mistake(parser, "no memory to read it");
}

/* A section is named here, not in on_word(), because it may be empty and wrong all the same. */
static void on_section(struct parser *parser, const char *line)
{
	struct lt_nearest nearest;
	char name[QUOTE_MAX];
	size_t len = strcspn(line + 1, "]");

	if (line[1 + len] != ']') {
		mistake(parser, "expected [SECTION], the ']' is missing");
		return;
	}
	parser->follows = false;
	forget_word(parser);
	snprintf(name, sizeof(name), "%.*s", (int)len, line + 1);
	if (!strcmp(name, SECTION_DAEMON) || !strcmp(name, SECTION_TRACKERS))
		return;
	nearest = (struct lt_nearest){ .wanted = name };
	lt_nearest_offer(&nearest, SECTION_DAEMON);
	lt_nearest_offer(&nearest, SECTION_TRACKERS);
	if (nearest.word)
		mistake(parser, "unknown section [%s], did you mean [%s]?", quote(name),
			nearest.word);
	else
		mistake(parser, "unknown section [%s], expected [" SECTION_DAEMON "] or ["
			SECTION_TRACKERS "]", quote(name));
}

/* Looks at a line before libinih does. */
static void look_at(struct parser *parser, const char *line)
{
	char first = line[strspn(line, BLANKS)];

	parser->indented = isspace((unsigned char)line[0]);
	if (!first || first == '#' || first == ';')
		return;
	if (first == '[' && !(parser->indented && parser->follows))
		on_section(parser, line + strspn(line, BLANKS));
	else
		parser->pending = true;
}

static bool is_comment(const char *line, size_t len)
{
	while (len && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	return len && (*line == '#' || *line == ';');
}

/*
 * As fgets(). A line that libinih would cut in two, or end early, is replaced by an empty one:
 * the parts would be taken for lines of their own.
 */
static char *read_line(char *buffer, int size, void *stream)
{
	struct parser *parser = stream;
	const char *newline;
	size_t len, room = size - 2;

	check_pending(parser);
	if (parser->at == parser->end)
		return NULL;
	newline = memchr(parser->at, '\n', parser->end - parser->at);
	len = (newline ?: parser->end) - parser->at;
	parser->line++;
	if (memchr(parser->at, '\0', len)) {
		mistake(parser, "not a text: there is a byte of zero in this line");
		strcpy(buffer, "\n");
	} else if (len <= room) {
		snprintf(buffer, size, "%.*s\n", (int)len, parser->at);
	} else {
		if (!is_comment(parser->at, len))
			mistake(parser, "longer than %zu bytes; a list may go on in the next line,"
				" which then begins with a blank", room);
		strcpy(buffer, "\n");
	}
	parser->at += len + (newline != NULL);
	look_at(parser, buffer);
	return buffer;
}

static void unknown_word(struct parser *parser, const char *word)
{
	struct lt_nearest nearest = { .wanted = word };

	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		if (lt_option_table[i].scope != LT_OPTION_ARGV)
			lt_nearest_offer(&nearest, lt_option_table[i].name);
	}
	if (nearest.word)
		mistake(parser, "unknown word %s, did you mean %s?", quote(word), nearest.word);
	else
		mistake(parser, "unknown word %s; latency-trackerd.conf(5) has all of them",
			quote(word));
}

static void set_option(struct parser *parser, const struct lt_option *option, const char *head,
		       const char *value)
{
	char *text = lt_config_keep(parser->config, head, value);
	char why[LT_WHY_MAX];

	if (!text)
		no_memory(parser);
	else if (lt_option_set(option, &parser->config->opts, text, why))
		mistake(parser, "%s = %s: %s", option->name, quote(text), why);
	else
		parser->option = option;
}

static void on_option(struct parser *parser, const char *word, const char *value)
{
	const struct lt_option *option = lt_option_find(word);
	unsigned int *line;

	if (!option) {
		unknown_word(parser, word);
		return;
	}
	if (option->scope == LT_OPTION_ARGV) {
		mistake(parser, "%s stands on the command line only", word);
		return;
	}
	line = &parser->config->lines[lt_option_index(option)];
	if (*line) {
		mistake(parser, "%s is given twice, first in line %u: leave one of them", word,
			*line);
		return;
	}
	*line = parser->line;
	set_option(parser, option, NULL, value);
}

/* Each is "name=..." : nothing that modprobe could take for an option of its own. */
static bool are_params(const char *text)
{
	size_t name, len;

	for (text += strspn(text, BLANKS); *text; text += len + strspn(text + len, BLANKS)) {
		name = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
		len = strcspn(text, BLANKS);
		if (!name || text[name] != '=')
			return false;
	}
	return true;
}

static void set_params(struct parser *parser, struct lt_config_tracker *tracker,
		       const char *head, const char *value)
{
	tracker->params = lt_config_keep(parser->config, head, value);
	if (!tracker->params)
		no_memory(parser);
	else if (!are_params(value))
		mistake(parser, "%s = %s: expected parameters of the module, as in"
			" threshold_us=10000 timeout_us=500000", tracker->name, quote(value));
	else
		parser->tracker = tracker;
}

static void on_tracker(struct parser *parser, const char *word, const char *value)
{
	struct lt_config *config = parser->config;
	struct lt_config_tracker *tracker = config->trackers;

	if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(word)) {
		mistake(parser, "%s: expected the name of a tracker, as in block", quote(word));
		return;
	}
	for (; tracker < config->trackers + config->nr_trackers; tracker++) {
		if (!strcmp(tracker->name, word)) {
			mistake(parser, "%s is given twice, first in line %u: leave one of them",
				word, tracker->line);
			return;
		}
	}
	if (config->nr_trackers == LT_CONFIG_TRACKERS_MAX) {
		mistake(parser, "more than %d trackers", LT_CONFIG_TRACKERS_MAX);
		return;
	}
	tracker->name = lt_config_keep(config, NULL, word);
	tracker->line = parser->line;
	if (!tracker->name) {
		no_memory(parser);
		return;
	}
	config->nr_trackers++;
	set_params(parser, tracker, NULL, value);
}

/* Below a mistake it may be meant as a word of its own, so that is said too. */
static void go_on(struct parser *parser, const char *value)
{
	const struct lt_option *option = parser->option;
	struct lt_config_tracker *tracker = parser->tracker;

	forget_word(parser);
	if (tracker) {
		set_params(parser, tracker, tracker->params, value);
	} else if (option && option->type == LT_OPTION_EVENTS) {
		set_option(parser, option, parser->config->opts.events ?: option->preset, value);
	} else if (option) {
		mistake(parser, "a line that begins with a blank goes on with %s above, which is"
			" no list: begin it in the first column", option->name);
		parser->option = option;
	} else {
		mistake(parser, "a line that begins with a blank goes on with the word above, which"
			" is wrong already");
	}
}

/* Called by libinih; with a value of NULL where it was built to allow a word alone. */
static int on_word(void *user, const char *section, const char *word, const char *value)
{
	struct parser *parser = user;

	if (!word || !parser->pending)
		return 1;
	if (parser->indented && parser->follows) {
		parser->pending = false;
		go_on(parser, value);
		return 1;
	}
	parser->follows = true;
	forget_word(parser);
	if (!value || word[strcspn(word, BLANKS)]) {
		check_pending(parser);
		return 1;
	}
	parser->pending = false;
	if (!*word || strlen(word) > NAME_MAX_INIH)
		mistake(parser, "expected WORD = VALUE, with a known word");
	else if (!strcmp(section, SECTION_DAEMON))
		on_option(parser, word, value);
	else if (!strcmp(section, SECTION_TRACKERS))
		on_tracker(parser, word, value);
	else if (!*section)
		mistake(parser, "%s stands before any section: put [" SECTION_DAEMON "] above it",
			quote(word));
	return 1;
}

unsigned int lt_config_parse(struct lt_config *config, const char *text, size_t len,
			     lt_config_say_fn say)
{
	static const char mark[] = "\xef\xbb\xbf";	/* some editors begin a file with it */
	struct parser parser = { .config = config, .say = say, .at = text, .end = text + len };
	int line;

	if (len >= strlen(mark) && !memcmp(text, mark, strlen(mark)))
		parser.at += strlen(mark);
	line = ini_parse_stream(read_line, &parser, on_word, &parser);
	check_pending(&parser);
	if (line && !parser.mistakes) {
		if (line > 0)
			parser.line = line;
		mistake(&parser, "libinih cannot read it");
	}
	return parser.mistakes;
}
