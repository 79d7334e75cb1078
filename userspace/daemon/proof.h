/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The proof: what a saved trace covers, found by reading it.
 *
 * For every CPU there is a span in which the trace is complete: from the first packet (or page)
 * that is still there, or from the end of the last gap if events were lost in between, to the
 * moment the trace was frozen. A CPU that was idle has a span too, though it has no events. The
 * trace covers the begin of the operation when every CPU's span includes it.
 */
#ifndef LT_PROOF_H
#define LT_PROOF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* How far from begin_ns the trace event of the begin may be, either way: its hook may be interrupted. */
#define LT_PROOF_SLACK_NS	5000000ULL
/* How long after hit_ns its event may be: hits are traced with preemption off, but machines stall. */
#define LT_PROOF_HIT_NS		50000000ULL
#define LT_PROOF_TEXT_MAX	512

/* How every tracer calls the event of a hit, and the field that tells which one it is. */
#define LT_HIT_EVENT		"latency_tracker_hit"
#define LT_HIT_EVENT_SEQ	"seq"

enum lt_proof_status {
	LT_PROOF_RECORDING,
	LT_PROOF_OK,
	LT_PROOF_FAILED,
};

/**
 * struct lt_capture - when a back end took a snapshot, all CLOCK_MONOTONIC ns
 * @since_ns: when the recording began on empty buffers
 * @begin_ns: begin of the snapshot: no event from before is missing for being too new
 * @end_ns: the trace was saved
 * @stream: where it was sent as well, NULL for nowhere; constant, the options own it
 * @stream_error: why it was not, "" if it was
 */
struct lt_capture {
	uint64_t since_ns;
	uint64_t begin_ns;
	uint64_t end_ns;
	const char *stream;
	char stream_error[LT_PROOF_TEXT_MAX];
};

/* One CPU: the span in which the trace is complete, and the events in all of the trace. */
struct lt_proof_cpu {
	int cpu;
	bool seen;		/* the trace has something of this CPU */
	unsigned int packets;	/* LTTng: of its largest stream */
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t events;
};

/* An event of the trace that was looked for. */
struct lt_proof_event {
	bool found;
	char name[96];
	uint64_t ns;
	int cpu;
};

/**
 * struct lt_proof - proof.json
 * @status: LT_PROOF_RECORDING until it is known better
 * @backend: name of the back end
 * @trace: name of the trace below the snapshot's directory
 * @hit_seq: from the hit, like @begin_ns (operation began) and @hit_ns (hit recorded)
 * @wake_ns: the daemon had read the hit
 * @capture: when the trace was taken
 * @covers_begin: the trace is complete from @begin_ns on, on every CPU
 * @covers_hit: the trace is complete at @hit_ns, on every CPU
 * @trace_first_ns: oldest time in the trace
 * @trace_last_ns: newest time in the trace
 * @covered_since_ns: from here on the trace is complete on every CPU
 * @events: events in the trace
 * @discarded: events that the tracer says it could not record
 * @cpus: @nr_cpus of them, owned
 * @begin_event: marks the begin of the operation
 * @hit_event: marks the hit
 * @no_trace: the back end saves no trace: there is nothing to cover
 * @retried: why the first try failed, "" if it did not
 * @error: why @status is LT_PROOF_FAILED, "" otherwise
 */
struct lt_proof {
	enum lt_proof_status status;
	const char *backend;
	const char *trace;
	uint64_t hit_seq;
	uint64_t begin_ns;
	uint64_t hit_ns;
	uint64_t wake_ns;
	struct lt_capture capture;
	bool covers_begin;
	bool covers_hit;
	uint64_t trace_first_ns;
	uint64_t trace_last_ns;
	uint64_t covered_since_ns;
	uint64_t events;
	uint64_t discarded;
	struct lt_proof_cpu *cpus;
	unsigned int nr_cpus;
	struct lt_proof_event begin_event;
	struct lt_proof_event hit_event;
	bool no_trace;
	char retried[LT_PROOF_TEXT_MAX];
	char error[LT_PROOF_TEXT_MAX];
};

