// SPDX-License-Identifier: GPL-2.0
#include "proof.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "text.h"

void lt_proof_init(struct lt_proof *proof, const struct lt_record *hit, uint64_t wake_ns)
{
	*proof = (struct lt_proof){
		.hit_seq = hit->seq,
		.begin_ns = hit->begin_ns,
		.hit_ns = hit->ts_ns,
		.wake_ns = wake_ns,
	};
}

void lt_proof_free(struct lt_proof *proof)
{
	free(proof->cpus);
	proof->cpus = NULL;
	proof->nr_cpus = 0;
}

void lt_proof_fail(struct lt_proof *proof, const char *fmt, ...)
{
	va_list args;

	proof->status = LT_PROOF_FAILED;
	if (*proof->error)
		return;
	va_start(args, fmt);
	vsnprintf(proof->error, sizeof(proof->error), fmt, args);
	va_end(args);
}

struct lt_proof_cpu *lt_proof_cpu(struct lt_proof *proof, int cpu)
{
	struct lt_proof_cpu *cpus;

	if (cpu < 0)
		return NULL;
	for (unsigned int i = 0; i < proof->nr_cpus; i++) {
		if (proof->cpus[i].cpu == cpu)
			return &proof->cpus[i];
	}
	cpus = realloc(proof->cpus, (proof->nr_cpus + 1) * sizeof(*cpus));
	if (!cpus)
		return NULL;
	proof->cpus = cpus;
	cpus += proof->nr_cpus++;
	*cpus = (struct lt_proof_cpu){ .cpu = cpu };
	return cpus;
}

static bool parse_dev(const char *text, uint64_t *dev)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	uint64_t major, minor;

	if (!colon || lt_text_u64(text, colon - text, &major) ||
	    lt_text_u64(colon + 1, strlen(colon + 1), &minor))
		return false;
	*dev = major << 20 | minor;
	return true;
}

void lt_proof_target_init(struct lt_proof_target *target, const struct lt_record *hit)
{
	const char *sector = lt_record_field(hit, "sector");
	uint64_t slack = LT_PROOF_SLACK_NS;

	*target = (struct lt_proof_target){
		.from_ns = hit->begin_ns > slack ? hit->begin_ns - slack : 0,
		.to_ns = hit->begin_ns + slack,
		.tid = hit->tid,
		.hit_seq = hit->seq,
		.hit_ns = hit->ts_ns,
		.hit_cpu = hit->cpu_end,
	};
	if (!strcmp(hit->tracker, "wakeup"))
		target->match = LT_MATCH_TASK;
	else if (parse_dev(lt_record_field(hit, "dev"), &target->dev) && sector &&
		 !lt_text_u64(sector, strlen(sector), &target->sector))
		target->match = LT_MATCH_BLOCK;
}

