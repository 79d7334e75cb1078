// SPDX-License-Identifier: GPL-2.0
#include "option.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "backend.h"
#include "events.h"
#include "latency_tracker_uapi.h"
#include "relay.h"
#include "text.h"

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)

#define FIELD(field)	.offset = offsetof(struct lt_options, field)
#define RANGE(from, to)	.min = (from), .max = (to)

const struct lt_option lt_option_table[] = {
	{ .name = "backend", .type = LT_OPTION_BACKEND, FIELD(backend), .arg = "NAME",
	  .preset = "auto", .help = "who keeps the trace: auto, lttng, ftrace, exec" },
	{ .name = "output", .type = LT_OPTION_OUTPUT, FIELD(output), .arg = "DIR",
	  .preset = "/var/lib/latency-tracker", .help = "journal and snapshots" },
	{ .name = "events", .type = LT_OPTION_EVENTS, FIELD(events), .arg = "LIST",
	  .preset = "default",
	  .help = "trace events, names or patterns (default: scheduler, block, interrupts)" },
	{ .name = "subbuf-size", .type = LT_OPTION_SIZE, FIELD(subbuf_size),
	  RANGE(4 * KIB, GIB), .arg = "BYTES", .preset = "512K",
	  .help = "lttng: size of a sub-buffer" },
	{ .name = "num-subbuf", .type = LT_OPTION_POWER, FIELD(num_subbuf), RANGE(2, 1024),
	  .arg = "N", .preset = "8", .help = "lttng: sub-buffers for each CPU" },
	{ .name = "cover", .type = LT_OPTION_NUMBER, FIELD(cover), RANGE(0, 86400),
	  .arg = "SECONDS", .preset = "0",
	  .help = "make the buffers large enough for so much history" },
	{ .name = "session", .type = LT_OPTION_OPTIONAL, FIELD(session), .arg = "NAMES",
	  .preset = "none", .help = "lttng: sessions that exist, instead of one of our own" },
	{ .name = "stream", .type = LT_OPTION_URL, FIELD(stream), .arg = "URL", .preset = "none",
	  .help = "lttng: send snapshots there too, net://HOST of an lttng-relayd" },
	{ .name = "buffer-kb", .type = LT_OPTION_NUMBER, FIELD(buffer_kb), RANGE(16, 4 * MIB),
	  .arg = "N", .preset = "2048", .help = "ftrace: buffer for each CPU in KiB" },
	{ .name = "exec", .type = LT_OPTION_OPTIONAL, FIELD(exec), .arg = "COMMAND",
	  .preset = "none", .help = "exec: program and arguments, the hit on its stdin" },
	{ .name = "exec-timeout-ms", .type = LT_OPTION_NUMBER, FIELD(exec_timeout_ms),
	  RANGE(1, 3600000), .arg = "N", .preset = "10000",
	  .help = "exec: how long it may run" },
	{ .name = "rate-ms", .type = LT_OPTION_NUMBER, .scope = LT_OPTION_LIVE, FIELD(rate_ms),
	  RANGE(0, 3600000), .arg = "N", .preset = "1000",
	  .help = "least time between two snapshots" },
	{ .name = "after-ms", .type = LT_OPTION_NUMBER, .scope = LT_OPTION_LIVE, FIELD(after_ms),
	  RANGE(0, 60000), .arg = "N", .preset = "0",
	  .help = "record for so long after a hit before its snapshot" },
	{ .name = "max-snapshots", .type = LT_OPTION_NUMBER, .scope = LT_OPTION_LIVE,
	  FIELD(max_snapshots), RANGE(1, 1000000), .arg = "N", .preset = "100",
	  .help = "snapshots to keep, the oldest go first" },
	{ .name = "quota-mb", .type = LT_OPTION_NUMBER, .scope = LT_OPTION_LIVE, FIELD(quota_mb),
	  RANGE(0, 1000000000), .arg = "N", .preset = "4096",
	  .help = "MiB that all snapshots may take, 0: no limit" },
	{ .name = "journal-mb", .type = LT_OPTION_NUMBER, .scope = LT_OPTION_LIVE,
	  FIELD(journal_mb), RANGE(0, 1000000), .arg = "N", .preset = "64",
	  .help = "MiB at which the journal is rotated, 0: never" },
	{ .name = "min-free-mb", .type = LT_OPTION_NUMBER, .scope = LT_OPTION_LIVE,
	  FIELD(min_free_mb), RANGE(0, 1000000000), .arg = "N", .preset = "64",
	  .help = "free MiB that snapshots leave on the disk" },
	{ .name = "priority", .type = LT_OPTION_NUMBER, FIELD(priority), RANGE(0, 99),
	  .arg = "N", .preset = "50", .help = "SCHED_FIFO priority, 0 for none" },
	{ .name = "metrics", .type = LT_OPTION_ADDRESS, FIELD(metrics), .arg = "WHERE",
	  .preset = "none",
	  .help = "answer Prometheus on this PORT, ADDRESS:PORT or [ADDRESS]:PORT" },
	{ .name = "once", .type = LT_OPTION_FLAG, FIELD(once), .preset = "no",
	  .help = "end after the first snapshot" },
	{ .name = "foreground", .type = LT_OPTION_NOTHING, .preset = "yes",
	  .help = "stay in the foreground (always so)" },
	{ .name = "verbose", .type = LT_OPTION_FLAG, .scope = LT_OPTION_LIVE, FIELD(verbose),
	  .preset = "no", .help = "say more" },
	{ .name = "config", .type = LT_OPTION_STRING, .scope = LT_OPTION_ARGV, FIELD(config),
	  .arg = "FILE", .help = "options (default " LT_CONFIG_PATH ")" },
	{ .name = "check", .type = LT_OPTION_FLAG, .scope = LT_OPTION_ARGV, FIELD(check),
	  .preset = "no", .help = "say what is wrong with the options, or what they are" },
	{ .name = "version", .type = LT_OPTION_VERSION, .scope = LT_OPTION_ARGV,
	  .help = "print the version" },
	{ .name = "help", .type = LT_OPTION_HELP, .scope = LT_OPTION_ARGV, .help = "print this" },
	{ .name = "proc", .type = LT_OPTION_STRING, FIELD(proc), .arg = "PATH",
	  .preset = LT_PROC_PATH },
};

