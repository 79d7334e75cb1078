/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of /proc/latency_tracker and of the debugfs files "pending". The formats are fixed by
 * latency_tracker_uapi.h.
 *
 * A struct lt_record owns everything it shows: it holds no pointer, may be copied by
 * assignment and needs no release. It is some 9 KiB: on the heap rather than on small stacks.
 */
#ifndef LT_RECORD_H
#define LT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "latency_tracker_uapi.h"

struct json_object;

/* Longest comm that is accepted, NUL included (the kernel's own limit is 16 bytes). */
#define LT_COMM_MAX		64
/* Fields after comm= that one record may have. */
#define LT_RECORD_FIELDS_MAX	64

enum lt_record_kind {
	LT_RECORD_HIT,
	LT_RECORD_LOST,
	LT_RECORD_PENDING,	/* an operation in flight */
	LT_RECORD_MORE,		/* so many more of them that are not listed */
};

/* Value of reason=, in the order of LT_REASON_NAMES. */
enum lt_reason {
	LT_REASON_THRESHOLD,
	LT_REASON_TIMEOUT,
	LT_REASON_REPLACED,
	LT_REASON_GC,
	LT_REASON_COUNT
};

/**
 * struct lt_record - one record
 * @kind: LT_RECORD_LOST fills only @lost and LT_RECORD_MORE only @more, all else is zero;
 *	LT_RECORD_PENDING has no @seq, @ts_ns and @reason
 * @lost: number of records that were overwritten before this reader got to them
 * @more: number of operations in flight that the list leaves out
 * @seq: number of the hit since the core was loaded
 * @ts_ns: when the hit was recorded, CLOCK_MONOTONIC
 * @begin_ns: when the operation began, CLOCK_MONOTONIC
 * @delta_ns: how long it took (timeout, gc, pending: its age)
 * @threshold_ns: limit in force (timeout: the timeout; pending: that, or else the threshold)
 * @reason: why it was recorded
 * @cpu_begin: CPU of the begin
 * @cpu_end: CPU of the end
 * @pid: process that began the operation
 * @tid: thread that began the operation
 * @tracker: name; letters, digits, '_', '-' and inner dots: safe in a path
 * @comm: name of the thread, unescaped: may hold any byte but NUL
 * @nr_fields: further fields, see lt_record_field() and lt_record_field_at()
 * @nr_stacks: stacks, see lt_record_frame()
 * @stacks: kind and number of frames of each stack
 *
 * The rest belongs to record.c.
 */
struct lt_record {
	enum lt_record_kind kind;
	uint64_t lost;
	uint64_t more;
	uint64_t seq;
	uint64_t ts_ns;
	uint64_t begin_ns;
	uint64_t delta_ns;
	uint64_t threshold_ns;
	enum lt_reason reason;
	int cpu_begin;
	int cpu_end;
	int pid;
	int tid;
	char tracker[LT_NAME_MAX];
	char comm[LT_COMM_MAX];
	unsigned int nr_fields;
	unsigned int nr_stacks;
	struct {
		enum lt_stack_kind kind;
		unsigned int nr_frames;
	} stacks[LT_RECORD_STACKS];

	uint16_t field_names[LT_RECORD_FIELDS_MAX];
	uint16_t field_values[LT_RECORD_FIELDS_MAX];
	uint16_t frames[LT_RECORD_STACKS][LT_STACK_MAX];
	uint16_t text_len;
	char text[LT_RECORD_MAX];
};

/**
 * lt_record_parse() - parse the record at the beginning of a buffer
 * @buf: what read() returned, or the rest of it; need not end in NUL
 * @len: bytes at @buf
 * @rec: receives the record; undefined after an error
 * @consumed: bytes to skip before the next call; on malformed input up to the beginning of the
 *	next record, so that the caller can go on; 0 only with -EAGAIN
 *
 * A record ends where a line begins without a blank, or with the buffer: read() returns whole
 * records only. Who reads through a pipe keeps back the last record until more bytes or the
 * end of the file arrive. Allocates nothing, reads nothing outside of @buf.
 *
 * Return: 0; -EAGAIN when @buf is empty or its last line has no newline yet;
 * -EBADMSG when the record is malformed; -ERANGE when a number does not fit;
 * -EMSGSIZE when the record is longer than LT_RECORD_MAX.
 */
int lt_record_parse(const char *buf, size_t len, struct lt_record *rec, size_t *consumed);

/**
 * lt_record_parse_pending() - parse the record at the beginning of a file "pending"
 * @buf: as for lt_record_parse()
 * @len: as there
 * @rec: receives an operation in flight, or LT_RECORD_MORE; undefined after an error
 * @consumed: as there
 *
 * Return: as lt_record_parse().
 */
int lt_record_parse_pending(const char *buf, size_t len, struct lt_record *rec,
			    size_t *consumed);

/**
 * lt_record_field() - value of a further field by its name
 * @rec: record
 * @name: name, as "disk"
 *
 * Return: the unescaped value, which lives as long as @rec, or NULL.
 */
const char *lt_record_field(const struct lt_record *rec, const char *name);

/**
 * lt_record_field_at() - a further field by its position
 * @rec: record
 * @index: less than rec->nr_fields
 * @value: receives the unescaped value, unless NULL; lives as long as @rec
 *
 * Return: the name, which lives as long as @rec, or NULL when there is no such field.
 */
const char *lt_record_field_at(const struct lt_record *rec, unsigned int index,
			       const char **value);

/**
 * lt_record_frame() - one frame of a stack
 * @rec: record
 * @stack: less than rec->nr_stacks
 * @index: less than rec->stacks[stack].nr_frames
 *
 * Return: "symbol+0xoffset/0xsize [module]", which lives as long as @rec, or NULL.
 */
const char *lt_record_frame(const struct lt_record *rec, unsigned int stack, unsigned int index);

/** lt_reason_name() - Return: "threshold", "timeout", "replaced" or "gc"; "?" if out of range. */
const char *lt_reason_name(enum lt_reason reason);

/** lt_stack_kind_name() - Return: one of LT_STACK_NAMES; "?" if out of range. */
const char *lt_stack_kind_name(enum lt_stack_kind kind);

/**
 * lt_record_to_json() - the JSON object of a record, as in hit.json
 * @rec: record
 * @wall_time: when it was read, RFC 3339 (see lt_clock_rfc3339()); NULL leaves it out
 *
 * A lost record becomes {"lost": N, "wall_time": ...}, LT_RECORD_MORE {"more": N}; an operation
 * in flight has no seq, ts_ns and reason. Bytes that are not UTF-8 become U+FFFD.
 *
 * Return: a new object, which the caller releases with json_object_put(), or NULL when there
 * is no memory.
 */
struct json_object *lt_record_to_json(const struct lt_record *rec, const char *wall_time);

#endif /* LT_RECORD_H */
