// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target for lt_record_parse() and lt_record_parse_pending(): walks a buffer the way the readers do and checks what
 * the parser promises. The input is copied to the end of its own allocation, so that
 * AddressSanitizer sees any read behind it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "text.h"

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

static void check_operation(const struct lt_record *rec)
{
	const char *name, *value;

	CHECK(rec->lost == 0 && rec->more == 0);
	CHECK(*rec->tracker && !strchr(rec->tracker, '/') && *rec->tracker != '.');
	CHECK(strlen(rec->tracker) < LT_NAME_MAX && strlen(rec->comm) < LT_COMM_MAX);
	CHECK(rec->reason < LT_REASON_COUNT);
	CHECK(rec->pid >= 0 && rec->tid >= 0 && rec->cpu_begin >= 0 && rec->cpu_end >= 0);
	CHECK(rec->nr_fields <= LT_RECORD_FIELDS_MAX && rec->nr_stacks <= LT_RECORD_STACKS);
	CHECK(rec->text_len <= sizeof(rec->text));
	for (unsigned int i = 0; i < rec->nr_fields; i++) {
		name = lt_record_field_at(rec, i, &value);
		CHECK(name && *name && lt_record_field(rec, name) == value);
		CHECK(value + strlen(value) < rec->text + rec->text_len);
	}
	CHECK(!lt_record_field_at(rec, rec->nr_fields, NULL));
	for (unsigned int i = 0; i < rec->nr_stacks; i++) {
		CHECK(rec->stacks[i].nr_frames <= LT_STACK_MAX);
		for (unsigned int j = 0; j < rec->stacks[i].nr_frames; j++)
			CHECK(strlen(lt_record_frame(rec, i, j)) > 0);
		CHECK(!lt_record_frame(rec, i, rec->stacks[i].nr_frames));
	}
}

typedef int parser(const char *buf, size_t len, struct lt_record *rec, size_t *consumed);

static void walk(parser *parser, const char *buf, size_t size)
{
	static struct lt_record rec;
	size_t at = 0, consumed;
	int err;

	for (;;) {
		err = parser(buf + at, size - at, &rec, &consumed);
		CHECK(consumed <= size - at);
		CHECK((consumed == 0) == (err == -EAGAIN));
		CHECK(err == 0 || err == -EAGAIN || err == -EBADMSG || err == -ERANGE ||
		      err == -EMSGSIZE);
		if (err == -EAGAIN)
			break;
		at += consumed;
		/* The next record begins where a line does, and not with a continuation. */
		CHECK(at == size || (buf[at - 1] == '\n' && buf[at] != ' '));
		if (err)
			continue;
		CHECK((rec.kind < LT_RECORD_PENDING) == (parser == lt_record_parse));
		if (rec.kind == LT_RECORD_HIT || rec.kind == LT_RECORD_PENDING)
			check_operation(&rec);
		else
			CHECK((rec.lost > 0) != (rec.more > 0) && rec.nr_fields == 0 &&
			      rec.nr_stacks == 0);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *buf = malloc(size ? size : 1);

	CHECK(buf);
	if (size)
		memcpy(buf, data, size);
	walk(lt_record_parse, buf, size);
	walk(lt_record_parse_pending, buf, size);
	free(buf);
	return 0;
}
