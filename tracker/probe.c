// SPDX-License-Identifier: GPL-2.0
/* The probe framework: a tracker with parameters, filters by task, and hooks. */
#include <linux/cgroup.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "core.h"

/**
 * latency_tracker_probe_reject() - count what a filter turns away
 * @probe:  probe
 * @filter: enum latency_tracker_filter, or LATENCY_TRACKER_FILTER_OWN and up
 *
 * Context: any. Return: false.
 */
bool latency_tracker_probe_reject(struct latency_tracker_probe *probe, unsigned int filter)
{
	if (READ_ONCE(probe->set.enabled))
		this_cpu_inc(probe->filtered->count[filter]);
	return false;
}
EXPORT_SYMBOL_GPL(latency_tracker_probe_reject);

#ifdef CONFIG_CGROUPS
static bool lt_filter_cgroup(struct latency_tracker_probe *probe, const struct task_struct *task)
{
	struct cgroup *wanted;
	bool ret = true;

	preempt_disable_notrace();
	wanted = rcu_dereference_sched(probe->cgroup);
	if (wanted)
		ret = cgroup_is_descendant(rcu_dereference_sched(task->cgroups)->dfl_cgrp, wanted);
	preempt_enable_notrace();
	return ret;
}
#else
static bool lt_filter_cgroup(struct latency_tracker_probe *probe, const struct task_struct *task)
{
	return true;
}
#endif

/**
 * latency_tracker_probe_filter() - latency_tracker_probe_wants() with a filter set
 * @probe: probe
 * @task:  who begins the operation
 */
bool latency_tracker_probe_filter(struct latency_tracker_probe *probe,
				  const struct task_struct *task)
{
	const struct latency_tracker_settings *set = &probe->set;
	u64 pid = READ_ONCE(set->pid);

	if (pid && pid != task->tgid)
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FILTER_PID);
	if (set->comm[0] && strncmp(set->comm, task->comm, TASK_COMM_LEN))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FILTER_COMM);
	if (set->cpu[0] && !cpumask_test_cpu(raw_smp_processor_id(), &probe->cpus))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FILTER_CPU);
	if (set->cgroup[0] && !lt_filter_cgroup(probe, task))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FILTER_CGROUP);
	return !probe->own_filter || !READ_ONCE(probe->own_filtering) ||
	       probe->own_filter(probe, task);
}
EXPORT_SYMBOL_GPL(latency_tracker_probe_filter);

/**
 * latency_tracker_probe_stacks() - keep with an event the stacks that are asked for
 * @probe: probe
 * @ev:    prepared
 * @task:  whose operation it is
 *
 * Context: any. For latency_tracker_probe_begin().
 */
void latency_tracker_probe_stacks(struct latency_tracker_probe *probe,
				  struct latency_tracker_event *ev,
				  const struct task_struct *task)
{
	if (probe->set.begin_stack)
		latency_tracker_event_stack(probe->tracker, ev, LT_STACK_BEGIN);
	if (probe->set.user_stack && task == current)
		latency_tracker_event_stack(probe->tracker, ev, LT_STACK_USER);
}
EXPORT_SYMBOL_GPL(latency_tracker_probe_stacks);

/**
 * lt_probe_filter_name() - name of a filter
 * @t:      tracker
 * @filter: from 0
 *
 * Return: the name, or NULL behind the last.
 */
const char *lt_probe_filter_name(struct latency_tracker *t, unsigned int filter)
{
	static const char * const names[] = { "pid", "comm", "cpu", "cgroup" };
	const char * const *own;

	if (!t->probe)
		return NULL;
	if (filter < ARRAY_SIZE(names))
		return names[filter];
	for (own = t->probe->filters; own && *own; own++)
		if (filter-- == ARRAY_SIZE(names))
			return *own;
	return NULL;
}

/**
 * lt_probe_filtered_by() - operations that a filter turned away
 * @t:      tracker of a probe
 * @filter: which
 */
