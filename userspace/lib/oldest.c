// SPDX-License-Identifier: GPL-2.0
#include "oldest.h"

#include <errno.h>
#include <stdlib.h>

#include "record.h"
#include "stats.h"

/* The kernel lists them oldest first. */
static int parse_first(const char *text, size_t len, uint64_t *age_ns)
{
	struct lt_record *rec = malloc(sizeof(*rec));
	size_t consumed;
	int err = -ENOMEM;

	if (rec)
		err = lt_record_parse_pending(text, len, rec, &consumed);
	if (!err)
		*age_ns = rec->kind == LT_RECORD_PENDING ? rec->delta_ns : 0;
	free(rec);
	return err == -EAGAIN ? -EBADMSG : err;
}

int lt_oldest_read(const struct lt_paths *paths, const char *tracker, uint64_t *age_ns)
{
	size_t len;
	char *text;
	int err = lt_tracker_read(paths, tracker, "pending", &text, &len);

	if (err)
		return err;
	*age_ns = 0;
	if (len)
		err = parse_first(text, len, age_ns);
	free(text);
	return err;
}