/* What a reader of traces looks for; built once, read for every event. */
enum lt_proof_match {
	LT_MATCH_NONE,
	LT_MATCH_BLOCK,		/* dev and sector */
	LT_MATCH_TASK,		/* thread id */
};

struct lt_proof_target {
	enum lt_proof_match match;
	uint64_t from_ns, to_ns;
	uint64_t dev;		/* as the kernel encodes it: major << 20 | minor */
	uint64_t sector;
	int tid;
	uint64_t hit_seq;
	uint64_t hit_ns;
	int hit_cpu;		/* the CPU that recorded the hit also traced it */
};

/** lt_proof_init() - fill in what the hit tells; the rest is zero */
void lt_proof_init(struct lt_proof *proof, const struct lt_record *hit, uint64_t wake_ns);

/** lt_proof_free() - release what a proof owns */
void lt_proof_free(struct lt_proof *proof);

/** lt_proof_fail() - set the status and the reason (printf style); keeps an earlier reason */
void lt_proof_fail(struct lt_proof *proof, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * lt_proof_cpu() - the entry of a CPU, made when it is new
 *
 * Return: the entry, valid until the next call; NULL when there is no memory or @cpu < 0.
 */
struct lt_proof_cpu *lt_proof_cpu(struct lt_proof *proof, int cpu);

/** lt_proof_target_init() - what event marks the begin of this hit's operation? */
void lt_proof_target_init(struct lt_proof_target *target, const struct lt_record *hit);

/**
 * lt_proof_target_name() - can an event of this name mark the begin?
 *
 * Return: whether its fields are worth comparing.
 */
bool lt_proof_target_name(const struct lt_proof_target *target, const char *name);

/** lt_proof_found() - an event marks the begin; the one that is nearest to it is kept */
void lt_proof_found(struct lt_proof *proof, const char *name, uint64_t ts_ns, int cpu);

/**
 * lt_proof_is_hit() - does an event with the name LT_HIT_EVENT mark the hit?
 * @target: what to look for
 * @ts_ns: of the event
 * @cpu: of the event
 * @seq: its number; NULL when it has none: then its time and CPU decide
 */
bool lt_proof_is_hit(const struct lt_proof_target *target, uint64_t ts_ns, int cpu,
		     const uint64_t *seq);

/** lt_proof_found_hit() - an event marks the hit; the one that is nearest to it is kept */
void lt_proof_found_hit(struct lt_proof *proof, uint64_t ts_ns, int cpu);

/** lt_proof_saw() - the trace has something of that time */
void lt_proof_saw(struct lt_proof *proof, uint64_t ns);

/**
 * lt_proof_conclude() - draw the conclusions when every CPU's span is known
 *
 * Sets covers_*, trace_*, covered_since_ns, events and, unless it failed before, the status.
 */
void lt_proof_conclude(struct lt_proof *proof);

/* Proof as JSON, which the caller releases; NULL when there is no memory. */
struct json_object *lt_proof_to_json(const struct lt_proof *proof);

/**
 * lt_proof_read_ctf() - read a CTF trace of LTTng's kernel tracer with libbabeltrace2
 * @proof: receives what is found, not concluded yet
 * @path: directory that holds "metadata"
 * @target: what marks the begin
 * @stop: reading ends with -EINTR when it becomes true
 *
 * Return: 0 or a negative errno, with the reason in @proof->error.
 */
int lt_proof_read_ctf(struct lt_proof *proof, const char *path,
		      const struct lt_proof_target *target, atomic_bool *stop);

/**
 * lt_proof_read_ftrace() - read raw ring-buffer pages, DIR/cpuN, with libtraceevent
 *
 * As lt_proof_read_ctf(). @proof->capture must be filled: a CPU that lost nothing is complete
 * since capture.since_ns, and every CPU up to capture.begin_ns. Must run on the kernel that
 * made the trace, from whose tracefs the event formats are read.
 */
int lt_proof_read_ftrace(struct lt_proof *proof, const char *path,
			 const struct lt_proof_target *target, atomic_bool *stop);

#endif /* LT_PROOF_H */
