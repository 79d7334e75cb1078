// SPDX-License-Identifier: GPL-2.0
#include "hist.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "stats.h"
#include "text.h"
#include "wide.h"

#define MILLION 1000000U

/* Cut the next blank-separated word off a line; false at its end. */
static bool next_word(const char **line, const char *end, const char **word, size_t *len)
{
	const char *blank;

	if (*line >= end)
		return false;
	blank = memchr(*line, ' ', end - *line);
	*word = *line;
	*len = (blank ? blank : end) - *line;
	*line = blank ? blank + 1 : end;
	return true;
}

static int expect_word(const char **line, const char *end, const char *expected)
{
	const char *word;
	size_t len;

	if (!next_word(line, end, &word, &len) || len != strlen(expected) ||
	    memcmp(word, expected, len))
		return -EBADMSG;
	return 0;
}

static int expect_number(const char **line, const char *end, uint64_t *value)
{
	const char *word;
	size_t len;

	if (!next_word(line, end, &word, &len))
		return -EBADMSG;
	return lt_text_u64(word, len, value);
}

/* The value behind "DIMENSION=" is escaped like those of the records. */
static int parse_series_name(const char *word, size_t len, char *name)
{
	const char *equals = memchr(word, '=', len);
	size_t head = equals ? equals + 1 - word : 0;
	int got;

	if (!len || head >= LT_SERIES_NAME_MAX)
		return -EBADMSG;
	memcpy(name, word, head);
	got = lt_text_unescape(word + head, len - head, name + head, LT_SERIES_NAME_MAX - head);
	return got < 0 ? -EBADMSG : 0;
}

/* "NAME count N sum_ns N max_ns N", the word "series" being gone already. */
static int parse_series(const char *line, const char *end, struct lt_series *series)
{
	static const char * const names[] = { "count", "sum_ns", "max_ns" };
	uint64_t *values[] = { &series->count, &series->sum_ns, &series->max_ns };
	const char *word;
	size_t len;
	int err;

	if (!next_word(&line, end, &word, &len))
		return -EBADMSG;
	err = parse_series_name(word, len, series->name);
	for (int i = 0; !err && i < 3; i++) {
		err = expect_word(&line, end, names[i]);
		if (!err)
			err = expect_number(&line, end, values[i]);
	}
	return err ? err : line == end ? 0 : -EBADMSG;
}

static int parse_bucket(const char *line, const char *end, struct lt_bucket *bucket)
{
	int err = expect_number(&line, end, &bucket->lower);

	if (!err)
		err = expect_number(&line, end, &bucket->upper);
	if (!err)
		err = expect_number(&line, end, &bucket->count);
	if (!err && (line != end || bucket->lower >= bucket->upper))
		err = -EBADMSG;
	return err;
}

