/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of options: what each is called, what it takes and what it does.
 *
 * The command line, --help, the configuration file, --check and the reload know nothing of a
 * single option; they all walk this table.
 */
#ifndef LT_OPTION_H
#define LT_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* Room for what lt_option_format() prints. */
#define LT_OPTION_TEXT_MAX	1024

enum lt_option_type {
	LT_OPTION_NUMBER,
	LT_OPTION_SIZE,		/* bytes, with K, M or G; a power of two */
	LT_OPTION_POWER,	/* a power of two */
	LT_OPTION_STRING,
	LT_OPTION_OPTIONAL,	/* a string, or "none" */
	LT_OPTION_OUTPUT,	/* an absolute path; a URL sets "stream" instead */
	LT_OPTION_URL,		/* of a relay, or "none" */
	LT_OPTION_BACKEND,	/* "auto" or the name of a back end */
	LT_OPTION_EVENTS,	/* a list as in events.h, or "default" */
	LT_OPTION_ADDRESS,	/* as in address.h, or "none" */
	LT_OPTION_FLAG,		/* yes or no; on the command line its name alone is yes */
	LT_OPTION_NOTHING,	/* accepted, yes anyway */
	LT_OPTION_HELP,
	LT_OPTION_VERSION,
};

/* Where an option may stand, and when a change of it is taken over. */
enum lt_option_scope {
	LT_OPTION_AT_START,	/* anywhere; a change needs a restart */
	LT_OPTION_LIVE,		/* anywhere; a reload takes it over; a number or a flag */
	LT_OPTION_ARGV,		/* on the command line only */
};

/**
 * struct lt_option - one option
 * @name: its word, on the command line behind "--"
 * @type: how its value is read
 * @scope: where and when
 * @offset: of its field in struct lt_options
 * @min: least number
 * @max: largest number
 * @arg: what --help calls its value, NULL for one without
 * @preset: the default, as one would write it; NULL for none
 * @help: NULL: not shown
 */
struct lt_option {
	const char *name;
	enum lt_option_type type;
	enum lt_option_scope scope;
	size_t offset;
	uint64_t min, max;
	const char *arg;
	const char *preset;
	const char *help;
};

extern const struct lt_option lt_option_table[LT_NR_OPTIONS];

/** lt_option_find() - Return: the option of this name, or NULL. */
const struct lt_option *lt_option_find(const char *name);

/** lt_option_index() - Return: its place in the table. */
size_t lt_option_index(const struct lt_option *option);

/**
 * lt_option_set() - read a value into its field
 * @option: not LT_OPTION_HELP or LT_OPTION_VERSION, which have none
 * @opts: receives it; untouched on failure
 * @text: the value, which must outlive @opts; of a directory the last slashes are cut off
 * @why: of size LT_WHY_MAX, receives what would be right
 *
 * Return: 0 or -EINVAL.
 */
int lt_option_set(const struct lt_option *option, struct lt_options *opts, char *text, char *why);

/**
 * lt_option_format() - the reverse of lt_option_set()
 * @option: option
 * @opts: options
 * @text: receives the value, cut if it does not fit
 * @size: room at @text; LT_OPTION_TEXT_MAX will do for all but long lists
 *
 * Return: @text.
 */
const char *lt_option_format(const struct lt_option *option, const struct lt_options *opts,
			     char *text, size_t size);

/** lt_option_equal() - Return: whether both have the same value. */
bool lt_option_equal(const struct lt_option *option, const struct lt_options *a,
		     const struct lt_options *b);

/** lt_option_take() - copy the value of an option that is LT_OPTION_LIVE */
void lt_option_take(const struct lt_option *option, struct lt_options *to,
		    const struct lt_options *from);

#endif /* LT_OPTION_H */
