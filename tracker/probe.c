// SPDX-License-Identifier: GPL-2.0
/* The probe framework: a tracker with parameters, filters by task, and hooks. */
#include <linux/cgroup.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
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
			sum += t->probe->hooks[i].kp.nmissed;
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

static int lt_hooks_find(struct latency_tracker_probe *probe)
{
	unsigned int i;

	for (i = 0; i < probe->nr_hooks; i++) {
		struct latency_tracker_hook *hook = &probe->hooks[i];

		if (hook->enter)
			continue;
		for_each_kernel_tracepoint(lt_hook_match, hook);
		if (hook->tp)
			continue;
		pr_err("%s: this kernel has no tracepoint '%s'; %s\n", probe->config.owner->name,
		       hook->name, hook->instead ?: "the probe cannot be used here");
		return -EOPNOTSUPP;
	}
	return 0;
}

static void lt_hook_detach(struct latency_tracker_probe *probe, struct latency_tracker_hook *hook)
{
	if (hook->enter)
		unregister_kprobe(&hook->kp);
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
	int err;

	/* A kprobe that was registered before cannot be registered as it is. */
	memset(&hook->kp, 0, sizeof(hook->kp));
	hook->kp.symbol_name = hook->name;
	hook->kp.pre_handler = hook->enter;
	err = register_kprobe(&hook->kp);
	if (err == -ENOENT || err == -EINVAL) {
		pr_err("%s: this kernel has no function '%s' that a kprobe can stop at; %s\n",
		       probe->config.owner->name, hook->name,
		       hook->instead ?: "the probe cannot be used here");
		return -EOPNOTSUPP;
	}
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

static int lt_probe_create(struct latency_tracker_probe *probe)
{
	struct latency_tracker *t;

	probe->config.max_events = probe->set.max_events;
	if (probe->set.begin_stack)
		probe->config.stacks = probe->stacks ?: 1;
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
 * Context: process. Return: 0; -EOPNOTSUPP if the kernel lacks a hook; what
 * latency_tracker_create() or the registration failed with. On failure nothing is left.
 */
int latency_tracker_probe_init(struct latency_tracker_probe *probe)
{
	int err;

	err = lt_hooks_find(probe);
	if (err)
		return err;
	probe->filtered = alloc_percpu(struct latency_tracker_filtered);
	if (!probe->filtered)
		return -ENOMEM;
	err = lt_probe_create(probe);
	if (err)
		goto filtered;
	err = lt_hooks_attach(probe);
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
	lt_hooks_detach(probe, probe->nr_hooks);
	lt_probe_destroy(probe);
	free_percpu(probe->filtered);
}
EXPORT_SYMBOL_GPL(latency_tracker_probe_exit);
