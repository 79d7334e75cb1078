// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"

static_assert(LT_RECORD_MAX <= UINT16_MAX, "offsets into lt_record.text are 16 bits");

static const char * const reason_names[] = LT_REASON_NAMES;
static const char * const stack_names[] = LT_STACK_NAMES;

static_assert(sizeof(reason_names) / sizeof(reason_names[0]) == LT_REASON_COUNT,
	      "enum lt_reason mirrors LT_REASON_NAMES");
static_assert(sizeof(stack_names) / sizeof(stack_names[0]) == LT_STACK_KINDS,
	      "a name for each kind");

/* A run of bytes inside the caller's buffer. */
struct span {
	const char *ptr;
	size_t len;
};

enum value_type {
	VALUE_U64,
	VALUE_INT,
	VALUE_SECONDS,	/* seconds.nnnnnnnnn */
	VALUE_MICROS,	/* microseconds.nnn */
	VALUE_TRACKER,
	VALUE_REASON,
	VALUE_COMM,
};

/* Every hit begins with these fields, in this order; a pending operation with some of them. */
static const struct {
	const char *name;
	enum value_type type;
	size_t offset;
	bool pending;
} fixed_fields[] = {
	{ "seq",		VALUE_U64,	offsetof(struct lt_record, seq), false },
	{ "ts",			VALUE_SECONDS,	offsetof(struct lt_record, ts_ns), false },
	{ "tracker",		VALUE_TRACKER,	offsetof(struct lt_record, tracker), true },
	{ "reason",		VALUE_REASON,	offsetof(struct lt_record, reason), false },
	{ "delta_us",		VALUE_MICROS,	offsetof(struct lt_record, delta_ns), true },
	{ "begin",		VALUE_SECONDS,	offsetof(struct lt_record, begin_ns), true },
	{ "threshold_us",	VALUE_MICROS,	offsetof(struct lt_record, threshold_ns), true },
	{ "cpu_begin",		VALUE_INT,	offsetof(struct lt_record, cpu_begin), true },
	{ "cpu_end",		VALUE_INT,	offsetof(struct lt_record, cpu_end), true },
	{ "pid",		VALUE_INT,	offsetof(struct lt_record, pid), true },
	{ "tid",		VALUE_INT,	offsetof(struct lt_record, tid), true },
	{ "comm",		VALUE_COMM,	offsetof(struct lt_record, comm), true },
};

#define NR_FIXED (sizeof(fixed_fields) / sizeof(fixed_fields[0]))

static bool span_is(struct span span, const char *word)
{
	return span.len == strlen(word) && !memcmp(span.ptr, word, span.len);
}

/* Cut the line at the front of @rest off, newline excluded. False when none is complete. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;

	if (!end)
		return false;
	*line = (struct span){ rest->ptr, end - rest->ptr };
	rest->len -= line->len + 1;
	rest->ptr = end + 1;
	return true;
}

/*
 * Length of the record at the front: its first line and all lines after it that begin with a
 * blank. 0 when the last of those lines has no newline.
 */
static size_t record_extent(const char *buf, size_t len)
{
	struct span rest = { buf, len }, line;

	do {
		if (!next_line(&rest, &line))
			return 0;
	} while (rest.len && *rest.ptr == ' ');
	return len - rest.len;
}

/* "<digits>.<exactly @decimals digits>" scaled to nanoseconds, @decimals being 9 or 3. */
static int parse_fixed_point(struct span value, unsigned int decimals, uint64_t *ns)
{
	uint64_t scale = decimals == 9 ? 1000000000 : 1000;
	uint64_t whole, part;
	size_t dot;
	int err;

	if (value.len < decimals + 2)
		return -EBADMSG;
	dot = value.len - decimals - 1;
	if (value.ptr[dot] != '.')
		return -EBADMSG;
	err = lt_text_u64(value.ptr, dot, &whole);
	if (!err)
		err = lt_text_u64(value.ptr + dot + 1, decimals, &part);
	if (err)
		return err;
	if (__builtin_mul_overflow(whole, scale, &whole) ||
	    __builtin_add_overflow(whole, part, ns))
		return -ERANGE;
	return 0;
}

static int parse_int(struct span value, int *out)
{
	uint64_t number;
	int err = lt_text_u64(value.ptr, value.len, &number);

	if (err)
		return err;
	if (number > INT_MAX)
		return -ERANGE;
	*out = number;
	return 0;
}

static int parse_reason(struct span value, enum lt_reason *out)
{
	for (int i = 0; i < LT_REASON_COUNT; i++) {
		if (span_is(value, reason_names[i])) {
			*out = i;
			return 0;
		}
	}
	return -EBADMSG;
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The daemon names directories after trackers: nothing in them may lead elsewhere. */
static int parse_tracker(struct span value, char *out)
{
	if (!value.len || value.len >= LT_NAME_MAX || *value.ptr == '.')
		return -EBADMSG;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (!is_word_char(c) && c != '-' && c != '.')
			return -EBADMSG;
	}
	memcpy(out, value.ptr, value.len);
	out[value.len] = '\0';
	return 0;
}