static int append_series(struct lt_hist *hist, const struct lt_series *series)
{
	struct lt_series *bigger = reallocarray(hist->series, hist->nr_series + 1,
						sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	hist->series = bigger;
	bigger[hist->nr_series++] = *series;
	return 0;
}

static int append_bucket(struct lt_hist *hist, const struct lt_bucket *bucket)
{
	struct lt_series *series;
	struct lt_bucket *bigger;

	if (!hist->nr_series)
		return -EBADMSG;
	series = &hist->series[hist->nr_series - 1];
	if (series->nr_buckets && series->buckets[series->nr_buckets - 1].upper > bucket->lower)
		return -EBADMSG;
	bigger = reallocarray(series->buckets, series->nr_buckets + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	series->buckets = bigger;
	bigger[series->nr_buckets++] = *bucket;
	return 0;
}

static int parse_line(struct lt_hist *hist, const char *line, const char *end)
{
	static const char head[] = "series ";
	struct lt_series series = { 0 };
	struct lt_bucket bucket;
	int err;

	if ((size_t)(end - line) >= sizeof(head) && !memcmp(line, head, sizeof(head) - 1)) {
		err = parse_series(line + sizeof(head) - 1, end, &series);
		return err ? err : append_series(hist, &series);
	}
	err = parse_bucket(line, end, &bucket);
	return err ? err : append_bucket(hist, &bucket);
}

int lt_hist_parse(const char *text, struct lt_hist *hist)
{
	int err = 0;

	*hist = (struct lt_hist){ 0 };
	while (*text && !err) {
		size_t len = strcspn(text, "\n");

		err = text[len] ? parse_line(hist, text, text + len) : -EBADMSG;
		text += len + 1;
	}
	if (err)
		lt_hist_free(hist);
	return err;
}

int lt_hist_read(const struct lt_paths *paths, const char *tracker, struct lt_hist *hist)
{
	char *text;
	int err;

	*hist = (struct lt_hist){ 0 };
	err = lt_tracker_read(paths, tracker, "histogram", &text, NULL);
	if (err)
		return err;
	err = lt_hist_parse(text, hist);
	free(text);
	return err;
}

void lt_hist_free(struct lt_hist *hist)
{
	for (size_t i = 0; i < hist->nr_series; i++)
		free(hist->series[i].buckets);
	free(hist->series);
	*hist = (struct lt_hist){ 0 };
}

int lt_hist_copy(struct lt_hist *to, const struct lt_hist *from)
{
	*to = (struct lt_hist){ 0 };
	if (!from->nr_series)
		return 0;
	to->series = calloc(from->nr_series, sizeof(*to->series));
	if (!to->series)
		return -ENOMEM;
	for (size_t i = 0; i < from->nr_series; i++) {
		const struct lt_series *series = &from->series[i];
		size_t size = series->nr_buckets * sizeof(*series->buckets);

		to->series[i] = *series;
		to->series[i].buckets = size ? malloc(size) : NULL;
		to->nr_series++;
		if (!size)
			continue;
		if (!to->series[i].buckets) {
			lt_hist_free(to);
			return -ENOMEM;
		}
		memcpy(to->series[i].buckets, series->buckets, size);
	}
	return 0;
}

const struct lt_series *lt_hist_find(const struct lt_hist *hist, const char *name)
{
	for (size_t i = 0; i < hist->nr_series; i++)
		if (!strcmp(hist->series[i].name, name))
			return &hist->series[i];
	return NULL;
}

/* Count of the bucket with these bounds, 0 when it was empty. @at moves up with the calls. */
static uint64_t count_of(const struct lt_series *series, const struct lt_bucket *bounds,
			 size_t *at)
{
	while (*at < series->nr_buckets && series->buckets[*at].lower < bounds->lower)
		++*at;
	if (*at < series->nr_buckets && series->buckets[*at].lower == bounds->lower)
		return series->buckets[*at].count;
	return 0;
}

/* A reset shows as a bucket or a sum that went down. */
static bool was_reset(const struct lt_series *now, const struct lt_series *before)
{
	size_t at = 0;

	if (now->count < before->count || now->max_ns < before->max_ns ||
	    now->nr_buckets < before->nr_buckets)
		return true;
	for (size_t i = 0; i < before->nr_buckets; i++)
		if (count_of(now, &before->buckets[i], &at) < before->buckets[i].count)
			return true;
	return false;
}

static void series_subtract(struct lt_series *now, const struct lt_series *before)
{
	size_t at = 0, kept = 0;

	for (size_t i = 0; i < now->nr_buckets; i++) {
		struct lt_bucket bucket = now->buckets[i];

		bucket.count -= count_of(before, &bucket, &at);
		if (bucket.count)
			now->buckets[kept++] = bucket;
	}
	now->nr_buckets = kept;
	now->count -= before->count;
	now->sum_ns -= before->sum_ns;	/* right even after the sum wrapped around */
	if (!kept)
		now->max_ns = 0;
	else if (now->max_ns == before->max_ns && now->buckets[kept - 1].upper <= now->max_ns)
		now->max_ns = now->buckets[kept - 1].upper - 1;
}

void lt_hist_subtract(struct lt_hist *now, const struct lt_hist *before)
{
	for (size_t i = 0; i < now->nr_series; i++) {
		const struct lt_series *old = lt_hist_find(before, now->series[i].name);

		if (old && !was_reset(&now->series[i], old))
			series_subtract(&now->series[i], old);
	}
}

uint64_t lt_series_total(const struct lt_series *series)
{
	uint64_t total = 0;

	for (size_t i = 0; i < series->nr_buckets; i++)
		total += series->buckets[i].count;
	return total;
}

/* Upper end of a bucket, none being above the largest value seen. */
static uint64_t bucket_end(const struct lt_series *series, const struct lt_bucket *bucket)
{
	if (series->max_ns >= bucket->lower && series->max_ns < bucket->upper)
		return series->max_ns + 1;
	return bucket->upper;
}

uint64_t lt_series_percentile(const struct lt_series *series, uint32_t ppm)
{
	uint64_t total = lt_series_total(series), before = 0, value = 0;
	/* The rank, and what it is above that in millionths, so that nothing is rounded on the way. */
	uint64_t split = total % MILLION * ppm;
	uint64_t rank = total / MILLION * ppm + split / MILLION, rest = split % MILLION;

	for (size_t i = 0; i < series->nr_buckets; i++) {
		const struct lt_bucket *bucket = &series->buckets[i];
		uint64_t width = bucket_end(series, bucket) - bucket->lower;

		if (!bucket->count)
			continue;
		if (before + bucket->count >= rank + !!rest) {
			long double above = (long double)(rank - before) * MILLION + rest;
			long double part = above / ((long double)bucket->count * MILLION);

			value = bucket->lower + (uint64_t)(part * (long double)width);
			break;
		}
		before += bucket->count;
	}
	return value > series->max_ns ? series->max_ns : value;
}

uint64_t lt_series_below(const struct lt_series *series, uint64_t limit_ns)
{
	uint64_t below = 0;

	for (size_t i = 0; i < series->nr_buckets; i++) {
		const struct lt_bucket *bucket = &series->buckets[i];
		uint64_t end = bucket_end(series, bucket);
		uint64_t width = end - bucket->lower;

		if (end <= limit_ns) {
			below += bucket->count;
			continue;
		}
		if (bucket->lower < limit_ns)
			below += lt_mul_div(bucket->count, limit_ns - bucket->lower, width);
		break;
	}
	return below;
}

unsigned int lt_series_rows(const struct lt_series *series, uint64_t unit_ns,
			    uint64_t rows[LT_HIST_ROWS_MAX])
{
	uint64_t total = lt_series_total(series), before = 0;
	unsigned int row = 0;

	memset(rows, 0, LT_HIST_ROWS_MAX * sizeof(*rows));
	while (before < total) {
		uint64_t limit = lt_shift_up(unit_ns, row + 1);
		uint64_t below = total;

		if (limit < UINT64_MAX)
			below = lt_series_below(series, limit);
		rows[row++] = below - before;
		before = below;
	}
	return row;
}
