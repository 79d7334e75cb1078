// SPDX-License-Identifier: GPL-2.0
/* The probe framework: a tracker with parameters, filters by task, and hooks. */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "core.h"

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

	if ((!pid || pid == task->tgid) &&
	    (!set->comm[0] || !strncmp(set->comm, task->comm, TASK_COMM_LEN)))
		return true;
	if (READ_ONCE(set->enabled))
		this_cpu_inc(*probe->filtered);
	return false;
}
EXPORT_SYMBOL_GPL(latency_tracker_probe_filter);

/**
 * lt_probe_filtered() - operations that a probe's filters turned away
 * @t: tracker; 0 for one that no probe made
 */
u64 lt_probe_filtered(struct latency_tracker *t)
{
	u64 sum = 0;
	int cpu;

	if (!t->probe)
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(t->probe->filtered, cpu));
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
	WRITE_ONCE(probe->filtering, set->pid || set->comm[0]);
	if (t->ratchet != (bool)set->ratchet)
		atomic64_set(&t->worst, 0);
	WRITE_ONCE(t->ratchet, set->ratchet);
	if (set->reset)
		lt_reset(t);
	set->reset = 0;
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

		for_each_kernel_tracepoint(lt_hook_match, hook);
		if (hook->tp)
			continue;
		pr_err("%s: this kernel has no tracepoint '%s'; %s\n", probe->config.owner->name,
		       hook->name, hook->instead ?: "the probe cannot be used here");
		return -EOPNOTSUPP;
	}
	return 0;
}

static void lt_hooks_detach(struct latency_tracker_probe *probe, unsigned int attached)
{
	while (attached--)
		tracepoint_probe_unregister(probe->hooks[attached].tp,
					    probe->hooks[attached].probe, probe);
	/* From here on no callback is running. */
	tracepoint_synchronize_unregister();
}

static int lt_hooks_attach(struct latency_tracker_probe *probe)
{
	unsigned int i;
	int err;

	for (i = 0; i < probe->nr_hooks; i++) {
		struct latency_tracker_hook *hook = &probe->hooks[i];

		err = tracepoint_probe_register(hook->tp, hook->probe, probe);
		if (err) {
			pr_err("%s: cannot attach to tracepoint '%s': error %d\n",
			       probe->config.owner->name, hook->name, err);
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
	probe->filtered = alloc_percpu(u64);
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