u64 lt_probe_filtered_by(struct latency_tracker *t, unsigned int filter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(t->probe->filtered, cpu)->count[filter]);
	return sum;
}

/**
 * lt_probe_filtered() - operations that a probe's filters turned away
 * @t: tracker; 0 for one that no probe made
 */
u64 lt_probe_filtered(struct latency_tracker *t)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; lt_probe_filter_name(t, i); i++)
		sum += lt_probe_filtered_by(t, i);
	return sum;
}

/**
 * lt_probe_missed() - calls that kprobes could not make
 * @t: tracker; 0 for one that no probe made
 */
u64 lt_probe_missed(struct latency_tracker *t)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; t->probe && i < t->probe->nr_hooks; i++)
		if (t->probe->hooks[i].enter)
			sum += t->probe->hooks[i].kp.nmissed + t->probe->hooks[i].missed;
	return sum;
}

/**
 * lt_probe_apply() - have a tracker follow the parameters of its probe
 * @probe: with a tracker; the module's parameter lock is held
 */
void lt_probe_apply(struct latency_tracker_probe *probe)
{
	struct latency_tracker_settings *set = &probe->set;
	struct latency_tracker *t = probe->tracker;

	lt_set_threshold(t, set->threshold_us * NSEC_PER_USEC);
	WRITE_ONCE(t->timeout_ns, set->timeout_us * NSEC_PER_USEC);
	WRITE_ONCE(t->gc_ns, set->gc_ms * NSEC_PER_MSEC);
	WRITE_ONCE(t->scan_ns, set->scan_ms * NSEC_PER_MSEC);
	WRITE_ONCE(t->rate_limit_ns, set->rate_limit_ms * NSEC_PER_MSEC);
	WRITE_ONCE(t->stack, set->stack);
	if (probe->apply)
		probe->apply(probe);
	WRITE_ONCE(probe->filtering, set->pid || set->comm[0] || set->cpu[0] || set->cgroup[0] ||
		   (probe->own_filter && probe->own_filtering));
	if (t->ratchet != (bool)set->ratchet)
		atomic64_set(&t->worst, 0);
	WRITE_ONCE(t->ratchet, set->ratchet);
	if (set->reset)
		lt_reset(t);
	set->reset = 0;
	if (set->shrink)
		latency_tracker_shrink(t);
	set->shrink = 0;
	WRITE_ONCE(t->enabled, set->enabled);
	/* A new timeout may want a shorter period. */
	lt_scan_soon(t);
}

static void lt_hook_match(struct tracepoint *tp, void *data)
{
	struct latency_tracker_hook *hook = data;

	if (!strcmp(tp->name, hook->name))
		hook->tp = tp;
}

/* Look for a hook's tracepoint in the kernel itself, or in a module that cannot go meanwhile. */
static void lt_tracepoint_find(struct latency_tracker_hook *hook, struct module *mod)
{
	unsigned int i;

	hook->tp = NULL;
	if (!mod)
		for_each_kernel_tracepoint(lt_hook_match, hook);
	for (i = 0; mod && i < mod->num_tracepoints; i++)
		lt_hook_match(tracepoint_ptr_deref(mod->tracepoints_ptrs + i), hook);
}

/* Who should have the hooks. */
static const char *lt_hooks_where(const struct latency_tracker_probe *probe)
{
	return probe->module ?: "this kernel";
}

static int lt_hook_lacks(const struct latency_tracker_probe *probe,
			 const struct latency_tracker_hook *hook)
{
	pr_err("%s: %s has no %s '%s'%s; %s\n", probe->config.owner->name, lt_hooks_where(probe),
	       hook->enter ? "function" : "tracepoint", hook->name,
	       hook->enter ? " that a kprobe can stop at" : "",
	       hook->instead ?: "the probe cannot be used here");
	return -EOPNOTSUPP;
}

