// SPDX-License-Identifier: GPL-2.0
#include "assign.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "module.h"
#include "param.h"
#include "text.h"

/* The kernel would silently cut the value there. */
static bool has_control(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return true;
	return false;
}

static void say_unknown(const char *module, const struct lt_params *params, const char *name)
{
	fprintf(stderr, "latency-tracker: %s has no parameter '%s'. It has:\n", module, name);
	for (size_t i = 0; i < params->count; i++)
		fprintf(stderr, "  %-13s %s\n", params->list[i].name, params->list[i].meaning);
}

int cli_assign_parse(const struct cli_command *command, const char *module,
		     const struct lt_params *params, char **words, size_t count,
		     struct cli_assign *assigns)
{
	char text[256];

	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(words[i], "=");

		lt_text_printable(words[i], text, sizeof(text));
		if (!len || !words[i][len])
			cli_usage_error(command, "'%s' is not PARAM=VALUE", text);
		if (has_control(words[i] + len))
			cli_usage_error(command, "'%s' has control characters in it", text);
		assigns[i].param = lt_params_find(params, words[i], len);
		assigns[i].value = words[i] + len + 1;
		if (!assigns[i].param) {
			text[strcspn(text, "=")] = '\0';
			say_unknown(module, params, text);
			return CLI_USAGE;
		}
	}
	return CLI_OK;
}
