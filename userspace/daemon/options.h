/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of latency-trackerd. */
#ifndef LT_OPTIONS_H
#define LT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the options are that are not on the command line; see config.h. */
#ifndef LT_CONFIG_PATH
#define LT_CONFIG_PATH	"/etc/latency-tracker/latency-trackerd.conf"
#endif

/* Rows of the table in option.c. */
#define LT_NR_OPTIONS	27

/* Result of lt_options_parse(). */
enum lt_options_result {
	LT_OPTIONS_RUN,		/* go on */
	LT_OPTIONS_DONE,	/* help or version was printed: exit 0 */
	LT_OPTIONS_BAD,		/* a message was printed: exit 2 */
};

/**
 * struct lt_options - what the user asked for
 * @backend: "auto" or the name of a back end
 * @output: directory of journal and snapshots, without a slash at its end
 * @events: names or patterns, separated by commas; NULL for the back end's own choice
 * @proc: where hits are read (another path is for tests)
 * @subbuf_size: LTTng: bytes of a sub-buffer, a power of two
 * @num_subbuf: LTTng: sub-buffers for each CPU, a power of two
 * @cover: seconds that the buffers are to span, 0: as large as they are
 * @session: LTTng: names of sessions that exist, commas between them; NULL: our own
 * @stream: LTTng: relay that gets every snapshot too, NULL: none
 * @buffer_kb: ftrace: KiB for each CPU
 * @exec: exec: program and its arguments, as poptParseArgvString() takes them; NULL: none
 * @exec_timeout_ms: exec: how long it may run
 * @rate_ms: least time between the beginnings of two snapshots
 * @after_ms: how long recording goes on after a hit before its snapshot is taken
 * @max_snapshots: how many are kept
 * @quota_mb: what all snapshots may take together in MiB, 0: no limit
 * @journal_mb: the size in MiB at which the journal is rotated, 0: never
 * @min_free_mb: free space that a snapshot leaves on the file system
 * @priority: SCHED_FIFO priority, 0 for none
 * @metrics: where to answer Prometheus, as in address.h; NULL: nowhere
 * @once: end after the first finished snapshot
 * @verbose: say more
 * @config: configuration file; NULL for the default one, which may be absent
 * @check: only say whether the options are right
 *
 * Strings point into argv, into the configuration that was read, or are constants.
 */
struct lt_options {
	const char *backend;
	char *output;
	const char *events;
	const char *proc;
	uint64_t subbuf_size;
	uint64_t num_subbuf;
	uint64_t cover;
	const char *session;
	const char *stream;
	uint64_t buffer_kb;
	const char *exec;
	uint64_t exec_timeout_ms;
	uint64_t rate_ms;
	uint64_t after_ms;
	uint64_t max_snapshots;
	uint64_t quota_mb;
	uint64_t journal_mb;
	uint64_t min_free_mb;
	uint64_t priority;
	const char *metrics;
	bool once;
	bool verbose;
	const char *config;
	bool check;
};

/** lt_options_init() - set all of @opts to the defaults */
void lt_options_init(struct lt_options *opts);

/**
 * lt_options_args() - read argv into options that are set already
 * @opts: receives what argv changes
 * @argc: as of main()
 * @argv: as of main(); must outlive @opts
 * @given: becomes true for each option that stands in argv, by its row in the table; or NULL
 *
 * Help and version go to stdout, complaints to stderr: one line for each that names the option
 * and the values it takes.
 */
enum lt_options_result lt_options_args(struct lt_options *opts, int argc, char **argv,
				       bool *given);

/** lt_options_parse() - lt_options_init(), then lt_options_args() */
enum lt_options_result lt_options_parse(struct lt_options *opts, int argc, char **argv);

#endif /* LT_OPTIONS_H */