static int lt_hooks_find(struct latency_tracker_probe *probe, struct module *mod)
{
	unsigned int i;

	for (i = 0; i < probe->nr_hooks; i++) {
		struct latency_tracker_hook *hook = &probe->hooks[i];

		if (hook->enter)
			continue;
		lt_tracepoint_find(hook, mod);
		if (!hook->tp)
			return lt_hook_lacks(probe, hook);
	}
	return 0;
}

static int lt_kprobe_register(struct latency_tracker_probe *probe,
			      struct latency_tracker_hook *hook)
{
	/* A kprobe that was registered before cannot be registered as it is. */
	memset(&hook->kp, 0, sizeof(hook->kp));
	snprintf(hook->symbol, sizeof(hook->symbol), "%s%s%s", probe->module ?: "",
		 probe->module ? ":" : "", hook->name);
	hook->kp.symbol_name = hook->symbol;
	hook->kp.pre_handler = hook->enter;
	return register_kprobe(&hook->kp);
}

static void lt_kprobe_unregister(struct latency_tracker_hook *hook)
{
	unregister_kprobe(&hook->kp);
	hook->missed += hook->kp.nmissed;
	hook->kp.nmissed = 0;
}

static void lt_hook_detach(struct latency_tracker_probe *probe, struct latency_tracker_hook *hook)
{
	if (hook->enter)
		lt_kprobe_unregister(hook);
	else
		tracepoint_probe_unregister(hook->tp, hook->probe, probe);
}

static void lt_hooks_detach(struct latency_tracker_probe *probe, unsigned int attached)
{
	while (attached--)
		lt_hook_detach(probe, &probe->hooks[attached]);
	/* From here on no callback is running. */
	tracepoint_synchronize_unregister();
}

static int lt_kprobe_attach(struct latency_tracker_probe *probe, struct latency_tracker_hook *hook)
{
	int err = lt_kprobe_register(probe, hook);

	if (err == -ENOENT || err == -EINVAL)
		return lt_hook_lacks(probe, hook);
	if (err)
		pr_err("%s: cannot attach to function '%s': error %d\n",
		       probe->config.owner->name, hook->name, err);
	return err;
}

static int lt_tracepoint_attach(struct latency_tracker_probe *probe,
				struct latency_tracker_hook *hook)
{
	int err = tracepoint_probe_register(hook->tp, hook->probe, probe);

	if (err)
		pr_err("%s: cannot attach to tracepoint '%s': error %d\n",
		       probe->config.owner->name, hook->name, err);
	return err;
}

static int lt_hooks_attach(struct latency_tracker_probe *probe)
{
	unsigned int i;
	int err;

	for (i = 0; i < probe->nr_hooks; i++) {
		struct latency_tracker_hook *hook = &probe->hooks[i];

		if (hook->enter)
			err = lt_kprobe_attach(probe, hook);
		else
			err = lt_tracepoint_attach(probe, hook);
		if (err) {
			lt_hooks_detach(probe, i);
			return err;
		}
	}
	return 0;
}

/* Attach to a module that cannot go meanwhile. */
static int lt_target_attach(struct latency_tracker_probe *probe, struct module *mod)
{
	int err;

	lockdep_assert_held(&probe->lock);
	if (probe->attached || probe->leaving)
		return 0;
	err = lt_hooks_find(probe, mod) ?: lt_hooks_attach(probe);
	if (err)
		return err;
	probe->attached = true;
	pr_info("%s: attached to %s\n", probe->config.owner->name, probe->module);
	return 0;
}

static void lt_target_detach(struct latency_tracker_probe *probe)
{
	lockdep_assert_held(&probe->lock);
	if (!probe->attached)
		return;
	lt_hooks_detach(probe, probe->nr_hooks);
	probe->attached = false;
}

