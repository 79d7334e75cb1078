// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "latency_tracker_uapi.h"
#include "text.h"

#ifndef LT_VERSION
#define LT_VERSION "unknown"
#endif

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)

enum option_type {
	OPT_NUMBER,
	OPT_SIZE,	/* bytes, with K, M or G; a power of two */
	OPT_POWER,	/* a power of two */
	OPT_STRING,
	OPT_FLAG,
	OPT_HELP,
	OPT_VERSION,
	OPT_NOTHING,	/* accepted, the default anyway */
};

struct option_def {
	const char *name;
	enum option_type type;
	size_t offset;		/* in struct lt_options */
	uint64_t min, max;
	const char *arg;
	const char *help;	/* NULL: not shown */
};

#define FIELD(field) offsetof(struct lt_options, field)

static const struct option_def option_defs[] = {
	{ "backend", OPT_STRING, FIELD(backend), 0, 0, "NAME",
	  "who keeps the trace: auto, lttng, ftrace (default auto)" },
	{ "output", OPT_STRING, FIELD(output), 0, 0, "DIR",
	  "journal and snapshots (default /var/lib/latency-tracker)" },
	{ "events", OPT_STRING, FIELD(events), 0, 0, "LIST",
	  "trace events, names or patterns (default: scheduler, block, interrupts)" },
	{ "subbuf-size", OPT_SIZE, FIELD(subbuf_size), 4 * KIB, GIB, "BYTES",
	  "lttng: size of a sub-buffer (default 512K)" },
	{ "num-subbuf", OPT_POWER, FIELD(num_subbuf), 2, 1024, "N",
	  "lttng: sub-buffers for each CPU (default 8)" },
	{ "buffer-kb", OPT_NUMBER, FIELD(buffer_kb), 16, 4 * MIB, "N",
	  "ftrace: buffer for each CPU in KiB (default 2048)" },
	{ "rate-ms", OPT_NUMBER, FIELD(rate_ms), 0, 3600000, "N",
	  "least time between two snapshots (default 1000)" },
	{ "max-snapshots", OPT_NUMBER, FIELD(max_snapshots), 1, 1000000, "N",
	  "snapshots to keep, the oldest go first (default 100)" },
	{ "min-free-mb", OPT_NUMBER, FIELD(min_free_mb), 0, 1000000000, "N",
	  "free MiB that snapshots leave on the disk (default 64)" },
	{ "priority", OPT_NUMBER, FIELD(priority), 0, 99, "N",
	  "SCHED_FIFO priority, 0 for none (default 50)" },
	{ "once", OPT_FLAG, FIELD(once), 0, 0, NULL, "end after the first snapshot" },
	{ "foreground", OPT_NOTHING, 0, 0, 0, NULL, "stay in the foreground (always so)" },
	{ "verbose", OPT_FLAG, FIELD(verbose), 0, 0, NULL, "say more" },
	{ "version", OPT_VERSION, 0, 0, 0, NULL, "print the version" },
	{ "help", OPT_HELP, 0, 0, 0, NULL, "print this" },
	{ "proc", OPT_STRING, FIELD(proc), 0, 0, "PATH", NULL },
};

#define NR_OPTIONS (sizeof(option_defs) / sizeof(option_defs[0]))

static const struct lt_options option_defaults = {
	.backend = "auto",
	.output = (char *)"/var/lib/latency-tracker",
	.proc = LT_PROC_PATH,
	.subbuf_size = 512 * KIB,
	.num_subbuf = 8,
	.buffer_kb = 2048,
	.rate_ms = 1000,
	.max_snapshots = 100,
	.min_free_mb = 64,
	.priority = 50,
};

static void print_help(void)
{
	const struct option_def *def;
	char left[40];

	printf("usage: latency-trackerd [OPTION]...\n\n"
	       "Waits for hits on " LT_PROC_PATH ", journals each of them and saves the\n"
	       "trace that was kept in memory. See latency-trackerd(8).\n\n");
	for (def = option_defs; def < option_defs + NR_OPTIONS; def++) {
		if (!def->help)
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", def->name, def->arg ? "=" : "",
			 def->arg ? def->arg : "");
		printf("  %-20s %s\n", left, def->help);
	}
}

