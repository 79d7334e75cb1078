/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The formats that Prometheus reads, line by line: for all who write metrics.
 *
 * Every name begins with "latency_tracker_", which is added here.
 */
#ifndef LT_EXPOSITION_H
#define LT_EXPOSITION_H

#include <stdint.h>
#include <stdio.h>

/**
 * enum lt_metrics_format - two formats that differ in little
 * @LT_METRICS_TEXT: Prometheus' text format 0.0.4, as node_exporter's textfile collector takes it
 * @LT_METRICS_OPEN: OpenMetrics 1.0, which has exemplars
 */
enum lt_metrics_format {
	LT_METRICS_TEXT,
	LT_METRICS_OPEN,
};

/**
 * struct lt_exposition - where metrics go
 * @out: whoever opened it looks for errors of writing
 * @format: which format
 */
struct lt_exposition {
	FILE *out;
	enum lt_metrics_format format;
};

/**
 * lt_exposition_head() - begin a metric: what it is
 * @to: where
 * @name: without prefix, of a counter without "_total"
 * @type: "gauge", "counter" or "histogram"
 * @help: one sentence, without characters to escape
 */
void lt_exposition_head(const struct lt_exposition *to, const char *name, const char *type,
			const char *help);

/**
 * lt_exposition_label() - write one label
 * @to: where
 * @name: of the label
 * @value: any bytes: users name interfaces and threads, and one byte that is not UTF-8 would
 *	make Prometheus refuse all the metrics; such a byte is written as \xHH
 */
void lt_exposition_label(const struct lt_exposition *to, const char *name, const char *value);

/** lt_exposition_seconds() - write nanoseconds as seconds, all nine digits */
void lt_exposition_seconds(const struct lt_exposition *to, uint64_t ns);

/**
 * lt_exposition_number() - a whole metric without labels
 * @to: where
 * @name: as for lt_exposition_head()
 * @type: "gauge" or "counter"
 * @help: as there
 * @value: its one sample
 */
void lt_exposition_number(const struct lt_exposition *to, const char *name, const char *type,
			  const char *help, uint64_t value);

/** lt_exposition_end() - behind the last metric */
void lt_exposition_end(const struct lt_exposition *to);

#endif /* LT_EXPOSITION_H */
