// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "latency_tracker_uapi.h"
#include "option.h"

#ifndef LT_VERSION
#define LT_VERSION "unknown"
#endif

/* What getopt_long() returns for the first row of the table: above every character. */
#define FIRST_LONG	256

static void print_option(const struct lt_option *option)
{
	char left[40];

	snprintf(left, sizeof(left), "--%s%s%s", option->name, option->arg ? "=" : "",
		 option->arg ? option->arg : "");
	printf("  %-20s %s", left, option->help);
	if (option->arg && option->preset && !strstr(option->help, "(default"))
		printf(" (default %s)", option->preset);
	printf("\n");
}

static void print_help(void)
{
	printf("usage: latency-trackerd [OPTION]...\n\n"
	       "Waits for hits on " LT_PROC_PATH ", journals each of them and saves the\n"
	       "trace that was kept in memory. See latency-trackerd(8).\n\n");
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		if (lt_option_table[i].help)
			print_option(&lt_option_table[i]);
	}
}

void lt_options_init(struct lt_options *opts)
{
	char why[LT_WHY_MAX];

	*opts = (struct lt_options){ 0 };
	/* No default directory has a slash at its end, so none of them is written to. */
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		if (lt_option_table[i].preset)
			lt_option_set(&lt_option_table[i], opts, (char *)lt_option_table[i].preset,
				      why);
	}
}

static enum lt_options_result apply(const struct lt_option *option, struct lt_options *opts,
				    char *arg)
{
	char why[LT_WHY_MAX];

	if (option->type == LT_OPTION_HELP) {
		print_help();
		return LT_OPTIONS_DONE;
	}
	if (option->type == LT_OPTION_VERSION) {
		printf("latency-trackerd %s\n", LT_VERSION);
		return LT_OPTIONS_DONE;
	}
	if (!lt_option_set(option, opts, arg ?: (char *)"yes", why))
		return LT_OPTIONS_RUN;
	fprintf(stderr, "latency-trackerd: --%s=%s: %s\n", option->name, arg, why);
	return LT_OPTIONS_BAD;
}

static const struct lt_option *option_of(int c)
{
	if (c == 'h')
		return lt_option_find("help");
	return c < FIRST_LONG ? NULL : &lt_option_table[c - FIRST_LONG];
}

static void fill_long_options(struct option *longs)
{
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		longs[i] = (struct option){
			.name = lt_option_table[i].name,
			.has_arg = lt_option_table[i].arg ? required_argument : no_argument,
			.val = FIRST_LONG + i,
		};
	}
	longs[LT_NR_OPTIONS] = (struct option){ 0 };
}

/* Goes on after a mistake, so that --check finds them all and is found itself. */
enum lt_options_result lt_options_args(struct lt_options *opts, int argc, char **argv,
				       bool *given)
{
	enum lt_options_result result, worst = LT_OPTIONS_RUN;
	struct option longs[LT_NR_OPTIONS + 1];
	const struct lt_option *option;
	int c;

	fill_long_options(longs);
	optind = 0;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		option = option_of(c);
		result = option ? apply(option, opts, optarg) : LT_OPTIONS_BAD;
		if (result == LT_OPTIONS_DONE)
			return worst == LT_OPTIONS_BAD ? worst : result;
		if (result == LT_OPTIONS_BAD)
			worst = result;
		else if (given)
			given[lt_option_index(option)] = true;
	}
	for (; optind < argc; optind++) {
		fprintf(stderr, "latency-trackerd: unexpected argument: %s\n", argv[optind]);
		worst = LT_OPTIONS_BAD;
	}
	return worst;
}

enum lt_options_result lt_options_parse(struct lt_options *opts, int argc, char **argv)
{
	lt_options_init(opts);
	return lt_options_args(opts, argc, argv, NULL);
}
