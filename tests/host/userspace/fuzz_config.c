// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target for lt_config_parse(): any bytes as a configuration file. The input is copied
 * to an allocation of its own size, so that AddressSanitizer sees any read behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "config_file.h"
#include "option.h"

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

/* A name to be right and one to be taken for another; nothing is ever opened. */
static const struct lt_backend first = { .name = "lttng" }, second = { .name = "ftrace" };
const struct lt_backend *const lt_backends[] = { &first, &second, NULL };

static unsigned int told;

/* One line, harmless on a terminal, which says where. */
static void say(const char *mistake)
{
	told++;
	CHECK(!strncmp(mistake, "F:", 2) && mistake[2] >= '1' && mistake[2] <= '9');
	for (; *mistake; mistake++)
		CHECK((unsigned char)*mistake >= ' ' && *mistake != 0x7f);
}

static void check_option(const struct lt_config *config, const struct lt_option *option)
{
	char text[LT_OPTION_TEXT_MAX], why[LT_WHY_MAX];
	struct lt_options again;

	if (option->scope == LT_OPTION_ARGV)
		return;
	lt_options_init(&again);
	lt_option_format(option, &config->opts, text, sizeof(text));
	if (strlen(text) + 1 == sizeof(text))	/* a list that was cut */
		return;
	CHECK(!lt_option_set(option, &again, text, why));
	CHECK(lt_option_equal(option, &config->opts, &again));
}

static void check_trackers(const struct lt_config *config)
{
	CHECK(config->nr_trackers <= LT_CONFIG_TRACKERS_MAX);
	for (unsigned int i = 0; i < config->nr_trackers; i++) {
		CHECK(*config->trackers[i].name && config->trackers[i].params[0] != '-');
		CHECK(!strpbrk(config->trackers[i].name, "/.- "));
		CHECK(!strstr(config->trackers[i].params, " -"));
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct lt_config config = { .path = "F" };
	char *text = malloc(size ? size : 1);
	unsigned int mistakes;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	told = 0;
	lt_options_init(&config.opts);
	mistakes = lt_config_parse(&config, text, size, say);
	free(text);
	CHECK(mistakes == told);
	for (size_t i = 0; !mistakes && i < LT_NR_OPTIONS; i++)
		check_option(&config, &lt_option_table[i]);
	if (!mistakes)
		check_trackers(&config);
	lt_config_free(&config);
	return 0;
}
