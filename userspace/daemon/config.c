// SPDX-License-Identifier: GPL-2.0
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "file.h"
#include "option.h"
#include "text.h"

struct lt_config_string {
	struct lt_config_string *next;
	char text[];
};

char *lt_config_keep(struct lt_config *config, const char *head, const char *text)
{
	size_t size = (head ? strlen(head) + 1 : 0) + strlen(text) + 1;
	struct lt_config_string *string = malloc(sizeof(*string) + size);

	if (!string)
		return NULL;
	snprintf(string->text, size, "%s%s%s", head ?: "", head ? " " : "", text);
	string->next = config->strings;
	config->strings = string;
	return string->text;
}

void lt_config_free(struct lt_config *config)
{
	struct lt_config_string *string;

	while ((string = config->strings)) {
		config->strings = string->next;
		free(string);
	}
}

static void say_plainly(const char *mistake)
{
	fprintf(stderr, "%s\n", mistake);
}

/* Return: number of mistakes. */
static unsigned int read_file(struct lt_config *config, const char *named, lt_config_say_fn say)
{
	unsigned int mistakes;
	char line[512], *text;
	size_t len;
	int ret;

	config->path = named ?: LT_CONFIG_PATH;
	ret = lt_file_read(config->path, &text, &len);
	if (ret == -ENOENT && !named) {
		config->absent = true;
		return 0;
	}
	if (ret) {
		snprintf(line, sizeof(line), "%s: %s", config->path, strerror(-ret));
		say(line);
		return 1;
	}
	mistakes = lt_config_parse(config, text, len, say);
	free(text);
	return mistakes;
}

/* The command line is read twice: for the name of the file, and again to win over it. */
enum lt_options_result lt_config_load(struct lt_config *config, int argc, char **argv,
				      lt_config_say_fn say)
{
	enum lt_options_result result;
	struct lt_options first;

	*config = (struct lt_config){ 0 };
	result = lt_options_parse(&first, argc, argv);
	if (result == LT_OPTIONS_DONE || (result == LT_OPTIONS_BAD && !first.check))
		return result;
	lt_options_init(&config->opts);
	if (read_file(config, first.config, first.check ? say_plainly : say))
		return LT_OPTIONS_BAD;
	if (result == LT_OPTIONS_RUN)
		lt_options_args(&config->opts, argc, argv, config->given);
	return result;
}

static void print_option(const struct lt_config *config, const struct lt_option *option)
{
	size_t i = lt_option_index(option);
	char value[LT_OPTION_TEXT_MAX], shown[LT_OPTION_TEXT_MAX];

	lt_option_format(option, &config->opts, value, sizeof(value));
	printf("%s = %s ; ", option->name, lt_text_printable(value, shown, sizeof(shown)));
	if (config->given[i])
		printf("command line\n");
	else if (config->lines[i])
		printf("%s:%u\n", config->path, config->lines[i]);
	else
		printf("default\n");
}

void lt_config_print(const struct lt_config *config)
{
	const struct lt_config_tracker *tracker;

	printf("# %s%s\n[daemon]\n", config->path, config->absent ? ": no such file" : "");
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		if (lt_option_table[i].scope != LT_OPTION_ARGV)
			print_option(config, &lt_option_table[i]);
	}
	if (config->nr_trackers)
		printf("\n[trackers]\n");
	for (unsigned int i = 0; i < config->nr_trackers; i++) {
		tracker = &config->trackers[i];
		printf("%s = %s ; %s:%u\n", tracker->name, tracker->params, config->path,
		       tracker->line);
	}
}