static_assert(sizeof(lt_option_table) / sizeof(lt_option_table[0]) == LT_NR_OPTIONS,
	      "LT_NR_OPTIONS counts the rows");

static const struct {
	char letter;
	uint64_t factor;
} suffixes[] = { { 'G', GIB }, { 'M', MIB }, { 'K', KIB }, { 'k', KIB } };

#define NR_SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

static void *field_of(const struct lt_option *option, struct lt_options *opts)
{
	return (char *)opts + option->offset;
}

static const void *value_of(const struct lt_option *option, const struct lt_options *opts)
{
	return (const char *)opts + option->offset;
}

const struct lt_option *lt_option_find(const char *name)
{
	for (size_t i = 0; i < LT_NR_OPTIONS; i++) {
		if (!strcmp(lt_option_table[i].name, name))
			return &lt_option_table[i];
	}
	return NULL;
}

size_t lt_option_index(const struct lt_option *option)
{
	return option - lt_option_table;
}

/* Factor of a K, M or G at the end of a size; takes the letter off @len. */
static uint64_t size_suffix(const char *text, size_t *len)
{
	for (size_t i = 0; *len && i < NR_SUFFIXES; i++) {
		if (text[*len - 1] == suffixes[i].letter) {
			--*len;
			return suffixes[i].factor;
		}
	}
	return 1;
}

static int parse_number(const struct lt_option *option, const char *text, uint64_t *value)
{
	size_t len = strlen(text);
	uint64_t factor = option->type == LT_OPTION_SIZE ? size_suffix(text, &len) : 1;
	uint64_t number;
	int ret = lt_text_u64(text, len, &number);

	if (ret)
		return ret;
	if (number > UINT64_MAX / factor)
		return -ERANGE;
	number *= factor;
	if (number < option->min || number > option->max)
		return -ERANGE;
	if (option->type != LT_OPTION_NUMBER && (number & (number - 1)))
		return -EINVAL;
	*value = number;
	return 0;
}

static int set_number(const struct lt_option *option, uint64_t *field, const char *text, char *why)
{
	if (!parse_number(option, text, field))
		return 0;
	lt_why(why, "expected %s from %llu to %llu",
	       option->type == LT_OPTION_NUMBER ? "a number" : "a power of two",
	       (unsigned long long)option->min, (unsigned long long)option->max);
	return -EINVAL;
}

static int set_flag(const struct lt_option *option, struct lt_options *opts, const char *text,
		    char *why)
{
	bool yes = !strcmp(text, "yes");

	if (option->type == LT_OPTION_NOTHING) {
		if (yes)
			return 0;
		lt_why(why, "expected yes, it is always so");
		return -EINVAL;
	}
	if (!yes && strcmp(text, "no")) {
		lt_why(why, "expected yes or no");
		return -EINVAL;
	}
	*(bool *)field_of(option, opts) = yes;
	return 0;
}

/* "dir/" and "dir" are one directory: the paths that are made from it look better without. */
static int check_dir(char *text, char *why)
{
	size_t len = strlen(text);

	if (text[0] != '/') {
		lt_why(why, "expected an absolute path");
		return -EINVAL;
	}
	while (len > 1 && text[len - 1] == '/')
		text[--len] = '\0';
	return 0;
}

static int check_url(const char *text, char *why)
{
	if (lt_relay_is_url(text) || !strcmp(text, "none"))
		return 0;
	lt_why(why, "expected net://HOST or net6://HOST of an lttng-relayd, with ports if need be:"
	       " net://HOST:5342:5343");
	return -EINVAL;
}

