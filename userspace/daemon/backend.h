/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A back end keeps a trace of the last seconds in memory and saves it when asked.
 *
 * open() and close() are called by the main thread while no other thread runs; freeze() and
 * save() by the capture thread only; prove() by the proof thread, at the same time as a freeze()
 * or save() of the next snapshot: it may look at the saved files only.
 */
#ifndef LT_BACKEND_H
#define LT_BACKEND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proof.h"

#define LT_WHY_MAX	LT_PROOF_TEXT_MAX

struct lt_options;

/**
 * struct lt_history - how far back the buffers reach
 * @span_ns: on the CPU where that is least, at its present rate of events; 0: not known
 * @cpu: that CPU
 * @estimated: they have not been full yet: this is what they will reach
 * @bytes: buffer of each CPU; 0: not ours to know
 */
struct lt_history {
	uint64_t span_ns;
	int cpu;
	bool estimated;
	uint64_t bytes;
};

/**
 * struct lt_backend - the operations
 * @name: as in --backend=NAME
 * @trace: what save() makes below the snapshot's directory
 * @by_name_only: "auto" leaves it out
 * @available: can it be used here? 0, or a negative errno with one sentence in @why (of size
 *	LT_WHY_MAX) that names what is missing and its remedy. May load modules and start daemons.
 * @open: remove what dead daemons left, begin to record. Negative errno and @why as above.
 *	After a failure nothing is left behind.
 * @close: stop and remove everything that open() made
 * @freeze: optional, runs at real-time priority and touches no disk: set the events aside.
 *	Fills since_ns and begin_ns of @capture.
 * @save: write the trace to @dir. Fills all of @capture, or end_ns only after a freeze(). Runs
 *	at normal priority where there is a freeze(). Ends early when @stop becomes true, if it
 *	can. Negative errno and @why on failure; recording goes on in either case. A freeze() is
 *	always followed by save() or discard(). @dir holds hit.json already.
 * @discard: for a back end with freeze(): instead of save(), throw away what was set aside
 * @survey: find out how far back the buffers reach, without a hit and without an effect on
 *	snapshots. 0: @history is filled. 1: a trace was saved to @dir, which prove() and
 *	measure() are to look at. Negative errno and @why on failure. Capture thread, normal
 *	priority. Optional
 * @measure: fill @history from a proved trace; optional
 * @resize: begin anew with buffers of @bytes for each CPU, or a little more; what was recorded
 *	is gone. Capture thread. Optional, with survey()
 * @prove: fill @proof, whose capture is set, from the trace in @dir; ends early when @stop
 *	becomes true. Failure is told in @proof.
 */
struct lt_backend {
	const char *name;
	const char *trace;
	bool by_name_only;
	int (*available)(char *why);
	int (*open)(const struct lt_options *opts, char *why);
	void (*close)(void);
	int (*freeze)(struct lt_capture *capture, char *why);
	int (*save)(const char *dir, struct lt_capture *capture, atomic_bool *stop, char *why);
	void (*discard)(void);
	int (*survey)(const char *dir, struct lt_capture *capture, struct lt_history *history,
		      char *why);
	void (*measure)(const struct lt_proof *proof, struct lt_history *history);
	int (*resize)(uint64_t bytes, char *why);
	void (*prove)(const char *dir, const struct lt_record *hit, struct lt_proof *proof,
		      atomic_bool *stop);
};

/** lt_why() - print a reason into @why, of size LT_WHY_MAX; what does not fit is cut off */
void lt_why(char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* All back ends in the order in which "auto" tries them; NULL at the end. */
extern const struct lt_backend *const lt_backends[];

extern const struct lt_backend lt_backend_lttng;
extern const struct lt_backend lt_backend_ftrace;
extern const struct lt_backend lt_backend_exec;

/**
 * lt_backend_start() - choose a back end and open it
 * @opts: opts->backend is "auto" or a name
 *
 * Says what is wrong with those that cannot be used.
 *
 * Return: the open back end, or NULL.
 */
const struct lt_backend *lt_backend_start(const struct lt_options *opts);

#endif /* LT_BACKEND_H */
