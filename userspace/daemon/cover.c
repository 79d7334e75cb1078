// SPDX-License-Identifier: GPL-2.0
#include "cover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "module.h"
#include "names.h"
#include "notify.h"
#include "param.h"
#include "text.h"

#define NS_PER_US	1000ULL
#define NS_PER_MS	1000000ULL
#define MS_PER_SEC	1000ULL
#define US_PER_SEC	1000000ULL
#define NS_PER_SEC	1000000000ULL
#define MIB		(1ULL << 20)
/* More than any machine has, and no overflow. */
#define BYTES_MAX	(1ULL << 60)

/* The first look: the buffers have held something for a moment. */
#define FIRST_MS	(5 * MS_PER_SEC)
/* Rates change: look again, where a span was asked for. */
#define AGAIN_MS	(600 * MS_PER_SEC)
/* The part of the memory that is available which --cover may take, 1/N. */
#define MEMORY_SHARE	4

uint64_t lt_cover_bytes(const struct lt_history *history, uint64_t wanted_ns)
{
	double bytes;

	if (history->estimated || !history->bytes || !history->span_ns ||
	    history->span_ns >= wanted_ns)
		return 0;
	bytes = 1.25 * wanted_ns / history->span_ns * history->bytes;
	return bytes < BYTES_MAX ? bytes : BYTES_MAX;
}

/* What the buffer of one CPU may have. */
static uint64_t memory_limit(void)
{
	uint64_t free = (uint64_t)sysconf(_SC_AVPHYS_PAGES) * sysconf(_SC_PAGESIZE);

	return free / MEMORY_SHARE / sysconf(_SC_NPROCESSORS_ONLN);
}

static uint64_t choose_size(struct lt_cover *cover, const struct lt_history *history)
{
	uint64_t bytes = lt_cover_bytes(history, cover->wanted_ns), limit;

	if (!bytes)
		return 0;
	limit = memory_limit();
	if (bytes <= limit)
		return bytes;
	if (!cover->limited)
		lt_warn("--cover=%llu needs buffers of %llu MiB for each CPU, but a quarter of the"
			" free memory is %llu MiB for each: record fewer events (--events)",
			(unsigned long long)(cover->wanted_ns / NS_PER_SEC),
			(unsigned long long)(bytes / MIB), (unsigned long long)(limit / MIB));
	cover->limited = true;
	/* A buffer that shrinks has no history: only worth it for much more. */
	return limit >= 2 * history->bytes ? limit : 0;
}

static bool has_changed(const struct lt_cover *cover, const struct lt_history *history)
{
	uint64_t old = cover->told_ns, new = history->span_ns;

	if (!old || cover->told_estimated != history->estimated)
		return true;
	return !history->estimated && (new < old - old / 4 || new > old + old / 4);
}

static void tell(struct lt_cover *cover, const struct lt_history *history)
{
	char status[128];
	double seconds = history->span_ns / 1e9;

	if (!has_changed(cover, history))
		return;
	cover->told_ns = history->span_ns;
	cover->told_estimated = history->estimated;
	if (history->estimated)
		lt_info("a snapshot will cover about %.1f s once the buffers are full, at the"
			" present rate of events on CPU %d, which has most", seconds, history->cpu);
	else
		lt_info("a snapshot covers the last %.1f s now, at the rate of events on CPU %d,"
			" which has most", seconds, history->cpu);
	snprintf(status, sizeof(status), "STATUS=Waiting for hits; a snapshot covers %s%.1f s",
		 history->estimated ? "about " : "", seconds);
	lt_notify(status);
}

/* FNV-1a, of a text that says all that makes a warning what it is. */
static uint64_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	return value;
}

static bool is_new(struct lt_cover *cover, const char *text)
{
	uint64_t value = hash(text);

	for (unsigned int i = 0; i < cover->nr_warned; i++) {
		if (cover->warned[i] == value)
			return false;
	}
	if (cover->nr_warned == LT_COVER_WARNINGS_MAX)
		return false;
	cover->warned[cover->nr_warned++] = value;
	return true;
}

static void check_param(struct lt_cover *cover, const struct lt_paths *paths, const char *module,
			const char *param, uint64_t span_ns)
{
	char value[32], text[160];
	uint64_t us;

	if (lt_param_read(paths, module, param, value, sizeof(value)) ||
	    lt_text_u64(value, strlen(value), &us) || us <= span_ns / NS_PER_US)
		return;
	snprintf(text, sizeof(text), "tracker %s: %s=%s", lt_module_probe(module), param, value);
	if (is_new(cover, text))
		lt_warn("%s is longer than the %.1f s that a snapshot covers: it will not show how"
			" such an operation began; use --cover=%llu or larger, or record fewer"
			" events", text, span_ns / 1e9, (unsigned long long)(us / US_PER_SEC + 1));
}

static void check_trackers(struct lt_cover *cover, uint64_t span_ns)
{
	struct lt_paths paths;
	char **modules;
	size_t count;

	lt_paths_init(&paths);
	if (lt_modules_loaded(&paths, &modules, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		check_param(cover, &paths, modules[i], "threshold_us", span_ns);
		check_param(cover, &paths, modules[i], "timeout_us", span_ns);
	}
	lt_names_free(modules, count);
}

uint64_t lt_cover_update(struct lt_cover *cover, const struct lt_history *history)
{
	uint64_t bytes;

	if (!history->span_ns)
		return 0;
	tell(cover, history);
	bytes = choose_size(cover, history);
	if (!bytes && !history->estimated)
		check_trackers(cover, history->span_ns);
	return bytes;
}

uint64_t lt_cover_next_ms(const struct lt_cover *cover, const struct lt_history *history)
{
	uint64_t wanted_ms = cover->wanted_ns / NS_PER_MS;

	if (!history)
		return FIRST_MS;
	if (!wanted_ms)
		return 0;
	/* Until the buffers have been full once, their span is not known. */
	if (!history->span_ns || (history->estimated && history->span_ns < cover->wanted_ns))
		return wanted_ms > FIRST_MS ? wanted_ms : FIRST_MS;
	return AGAIN_MS;
}