/* Factor of a K, M or G at the end of a size; takes the letter off @len. */
static uint64_t size_suffix(const char *text, size_t *len)
{
	static const struct {
		char letter;
		uint64_t factor;
	} suffixes[] = { { 'K', KIB }, { 'k', KIB }, { 'M', MIB }, { 'G', GIB } };

	for (size_t i = 0; *len && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (text[*len - 1] == suffixes[i].letter) {
			--*len;
			return suffixes[i].factor;
		}
	}
	return 1;
}

static int parse_number(const struct option_def *def, const char *text, uint64_t *value)
{
	size_t len = strlen(text);
	uint64_t factor = def->type == OPT_SIZE ? size_suffix(text, &len) : 1;
	uint64_t number;
	int ret = lt_text_u64(text, len, &number);

	if (ret)
		return ret;
	if (number > UINT64_MAX / factor)
		return -ERANGE;
	number *= factor;
	if (number < def->min || number > def->max)
		return -ERANGE;
	if (def->type != OPT_NUMBER && (number & (number - 1)))
		return -EINVAL;
	*value = number;
	return 0;
}

static enum lt_options_result bad_number(const struct option_def *def, const char *text)
{
	fprintf(stderr, "latency-trackerd: --%s=%s: expected %s from %llu to %llu\n", def->name,
		text, def->type == OPT_NUMBER ? "a number" : "a power of two",
		(unsigned long long)def->min, (unsigned long long)def->max);
	return LT_OPTIONS_BAD;
}

static enum lt_options_result apply(struct lt_options *opts, const struct option_def *def,
				    char *arg)
{
	void *field = (char *)opts + def->offset;

	switch (def->type) {
	case OPT_NUMBER:
	case OPT_SIZE:
	case OPT_POWER:
		if (parse_number(def, arg, field))
			return bad_number(def, arg);
		return LT_OPTIONS_RUN;
	case OPT_STRING:
		if (!*arg) {
			fprintf(stderr, "latency-trackerd: --%s must not be empty\n", def->name);
			return LT_OPTIONS_BAD;
		}
		*(char **)field = arg;
		return LT_OPTIONS_RUN;
	case OPT_FLAG:
		*(bool *)field = true;
		return LT_OPTIONS_RUN;
	case OPT_HELP:
		print_help();
		return LT_OPTIONS_DONE;
	case OPT_VERSION:
		printf("latency-trackerd %s\n", LT_VERSION);
		return LT_OPTIONS_DONE;
	case OPT_NOTHING:
		break;
	}
	return LT_OPTIONS_RUN;
}

/* "dir/" and "dir" are one directory: the paths that are made from it look better without. */
static enum lt_options_result check_output(struct lt_options *opts)
{
	size_t len = strlen(opts->output);

	if (opts->output[0] != '/') {
		fprintf(stderr, "latency-trackerd: --output=%s: expected an absolute path\n",
			opts->output);
		return LT_OPTIONS_BAD;
	}
	while (len > 1 && opts->output[len - 1] == '/')
		opts->output[--len] = '\0';
	return LT_OPTIONS_RUN;
}

static void fill_long_options(struct option *longs)
{
	for (size_t i = 0; i < NR_OPTIONS; i++) {
		longs[i] = (struct option){
			.name = option_defs[i].name,
			.has_arg = option_defs[i].arg ? required_argument : no_argument,
			.val = 256 + i,
		};
	}
	longs[NR_OPTIONS] = (struct option){ 0 };
}

enum lt_options_result lt_options_parse(struct lt_options *opts, int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1];
	enum lt_options_result result;
	int c;

	*opts = option_defaults;
	fill_long_options(longs);
	optind = 0;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			print_help();
			return LT_OPTIONS_DONE;
		}
		if (c < 256)
			return LT_OPTIONS_BAD;
		result = apply(opts, &option_defs[c - 256], optarg);
		if (result != LT_OPTIONS_RUN)
			return result;
	}
	if (optind < argc) {
		fprintf(stderr, "latency-trackerd: unexpected argument: %s\n", argv[optind]);
		return LT_OPTIONS_BAD;
	}
	return check_output(opts);
}