static int parse_string(struct span value, char *out, size_t size)
{
	int len = lt_text_unescape(value.ptr, value.len, out, size);

	return len < 0 ? -EBADMSG : 0;
}

static int parse_fixed_field(struct lt_record *rec, size_t index, struct span value)
{
	void *target = (char *)rec + fixed_fields[index].offset;

	switch (fixed_fields[index].type) {
	case VALUE_U64:
		return lt_text_u64(value.ptr, value.len, target);
	case VALUE_INT:
		return parse_int(value, target);
	case VALUE_SECONDS:
		return parse_fixed_point(value, 9, target);
	case VALUE_MICROS:
		return parse_fixed_point(value, 3, target);
	case VALUE_TRACKER:
		return parse_tracker(value, target);
	case VALUE_REASON:
		return parse_reason(value, target);
	case VALUE_COMM:
		return parse_string(value, target, LT_COMM_MAX);
	}
	return -EBADMSG;
}

/*
 * Append to rec->text. Each piece needs no more room than it had in the record, because its
 * NUL takes the place of the '=', blank or newline behind it; the check is for the day when
 * that stops being true.
 */
static int text_append(struct lt_record *rec, struct span raw, bool escaped, uint16_t *offset)
{
	size_t room = sizeof(rec->text) - rec->text_len;
	char *dst = rec->text + rec->text_len;
	int len = raw.len;

	if (raw.len >= room)
		return -EMSGSIZE;
	if (escaped)
		len = lt_text_unescape(raw.ptr, raw.len, dst, room);
	else
		memcpy(dst, raw.ptr, raw.len);
	if (len < 0)
		return -EBADMSG;
	dst[len] = '\0';
	*offset = rec->text_len;
	rec->text_len += len + 1;
	return 0;
}

static bool name_is_taken(const struct lt_record *rec, struct span name)
{
	for (size_t i = 0; i < NR_FIXED; i++)
		if (span_is(name, fixed_fields[i].name))
			return true;
	for (unsigned int i = 0; i < rec->nr_fields; i++)
		if (span_is(name, rec->text + rec->field_names[i]))
			return true;
	return false;
}

static int parse_further_field(struct lt_record *rec, struct span name, struct span value)
{
	unsigned int index = rec->nr_fields;
	int err;

	if (index == LT_RECORD_FIELDS_MAX || name_is_taken(rec, name))
		return -EBADMSG;
	err = text_append(rec, name, false, &rec->field_names[index]);
	if (!err)
		err = text_append(rec, value, true, &rec->field_values[index]);
	if (!err)
		rec->nr_fields++;
	return err;
}

/* Split "name=value" off the front of @line, with the blank behind it. */
static int next_pair(struct span *line, struct span *name, struct span *value)
{
	const char *end = memchr(line->ptr, ' ', line->len);
	size_t len = end ? (size_t)(end - line->ptr) : line->len;
	const char *equals = memchr(line->ptr, '=', len);

	if (!equals || equals == line->ptr)
		return -EBADMSG;
	*name = (struct span){ line->ptr, equals - line->ptr };
	*value = (struct span){ equals + 1, len - name->len - 1 };
	for (size_t i = 0; i < name->len; i++)
		if (!is_word_char(name->ptr[i]))
			return -EBADMSG;
	if (end && ++len == line->len)
		return -EBADMSG;	/* a blank with nothing behind it */
	line->ptr += len;
	line->len -= len;
	return 0;
}

/* The first fixed field at @index or behind it that a record of this kind has. */
static size_t next_fixed(const struct lt_record *rec, size_t index)
{
	while (rec->kind == LT_RECORD_PENDING && index < NR_FIXED && !fixed_fields[index].pending)
		index++;
	return index;
}

static int parse_first_line(struct lt_record *rec, struct span line)
{
	size_t index = next_fixed(rec, 0);
	struct span name, value;
	int err;

	while (line.len) {
		err = next_pair(&line, &name, &value);
		if (err)
			return err;
		if (index < NR_FIXED) {
			if (!span_is(name, fixed_fields[index].name))
				return -EBADMSG;
			err = parse_fixed_field(rec, index, value);
		} else {
			err = parse_further_field(rec, name, value);
		}
		if (err)
			return err;
		index = next_fixed(rec, index + 1);
	}
	return index < NR_FIXED ? -EBADMSG : 0;
}

