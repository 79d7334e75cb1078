/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that the daemon was told: the defaults, what the configuration file changes of them, and
 * what the command line changes of that.
 */
#ifndef LT_CONFIG_H
#define LT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

/* Enough for every probe there is, and for many of one's own. */
#define LT_CONFIG_TRACKERS_MAX	32

/* A line of [trackers]: a module to load, and its parameters with blanks between them. */
struct lt_config_tracker {
	char *name;
	char *params;
	unsigned int line;
};

struct lt_config_string;

/**
 * struct lt_config - options and where each of them comes from
 * @opts: what is in force
 * @path: the file, points into argv or is a constant
 * @absent: there is no such file, which only the default one may be
 * @lines: by an option's row in the table: line of the file, 0 where it does not stand there
 * @given: by an option's row in the table: it stands on the command line
 * @trackers: @nr_trackers lines of [trackers], in their order
 * @strings: what @opts and @trackers point to, owned
 */
struct lt_config {
	struct lt_options opts;
	const char *path;
	bool absent;
	unsigned int lines[LT_NR_OPTIONS];
	bool given[LT_NR_OPTIONS];
	struct lt_config_tracker trackers[LT_CONFIG_TRACKERS_MAX];
	unsigned int nr_trackers;
	struct lt_config_string *strings;
};

/* Told of each mistake, in one line of printable text. */
typedef void (*lt_config_say_fn)(const char *mistake);

/**
 * lt_config_load() - read the file and the command line
 * @config: receives it; lt_config_free() it in any case
 * @argc: as of main()
 * @argv: as of main(); must outlive @config
 * @say: told of mistakes in the file; with --check they go to stderr as they are
 *
 * Return: as lt_options_parse().
 */
enum lt_options_result lt_config_load(struct lt_config *config, int argc, char **argv,
				      lt_config_say_fn say);

/** lt_config_free() - release what the file made; the strings of opts go with it */
void lt_config_free(struct lt_config *config);

/**
 * lt_config_keep() - a copy of a string that lives as long as @config
 * @config: configuration
 * @head: a string to put in front, with a blank between the two, or NULL
 * @text: string
 *
 * Return: the copy, or NULL without memory.
 */
char *lt_config_keep(struct lt_config *config, const char *head, const char *text);

/** lt_config_print() - print what is in force to stdout, each with where it comes from */
void lt_config_print(const struct lt_config *config);

#endif /* LT_CONFIG_H */