bool lt_proof_target_name(const struct lt_proof_target *target, const char *name)
{
	switch (target->match) {
	case LT_MATCH_BLOCK:
		return !strcmp(name, "block_rq_insert") || !strcmp(name, "block_rq_issue") ||
		       !strcmp(name, "block_bio_queue");
	case LT_MATCH_TASK:
		return !strcmp(name, "sched_waking") || !strcmp(name, "sched_wakeup_new");
	default:
		return false;
	}
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

static void keep_nearest(struct lt_proof_event *event, uint64_t to_ns, const char *name,
			 uint64_t ts_ns, int cpu)
{
	if (event->found && distance(ts_ns, to_ns) >= distance(event->ns, to_ns))
		return;
	event->found = true;
	event->ns = ts_ns;
	event->cpu = cpu;
	snprintf(event->name, sizeof(event->name), "%s", name);
}

void lt_proof_found(struct lt_proof *proof, const char *name, uint64_t ts_ns, int cpu)
{
	keep_nearest(&proof->begin_event, proof->begin_ns, name, ts_ns, cpu);
}

bool lt_proof_is_hit(const struct lt_proof_target *target, uint64_t ts_ns, int cpu,
		     const uint64_t *seq)
{
	if (seq)
		return *seq == target->hit_seq;
	return cpu == target->hit_cpu && ts_ns >= target->hit_ns &&
	       ts_ns - target->hit_ns <= LT_PROOF_HIT_NS;
}

void lt_proof_found_hit(struct lt_proof *proof, uint64_t ts_ns, int cpu)
{
	keep_nearest(&proof->hit_event, proof->hit_ns, LT_HIT_EVENT, ts_ns, cpu);
}

static int compare_cpus(const void *a, const void *b)
{
	const struct lt_proof_cpu *x = a, *y = b;

	return x->cpu - y->cpu;
}

void lt_proof_saw(struct lt_proof *proof, uint64_t ns)
{
	if (!proof->trace_first_ns || ns < proof->trace_first_ns)
		proof->trace_first_ns = ns;
	if (ns > proof->trace_last_ns)
		proof->trace_last_ns = ns;
}

void lt_proof_conclude(struct lt_proof *proof)
{
	uint64_t complete_until = UINT64_MAX;

	proof->covered_since_ns = 0;
	proof->events = 0;
	if (proof->nr_cpus)
		qsort(proof->cpus, proof->nr_cpus, sizeof(*proof->cpus), compare_cpus);
	for (unsigned int i = 0; i < proof->nr_cpus; i++) {
		const struct lt_proof_cpu *cpu = &proof->cpus[i];

		lt_proof_saw(proof, cpu->first_ns);
		lt_proof_saw(proof, cpu->last_ns);
		if (cpu->first_ns > proof->covered_since_ns)
			proof->covered_since_ns = cpu->first_ns;
		if (cpu->last_ns < complete_until)
			complete_until = cpu->last_ns;
		proof->events += cpu->events;
	}
	if (proof->status == LT_PROOF_FAILED)
		return;
	if (!proof->nr_cpus && !proof->no_trace) {
		lt_proof_fail(proof, "the trace is empty");
		return;
	}
	proof->status = LT_PROOF_OK;
	if (proof->no_trace)
		return;
	proof->covers_begin = proof->covered_since_ns <= proof->begin_ns &&
			      proof->begin_ns <= complete_until;
	proof->covers_hit = proof->covered_since_ns <= proof->hit_ns &&
			    proof->hit_ns <= complete_until;
}

static const char *status_name(enum lt_proof_status status)
{
	static const char *const names[] = { "recording", "ok", "failed" };

	return names[status];
}

/* A time that is not known yet is null, not a zero that looks like one. */
static bool add_time(struct json_object *object, const char *name, uint64_t ns)
{
	if (ns)
		return lt_json_add_u64(object, name, ns);
	return object && !json_object_object_add(object, name, NULL);
}

/* Whether a trace covers something; null where there is none that could. */
static bool add_covers(struct json_object *object, const char *name, const struct lt_proof *proof,
		       bool covers)
{
	if (proof->no_trace)
		return !json_object_object_add(object, name, NULL);
	return lt_json_add(object, name, json_object_new_boolean(covers));
}

static bool add_cpus(struct json_object *object, const struct lt_proof *proof)
{
	struct json_object *array = json_object_new_array(), *entry;
	bool ok = lt_json_add(object, "per_cpu", array);

	for (unsigned int i = 0; ok && i < proof->nr_cpus; i++) {
		const struct lt_proof_cpu *cpu = &proof->cpus[i];

		entry = json_object_new_object();
		ok = lt_json_add_u64(entry, "cpu", cpu->cpu) &&
		     add_time(entry, "first_ns", cpu->first_ns) &&
		     add_time(entry, "last_ns", cpu->last_ns) &&
		     lt_json_add_u64(entry, "events", cpu->events) &&
		     !json_object_array_add(array, entry);
		if (!ok)
			json_object_put(entry);
	}
	return ok;
}

static bool add_event(struct json_object *object, const char *name,
		      const struct lt_proof_event *found)
{
	struct json_object *event;

	if (!found->found)
		return !json_object_object_add(object, name, NULL);
	event = json_object_new_object();
	return lt_json_add(object, name, event) &&
	       lt_json_add_string(event, "name", found->name) &&
	       lt_json_add_u64(event, "ts_ns", found->ns) &&
	       lt_json_add_u64(event, "cpu", found->cpu);
}

static bool add_text(struct json_object *object, const char *name, const char *text)
{
	if (*text)
		return lt_json_add_string(object, name, text);
	return !json_object_object_add(object, name, NULL);
}

static bool add_stream(struct json_object *object, const struct lt_capture *capture)
{
	struct json_object *stream;

	if (!capture->stream)
		return !json_object_object_add(object, "stream", NULL);
	stream = json_object_new_object();
	return lt_json_add(object, "stream", stream) &&
	       lt_json_add_string(stream, "url", capture->stream) &&
	       add_text(stream, "error", capture->stream_error);
}

struct json_object *lt_proof_to_json(const struct lt_proof *proof)
{
	struct json_object *object = json_object_new_object();
	bool ok = lt_json_add_string(object, "status", status_name(proof->status)) &&
		  lt_json_add_string(object, "backend", proof->backend) &&
		  lt_json_add_u64(object, "hit_seq", proof->hit_seq) &&
		  lt_json_add_u64(object, "begin_ns", proof->begin_ns) &&
		  lt_json_add_u64(object, "hit_ns", proof->hit_ns) &&
		  lt_json_add_u64(object, "wake_ns", proof->wake_ns) &&
		  add_time(object, "snapshot_begin_ns", proof->capture.begin_ns) &&
		  add_time(object, "snapshot_end_ns", proof->capture.end_ns) &&
		  lt_json_add_string(object, "trace", proof->trace) &&
		  add_covers(object, "covers_begin", proof, proof->covers_begin) &&
		  add_covers(object, "covers_hit", proof, proof->covers_hit) &&
		  add_time(object, "trace_first_ns", proof->trace_first_ns) &&
		  add_time(object, "trace_last_ns", proof->trace_last_ns) &&
		  add_time(object, "covered_since_ns", proof->covered_since_ns) &&
		  lt_json_add_u64(object, "events", proof->events) &&
		  lt_json_add_u64(object, "discarded", proof->discarded) &&
		  add_cpus(object, proof) &&
		  add_event(object, "begin_event", &proof->begin_event) &&
		  add_event(object, "hit_event", &proof->hit_event) &&
		  add_stream(object, &proof->capture) &&
		  add_text(object, "retried", proof->retried) &&
		  add_text(object, "error", proof->error);

	if (ok)
		return object;
	json_object_put(object);
	return NULL;
}
