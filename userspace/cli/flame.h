/* SPDX-License-Identifier: GPL-2.0 */
/* A flame graph (Gregg, 2011): stacks as frames upon frames, as wide as the time spent in them. */
#ifndef CLI_FLAME_H
#define CLI_FLAME_H

#include <stdint.h>
#include <stdio.h>

/* One frame below those that lead to it; all zero: an empty graph. */
struct cli_flame {
	char *name;
	uint64_t ns;
	uint64_t count;
	struct cli_flame *child;
	struct cli_flame *sibling;
};

/**
 * cli_flame_add() - add a stack
 * @root: graph; its own name is shown as the frame below all others
 * @text: "outermost;...;innermost"; taken apart
 * @ns: time spent
 * @count: how often
 *
 * Return: 0 or -ENOMEM.
 */
int cli_flame_add(struct cli_flame *root, char *text, uint64_t ns, uint64_t count);

/**
 * cli_flame_write() - write a graph as one SVG file that needs nothing else
 * @root: graph
 * @out: receives it; whoever opened it looks for errors of writing
 * @title: above it
 *
 * In a browser a click enlarges a frame, and "search" marks frames by a regular expression.
 */
void cli_flame_write(const struct cli_flame *root, FILE *out, const char *title);

/** cli_flame_free() - forget all frames of a graph. */
void cli_flame_free(struct cli_flame *root);

#endif /* CLI_FLAME_H */