static int check_backend(const char *text, char *why)
{
	char names[LT_WHY_MAX / 2] = "auto";
	size_t len = strlen(names);

	if (!strcmp(text, "auto"))
		return 0;
	for (size_t i = 0; lt_backends[i]; i++) {
		if (!strcmp(text, lt_backends[i]->name))
			return 0;
		if (len < sizeof(names))
			len += snprintf(names + len, sizeof(names) - len, "%s%s",
					lt_backends[i + 1] ? ", " : " or ", lt_backends[i]->name);
	}
	lt_why(why, "expected %s", names);
	return -EINVAL;
}

static int check_events(const char *text, char *why)
{
	struct lt_events events;
	int ret = lt_events_parse(&events, text);

	if (!ret)
		lt_events_free(&events);
	else
		lt_why(why, "expected names of events with commas between them, or default");
	return ret ? -EINVAL : 0;
}

static int check_address(const char *text, char *why)
{
	struct sockaddr_storage address;

	if (!*text || !strcmp(text, "none") || !lt_address_parse(text, &address))
		return 0;
	lt_why(why, "expected PORT, ADDRESS:PORT with an IPv4 address, [ADDRESS]:PORT with an IPv6"
	       " address, or none");
	return -EINVAL;
}

static int check_string(const struct lt_option *option, char *text, char *why)
{
	if (option->type == LT_OPTION_ADDRESS)
		return check_address(text, why);
	if (!*text) {
		lt_why(why, "must not be empty");
		return -EINVAL;
	}
	switch (option->type) {
	case LT_OPTION_OUTPUT:
		return check_dir(text, why);
	case LT_OPTION_URL:
		return check_url(text, why);
	case LT_OPTION_BACKEND:
		return check_backend(text, why);
	case LT_OPTION_EVENTS:
		return check_events(text, why);
	default:
		return 0;
	}
}

/* Return: whether it is a word for what an option does when it is left alone. */
static bool stands_for_null(const struct lt_option *option, const char *text)
{
	switch (option->type) {
	case LT_OPTION_ADDRESS:
		return !*text || !strcmp(text, option->preset);
	case LT_OPTION_EVENTS:
	case LT_OPTION_OPTIONAL:
	case LT_OPTION_URL:
		return !strcmp(text, option->preset);
	default:
		return false;
	}
}

int lt_option_set(const struct lt_option *option, struct lt_options *opts, char *text, char *why)
{
	int ret;

	/* --output=net://… is another way to say --stream: the directory stays what it is. */
	if (option->type == LT_OPTION_OUTPUT && lt_relay_is_url(text))
		option = lt_option_find("stream");
	switch (option->type) {
	case LT_OPTION_NUMBER:
	case LT_OPTION_SIZE:
	case LT_OPTION_POWER:
		return set_number(option, field_of(option, opts), text, why);
	case LT_OPTION_FLAG:
	case LT_OPTION_NOTHING:
		return set_flag(option, opts, text, why);
	default:
		ret = check_string(option, text, why);
		if (ret)
			return ret;
		*(char **)field_of(option, opts) = stands_for_null(option, text) ? NULL : text;
		return 0;
	}
}

static void format_size(uint64_t size, char *text, size_t room)
{
	size_t i = 0;

	while (i < NR_SUFFIXES && size % suffixes[i].factor)
		i++;
	if (i < NR_SUFFIXES)
		snprintf(text, room, "%llu%c", (unsigned long long)(size / suffixes[i].factor),
			 suffixes[i].letter);
	else
		snprintf(text, room, "%llu", (unsigned long long)size);
}

const char *lt_option_format(const struct lt_option *option, const struct lt_options *opts,
			     char *text, size_t size)
{
	const void *value = value_of(option, opts);

	switch (option->type) {
	case LT_OPTION_NUMBER:
	case LT_OPTION_POWER:
		snprintf(text, size, "%llu", (unsigned long long)*(const uint64_t *)value);
		break;
	case LT_OPTION_SIZE:
		format_size(*(const uint64_t *)value, text, size);
		break;
	case LT_OPTION_FLAG:
		snprintf(text, size, "%s", *(const bool *)value ? "yes" : "no");
		break;
	case LT_OPTION_NOTHING:
		snprintf(text, size, "yes");
		break;
	default:
		snprintf(text, size, "%s", *(char *const *)value ?: option->preset ?: "");
		break;
	}
	return text;
}

bool lt_option_equal(const struct lt_option *option, const struct lt_options *a,
		     const struct lt_options *b)
{
	const void *left = value_of(option, a), *right = value_of(option, b);

	switch (option->type) {
	case LT_OPTION_NUMBER:
	case LT_OPTION_SIZE:
	case LT_OPTION_POWER:
		return *(const uint64_t *)left == *(const uint64_t *)right;
	case LT_OPTION_FLAG:
		return *(const bool *)left == *(const bool *)right;
	case LT_OPTION_NOTHING:
		return true;
	default:
		return !strcmp(*(char *const *)left ?: "", *(char *const *)right ?: "");
	}
}

void lt_option_take(const struct lt_option *option, struct lt_options *to,
		    const struct lt_options *from)
{
	size_t size = option->type == LT_OPTION_FLAG ? sizeof(bool) : sizeof(uint64_t);

	memcpy(field_of(option, to), value_of(option, from), size);
}
