// SPDX-License-Identifier: GPL-2.0
/* The JSON face of a record, apart from the parser so that the parser needs no library. */
#include "record.h"

#include <stdbool.h>

#include <json-c/json.h>

#include "json.h"

static bool add_fields(struct json_object *object, const struct lt_record *rec)
{
	struct json_object *fields = json_object_new_object();
	bool ok = lt_json_add(object, "fields", fields);
	const char *name, *value;

	for (unsigned int i = 0; ok && i < rec->nr_fields; i++) {
		name = lt_record_field_at(rec, i, &value);
		ok = lt_json_add_string(fields, name, value);
	}
	return ok;
}

static bool append(struct json_object *array, struct json_object *value)
{
	if (array && value && !json_object_array_add(array, value))
		return true;
	json_object_put(value);
	return false;
}

static struct json_object *stack_to_json(const struct lt_record *rec, unsigned int stack)
{
	struct json_object *object = json_object_new_object();
	struct json_object *frames = json_object_new_array();
	bool ok = lt_json_add_string(object, "kind",
				     lt_stack_kind_name(rec->stacks[stack].kind));

	for (unsigned int i = 0; ok && i < rec->stacks[stack].nr_frames; i++)
		ok = append(frames, lt_json_string(lt_record_frame(rec, stack, i)));
	if (!lt_json_add(object, "frames", frames) || !ok) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static bool add_stacks(struct json_object *object, const struct lt_record *rec)
{
	struct json_object *stacks = json_object_new_array();
	bool ok = lt_json_add(object, "stacks", stacks);

	for (unsigned int i = 0; ok && i < rec->nr_stacks; i++)
		ok = append(stacks, stack_to_json(rec, i));
	return ok;
}

static bool add_operation(struct json_object *object, const struct lt_record *rec)
{
	bool hit = rec->kind == LT_RECORD_HIT;

	return (!hit || lt_json_add_u64(object, "seq", rec->seq)) &&
	       (!hit || lt_json_add_u64(object, "ts_ns", rec->ts_ns)) &&
	       lt_json_add_u64(object, "begin_ns", rec->begin_ns) &&
	       lt_json_add_u64(object, "delta_ns", rec->delta_ns) &&
	       lt_json_add_u64(object, "threshold_ns", rec->threshold_ns) &&
	       lt_json_add_string(object, "tracker", rec->tracker) &&
	       (!hit || lt_json_add_string(object, "reason", lt_reason_name(rec->reason))) &&
	       lt_json_add_string(object, "comm", rec->comm) &&
	       lt_json_add_u64(object, "cpu_begin", rec->cpu_begin) &&
	       lt_json_add_u64(object, "cpu_end", rec->cpu_end) &&
	       lt_json_add_u64(object, "pid", rec->pid) &&
	       lt_json_add_u64(object, "tid", rec->tid) &&
	       add_fields(object, rec) && add_stacks(object, rec);
}

struct json_object *lt_record_to_json(const struct lt_record *rec, const char *wall_time)
{
	struct json_object *object = json_object_new_object();
	bool ok;

	if (rec->kind == LT_RECORD_LOST)
		ok = lt_json_add_u64(object, "lost", rec->lost);
	else if (rec->kind == LT_RECORD_MORE)
		ok = lt_json_add_u64(object, "more", rec->more);
	else
		ok = add_operation(object, rec);
	if (ok && wall_time)
		ok = lt_json_add_string(object, "wall_time", wall_time);
	if (!ok) {
		json_object_put(object);
		return NULL;
	}
	return object;
}
