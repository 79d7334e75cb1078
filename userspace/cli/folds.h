/* SPDX-License-Identifier: GPL-2.0 */
/* Hits added up by their stacks. */
#ifndef CLI_FOLDS_H
#define CLI_FOLDS_H

#include <stdbool.h>
#include <stdint.h>

struct lt_record;

enum cli_folds_style {
	CLI_FOLDS_LIST,		/* frames below each other, the innermost first */
	CLI_FOLDS_FOLDED,	/* as flamegraph.pl reads them */
	CLI_FOLDS_JSON,
};

/**
 * struct cli_folds - stacks, and what was seen of them
 * @kind: which stack of a record: one of enum lt_stack_kind, or -1 for the one that says most
 * @hits: hits that were added
 * @bare: hits without such a stack, which are not in the sums
 * @tree: of tsearch(); nothing to begin with
 */
struct cli_folds {
	int kind;
	uint64_t hits;
	uint64_t bare;
	void *tree;
};

/**
 * struct cli_fold - one stack
 * @ns: what all hits with it took
 * @count: number of these
 * @text: "comm;outermost;...;innermost", printable
 */
struct cli_fold {
	uint64_t ns;
	uint64_t count;
	char *text;
};

/** cli_folds_add() - add a hit; ends the program when there is no memory. */
void cli_folds_add(struct cli_folds *folds, const struct lt_record *rec);

/**
 * cli_folds_each() - visit all stacks, those with the most time first, and forget them
 * @folds: stacks
 * @visit: may take @fold->text apart; returns an exit code, the others are not visited after a
 *	failure
 * @arg: handed to @visit
 *
 * Return: exit code.
 */
int cli_folds_each(struct cli_folds *folds, int (*visit)(const struct cli_fold *fold, void *arg),
		   void *arg);

/**
 * cli_folds_print() - print all stacks to stdout, those with the most time first, and forget them
 *
 * Return: exit code.
 */
int cli_folds_print(struct cli_folds *folds, enum cli_folds_style style);

#endif /* CLI_FOLDS_H */
