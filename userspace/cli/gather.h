/* SPDX-License-Identifier: GPL-2.0 */
/* Hits by their stacks, from the ring of the kernel or from a file: what stacks and flamegraph show. */
#ifndef CLI_GATHER_H
#define CLI_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "folds.h"

struct cli_command;

/**
 * struct cli_gather - which hits, and what was seen
 * @command: whose options
 * @folds: which stacks; receives them
 * @input: file that /proc/latency_tracker was read into, "-" for standard input; NULL: the ring
 * @filter: which hits
 * @lost: hits that were overwritten before they were read
 * @malformed: records that were not understood
 */
struct cli_gather {
	const struct cli_command *command;
	struct cli_folds folds;
	const char *input;
	struct cli_filter filter;
	uint64_t lost;
	uint64_t malformed;
};

/* Options that cli_gather_option() knows. */
#define CLI_GATHER_OPTIONS			\
	{ "input", required_argument, NULL, 'i' },	\
	{ "kind", required_argument, NULL, 'k' },	\
	CLI_FILTER_OPTIONS

#define CLI_GATHER_LETTERS "i:k:" CLI_FILTER_LETTERS

#define CLI_GATHER_HELP									\
	"  -i, --input FILE    hits in that file, - for standard input\n"			\
	"  -k, --kind KIND     stacks of this kind: begin, end, task, switch or user (default: of\n" \
	"                      several, that of where the operation waited, behind that in user\n" \
	"                      space)\n"							\
	CLI_FILTER_HELP

/** cli_gather_option() - take an option of getopt's with its optarg, if it is one of the above. */
void cli_gather_option(struct cli_gather *gather, int option);

/** cli_gather_arguments() - take what is left on the command line: the name of a tracker. */
void cli_gather_arguments(struct cli_gather *gather, int argc, char **argv);

/** cli_gather_read() - read all hits there are; Return: CLI_OK, or an exit code after saying why. */
int cli_gather_read(struct cli_gather *gather);

/** cli_gather_explain() - say what is not in the output; Return: exit code of the program. */
int cli_gather_explain(const struct cli_gather *gather);

#endif /* CLI_GATHER_H */
