// SPDX-License-Identifier: GPL-2.0
/*
 * System calls: from sys_enter to sys_exit.
 *
 * The key is the task, not its tid: a thread that calls execve takes over the tid of its
 * process, and comes back from the call with another one than it had.
 *
 * A call that a signal interrupts is over, with ret=-512 to -516 (ERESTART*). If it goes on
 * afterwards that is another one, in some cases restart_syscall. exit and exit_group do not
 * return and are no begin; a call during which the task dies (it has been killed in a way
 * that leaves no way out of the kernel) is cancelled. A call may wait for days, so that
 * nothing is given up by default (gc_ms).
 *
 * With begin_stack=1 there is no stack of the begin, which would tell nothing. Instead, while
 * a call is pending past the threshold, its stack is taken each time that the task is switched
 * out (kind "switch"), the first SYSCALL_STACKS of them, and all switches are counted. What
 * sleeps once and for all is not switched out again: timeout_us with stack=1 shows where.
 *
 * An end without begin (orphan_ends) is a call that was under way when the module was loaded
 * or that a filter turned away, or the first return of a new task.
 */
#include "latency_tracker.h"
#include "compat/sched.h"
#include "compat/syscall.h"

#define SYSCALL_MAX	512
#define SYSCALL_ARGS	3
#define SYSCALL_STACKS	3

/* Label of all numbers that have no name: a program may try as many as it likes. */
#define SYSCALL_UNKNOWN	SYSCALL_MAX

/**
 * struct syscall_call - a call under way
 * @arg:      first arguments
 * @nr:       number
 * @switches: times that the task was switched out; written by the task as it is
 * @compat:   the number is that of a 32-bit program
 */
struct syscall_call {
	u64 arg[SYSCALL_ARGS];
	s32 nr;
	u16 switches;
	bool compat;
};

static_assert(sizeof(struct syscall_call) <= LATENCY_TRACKER_PRIV_INLINE);

/* Of 64-bit calls and of those of 32-bit programs; the lines are made by Kbuild. */
static const char * const syscall_names[2][SYSCALL_MAX] = {
#include "syscall_names.h"
};

static const char *syscall_name(long nr, bool compat)
{
	const char *name = NULL;

	if (nr >= 0 && nr < SYSCALL_MAX)
		name = syscall_names[compat][nr];
	return name ?: "unknown";
}

static void syscall_format_args(struct latency_tracker_text *text,
				const struct syscall_call *call)
{
	static const char * const names[SYSCALL_ARGS] = { "arg0", "arg1", "arg2" };
	unsigned int i;
	char hex[24];

	for (i = 0; i < SYSCALL_ARGS; i++) {
		snprintf(hex, sizeof(hex), "0x%llx", call->arg[i]);
		latency_tracker_text_str(text, names[i], hex);
	}
}

static void syscall_format(struct latency_tracker_text *text,
			   const struct latency_tracker_hit *hit)
{
	const struct syscall_call *call = latency_tracker_event_priv(hit->tracker, hit->event);
	const struct latency_tracker_probe *probe = latency_tracker_data(hit->tracker);
	const long *ret = hit->data;

	latency_tracker_text_s64(text, "nr", call->nr);
	latency_tracker_text_str(text, "name", syscall_name(call->nr, call->compat));
	latency_tracker_text_u64(text, "compat", call->compat);
	syscall_format_args(text, call);
	if (ret && lt_syscall_has_result(call->nr, call->compat))
		latency_tracker_text_s64(text, "ret", *ret);
	if (probe->set.begin_stack)
		latency_tracker_text_u64(text, "switches", READ_ONCE(call->switches));
}

/* Labels are numbers, those of 32-bit calls above the others. */
static void syscall_format_label(char *buf, size_t size, u64 label)
{
	bool compat = label > SYSCALL_UNKNOWN;
	long nr = label - (compat ? SYSCALL_UNKNOWN + 1 : 0);

	snprintf(buf, size, "%s%s", compat ? "compat:" : "", syscall_name(nr, compat));
}

static const struct latency_tracker_dim syscall_dims[] = {
	{ .name = "syscall", .series = 32, .format = syscall_format_label },
};

enum { SYSCALL_FILTER_SYSCALLS = LATENCY_TRACKER_FILTER_OWN };

static const char * const syscall_filters[] = { "syscalls", NULL };

/* The filter by call, of 64-bit and of 32-bit programs; looked at only while it is in use. */
static DECLARE_BITMAP(syscall_wanted, 2 * SYSCALL_MAX);

static void syscall_apply(struct latency_tracker_probe *probe);

/* Not called syscall: the kernel has a syscall_init(). */
static struct latency_tracker_probe calls = {
	.config = {
		.name = "syscall",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.priv_size = sizeof(struct syscall_call),
		.dims = syscall_dims,
		.nr_dims = ARRAY_SIZE(syscall_dims),
		.format = syscall_format,
	},
	.filters = syscall_filters,
	.apply = syscall_apply,
	.stacks = SYSCALL_STACKS,
	.ends_itself = true,
	.set = {
		.threshold_us = 100000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
	},
};

static char syscall_text[512];
static char syscall_expect[80];

/* Set in @wanted the bits of a name, or of a number of a 64-bit call. */
static bool syscall_find(unsigned long *wanted, const char *val, size_t len)
{
	unsigned int nr, compat;
	char name[32];
	bool found;

	if (len >= sizeof(name))
		return false;
	strscpy(name, val, len + 1);
	found = !kstrtouint(name, 10, &nr) && nr < SYSCALL_MAX;
	if (found)
		set_bit(nr, wanted);
	for (compat = 0; compat < 2; compat++) {
		for (nr = 0; nr < SYSCALL_MAX; nr++) {
			if (!syscall_names[compat][nr] || strcmp(syscall_names[compat][nr], name))
				continue;
			set_bit(compat * SYSCALL_MAX + nr, wanted);
			found = true;
		}
	}
	return found;
}

