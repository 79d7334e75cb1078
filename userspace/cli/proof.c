// SPDX-License-Identifier: GPL-2.0
#include "proof.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include "json.h"
#include "output.h"
#include "snapshot.h"
#include "text.h"

static void print_text(const char *name, const char *text)
{
	char harmless[1024];

	printf("  %-14s %s\n", name, text ? lt_text_printable(text, harmless, sizeof(harmless)) :
					    "-");
}

static void print_member(struct json_object *object, const char *name, const char *member)
{
	uint64_t number;

	if (lt_json_get_u64(object, member, &number))
		printf("  %-14s %" PRIu64 "\n", name, number);
	else
		print_text(name, lt_json_get_string(object, member));
}

static void print_time(const char *name, uint64_t ns)
{
	printf("  %-14s %" PRIu64 ".%09" PRIu64, name, ns / 1000000000, ns % 1000000000);
}

/* A time of the proof and its distance from the begin of the operation. */
static void print_step(struct json_object *proof, const char *name, const char *member)
{
	uint64_t begin, ns;
	char text[CLI_TEXT_MAX];

	if (!lt_json_get_u64(proof, member, &ns))
		return;
	print_time(name, ns);
	if (lt_json_get_u64(proof, "begin_ns", &begin) && ns != begin)
		printf("  %c%s", ns < begin ? '-' : '+',
		       cli_duration(ns < begin ? begin - ns : ns - begin, text));
	putchar('\n');
}

static void print_duration(struct json_object *object, const char *name, const char *member)
{
	char text[CLI_TEXT_MAX];
	uint64_t ns;

	print_text(name, lt_json_get_u64(object, member, &ns) ? cli_duration(ns, text) : NULL);
}

static void print_fields(struct json_object *hit)
{
	struct json_object *fields;

	if (!json_object_object_get_ex(hit, "fields", &fields) ||
	    !json_object_is_type(fields, json_type_object))
		return;
	json_object_object_foreach(fields, name, value) {
		char harmless[128];

		print_text(lt_text_printable(name, harmless, sizeof(harmless)),
			   json_object_get_string(value));
	}
}

static void print_stacks(struct json_object *hit)
{
	struct json_object *stacks, *stack, *frames;
	char harmless[1024];

	if (!json_object_object_get_ex(hit, "stacks", &stacks) ||
	    !json_object_is_type(stacks, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(stacks); i++) {
		stack = json_object_array_get_idx(stacks, i);
		print_text("stack", lt_json_get_string(stack, "kind"));
		if (!json_object_object_get_ex(stack, "frames", &frames) ||
		    !json_object_is_type(frames, json_type_array))
			continue;
		for (size_t j = 0; j < json_object_array_length(frames); j++) {
			const char *frame =
				json_object_get_string(json_object_array_get_idx(frames, j));

			printf("      %s\n", lt_text_printable(frame ? frame : "?", harmless,
							       sizeof(harmless)));
		}
	}
}

static void print_hit(struct json_object *hit)
{
	puts("\nhit");
	if (!hit) {
		puts("  hit.json is missing or damaged");
		return;
	}
	print_member(hit, "seq", "seq");
	print_text("wall time", lt_json_get_string(hit, "wall_time"));
	print_text("tracker", lt_json_get_string(hit, "tracker"));
	print_text("reason", lt_json_get_string(hit, "reason"));
	print_duration(hit, "delay", "delta_ns");
	print_duration(hit, "threshold", "threshold_ns");
	print_text("comm", lt_json_get_string(hit, "comm"));
	print_member(hit, "pid", "pid");
	print_member(hit, "tid", "tid");
	print_member(hit, "cpu at begin", "cpu_begin");
	print_member(hit, "cpu at end", "cpu_end");
	print_fields(hit);
	print_stacks(hit);
}

static void print_event(struct json_object *proof, const char *name, const char *member)
{
	struct json_object *event;
	uint64_t cpu;

	if (!json_object_object_get_ex(proof, member, &event) || !event)
		return;
	print_text(name, lt_json_get_string(event, "name"));
	print_step(event, "  at", "ts_ns");
	if (lt_json_get_u64(event, "cpu", &cpu))
		printf("  %-14s %" PRIu64 "\n", "  on cpu", cpu);
}

static void print_covers(const struct lt_snapshot *snapshot)
{
	struct json_object *proof = snapshot->proof;

	if (!lt_snapshot_has_trace(snapshot))
		return;
	print_text("covers begin", cli_yes_no(lt_json_get_bool(proof, "covers_begin")));
	print_text("covers hit", cli_yes_no(lt_json_get_bool(proof, "covers_hit")));
}

static void print_stream(struct json_object *proof)
{
	struct json_object *stream;

	if (!json_object_object_get_ex(proof, "stream", &stream) || !stream)
		return;
	print_text("sent to", lt_json_get_string(stream, "url"));
	if (lt_json_get_string(stream, "error"))
		print_text("  failed", lt_json_get_string(stream, "error"));
}

static void print_proof(const struct lt_snapshot *snapshot)
{
	struct json_object *proof = snapshot->proof;

	puts("\nproof");
	if (!proof) {
		puts("  proof.json is missing or damaged");
		return;
	}
	print_text("status", lt_json_get_string(proof, "status"));
	if (lt_json_get_string(proof, "error"))
		print_text("error", lt_json_get_string(proof, "error"));
	if (lt_json_get_string(proof, "retried"))
		print_text("tried twice", lt_json_get_string(proof, "retried"));
	print_text("backend", lt_json_get_string(proof, "backend"));
	print_covers(snapshot);
	print_step(proof, "trace first", "trace_first_ns");
	print_step(proof, "complete since", "covered_since_ns");
	print_step(proof, "begin", "begin_ns");
	print_step(proof, "hit", "hit_ns");
	print_step(proof, "wake", "wake_ns");
	print_step(proof, "snapshot begin", "snapshot_begin_ns");
	print_step(proof, "trace last", "trace_last_ns");
	print_step(proof, "snapshot end", "snapshot_end_ns");
	print_member(proof, "events", "events");
	print_member(proof, "discarded", "discarded");
	print_event(proof, "begin event", "begin_event");
	print_event(proof, "hit event", "hit_event");
	print_stream(proof);
}

void cli_proof_print(const struct lt_snapshot *snapshot)
{
	const char *trace = lt_json_get_string(snapshot->proof, "trace");
	char text[CLI_TEXT_MAX], harmless[4096];

	printf("snapshot %s\n", lt_text_printable(snapshot->name, harmless, sizeof(harmless)));
	printf("path     %s\n", lt_text_printable(snapshot->path, harmless, sizeof(harmless)));
	if (trace)
		printf("trace    %s/%s\n", snapshot->path,
		       lt_text_printable(trace, harmless, sizeof(harmless)));
	printf("size     %s\n", cli_size(snapshot->size, text));
	print_hit(snapshot->hit);
	print_proof(snapshot);
}
