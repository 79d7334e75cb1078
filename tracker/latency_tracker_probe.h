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

#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/notifier.h>

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
	u64 shrink;
	u64 gc_ms;
	u64 scan_ms;
	u64 begin_stack;
	u64 user_stack;
	u64 pid;
	char comm[TASK_COMM_LEN];
	char cpu[64];
	char cgroup[256];
};

/**
 * enum latency_tracker_filter - the standard filters
 * @LATENCY_TRACKER_FILTER_PID:    parameter pid
 * @LATENCY_TRACKER_FILTER_COMM:   parameter comm
 * @LATENCY_TRACKER_FILTER_CPU:    parameter cpu
 * @LATENCY_TRACKER_FILTER_CGROUP: parameter cgroup
 * @LATENCY_TRACKER_FILTER_OWN:    the probe's first own filter
 * @LATENCY_TRACKER_FILTERS_MAX:   filters of one probe
 */
enum latency_tracker_filter {
	LATENCY_TRACKER_FILTER_PID,
	LATENCY_TRACKER_FILTER_COMM,
	LATENCY_TRACKER_FILTER_CPU,
	LATENCY_TRACKER_FILTER_CGROUP,
	LATENCY_TRACKER_FILTER_OWN,
	LATENCY_TRACKER_FILTERS_MAX = 16,
};

/* What each filter has turned away, on one CPU. */
struct latency_tracker_filtered {
	u64 count[LATENCY_TRACKER_FILTERS_MAX];
};

/**
 * struct latency_tracker_hook - a place in the kernel and what to call there
 * @name:    of the tracepoint, or with @enter of the function
 * @probe:   callback of a tracepoint; its first argument is the struct latency_tracker_probe.
 *           LATENCY_TRACKER_HOOK_CHECK() makes sure that its type fits.
 * @enter:   for a function that has no tracepoint: called on entry, by a kprobe, preemption
 *           off; must return 0. What a kprobe misses is counted (missed_hooks).
 * @instead: what to use on a kernel that lacks it, for the error message
 * @tp:      filled in by the framework
 * @kp:      filled in by the framework
 * @missed:  calls that @kp missed before it was last attached
 * @symbol:  filled in by the framework: the function with its module
 */
