/* SPDX-License-Identifier: GPL-2.0 */
/* What latency-tracker needs of a machine, one look each. */
#ifndef CLI_CHECKS_H
#define CLI_CHECKS_H

#include <limits.h>
#include <stddef.h>

#include "paths.h"

/**
 * enum cli_verdict - what a look has shown
 * @CLI_FINE: as it should be
 * @CLI_NOTE: something works less well, or will not later
 * @CLI_MISSING: something does not work
 * @CLI_UNKNOWN: it could not be seen, mostly for want of permissions
 */
enum cli_verdict {
	CLI_FINE,
	CLI_NOTE,
	CLI_MISSING,
	CLI_UNKNOWN,
};

/**
 * struct cli_machine - where to look
 * @paths: see lt_paths_init()
 * @root: "" or what LT_ROOT in the environment puts in front of /lib, /boot, /usr and /var
 * @release: of the running kernel
 */
struct cli_machine {
	struct lt_paths paths;
	char root[PATH_MAX];
	char release[256];
};

/* What a look has to say: @said about what is, @remedy what to do about it ("" if nothing). */
struct cli_finding {
	enum cli_verdict verdict;
	char said[256];
	char remedy[512];
};

/* One look; @name: one word for it. */
struct cli_check {
	const char *name;
	void (*look)(const struct cli_machine *machine, struct cli_finding *finding);
};

extern const struct cli_check cli_checks[];
extern const size_t cli_nr_checks;

/** cli_machine_init() - find out where to look. */
void cli_machine_init(struct cli_machine *machine);

#endif /* CLI_CHECKS_H */
