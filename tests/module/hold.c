// SPDX-License-Identifier: GPL-2.0
/*
 * Holds up the softirqs of a CPU for a known time, or raises one in a known context, so
 * that tests know what a tracker must see. A user's real-time task cannot do the first:
 * since Linux 6.4 the tail of every interrupt runs softirqs even if ksoftirqd has to wait.
 *
 * Write "MODE CPU MS" to the parameter hold; the write returns when it is done:
 *
 *   bh    a kernel thread on the CPU spins for MS milliseconds with softirqs disabled; in
 *         the middle of it a tasklet is raised. It runs when they are enabled: in a task.
 *         Meanwhile lt_hold/holding in debugfs is Y; writing N there ends it at once.
 *   task  a kernel thread raises a tasklet: ksoftirqd runs it, unless an interrupt does
 *   irq   a timer interrupt raises a tasklet: its tail runs it
 *
 * Reading it gives what happened, in nanoseconds of CLOCK_MONOTONIC: "FROM RAISE RAISED UNTIL
 * RAN CPU CONTEXT": the section with softirqs disabled, the time before and after the raise,
 * the time and CPU of the tasklet, and where it ran: ksoftirqd or ktimers as it saw itself, else
 * task if softirqs were disabled when it was raised, and irq if they were not. On PREEMPT_RT no
 * interrupt runs softirqs: there it is task then, too.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "compat/hrtimer.h"

enum hold_mode { HOLD_BH, HOLD_TASK, HOLD_IRQ };

static const char * const hold_modes[] = { "bh", "task", "irq" };

/* One at a time: the module's parameter lock is held. */
static struct {
	enum hold_mode mode;
	unsigned int ms;
	u64 from, raise, raised, until, ran;
	unsigned int cpu;
	unsigned int disabled;
	const char *thread;
} hold;

/* In debugfs, because a parameter cannot be read while another one is being written. */
static bool holding;
static struct dentry *hold_dir;

static struct completion hold_ran;
static struct hrtimer hold_timer;

/* The kernel's own thread for softirqs that this is, if any. */
static const char *hold_thread(void)
{
	static const char * const threads[] = { "ksoftirqd", "ktimers" };
	unsigned int i;

	for (i = 0; current->flags & PF_KTHREAD && i < ARRAY_SIZE(threads); i++) {
		size_t len = strlen(threads[i]);

		if (!strncmp(current->comm, threads[i], len) && current->comm[len] == '/')
			return threads[i];
	}
	return NULL;
}

static void hold_tasklet(struct tasklet_struct *t)
{
	hold.ran = ktime_get_mono_fast_ns();
	hold.cpu = smp_processor_id();
	hold.thread = hold_thread();
	complete(&hold_ran);
}

static DECLARE_TASKLET(hold_tasklet_struct, hold_tasklet);

static void hold_raise(void)
{
	hold.disabled = softirq_count();
	hold.raise = ktime_get_mono_fast_ns();
	tasklet_schedule(&hold_tasklet_struct);
	hold.raised = ktime_get_mono_fast_ns();
}

static enum hrtimer_restart hold_timer_fn(struct hrtimer *timer)
{
	hold_raise();
	return HRTIMER_NORESTART;
}

static void hold_spin(unsigned int ms)
{
	u64 end = ktime_get_mono_fast_ns() + (u64)ms * NSEC_PER_MSEC;

	while (ktime_get_mono_fast_ns() < end && READ_ONCE(holding))
		cpu_relax();
}

static void hold_bh(void)
{
	local_bh_disable();
	hold.from = ktime_get_mono_fast_ns();
	WRITE_ONCE(holding, true);
	hold_spin(hold.ms / 2);
	hold_raise();
	hold_spin(hold.ms - hold.ms / 2);
	WRITE_ONCE(holding, false);
	hold.until = ktime_get_mono_fast_ns();
	local_bh_enable();
}

static long hold_work(void *unused)
{
	switch (hold.mode) {
	case HOLD_BH:
		hold_bh();
		break;
	case HOLD_TASK:
		hold_raise();
		break;
	case HOLD_IRQ:
		hrtimer_start(&hold_timer, ms_to_ktime(1), HRTIMER_MODE_REL_PINNED_HARD);
		break;
	}
	return 0;
}

static int hold_parse(const char *val, unsigned int *cpu)
{
	char mode[8];
	int i;

	if (sscanf(val, "%7s %u %u", mode, cpu, &hold.ms) != 3 || hold.ms > 10000)
		return -EINVAL;
	i = match_string(hold_modes, ARRAY_SIZE(hold_modes), mode);
	if (i < 0 || *cpu >= nr_cpu_ids || !cpu_online(*cpu))
		return -EINVAL;
	hold.mode = i;
	return 0;
}

static int hold_set(const char *val, const struct kernel_param *kp)
{
	unsigned int cpu;
	int err;

	memset(&hold, 0, sizeof(hold));
	err = hold_parse(val, &cpu);
	if (err)
		return err;
	init_completion(&hold_ran);
	err = work_on_cpu(cpu, hold_work, NULL);
	if (err)
		return err;
	wait_for_completion(&hold_ran);
	return 0;
}

/* Raised while another softirq ran, it comes after that one, wherever that is. */
static const char *hold_ran_in(void)
{
	if (hold.thread)
		return hold.thread;
	if (hold.disabled & SOFTIRQ_OFFSET)
		return "softirq";
	return hold.disabled || IS_ENABLED(CONFIG_PREEMPT_RT) ? "task" : "irq";
}

static int hold_get(char *buf, const struct kernel_param *kp)
{
	return scnprintf(buf, PAGE_SIZE, "%llu %llu %llu %llu %llu %u %s\n", hold.from, hold.raise,
			 hold.raised, hold.until, hold.ran, hold.cpu,
			 hold_ran_in());
}

static const struct kernel_param_ops hold_ops = { .set = hold_set, .get = hold_get };

module_param_cb(hold, &hold_ops, NULL, 0644);
MODULE_PARM_DESC(hold, "MODE CPU MS: hold up or raise softirqs; only for tests");

static int __init hold_init(void)
{
	lt_hrtimer_setup(&hold_timer, hold_timer_fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	hold_dir = debugfs_create_dir("lt_hold", NULL);
	debugfs_create_bool("holding", 0600, hold_dir, &holding);
	return 0;
}
module_init(hold_init);

static void __exit hold_exit(void)
{
	debugfs_remove(hold_dir);
	hrtimer_cancel(&hold_timer);
	tasklet_kill(&hold_tasklet_struct);
}
module_exit(hold_exit);
MODULE_DESCRIPTION("Holds up softirqs, for the tests of latency-tracker");
MODULE_LICENSE("GPL");
