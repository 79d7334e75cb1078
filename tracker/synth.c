// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic event synthetic/latency_hit: the same hit for those who work with
 * ftrace's synthetic events (onmatch, snapshot triggers, rtla --on-threshold).
 * Only where the kernel has CONFIG_SYNTH_EVENTS; nothing else depends on it.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/trace_events.h>

#include "core.h"

#if IS_ENABLED(CONFIG_SYNTH_EVENTS)

#define LT_SYNTH_NAME "latency_hit"

/* Where it goes; NULL if the event could not be made. Written at load and unload only. */
static struct trace_event_file *lt_synth_file;

/**
 * lt_synth_init() - make the event; failing that, go on without
 */
void lt_synth_init(void)
{
	struct synth_field_desc fields[] = {
		{ .type = "u64",	.name = "seq" },
		{ .type = "char[32]",	.name = "tracker" },
		{ .type = "u64",	.name = "delta_ns" },
		{ .type = "u64",	.name = "begin_ns" },
		{ .type = "pid_t",	.name = "tid" },
		{ .type = "char[16]",	.name = "task" },
	};
	struct trace_event_file *file;
	int err;

	err = synth_event_create(LT_SYNTH_NAME, fields, ARRAY_SIZE(fields), THIS_MODULE);
	if (err) {
		pr_warn("latency_tracker: no synthetic event %s: error %d\n", LT_SYNTH_NAME, err);
		return;
	}
	file = trace_get_event_file(NULL, "synthetic", LT_SYNTH_NAME);
	if (IS_ERR(file)) {
		synth_event_delete(LT_SYNTH_NAME);
		return;
	}
	lt_synth_file = file;
}

/**
 * lt_synth_exit() - delete the event
 */
void lt_synth_exit(void)
{
	int err;

	if (!lt_synth_file)
		return;
	trace_array_set_clr_event(lt_synth_file->tr, "synthetic", LT_SYNTH_NAME, false);
	trace_put_event_file(lt_synth_file);
	lt_synth_file = NULL;
	err = synth_event_delete(LT_SYNTH_NAME);
	if (err)
		pr_warn("latency_tracker: synthetic event %s is in use and stays: error %d\n",
			LT_SYNTH_NAME, err);
}

/**
 * lt_synth_hit() - write the event, if it is enabled
 * @rec: the hit's record
 *
 * Context: any.
 */
void lt_synth_hit(const struct lt_record *rec)
{
	struct trace_event_file *file = lt_synth_file;

	if (!file || !(READ_ONCE(file->flags) & EVENT_FILE_FL_ENABLED))
		return;
	synth_event_trace(file, 6, rec->seq, (u64)(unsigned long)rec->tracker, rec->delta,
			  rec->begin, (u64)rec->tid, (u64)(unsigned long)rec->comm);
}

#else

void lt_synth_init(void)
{
}

void lt_synth_exit(void)
{
}

void lt_synth_hit(const struct lt_record *rec)
{
}

#endif /* CONFIG_SYNTH_EVENTS */