static int parse_stack_head(struct lt_record *rec, struct span kind)
{
	unsigned int index = rec->nr_stacks;

	if (index == LT_RECORD_STACKS)
		return -EBADMSG;
	for (int i = 0; i < LT_STACK_KINDS; i++) {
		if (!span_is(kind, stack_names[i]))
			continue;
		rec->stacks[index].kind = i;
		rec->nr_stacks++;
		return 0;
	}
	return -EBADMSG;
}

static int parse_frame(struct lt_record *rec, struct span line)
{
	unsigned int stack = rec->nr_stacks - 1;
	unsigned int index;
	int err;

	if (!rec->nr_stacks || rec->stacks[stack].nr_frames == LT_STACK_MAX)
		return -EBADMSG;
	if (!line.len || *line.ptr == ' ')
		return -EBADMSG;
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.ptr[i] < ' ' || line.ptr[i] == 0x7f)
			return -EBADMSG;
	index = rec->stacks[stack].nr_frames;
	err = text_append(rec, line, false, &rec->frames[stack][index]);
	if (!err)
		rec->stacks[stack].nr_frames++;
	return err;
}

/* A line behind the first; its leading blank was seen by record_extent(). */
static int parse_continuation(struct lt_record *rec, struct span line)
{
	static const char head[] = "stack=";
	const size_t head_len = sizeof(head) - 1;

	line.ptr++;
	line.len--;
	if (line.len > head_len && !memcmp(line.ptr, head, head_len))
		return parse_stack_head(rec, (struct span){ line.ptr + head_len,
							    line.len - head_len });
	return parse_frame(rec, line);
}

/* The line that is only a count of records: those lost, or those pending that are not listed. */
static int parse_count(struct lt_record *rec, struct span number)
{
	uint64_t count;
	int err = lt_text_u64(number.ptr, number.len, &count);

	if (!err && !count)
		err = -EBADMSG;
	if (err)
		return err;
	if (rec->kind == LT_RECORD_MORE)
		rec->more = count;
	else
		rec->lost = count;
	return 0;
}

static int parse_record(struct span record, bool pending, struct lt_record *rec)
{
	const char *head = pending ? "more n=" : "lost n=";
	const size_t head_len = strlen(head);
	bool is_count;
	struct span line;
	int err;

	if (!next_line(&record, &line))
		return -EBADMSG;
	is_count = line.len > head_len && !memcmp(line.ptr, head, head_len);
	if (is_count) {
		rec->kind = pending ? LT_RECORD_MORE : LT_RECORD_LOST;
		err = parse_count(rec, (struct span){ line.ptr + head_len, line.len - head_len });
	} else {
		rec->kind = pending ? LT_RECORD_PENDING : LT_RECORD_HIT;
		err = parse_first_line(rec, line);
	}
	while (!err && next_line(&record, &line))
		err = is_count ? -EBADMSG : parse_continuation(rec, line);
	return err;
}

static int parse_front(const char *buf, size_t len, bool pending, struct lt_record *rec,
		       size_t *consumed)
{
	size_t extent = record_extent(buf, len);

	*consumed = extent;
	if (!extent && len > LT_RECORD_MAX) {
		*consumed = len;
		return -EMSGSIZE;
	}
	if (!extent)
		return -EAGAIN;
	if (extent > LT_RECORD_MAX)
		return -EMSGSIZE;
	/* All but the text, of which nothing is read that was not written below. */
	memset(rec, 0, offsetof(struct lt_record, text));
	return parse_record((struct span){ buf, extent }, pending, rec);
}

int lt_record_parse(const char *buf, size_t len, struct lt_record *rec, size_t *consumed)
{
	return parse_front(buf, len, false, rec, consumed);
}

int lt_record_parse_pending(const char *buf, size_t len, struct lt_record *rec,
			    size_t *consumed)
{
	return parse_front(buf, len, true, rec, consumed);
}

const char *lt_record_field_at(const struct lt_record *rec, unsigned int index,
			       const char **value)
{
	if (index >= rec->nr_fields)
		return NULL;
	if (value)
		*value = rec->text + rec->field_values[index];
	return rec->text + rec->field_names[index];
}

const char *lt_record_field(const struct lt_record *rec, const char *name)
{
	for (unsigned int i = 0; i < rec->nr_fields; i++)
		if (!strcmp(rec->text + rec->field_names[i], name))
			return rec->text + rec->field_values[i];
	return NULL;
}

const char *lt_record_frame(const struct lt_record *rec, unsigned int stack, unsigned int index)
{
	if (stack >= rec->nr_stacks || index >= rec->stacks[stack].nr_frames)
		return NULL;
	return rec->text + rec->frames[stack][index];
}

const char *lt_reason_name(enum lt_reason reason)
{
	return (unsigned int)reason < LT_REASON_COUNT ? reason_names[reason] : "?";
}

const char *lt_stack_kind_name(enum lt_stack_kind kind)
{
	return (unsigned int)kind < LT_STACK_KINDS ? stack_names[kind] : "?";
}
