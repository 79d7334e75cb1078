// SPDX-License-Identifier: GPL-2.0
#include "folds.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "json.h"
#include "output.h"
#include "record.h"
#include "symbols.h"
#include "text.h"

/* Stacks of where the operation waits before those of where it ended. */
static const enum lt_stack_kind order[] = {
	LT_STACK_TASK, LT_STACK_SWITCH, LT_STACK_BEGIN, LT_STACK_END,
};

static int find_kind(const struct lt_record *rec, enum lt_stack_kind kind)
{
	for (unsigned int i = 0; i < rec->nr_stacks; i++)
		if (rec->stacks[i].kind == kind && rec->stacks[i].nr_frames)
			return i;
	return -1;
}

static int find_stack(const struct lt_record *rec, int kind)
{
	int stack = -1;

	if (kind >= 0)
		return find_kind(rec, kind);
	for (size_t i = 0; stack < 0 && i < sizeof(order) / sizeof(order[0]); i++)
		stack = find_kind(rec, order[i]);
	return stack;
}

/* Harmless on a terminal; a semicolon would separate frames. Returns where it ends. */
static char *append(char *to, const char *text, size_t size)
{
	lt_text_printable(text, to, size);
	for (; *to; to++)
		if (*to == ';')
			*to = ':';
	return to;
}

/* The function without "+offset/size": one stack, wherever in a function it waits. */
static char *append_frame(char *to, const char *frame, size_t size)
{
	char *name = to + 1;

	*to = ';';
	append(name, frame, size - 1);
	name[strcspn(name, "+ ")] = '\0';
	return name + strlen(name);
}

/* A frame in user space is an address; but for the innermost, where it goes on after a call. */
static char *append_user_frame(char *to, const struct lt_record *rec, unsigned int stack,
			       unsigned int i, size_t size)
{
	uint64_t addr = strtoull(lt_record_frame(rec, stack, i), NULL, 16);
	char name[256];

	cli_symbol(rec, addr - !!i, name, sizeof(name));
	*to = ';';
	return append(to + 1, name, size - 1);
}

static char *append_stack(char *to, const struct lt_record *rec, unsigned int stack,
			  const char *end)
{
	for (unsigned int i = rec->stacks[stack].nr_frames; i-- > 0 && end - to > 2;) {
		if (rec->stacks[stack].kind == LT_STACK_USER)
			to = append_user_frame(to, rec, stack, i, end - to);
		else
			to = append_frame(to, lt_record_frame(rec, stack, i), end - to);
	}
	return to;
}

/* The one in user space, if there is one, goes on in the one in the kernel. */
static char *fold_text(const struct lt_record *rec, int user, int kernel)
{
	/* Each byte of a record may become \xHH; the names of addresses are what else may be long. */
	static char text[4 * LT_RECORD_MAX + LT_STACK_MAX * 4 * 256];
	char *const end = text + sizeof(text);
	char *to = append(text, rec->comm, sizeof(text));

	if (user >= 0)
		to = append_stack(to, rec, user, end);
	if (kernel >= 0)
		append_stack(to, rec, kernel, end);
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct cli_fold *)a)->text, ((const struct cli_fold *)b)->text);
}

/* The largest first; equal ones in a fixed order. */
static int by_time(const void *a, const void *b)
{
	const struct cli_fold *x = *(const struct cli_fold * const *)a;
	const struct cli_fold *y = *(const struct cli_fold * const *)b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? 1 : -1;
	return by_text(x, y);
}

static void *must(void *memory)
{
	if (memory)
		return memory;
	perror("latency-tracker");
	exit(CLI_ERROR);
}

static struct cli_fold *fold_of(struct cli_folds *folds, char *text)
{
	struct cli_fold key = { .text = text }, *fold;
	void *found = tfind(&key, &folds->tree, by_text);

	if (found)
		return *(struct cli_fold **)found;
	fold = must(calloc(1, sizeof(*fold)));
	fold->text = must(strdup(text));
	must(tsearch(fold, &folds->tree, by_text));
	return fold;
}

void cli_folds_add(struct cli_folds *folds, const struct lt_record *rec)
{
	int kernel = find_stack(rec, folds->kind), user = -1;
	struct cli_fold *fold;

	if (folds->kind < 0)
		user = find_kind(rec, LT_STACK_USER);
	folds->hits++;
	if (kernel < 0 && user < 0) {
		folds->bare++;
		return;
	}
	fold = fold_of(folds, fold_text(rec, user, kernel));
	fold->ns += rec->delta_ns;
	fold->count++;
}

/* Innermost first, as the kernel prints stacks; takes the text apart. */
static void print_list(const struct cli_fold *fold)
{
	char *end;

	while ((end = strrchr(fold->text, ';'))) {
		printf("    %s\n", end + 1);
		*end = '\0';
	}
	printf("    - %s\n        %" PRIu64 " us in %" PRIu64 " hit%s\n\n", fold->text,
	       fold->ns / 1000, fold->count, fold->count == 1 ? "" : "s");
}

static int print_json(const struct cli_fold *fold)
{
	struct json_object *object = json_object_new_object();
	struct json_object *frames = json_object_new_array();
	char *rest = fold->text, *comm = strsep(&rest, ";"), *frame;

	lt_json_add_string(object, "comm", comm);
	while (frames && (frame = strsep(&rest, ";")))
		json_object_array_add(frames, lt_json_string(frame));
	lt_json_add(object, "frames", frames);
	lt_json_add_u64(object, "count", fold->count);
	lt_json_add_u64(object, "sum_ns", fold->ns);
	return cli_json_line(object);
}

static int print_fold(const struct cli_fold *fold, void *style)
{
	switch (*(enum cli_folds_style *)style) {
	case CLI_FOLDS_JSON:
		return print_json(fold);
	case CLI_FOLDS_FOLDED:
		printf("%s %" PRIu64 "\n", fold->text, fold->ns / 1000);
		break;
	case CLI_FOLDS_LIST:
		print_list(fold);
		break;
	}
	return CLI_OK;
}

/* Takes the tree down; returns its folds. */
static struct cli_fold **flatten(struct cli_folds *folds, size_t *count)
{
	struct cli_fold **list = NULL;

	for (*count = 0; folds->tree; (*count)++) {
		list = must(reallocarray(list, *count + 1, sizeof(*list)));
		list[*count] = *(struct cli_fold **)folds->tree;
		tdelete(list[*count], &folds->tree, by_text);
	}
	return list;
}

int cli_folds_each(struct cli_folds *folds, int (*visit)(const struct cli_fold *fold, void *arg),
		   void *arg)
{
	struct cli_fold **list;
	int code = CLI_OK;
	size_t count;

	list = flatten(folds, &count);
	if (count)
		qsort(list, count, sizeof(*list), by_time);
	for (size_t i = 0; i < count; i++) {
		if (!code)
			code = visit(list[i], arg);
		free(list[i]->text);
		free(list[i]);
	}
	free(list);
	return code;
}

int cli_folds_print(struct cli_folds *folds, enum cli_folds_style style)
{
	return cli_folds_each(folds, print_fold, &style);
}
