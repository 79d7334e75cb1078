// SPDX-License-Identifier: GPL-2.0
/*
 * Text of records: the probes' fields, written when a hit happens (any context), and
 * the whole record, written when somebody reads it (task context).
 * The format is described in uapi/latency_tracker_uapi.h.
 */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/topology.h>

#include "core.h"

static const char * const lt_reasons[] = LT_REASON_NAMES;
static_assert(ARRAY_SIZE(lt_reasons) == LATENCY_TRACKER_REASONS);

static const char * const lt_stack_names[] = LT_STACK_NAMES;
static_assert(ARRAY_SIZE(lt_stack_names) == LT_STACK_KINDS);

/* Append, or leave the text as it is if that does not fit whole. */
static __printf(2, 3) void lt_text_add(struct latency_tracker_text *text, const char *fmt, ...)
{
	unsigned int room = text->size - text->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text->buf + text->len, room, fmt, args);
	va_end(args);
	if (n >= 0 && (unsigned int)n < room)
		text->len += n;
	else if (room)
		text->buf[text->len] = '\0';
}

/**
 * lt_escape() - escape a string so that nothing in it can end the field or the record
 * @out:   where to
 * @size:  room, at least 5
 * @value: string; what does not fit is cut off
 */
void lt_escape(char *out, size_t size, const char *value)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *value && n + 5 <= size; value++) {
		unsigned char c = *value;

		if (c <= ' ' || c == 0x7f || strchr("=\"'\\", c)) {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
		} else {
			out[n++] = c;
		}
	}
	out[n] = '\0';
}

/**
 * latency_tracker_text_u64() - append a number
 * @text:  text
 * @name:  field
 * @value: number
 */
void latency_tracker_text_u64(struct latency_tracker_text *text, const char *name, u64 value)
{
	lt_text_add(text, " %s=%llu", name, value);
}
EXPORT_SYMBOL_GPL(latency_tracker_text_u64);

/**
 * latency_tracker_text_s64() - append a number that may be negative
 * @text:  text
 * @name:  field
 * @value: number
 */
void latency_tracker_text_s64(struct latency_tracker_text *text, const char *name, s64 value)
{
	lt_text_add(text, " %s=%lld", name, value);
}
EXPORT_SYMBOL_GPL(latency_tracker_text_s64);

/**
 * latency_tracker_text_us() - append a duration
 * @text: text
 * @name: field, by convention ending in _us
 * @ns:   duration in nanoseconds
 */
void latency_tracker_text_us(struct latency_tracker_text *text, const char *name, u64 ns)
{
	u32 rest;
	u64 us = div_u64_rem(ns, NSEC_PER_USEC, &rest);

	lt_text_add(text, " %s=%llu.%03u", name, us, rest);
}
EXPORT_SYMBOL_GPL(latency_tracker_text_us);

/**
 * latency_tracker_text_str() - append a string, escaped
 * @text:  text
 * @name:  field
 * @value: string; at most 63 bytes of its escaped form are kept
 */
void latency_tracker_text_str(struct latency_tracker_text *text, const char *name,
			      const char *value)
{
	char escaped[64];

	lt_escape(escaped, sizeof(escaped), value);
	lt_text_add(text, " %s=%s", name, escaped);
}
EXPORT_SYMBOL_GPL(latency_tracker_text_str);

/**
 * latency_tracker_text_dev() - append a device number
 * @text:  text
 * @name:  field
 * @major: major number
 * @minor: minor number
 */
void latency_tracker_text_dev(struct latency_tracker_text *text, const char *name,
			      unsigned int major, unsigned int minor)
{
	lt_text_add(text, " %s=%u:%u", name, major, minor);
}
EXPORT_SYMBOL_GPL(latency_tracker_text_dev);

/**
 * latency_tracker_text_stages() - append how long each way between stages took
 * @text: text
 * @hit:  of a tracker with stages; the names are config.stage_names with _us appended
 *
 * A way whose stage the event did not pass is left out and counts to the next.
 */
void latency_tracker_text_stages(struct latency_tracker_text *text,
				 const struct latency_tracker_hit *hit)
{
	const struct latency_tracker_config *cfg = &hit->tracker->cfg;
	const struct latency_tracker_stage *stage;
	u64 from = hit->event->begin_ns;
	unsigned int i;

	stage = latency_tracker_event_stages(hit->tracker, hit->event);
	for (i = 0; i <= cfg->stages; i++) {
		u64 to = i < cfg->stages ? READ_ONCE(stage[i].ns) : hit->now;
		char name[LT_NAME_MAX];

		if (!to || (s64)(to - from) < 0)
			continue;
		snprintf(name, sizeof(name), "%s_us", cfg->stage_names[i]);
		latency_tracker_text_us(text, name, to - from);
		from = to;
	}
}
EXPORT_SYMBOL_GPL(latency_tracker_text_stages);

static void lt_text_time(struct latency_tracker_text *text, const char *name, u64 ns)
{
	u32 rest;
	u64 sec = div_u64_rem(ns, NSEC_PER_SEC, &rest);

	lt_text_add(text, " %s=%llu.%09u", name, sec, rest);
}

static void lt_text_stack(struct latency_tracker_text *text, const struct lt_stack *stack)
{
	unsigned int i;

	lt_text_add(text, " stack=%s\n", lt_stack_names[stack->kind]);
	for (i = 0; i < stack->frames; i++) {
		if (stack->kind == LT_STACK_USER)
			lt_text_add(text, " 0x%lx\n", stack->addr[i]);
		else
			lt_text_add(text, " %pS\n", (void *)stack->addr[i]);
	}
}

/**
 * lt_record_format() - write a record as text
 * @buf:     where to
 * @size:    room, LT_RECORD_MAX is always enough
 * @rec:     record
 * @pending: as a line of the "pending" file, without what only hits have
 *
 * Context: task. Return: length without the NUL.
 */
size_t lt_record_format(char *buf, size_t size, const struct lt_record *rec, bool pending)
{
	struct latency_tracker_text text = { .buf = buf, .size = size };
	unsigned int i;

	if (!pending) {
		lt_text_add(&text, "seq=%llu", rec->seq);
		lt_text_time(&text, "ts", rec->now);
		lt_text_add(&text, " ");
	}
	lt_text_add(&text, "tracker=%s", rec->tracker);
	if (!pending)
		lt_text_add(&text, " reason=%s", lt_reasons[rec->reason]);
	latency_tracker_text_us(&text, "delta_us", rec->delta);
	lt_text_time(&text, "begin", rec->begin);
	latency_tracker_text_us(&text, "threshold_us", rec->limit);
	lt_text_add(&text, " cpu_begin=%u cpu_end=%u pid=%d tid=%d", rec->cpu_begin,
		    rec->cpu_end, rec->pid, rec->tid);
	latency_tracker_text_str(&text, "comm", rec->comm);
	lt_text_add(&text, " cgroup=%llu node_begin=%d node_end=%d", rec->cgroup,
		    cpu_to_node(rec->cpu_begin), cpu_to_node(rec->cpu_end));
	lt_text_add(&text, "%.*s\n", (int)rec->text_len, rec->text);
	for (i = 0; i < rec->stacks; i++)
		lt_text_stack(&text, &rec->stack[i]);
	return text.len;
}
