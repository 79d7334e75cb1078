// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a CTF trace of LTTng's kernel tracer.
 *
 * A packet says when it was opened and closed, whether or not anything happened meanwhile, so an
 * idle CPU is seen to be covered. Time stamps are taken as they are, without the offset to the
 * wall clock: LTTng's kernel clock counts CLOCK_MONOTONIC nanoseconds.
 */
#include "proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <babeltrace2/babeltrace.h>

/* Events were lost in a stream, up to end_ns; taken up by the stream's next packet. */
struct gap {
	const bt_stream *stream;
	uint64_t end_ns;
};

/* A stream of one CPU: one for each channel of the session. */
struct stream {
	const bt_stream *stream;
	unsigned int packets;
};

struct reader {
	struct lt_proof *proof;
	const struct lt_proof_target *target;
	atomic_bool *stop;
	struct gap *gaps;
	unsigned int nr_gaps;
	struct stream *streams;		/* those that have had a packet */
	unsigned int nr_streams;
	int err;
};

static uint64_t clock_value(const bt_clock_snapshot *snapshot)
{
	return snapshot ? bt_clock_snapshot_get_value(snapshot) : 0;
}

/* An integer member of a structure, whatever its width; false when there is none. */
static bool member_value(const bt_field *structure, const char *name, int64_t *value)
{
	const bt_field *field = NULL;
	bt_field_class_type type;

	if (structure && bt_field_get_class_type(structure) == BT_FIELD_CLASS_TYPE_STRUCTURE)
		field = bt_field_structure_borrow_member_field_by_name_const(structure, name);
	if (!field)
		return false;
	type = bt_field_get_class_type(field);
	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER))
		*value = bt_field_integer_unsigned_get_value(field);
	else if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER))
		*value = bt_field_integer_signed_get_value(field);
	else
		return false;
	return true;
}

static int packet_cpu(const bt_packet *packet)
{
	int64_t cpu;

	if (!member_value(bt_packet_borrow_context_field_const(packet), "cpu_id", &cpu))
		return -1;
	return cpu;
}

/* Counts a packet. Return: which one of its stream it is, 1 for the first; -ENOMEM. */
static int count_packet(struct reader *r, const bt_stream *stream)
{
	struct stream *streams;

	for (unsigned int i = 0; i < r->nr_streams; i++) {
		if (r->streams[i].stream == stream)
			return ++r->streams[i].packets;
	}
	streams = realloc(r->streams, (r->nr_streams + 1) * sizeof(*streams));
	if (!streams)
		return -ENOMEM;
	r->streams = streams;
	r->streams[r->nr_streams++] = (struct stream){ .stream = stream, .packets = 1 };
	return 1;
}

/*
 * Where the trace of a CPU is complete from: the beginning of its first packet, the latest one
 * where the CPU has several streams (a user's session with several channels), or the end of its
 * last gap. Only a packet tells the CPU of its stream, so a gap, which is reported for a
 * stream ahead of the packet that follows it, waits for that packet.
 */
static int note_first(struct reader *r, struct lt_proof_cpu *span, const bt_stream *stream,
		      uint64_t ts)
{
	int packet = count_packet(r, stream);

	if (packet < 0)
		return packet;
	if ((unsigned int)packet > span->packets)
		span->packets = packet;
	if (!span->seen || (packet == 1 && ts > span->first_ns))
		span->first_ns = ts;
	span->seen = true;
	for (unsigned int i = 0; i < r->nr_gaps; i++) {
		if (r->gaps[i].stream != stream)
			continue;
		if (r->gaps[i].end_ns > ts)
			ts = r->gaps[i].end_ns;
		if (ts > span->first_ns)
			span->first_ns = ts;
		r->gaps[i--] = r->gaps[--r->nr_gaps];
	}
	return 0;
}

static int on_gap(struct reader *r, const bt_stream *stream, uint64_t end_ns)
{
	struct gap *gaps = realloc(r->gaps, (r->nr_gaps + 1) * sizeof(*gaps));

	if (!gaps)
		return -ENOMEM;
	r->gaps = gaps;
	r->gaps[r->nr_gaps++] = (struct gap){ .stream = stream, .end_ns = end_ns };
	return 0;
}

static int on_packet_begin(struct reader *r, const bt_message *message)
{
	const bt_packet *packet = bt_message_packet_beginning_borrow_packet_const(message);
	const bt_clock_class *clock;
	struct lt_proof_cpu *span;
	uint64_t ts;

	clock = bt_message_packet_beginning_borrow_stream_class_default_clock_class_const(message);
	if (!clock || bt_clock_class_get_frequency(clock) != 1000000000) {
		lt_proof_fail(r->proof, "the trace's clock does not count nanoseconds");
		return -EPROTO;
	}
	span = lt_proof_cpu(r->proof, packet_cpu(packet));
	if (!span) {
		lt_proof_fail(r->proof, "a packet of the trace does not tell its CPU");
		return -EPROTO;
	}
	ts = clock_value(bt_message_packet_beginning_borrow_default_clock_snapshot_const(message));
	if (ts > span->last_ns)
		span->last_ns = ts;
	return note_first(r, span, bt_packet_borrow_stream_const(packet), ts);
}

