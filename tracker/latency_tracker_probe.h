/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probe framework: a probe module is one struct latency_tracker_probe, its
 * hooks, and LATENCY_TRACKER_PROBE(). The framework brings the standard
 * parameters (the same words and ranges on every probe), the filters by task, and
 * attaches all hooks or none.
 *
 * Parameters are written under the module's parameter lock (the kernel's); hooks
 * read the values with READ_ONCE().
 */
#ifndef LATENCY_TRACKER_PROBE_H
#define LATENCY_TRACKER_PROBE_H

#ifndef LATENCY_TRACKER_H
#error "include latency_tracker.h"
#endif

struct latency_tracker_probe;

/**
 * struct latency_tracker_settings - values of the standard parameters
 *
 * The defaults are what the probe's initialiser says. See LT_PARAM_NAMES for
 * units and ranges.
 */
struct latency_tracker_settings {
	u64 threshold_us;
	u64 timeout_us;
	u64 max_events;
	u64 stack;
	u64 rate_limit_ms;
	u64 enabled;
	u64 ratchet;
	u64 reset;
	u64 gc_ms;
	u64 scan_ms;
	u64 pid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct latency_tracker_hook - a tracepoint and what to call there
 * @name:  of the tracepoint
 * @probe: the callback; its first argument is the struct latency_tracker_probe.
 *         LATENCY_TRACKER_HOOK_CHECK() makes sure that its type fits.
 * @instead: what to use on a kernel that lacks the tracepoint, for the error message
 * @tp:    filled in by the framework
 */
struct latency_tracker_hook {
	const char *name;
	void *probe;
	const char *instead;
	struct tracepoint *tp;
};

/* The build fails if fn is no callback for the tracepoint tp. */
#define LATENCY_TRACKER_HOOK_CHECK(tp, fn)				\
	static inline void __maybe_unused fn##_fits_##tp(void)		\
	{								\
		check_trace_callback_type_##tp(fn);			\
	}

/**
 * struct latency_tracker_probe - a probe
 * @config:    of its tracker; times, limits and data are filled in from @set
 * @set:       parameters
 * @hooks:     attached in this order, detached in reverse
 * @nr_hooks:  number of @hooks
 * @tracker:   made by latency_tracker_probe_init()
 * @filtering: @set has a filter by task; kept up to date by the parameters
 * @filtered:  operations that a filter turned away, per CPU
 */
struct latency_tracker_probe {
	struct latency_tracker_config config;
	struct latency_tracker_settings set;
	struct latency_tracker_hook *hooks;
	unsigned int nr_hooks;
	struct latency_tracker *tracker;
	bool filtering;
	u64 __percpu *filtered;
};

int latency_tracker_probe_init(struct latency_tracker_probe *probe);
void latency_tracker_probe_exit(struct latency_tracker_probe *probe);
bool latency_tracker_probe_filter(struct latency_tracker_probe *probe,
				  const struct task_struct *task);

/**
 * latency_tracker_probe_wants() - whether an operation begun by a task is to be tracked
 * @probe: probe
 * @task:  who begins it
 *
 * Counts what it turns away. Any context.
 */
static __always_inline bool latency_tracker_probe_wants(struct latency_tracker_probe *probe,
							const struct task_struct *task)
{
	if (likely(!READ_ONCE(probe->filtering)))
		return true;
	return latency_tracker_probe_filter(probe, task);
}

/**
 * struct latency_tracker_param - a parameter that is checked before it is taken
 * @probe: whose; NULL for one that is only read when the module is loaded
 * @value: where it is kept: u64, or with @size a string
 * @min:   least value
 * @max:   greatest value
 * @size:  of the string with its NUL; 0 for a number
 */
struct latency_tracker_param {
	struct latency_tracker_probe *probe;
	void *value;
	u64 min;
	u64 max;
	unsigned int size;
};

extern const struct kernel_param_ops latency_tracker_param_ops;

#define LATENCY_TRACKER_PARAM_U64(_probe, _name, _min, _max, _mode, _desc)	\
	static struct latency_tracker_param __lt_param_##_name = {		\
		.probe = &(_probe), .value = &(_probe).set._name,		\
		.min = (_min), .max = (_max),					\
	};									\
	module_param_cb(_name, &latency_tracker_param_ops, &__lt_param_##_name, _mode);	\
	MODULE_PARM_DESC(_name, _desc)

#define LATENCY_TRACKER_PARAM_STR(_probe, _name, _desc)				\
	static struct latency_tracker_param __lt_param_##_name = {		\
		.probe = &(_probe), .value = (_probe).set._name,		\
		.size = sizeof((_probe).set._name),				\
	};									\
	module_param_cb(_name, &latency_tracker_param_ops, &__lt_param_##_name, 0644);	\
	MODULE_PARM_DESC(_name, _desc)

/**
 * LATENCY_TRACKER_PROBE() - standard parameters, init and exit of a probe module
 * @_probe: its struct latency_tracker_probe
 * @_hooks: its array of struct latency_tracker_hook
 * @_desc:  MODULE_DESCRIPTION
 */
#define LATENCY_TRACKER_PROBE(_probe, _hooks, _desc)					\
	LATENCY_TRACKER_PARAM_U64(_probe, threshold_us, 1, 1000000000, 0644,		\
		"report operations that take longer, in microseconds, 1..1000000000");	\
	LATENCY_TRACKER_PARAM_U64(_probe, timeout_us, 0, 1000000000, 0644,		\
		"report operations still pending after this, in microseconds; 0: off");	\
	LATENCY_TRACKER_PARAM_U64(_probe, max_events, 16, FREELIST_MAX_OBJECTS, 0444,	\
		"operations in flight at most, 16..1048576");				\
	LATENCY_TRACKER_PARAM_U64(_probe, stack, 0, 1, 0644,				\
		"1: take a kernel stack with each hit");				\
	LATENCY_TRACKER_PARAM_U64(_probe, rate_limit_ms, 0, 3600000, 0644,		\
		"least time between two wake-ups of readers, in milliseconds");		\
	LATENCY_TRACKER_PARAM_U64(_probe, enabled, 0, 1, 0644,				\
		"0: track nothing");							\
	LATENCY_TRACKER_PARAM_U64(_probe, ratchet, 0, 1, 0644,				\
		"1: report only what is slower than all before");			\
	LATENCY_TRACKER_PARAM_U64(_probe, reset, 0, 1, 0644,				\
		"write 1: start histograms and the ratchet afresh");			\
	LATENCY_TRACKER_PARAM_U64(_probe, gc_ms, 0, 86400000, 0644,			\
		"give up operations without end after this, in milliseconds; 0: never");\
	LATENCY_TRACKER_PARAM_U64(_probe, scan_ms, 0, 60000, 0644,			\
		"look for timeouts this often, in milliseconds; 0: an eighth of the timeout");	\
	LATENCY_TRACKER_PARAM_U64(_probe, pid, 0, 4194304, 0644,			\
		"only operations begun by this process; 0: all");			\
	LATENCY_TRACKER_PARAM_STR(_probe, comm,						\
		"only operations begun by threads of this name; empty: all");		\
	static int __init _probe##_init(void)						\
	{										\
		(_probe).hooks = (_hooks);						\
		(_probe).nr_hooks = ARRAY_SIZE(_hooks);					\
		return latency_tracker_probe_init(&(_probe));				\
	}										\
	module_init(_probe##_init);							\
	static void __exit _probe##_exit(void)						\
	{										\
		latency_tracker_probe_exit(&(_probe));					\
	}										\
	module_exit(_probe##_exit);							\
	MODULE_DESCRIPTION(_desc);							\
	MODULE_LICENSE("GPL")

#endif /* LATENCY_TRACKER_PROBE_H */