/*
 * The module has been loaded and its loader still holds a reference; or it goes and waits for
 * this. The kernel's kprobes have let go of it before, its tracepoints look afterwards.
 */
static int lt_target_notify(struct notifier_block *nb, unsigned long state, void *data)
{
	struct latency_tracker_probe *probe = container_of(nb, struct latency_tracker_probe, nb);
	struct module *mod = data;

	if (strcmp(mod->name, probe->module))
		return NOTIFY_OK;
	mutex_lock(&probe->lock);
	if (state == MODULE_STATE_LIVE) {
		lt_target_attach(probe, mod);
	} else if (state == MODULE_STATE_GOING && probe->attached) {
		lt_target_detach(probe);
		latency_tracker_clear(probe->tracker);
		pr_info("%s: detached, %s goes: waiting for it to come back\n",
			probe->config.owner->name, probe->module);
	}
	mutex_unlock(&probe->lock);
	return NOTIFY_OK;
}

/* Before the kernel's tracepoints (0) and jump labels (1), after its kprobes (INT_MAX). */
#define LT_TARGET_PRIORITY	2

/**
 * struct lt_target_search - a look at the modules that have tracepoints
 * @nb:   is told of all of them when it is registered
 * @name: of the module that is looked for
 * @mod:  the module, with a reference, if it is in use
 * @seen: it is there, may be on its way
 */
struct lt_target_search {
	struct notifier_block nb;
	const char *name;
	struct module *mod;
	bool seen;
};

static int lt_target_seen(struct notifier_block *nb, unsigned long state, void *data)
{
	struct lt_target_search *search = container_of(nb, struct lt_target_search, nb);
	struct module *mod = ((struct tp_module *)data)->mod;

	if (state != MODULE_STATE_COMING || search->mod || strcmp(mod->name, search->name))
		return NOTIFY_OK;
	search->seen = true;
	if (READ_ONCE(mod->state) == MODULE_STATE_LIVE && try_module_get(mod))
		search->mod = mod;
	return NOTIFY_OK;
}

static int lt_target_search(struct lt_target_search *search)
{
	int err = register_tracepoint_module_notifier(&search->nb);

	if (!err)
		unregister_tracepoint_module_notifier(&search->nb);
	return err;
}

/* Whether there is a function of the module. Takes a grace period if there is one. */
static bool lt_target_has_function(struct latency_tracker_probe *probe)
{
	unsigned int i;

	for (i = 0; i < probe->nr_hooks; i++) {
		if (!probe->hooks[i].enter || lt_kprobe_register(probe, &probe->hooks[i]))
			continue;
		lt_kprobe_unregister(&probe->hooks[i]);
		return true;
	}
	return false;
}

/* Attach to the module if it is there. */
static int lt_target_begin(struct latency_tracker_probe *probe)
{
	struct lt_target_search search = {
		.nb = { .notifier_call = lt_target_seen },
		.name = probe->module,
	};
	bool lacks = false;
	int err;

	err = lt_target_search(&search);
	/* Without a tracepoint of its own it is not told of: look whether it came meanwhile. */
	if (!err && !search.seen && lt_target_has_function(probe)) {
		err = lt_target_search(&search);
		lacks = !err && !search.seen;
	}
	if (search.mod || lacks) {
		mutex_lock(&probe->lock);
		err = lt_target_attach(probe, search.mod);
		mutex_unlock(&probe->lock);
		module_put(search.mod);
	} else if (!err) {
		pr_info("%s: %s is not loaded: waiting for it\n", probe->config.owner->name,
			probe->module);
	}
	return err;
}

static void lt_target_exit(struct latency_tracker_probe *probe)
{
	/* As long as it is attached it must be told when the module goes. */
	mutex_lock(&probe->lock);
	probe->leaving = true;
	lt_target_detach(probe);
	mutex_unlock(&probe->lock);
	unregister_module_notifier(&probe->nb);
}