static void on_packet_end(struct reader *r, const bt_message *message)
{
	const bt_packet *packet = bt_message_packet_end_borrow_packet_const(message);
	struct lt_proof_cpu *span = lt_proof_cpu(r->proof, packet_cpu(packet));
	uint64_t ts = clock_value(bt_message_packet_end_borrow_default_clock_snapshot_const(message));

	if (span && ts > span->last_ns)
		span->last_ns = ts;
}

static int on_discarded_events(struct reader *r, const bt_message *message)
{
	uint64_t count = 1;

	bt_message_discarded_events_get_count(message, &count);
	r->proof->discarded += count;
	return on_gap(r, bt_message_discarded_events_borrow_stream_const(message), clock_value(
		bt_message_discarded_events_borrow_end_default_clock_snapshot_const(message)));
}

static int on_discarded_packets(struct reader *r, const bt_message *message)
{
	return on_gap(r, bt_message_discarded_packets_borrow_stream_const(message), clock_value(
		bt_message_discarded_packets_borrow_end_default_clock_snapshot_const(message)));
}

static bool payload_matches(const struct lt_proof_target *target, const bt_event *event)
{
	const bt_field *payload = bt_event_borrow_payload_field_const(event);
	int64_t dev, sector, tid;

	if (target->match == LT_MATCH_BLOCK)
		return member_value(payload, "dev", &dev) && (uint64_t)dev == target->dev &&
		       member_value(payload, "sector", &sector) &&
		       (uint64_t)sector == target->sector;
	return member_value(payload, "tid", &tid) && tid == target->tid;
}

/* Our own event has the number of the hit; a kernel probe of the same name has only its time. */
static bool marks_hit(const struct lt_proof_target *target, const bt_event *event, uint64_t ts,
		      int cpu)
{
	int64_t value;
	uint64_t seq;

	if (!member_value(bt_event_borrow_payload_field_const(event), LT_HIT_EVENT_SEQ, &value))
		return lt_proof_is_hit(target, ts, cpu, NULL);
	seq = value;
	return lt_proof_is_hit(target, ts, cpu, &seq);
}

static void look_at(struct reader *r, const bt_event *event, const char *name, uint64_t ts,
		    int cpu)
{
	const struct lt_proof_target *target = r->target;

	if (!strcmp(name, LT_HIT_EVENT)) {
		if (marks_hit(target, event, ts, cpu))
			lt_proof_found_hit(r->proof, ts, cpu);
		return;
	}
	if (target->match == LT_MATCH_NONE || ts < target->from_ns || ts > target->to_ns)
		return;
	if (lt_proof_target_name(target, name) && payload_matches(target, event))
		lt_proof_found(r->proof, name, ts, cpu);
}

static void on_event(struct reader *r, const bt_message *message)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	int cpu = packet_cpu(bt_event_borrow_packet_const(event));
	struct lt_proof_cpu *span = lt_proof_cpu(r->proof, cpu);
	const char *name;
	uint64_t ts;

	ts = clock_value(bt_message_event_borrow_default_clock_snapshot_const(message));
	if (!span)
		return;
	span->events++;
	name = bt_event_class_get_name(bt_event_borrow_class_const(event));
	if (name)
		look_at(r, event, name, ts, cpu);
}

static int on_message(struct reader *r, const bt_message *message)
{
	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_EVENT:
		on_event(r, message);
		break;
	case BT_MESSAGE_TYPE_PACKET_BEGINNING:
		return on_packet_begin(r, message);
	case BT_MESSAGE_TYPE_PACKET_END:
		on_packet_end(r, message);
		break;
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
		return on_discarded_events(r, message);
	case BT_MESSAGE_TYPE_DISCARDED_PACKETS:
		return on_discarded_packets(r, message);
	default:
		break;
	}
	return 0;
}

static bt_graph_simple_sink_component_consume_func_status
consume(bt_message_iterator *iterator, void *data)
{
	struct reader *r = data;
	bt_message_array_const messages;
	bt_message_iterator_next_status status;
	uint64_t count;

	if (atomic_load(r->stop))
		r->err = -EINTR;
	if (r->err)
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_END;
	status = bt_message_iterator_next(iterator, &messages, &count);
	if (status != BT_MESSAGE_ITERATOR_NEXT_STATUS_OK)
		return (int)status;	/* both enumerations have the same values */
	for (uint64_t i = 0; i < count; i++) {
		if (!r->err)
			r->err = on_message(r, messages[i]);
		bt_message_put_ref(messages[i]);
	}
	return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_OK;
}

