// SPDX-License-Identifier: GPL-2.0
#include "inflight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

/*
 * Room for one more element behind @count: @elements or what takes its place; NULL: no memory.
 * It doubles, so that adding one at a time does not copy all of them each time.
 */
static void *grow(void *elements, size_t count, size_t size)
{
	if (count & (count - 1))
		return elements;
	return reallocarray(elements, count ? 2 * count : 1, size);
}

static int add_op(struct cli_inflight *list, const struct lt_record *rec, const char *text,
		  size_t len)
{
	struct cli_inflight_op *ops;

	if (!cli_filter_wants(&list->filter, rec))
		return 0;
	ops = grow(list->ops, list->nr_ops, sizeof(*ops));
	if (!ops)
		return -ENOMEM;
	list->ops = ops;
	ops[list->nr_ops++] = (struct cli_inflight_op){ rec->begin_ns, text, len };
	return 0;
}

static int add_more(struct cli_inflight *list, const struct lt_record *rec, const char *tracker)
{
	struct cli_inflight_more *more = grow(list->more, list->nr_more, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->more = more;
	more += list->nr_more++;
	*more = (struct cli_inflight_more){ .count = rec->more };
	strncpy(more->tracker, tracker, sizeof(more->tracker) - 1);
	return 0;
}

static int add_records(struct cli_inflight *list, const char *tracker, const char *text,
		       size_t len)
{
	static struct lt_record rec;
	size_t consumed;
	int err = 0;

	for (; !err && len; text += consumed, len -= consumed) {
		err = lt_record_parse_pending(text, len, &rec, &consumed);
		if (err == -EAGAIN)
			consumed = len;	/* cut */
		if (err) {
			list->malformed++;
			err = 0;
		} else if (rec.kind == LT_RECORD_MORE) {
			err = add_more(list, &rec, tracker);
		} else {
			err = add_op(list, &rec, text, consumed);
		}
	}
	return err;
}

int cli_inflight_read(struct cli_inflight *list, const struct lt_paths *paths,
		      const char *tracker)
{
	char **texts, *text;
	size_t len;
	int err;

	err = lt_tracker_read(paths, tracker, "pending", &text, &len);
	if (err)
		return err;
	texts = grow(list->texts, list->nr_texts, sizeof(*texts));
	if (!texts) {
		free(text);
		return -ENOMEM;
	}
	list->texts = texts;
	texts[list->nr_texts++] = text;
	return add_records(list, tracker, text, len);
}

static int compare(const void *a, const void *b)
{
	const struct cli_inflight_op *x = a, *y = b;

	return x->begin_ns < y->begin_ns ? -1 : x->begin_ns > y->begin_ns;
}

void cli_inflight_sort(struct cli_inflight *list)
{
	if (list->nr_ops)
		qsort(list->ops, list->nr_ops, sizeof(*list->ops), compare);
}

void cli_inflight_get(const struct cli_inflight *list, size_t index, struct lt_record *rec)
{
	size_t consumed;

	/* It was parsed before, when it was added. */
	lt_record_parse_pending(list->ops[index].text, list->ops[index].len, rec, &consumed);
}

void cli_inflight_free(struct cli_inflight *list)
{
	for (size_t i = 0; i < list->nr_texts; i++)
		free(list->texts[i]);
	free(list->texts);
	free(list->ops);
	free(list->more);
	*list = (struct cli_inflight){ .filter = list->filter };
}