static int lt_target_init(struct latency_tracker_probe *probe)
{
	int err;

	mutex_init(&probe->lock);
	probe->nb.notifier_call = lt_target_notify;
	probe->nb.priority = LT_TARGET_PRIORITY;
	err = register_module_notifier(&probe->nb);
	if (err)
		return err;
	err = lt_target_begin(probe);
	if (err)
		lt_target_exit(probe);
	return err;
}

/* What can be a module may have been built into the kernel. */
static bool lt_built_in(struct latency_tracker_probe *probe)
{
	unsigned int i;

	for (i = 0; i < probe->nr_hooks; i++) {
		if (probe->hooks[i].enter)
			continue;
		lt_tracepoint_find(&probe->hooks[i], NULL);
		if (probe->hooks[i].tp)
			return true;
	}
	return false;
}

static int lt_attach(struct latency_tracker_probe *probe)
{
	return probe->module ? lt_target_init(probe) : lt_hooks_attach(probe);
}

static void lt_detach(struct latency_tracker_probe *probe)
{
	if (probe->module)
		lt_target_exit(probe);
	else
		lt_hooks_detach(probe, probe->nr_hooks);
}

static int lt_probe_create(struct latency_tracker_probe *probe)
{
	struct latency_tracker *t;

	probe->config.max_events = probe->set.max_events;
	if (probe->set.begin_stack)
		probe->config.stacks = probe->stacks ?: 1;
	if (probe->set.user_stack && probe->ends_itself)
		probe->config.user_stack = true;
	else if (probe->set.user_stack)
		probe->config.stacks++;
	probe->config.data = probe;
	/* Parameters may be written from now on: no change may fall in between. */
	kernel_param_lock(probe->config.owner);
	t = latency_tracker_create(&probe->config);
	if (!IS_ERR(t)) {
		probe->tracker = t;
		t->probe = probe;
		lt_probe_apply(probe);
	}
	kernel_param_unlock(probe->config.owner);
	return PTR_ERR_OR_ZERO(t);
}

static void lt_probe_destroy(struct latency_tracker_probe *probe)
{
	struct latency_tracker *t = probe->tracker;

	kernel_param_lock(probe->config.owner);
	probe->tracker = NULL;
	kernel_param_unlock(probe->config.owner);
	latency_tracker_destroy(t);
}

/**
 * latency_tracker_probe_init() - make a probe's tracker and attach all its hooks
 * @probe: probe
 *
 * Hooks in a module that is not loaded are attached when it comes.
 *
 * Context: process. Return: 0; -EOPNOTSUPP if the kernel, or a module that is loaded, lacks
 * a hook; what latency_tracker_create() or the registration failed with. On failure nothing
 * is left.
 */
int latency_tracker_probe_init(struct latency_tracker_probe *probe)
{
	int err;

	if (probe->module && lt_built_in(probe))
		probe->module = NULL;
	err = probe->module ? 0 : lt_hooks_find(probe, NULL);
	if (err)
		return err;
	probe->filtered = alloc_percpu(struct latency_tracker_filtered);
	if (!probe->filtered)
		return -ENOMEM;
	err = lt_probe_create(probe);
	if (err)
		goto filtered;
	err = lt_attach(probe);
	if (err)
		goto tracker;
	return 0;
tracker:
	lt_probe_destroy(probe);
filtered:
	free_percpu(probe->filtered);
	return err;
}
EXPORT_SYMBOL_GPL(latency_tracker_probe_init);

/**
 * latency_tracker_probe_exit() - undo latency_tracker_probe_init()
 * @probe: probe
 *
 * Context: process; operations in flight are counted as aborted_clear.
 */
void latency_tracker_probe_exit(struct latency_tracker_probe *probe)
{
	lt_detach(probe);
	lt_probe_destroy(probe);
	free_percpu(probe->filtered);
}
EXPORT_SYMBOL_GPL(latency_tracker_probe_exit);