/* The innermost cause of what just failed in this thread becomes the proof's error. */
static int babeltrace_error(struct lt_proof *proof, const char *what)
{
	const bt_error *error = bt_current_thread_take_error();

	if (error && bt_error_get_cause_count(error))
		lt_proof_fail(proof, "%s: %s", what,
			      bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, 0)));
	else
		lt_proof_fail(proof, "%s", what);
	if (error)
		bt_error_release(error);
	return -EIO;
}

static const bt_plugin *find_plugin(struct lt_proof *proof, const char *name)
{
	const bt_plugin *plugin;

	/* From the system's directory only: no environment variable, no home directory. */
	if (bt_plugin_find(name, BT_FALSE, BT_FALSE, BT_TRUE, BT_TRUE, BT_FALSE, &plugin) ==
	    BT_PLUGIN_FIND_STATUS_OK)
		return plugin;
	lt_proof_fail(proof, "babeltrace2's plugin \"%s\" is missing (package libbabeltrace2-0)",
		      name);
	return NULL;
}

static const bt_component_source *add_source(struct reader *r, bt_graph *graph, const char *path)
{
	const bt_plugin *plugin = find_plugin(r->proof, "ctf");
	const bt_component_source *source = NULL;
	bt_value *params, *inputs;

	if (!plugin)
		return NULL;
	params = bt_value_map_create();
	if (params &&
	    bt_value_map_insert_empty_array_entry(params, "inputs", &inputs) ==
	    BT_VALUE_MAP_INSERT_ENTRY_STATUS_OK &&
	    bt_value_array_append_string_element(inputs, path) ==
	    BT_VALUE_ARRAY_APPEND_ELEMENT_STATUS_OK)
		bt_graph_add_source_component(graph,
			bt_plugin_borrow_source_component_class_by_name_const(plugin, "fs"),
			"trace", params, BT_LOGGING_LEVEL_NONE, &source);
	bt_value_put_ref(params);
	bt_plugin_put_ref(plugin);
	return source;
}

static const bt_component_filter *add_muxer(struct reader *r, bt_graph *graph)
{
	const bt_plugin *plugin = find_plugin(r->proof, "utils");
	const bt_component_filter *muxer = NULL;

	if (!plugin)
		return NULL;
	bt_graph_add_filter_component(graph,
		bt_plugin_borrow_filter_component_class_by_name_const(plugin, "muxer"),
		"muxer", NULL, BT_LOGGING_LEVEL_NONE, &muxer);
	bt_plugin_put_ref(plugin);
	return muxer;
}

/* The muxer grows a new input port whenever its last one is taken. */
static bool connect_all(bt_graph *graph, const bt_component_source *source,
			const bt_component_filter *muxer, const bt_component_sink *sink)
{
	uint64_t count = bt_component_source_get_output_port_count(source);
	bool ok = true;

	for (uint64_t i = 0; ok && i < count; i++)
		ok = bt_graph_connect_ports(graph,
			bt_component_source_borrow_output_port_by_index_const(source, i),
			bt_component_filter_borrow_input_port_by_index_const(muxer, i), NULL) ==
		     BT_GRAPH_CONNECT_PORTS_STATUS_OK;
	return ok && bt_graph_connect_ports(graph,
			bt_component_filter_borrow_output_port_by_index_const(muxer, 0),
			bt_component_sink_borrow_input_port_by_index_const(sink, 0), NULL) ==
		     BT_GRAPH_CONNECT_PORTS_STATUS_OK;
}

static int build(struct reader *r, bt_graph *graph, const char *path)
{
	const bt_component_filter *muxer;
	const bt_component_source *source;
	const bt_component_sink *sink;

	source = add_source(r, graph, path);
	if (!source)
		return babeltrace_error(r->proof, "cannot open the CTF trace");
	muxer = add_muxer(r, graph);
	if (!muxer)
		return babeltrace_error(r->proof, "cannot make a muxer");
	if (bt_graph_add_simple_sink_component(graph, "proof", NULL, consume, NULL, r, &sink) !=
	    BT_GRAPH_ADD_COMPONENT_STATUS_OK || !connect_all(graph, source, muxer, sink))
		return babeltrace_error(r->proof, "cannot connect the parts of the graph");
	return 0;
}

int lt_proof_read_ctf(struct lt_proof *proof, const char *path,
		      const struct lt_proof_target *target, atomic_bool *stop)
{
	struct reader r = { .proof = proof, .target = target, .stop = stop };
	bt_graph *graph = bt_graph_create(0);
	bt_graph_run_status status;
	int ret;

	if (!graph)
		return -ENOMEM;
	ret = build(&r, graph, path);
	if (!ret) {
		do {
			status = bt_graph_run(graph);
		} while (status == BT_GRAPH_RUN_STATUS_AGAIN);
		if (r.err)
			ret = r.err;
		else if (status != BT_GRAPH_RUN_STATUS_OK)
			ret = babeltrace_error(proof, "cannot read the CTF trace");
	}
	bt_graph_put_ref(graph);
	free(r.gaps);
	free(r.streams);
	return ret;
}