struct latency_tracker_hook {
	const char *name;
	void *probe;
	int (*enter)(struct kprobe *kp, struct pt_regs *regs);
	const char *instead;
	struct tracepoint *tp;
	struct kprobe kp;
	unsigned long missed;
	char symbol[MODULE_NAME_LEN + 64];
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
 * @module:    name of the module that has all the @hooks; NULL: they are in the kernel itself.
 *             The probe can be loaded before it, attaches when it comes, and holds no reference:
 *             when it goes the probe detaches, and what was in flight is counted as aborted_clear
 * @filters:   names of the probe's own filters, as their parameters; then NULL
 * @own_filter: applies them to an operation that the standard ones let pass, and counts what
 *             it turns away; called only while @own_filtering; NULL: the hooks do that
 * @apply:     called when a parameter has been written: sets what the hooks read; NULL: nothing
 * @own_filtering: set by @apply: one of the own filters is in use
 * @stacks:    stacks that an event has room for if begin_stack is set; 0: one
 * @ends_itself: a task ends what it has begun: what user_stack takes is the stack of the end,
 *             which costs nothing until there is a hit; otherwise that of the begin
 * @tracker:   made by latency_tracker_probe_init()
 * @filtering: a filter is in use; kept up to date by the parameters
 * @cpus:      from @set.cpu
 * @cgroup:    from @set.cgroup, NULL for all; RCU (sched)
 * @filtered:  operations that a filter turned away, per CPU
 * @nb:        with @module: tells that it comes or goes
 * @lock:      with @module: protects @attached and @leaving
 * @attached:  to @module
 * @leaving:   the probe itself goes: not to be attached any more
 */
struct latency_tracker_probe {
	struct latency_tracker_config config;
	struct latency_tracker_settings set;
	struct latency_tracker_hook *hooks;
	unsigned int nr_hooks;
	const char *module;
	const char * const *filters;
	bool (*own_filter)(struct latency_tracker_probe *probe, const struct task_struct *task);
	void (*apply)(struct latency_tracker_probe *probe);
	bool own_filtering;
	unsigned int stacks;
	bool ends_itself;
	struct latency_tracker *tracker;
	bool filtering;
	struct cpumask cpus;
	struct cgroup __rcu *cgroup;
	struct latency_tracker_filtered __percpu *filtered;
	struct notifier_block nb;
	struct mutex lock; /* attached, leaving */
	bool attached;
	bool leaving;
};

int latency_tracker_probe_init(struct latency_tracker_probe *probe);
void latency_tracker_probe_exit(struct latency_tracker_probe *probe);
bool latency_tracker_probe_filter(struct latency_tracker_probe *probe,
				  const struct task_struct *task);
void latency_tracker_probe_stacks(struct latency_tracker_probe *probe,
				  struct latency_tracker_event *ev,
				  const struct task_struct *task);
bool latency_tracker_probe_reject(struct latency_tracker_probe *probe, unsigned int filter);

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
 * latency_tracker_probe_begin() - an event for an operation that begins now
 * @probe: probe
 * @task:  whose operation it is; pinned by the caller or current
 *
 * It knows its task and has the stacks that begin_stack=1 and user_stack=1 ask for. The
 * probe fills in the rest and commits it.
 *
 * Context: any, preemption off. Return: NULL if there is none, which is counted.
 */
static __always_inline struct latency_tracker_event *
latency_tracker_probe_begin(struct latency_tracker_probe *probe, const struct task_struct *task)
{
	struct latency_tracker_event *ev = latency_tracker_event_prepare(probe->tracker);

	if (unlikely(!ev))
		return NULL;
	if (unlikely(probe->config.stacks))
		latency_tracker_probe_stacks(probe, ev, task);
	latency_tracker_event_task(ev, task);
	return ev;
}

/**
 * struct latency_tracker_param - a parameter that is checked before it is taken
 * @probe: whose; NULL for one that is only read when the module is loaded
 * @value: where it is kept: u64, or with @size a string
 * @min:   least value
 * @max:   greatest value
 * @size:  of the string with its NUL; 0 for a number
 * @parse: makes of a string what the hooks look at; returns 0, or -EINVAL and changes
 *         nothing; called with the module's parameter lock, may sleep. NULL: any string is right
 * @data:  handed to @parse
 * @expect: what @parse takes, for the error message
 */
struct latency_tracker_param {
	struct latency_tracker_probe *probe;
	void *value;
	u64 min;
	u64 max;
	unsigned int size;
	int (*parse)(const struct latency_tracker_param *param, const char *val);
	void *data;
	const char *expect;
};

extern const struct kernel_param_ops latency_tracker_param_ops;

/**
 * struct latency_tracker_names - a list of names as a filter: LATENCY_TRACKER_PARAM_NAMES()
 * @names: names of the bits of @mask; NULL for one that has none
 * @nr:    number of @names, up to 64
 * @mask:  bits of the names in the list; 0: no filter
 */
struct latency_tracker_names {
	const char * const *names;
	unsigned int nr;
	u64 mask;
};

int latency_tracker_parse_names(const struct latency_tracker_param *param, const char *val);
int latency_tracker_parse_cpus(const struct latency_tracker_param *param, const char *val);
int latency_tracker_parse_cgroup(const struct latency_tracker_param *param, const char *val);

/**
 * latency_tracker_names_want() - whether a filter by names lets something pass
 * @names: filter
 * @bit:   what it is; 64 and above only without a filter
 */
static __always_inline bool latency_tracker_names_want(const struct latency_tracker_names *names,
						       unsigned int bit)
{
	u64 mask = READ_ONCE(names->mask);

	return likely(!mask) || (bit < 64 && mask >> bit & 1);
}

/* A string that _parse makes something of; _text is an array of char. */
#define LATENCY_TRACKER_PARAM_PARSED(_probe, _name, _text, _parse, _data, _expect, _desc)	\
	static struct latency_tracker_param __lt_param_##_name = {		\
		.probe = &(_probe), .value = (_text), .size = sizeof(_text),	\
		.parse = (_parse), .data = (_data), .expect = (_expect),	\
	};									\
	module_param_cb(_name, &latency_tracker_param_ops, &__lt_param_##_name, 0644);	\
	MODULE_PARM_DESC(_name, _desc)

/* For probes whose operations are begun by the task that waits for them, in its own context. */
#define LATENCY_TRACKER_PARAM_USER_STACK(_probe)				\
	LATENCY_TRACKER_PARAM_U64(_probe, user_stack, 0, 1, 0444,		\
		"1: take the stack in user space, too, of programs with frame pointers")

/* A filter by a comma separated list of names; _filter is a struct latency_tracker_names. */
#define LATENCY_TRACKER_PARAM_NAMES(_probe, _name, _filter, _expect, _desc)	\
	static char __lt_text_##_name[256];					\
	LATENCY_TRACKER_PARAM_PARSED(_probe, _name, __lt_text_##_name,		\
		latency_tracker_parse_names, &(_filter), _expect, _desc)

#define LATENCY_TRACKER_PARAM_U64(_probe, _name, _min, _max, _mode, _desc)	\
	LATENCY_TRACKER_PARAM_NUMBER(_probe, _name, (_probe).set._name, _min, _max, _mode, _desc)

/* A parameter of a probe's own; _var is an u64. */
#define LATENCY_TRACKER_PARAM_NUMBER(_probe, _name, _var, _min, _max, _mode, _desc)	\
	static struct latency_tracker_param __lt_param_##_name = {		\
		.probe = &(_probe), .value = &(_var),				\
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
	LATENCY_TRACKER_PARAM_U64(_probe, shrink, 0, 1, 0644,				\
		"write 1: give back the memory that growth has taken");			\
	LATENCY_TRACKER_PARAM_U64(_probe, gc_ms, 0, 86400000, 0644,			\
		"give up operations without end after this, in milliseconds; 0: never");\
	LATENCY_TRACKER_PARAM_U64(_probe, scan_ms, 0, 60000, 0644,			\
		"look for timeouts and gc_ms this often, in milliseconds; 0: 1/8 of the shorter");\
	LATENCY_TRACKER_PARAM_U64(_probe, begin_stack, 0, 1, 0444,			\
		"1: take a kernel stack at each begin");				\
	LATENCY_TRACKER_PARAM_U64(_probe, pid, 0, 4194304, 0644,			\
		"only operations begun by this process; 0: all");			\
	LATENCY_TRACKER_PARAM_STR(_probe, comm,						\
		"only operations begun by threads of this name; empty: all");		\
	LATENCY_TRACKER_PARAM_PARSED(_probe, cpu, (_probe).set.cpu,			\
		latency_tracker_parse_cpus, &(_probe), "a list of CPUs such as 0-3,8",	\
		"only operations begun on these CPUs, such as 0-3,8; empty: all");	\
	LATENCY_TRACKER_PARAM_PARSED(_probe, cgroup, (_probe).set.cgroup,		\
		latency_tracker_parse_cgroup, &(_probe), "the path of a cgroup (v2)",	\
		"only operations begun in this cgroup or one below, by path; empty: all"); \
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
