// SPDX-License-Identifier: GPL-2.0
#include "trackers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "log.h"

/* Prefix, and a name as long as the parser lets through. */
#define MODULE_MAX	80
/* modprobe and the module. */
#define ARGS_BEFORE	2

/* Cuts @params into arguments behind the module's name; @argv has room for all. */
static void add_params(char **argv, char *params)
{
	char *rest, *word = strtok_r(params, " \t\r\n\v\f", &rest);

	for (; word; word = strtok_r(NULL, " \t\r\n\v\f", &rest))
		*argv++ = word;
}

static void load(const struct lt_config_tracker *tracker, char *module)
{
	/* Two bytes at least for each parameter, one more pointer for the end. */
	char **argv = calloc(ARGS_BEFORE + strlen(tracker->params) / 2 + 2, sizeof(*argv));
	char *params = strdup(tracker->params);
	char said[256];
	int ret = -ENOMEM;

	said[0] = '\0';
	if (argv && params) {
		argv[0] = (char *)"modprobe";
		argv[1] = module;
		add_params(argv + ARGS_BEFORE, params);
		ret = lt_child_run(argv, said, sizeof(said));
	}
	if (ret < 0)
		lt_error("tracker %s is not loaded: modprobe: %s", tracker->name, strerror(-ret));
	else if (ret)
		lt_error("tracker %s is not loaded: %s; what the module said is in the kernel log",
			 tracker->name, *said ? said : "modprobe failed");
	else
		lt_info("tracker %s is loaded: %s", tracker->name, tracker->params);
	free(params);
	free(argv);
}

void lt_trackers_load(const struct lt_config *config)
{
	char module[MODULE_MAX], path[MODULE_MAX + 16];
	const struct lt_config_tracker *tracker = config->trackers;

	for (; tracker < config->trackers + config->nr_trackers; tracker++) {
		snprintf(module, sizeof(module), "latency_tracker_%s", tracker->name);
		snprintf(path, sizeof(path), "/sys/module/%s", module);
		if (access(path, F_OK))
			load(tracker, module);
		else
			lt_notice("tracker %s is loaded already and keeps its parameters",
				  tracker->name);
	}
}
