// SPDX-License-Identifier: GPL-2.0
#include "reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "option.h"

/* Words for one line of the log; what does not fit is cut. */
struct words {
	char text[800];
	size_t len;
};

static void add_word(struct words *words, const char *word)
{
	if (words->len < sizeof(words->text))
		words->len += snprintf(words->text + words->len, sizeof(words->text) - words->len,
				       "%s%s", words->len ? ", " : "", word);
}

static void add_change(struct words *words, const struct lt_option *option,
		       const struct lt_options *old, const struct lt_options *new)
{
	char from[24], to[24], change[128];

	snprintf(change, sizeof(change), "%s %s -> %s", option->name,
		 lt_option_format(option, old, from, sizeof(from)),
		 lt_option_format(option, new, to, sizeof(to)));
	add_word(words, change);
}

static bool same_trackers(const struct lt_config *a, const struct lt_config *b)
{
	if (a->nr_trackers != b->nr_trackers)
		return false;
	for (unsigned int i = 0; i < a->nr_trackers; i++) {
		if (strcmp(a->trackers[i].name, b->trackers[i].name) ||
		    strcmp(a->trackers[i].params, b->trackers[i].params))
			return false;
	}
	return true;
}

static void take_over(struct lt_config *config, const struct lt_config *new)
{
	struct words changed = { .len = 0 }, waiting = { .len = 0 };

	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		const struct lt_option *option = &lt_option_table[i];

		if (option->scope == LT_OPTION_ARGV ||
		    lt_option_equal(option, &config->opts, &new->opts))
			continue;
		if (option->scope == LT_OPTION_LIVE) {
			add_change(&changed, option, &config->opts, &new->opts);
			lt_option_take(option, &config->opts, &new->opts);
		} else {
			add_word(&waiting, option->name);
		}
	}
	if (!same_trackers(config, new))
		add_word(&waiting, "[trackers]");
	lt_info("%s%s: reloaded: %s", new->path, new->absent ? " (absent)" : "",
		changed.len ? changed.text : "nothing that can be taken over has changed");
	if (waiting.len)
		lt_notice("has changed and needs a restart: %s", waiting.text);
}

static void say_mistake(const char *mistake)
{
	lt_error("%s", mistake);
}

bool lt_reload(struct lt_reload *reload)
{
	const struct lt_options *opts = &reload->config->opts;
	struct lt_config *new = malloc(sizeof(*new));
	bool good = false;

	if (!new) {
		lt_error("no memory to reload the configuration");
		return false;
	}
	good = lt_config_load(new, reload->argc, reload->argv, say_mistake) == LT_OPTIONS_RUN;
	if (good) {
		take_over(reload->config, new);
		lt_log_set_verbose(opts->verbose);
		lt_store_set_limits(reload->store, opts);
		reload->journal->max_bytes = opts->journal_mb << 20;
		lt_snapshots_set_times(reload->snaps, opts->rate_ms, opts->after_ms);
	} else {
		lt_error("the configuration was not reloaded, the old one stays in force");
	}
	lt_config_free(new);
	free(new);
	return good;
}