/* Hooks that run meanwhile may see a part of the old list and a part of the new one. */
static int syscall_parse(const struct latency_tracker_param *param, const char *val)
{
	DECLARE_BITMAP(wanted, 2 * SYSCALL_MAX) = { 0 };

	for (; *val; val += *val == ',') {
		size_t len = strcspn(val, ",");

		if (!syscall_find(wanted, val, len)) {
			snprintf(syscall_expect, sizeof(syscall_expect),
				 "a list of system calls: '%.*s' is none",
				 (int)min_t(size_t, len, 32), val);
			return -EINVAL;
		}
		val += len;
	}
	bitmap_copy(syscall_wanted, wanted, 2 * SYSCALL_MAX);
	return 0;
}

static __always_inline bool syscall_is_wanted(unsigned long nr, bool compat)
{
	if (likely(!READ_ONCE(calls.own_filtering)))
		return true;
	return nr < SYSCALL_MAX && test_bit(compat * SYSCALL_MAX + nr, syscall_wanted);
}

static __always_inline u64 syscall_key(const struct task_struct *task)
{
	return (unsigned long)task;
}

static __always_inline u64 syscall_label(unsigned long nr, bool compat)
{
	if (unlikely(nr >= SYSCALL_MAX || !syscall_names[compat][nr]))
		nr = SYSCALL_UNKNOWN;
	return compat ? SYSCALL_UNKNOWN + 1 + nr : nr;
}

static void syscall_begin(void *probe, struct pt_regs *regs, long nr)
{
	unsigned long args[6];
	struct latency_tracker_event *ev;
	bool compat = lt_syscall_compat();
	struct syscall_call *call;
	unsigned int i;

	if (!lt_syscall_returns(nr, compat) || !latency_tracker_probe_wants(&calls, current))
		return;
	if (!syscall_is_wanted(nr, compat)) {
		latency_tracker_probe_reject(&calls, SYSCALL_FILTER_SYSCALLS);
		return;
	}
	ev = latency_tracker_event_prepare(calls.tracker);
	if (unlikely(!ev))
		return;
	latency_tracker_event_task(ev, current);
	latency_tracker_event_label(calls.tracker, ev, 0, syscall_label(nr, compat));
	syscall_get_arguments(current, regs, args);
	call = (struct syscall_call *)ev->priv;
	for (i = 0; i < SYSCALL_ARGS; i++)
		call->arg[i] = args[i];
	call->nr = nr;
	call->compat = compat;
	call->switches = 0;
	latency_tracker_event_commit_int(calls.tracker, ev, syscall_key(current));
}

LATENCY_TRACKER_HOOK_CHECK(sys_enter, syscall_begin)

static void syscall_end(void *probe, struct pt_regs *regs, long ret)
{
	const struct latency_tracker_end end = { .data = &ret };

	latency_tracker_event_end_int(calls.tracker, syscall_key(current), &end);
}

LATENCY_TRACKER_HOOK_CHECK(sys_exit, syscall_end)

static void syscall_task_exit(void *probe, LT_SCHED_EXIT_ARGS)
{
	latency_tracker_event_cancel_int(calls.tracker, syscall_key(p));
}

LATENCY_TRACKER_HOOK_CHECK(sched_process_exit, syscall_task_exit)

static void syscall_switch(void *probe, LT_SCHED_SWITCH_ARGS)
{
	struct latency_tracker_event *ev;
	struct syscall_call *call;
	u64 key = syscall_key(prev);
	u64 limit = READ_ONCE(calls.set.threshold_us) * NSEC_PER_USEC;

	ev = latency_tracker_event_get(calls.tracker, &key, sizeof(key));
	if (!ev)
		return;
	call = latency_tracker_event_priv(calls.tracker, ev);
	if (call->switches < U16_MAX)
		WRITE_ONCE(call->switches, call->switches + 1);
	if ((s64)(latency_tracker_now() - ev->begin_ns) > (s64)limit)
		latency_tracker_event_stack(calls.tracker, ev, LT_STACK_SWITCH);
	latency_tracker_event_put(calls.tracker, ev);
}

LATENCY_TRACKER_HOOK_CHECK(sched_switch, syscall_switch)

/* The last one is attached only with begin_stack=1, see syscall_apply(). */
static struct latency_tracker_hook syscall_hooks[] = {
	{ .name = "sched_process_exit", .probe = syscall_task_exit },
	{ .name = "sys_exit", .probe = syscall_end },
	{ .name = "sys_enter", .probe = syscall_begin },
	{ .name = "sched_switch", .probe = syscall_switch },
};

/* Called before the hooks are attached, and then whenever a parameter changes. */
static void syscall_apply(struct latency_tracker_probe *probe)
{
	WRITE_ONCE(probe->own_filtering, !bitmap_empty(syscall_wanted, 2 * SYSCALL_MAX));
	/* begin_stack cannot be written once the module is loaded. */
	probe->nr_hooks = ARRAY_SIZE(syscall_hooks) - !probe->set.begin_stack;
}

LATENCY_TRACKER_PARAM_PARSED(calls, syscalls, syscall_text, syscall_parse, NULL,
			     syscall_expect,
			     "only these system calls, by name (32-bit ones too) or 64-bit number, such as read,fsync; empty: all");

LATENCY_TRACKER_PARAM_USER_STACK(calls);
LATENCY_TRACKER_PROBE(calls, syscall_hooks, "Reports system calls that take too long");
