// SPDX-License-Identifier: GPL-2.0
#include "accept.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define BLANKS		" \t"
/* Weights are counted in thousandths, as many digits as HTTP allows. */
#define WEIGHT_MAX	1000

/* A part of the header, without blanks around it. */
struct word {
	const char *text;
	size_t len;
};

/* Cuts the next word off *@rest, up to one of @ends, which is left there. */
static struct word next_word(const char **rest, const char *ends)
{
	struct word word = { .text = *rest + strspn(*rest, BLANKS) };

	word.len = strcspn(word.text, ends);
	*rest = word.text + word.len;
	while (word.len && strchr(BLANKS, word.text[word.len - 1]))
		word.len--;
	return word;
}

static bool is(struct word word, const char *text)
{
	return word.len == strlen(text) && !strncasecmp(word.text, text, word.len);
}

/* "1", "0.5", ".25"; what is no weight is 0. */
static int weight_of(struct word word)
{
	int weight = 0, unit = WEIGHT_MAX;
	bool fraction = false;

	for (size_t i = 0; i < word.len; i++) {
		if (word.text[i] == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (word.text[i] < '0' || word.text[i] > '9' || (!fraction && i))
			return 0;
		if (fraction)
			unit /= 10;
		weight += (word.text[i] - '0') * unit;
	}
	return weight < WEIGHT_MAX ? weight : WEIGHT_MAX;
}

/* The parameters behind a media type: its weight, 0 for a version that is not ours. */
static int read_params(const char **rest, const char *version)
{
	int weight = WEIGHT_MAX;
	bool ours = true;

	while (**rest == ';') {
		struct word name, value = { 0 };

		++*rest;
		name = next_word(rest, ";,=");
		if (**rest == '=') {
			++*rest;
			value = next_word(rest, ";,");
		}
		if (is(name, "q"))
			weight = weight_of(value);
		else if (is(name, "version"))
			ours = is(value, version);
	}
	return ours ? weight : 0;
}

enum lt_metrics_format lt_accept_format(const char *accept)
{
	int open = 0, text = 0, weight;

	while (accept && *accept) {
		struct word type = next_word(&accept, ";,");
		bool wants_open = is(type, "application/openmetrics-text");

		weight = read_params(&accept, wants_open ? "1.0.0" : "0.0.4");
		if (wants_open && weight > open)
			open = weight;
		else if (is(type, "text/plain") && weight > text)
			text = weight;
		accept += *accept == ',';
	}
	return open && open >= text ? LT_METRICS_OPEN : LT_METRICS_TEXT;
}

const char *lt_accept_type(enum lt_metrics_format format)
{
	return format == LT_METRICS_OPEN ?
	       "application/openmetrics-text; version=1.0.0; charset=utf-8" :
	       "text/plain; version=0.0.4; charset=utf-8";
}
