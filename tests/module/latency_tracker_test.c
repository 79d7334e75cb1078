// SPDX-License-Identifier: GPL-2.0
/*
 * The torture module. Loading it starts all cases in a thread and returns at once; the
 * result is <debugfs>/latency_tracker_test/results. Unloading it stops what runs.
 * What it does is described in test.h.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "test.h"

#define LT_PAIRS_NAME	"pairs from all contexts, balanced to the last event"

unsigned int lt_test_threads;

static unsigned int seconds = 20;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "time for all cases in which contexts compete, 1..86400");

static unsigned long long pairs = 2000000;
module_param(pairs, ullong, 0444);
MODULE_PARM_DESC(pairs, "pairs in the last case; 0: by time, as long as all others");

static unsigned int threads;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "number of threads, up to 256; 0: one more than CPUs");

static bool nmi = true;
module_param(nmi, bool, 0444);
MODULE_PARM_DESC(nmi, "send NMIs where the machine can");

static char *only = "";
module_param_named(case, only, charp, 0444);
MODULE_PARM_DESC(case, "run only cases with this in their name");

static struct task_struct *lt_test_task;

/**
 * lt_test_stopping() - whether the module is being unloaded
 */
bool lt_test_stopping(void)
{
	return kthread_should_stop();
}

static bool lt_chosen(const char *name)
{
	return strstr(name, only);
}

static unsigned int lt_plan(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < lt_exact_count(); i++)
		n += lt_chosen(lt_exact_name(i));
	for (i = 0; i < lt_storm_count(); i++)
		n += lt_chosen(lt_storm_name(i));
	return n + lt_chosen(LT_PAIRS_NAME);
}

static bool lt_case_begin(const char *name)
{
	if (!lt_chosen(name) || lt_test_stopping())
		return false;
	lt_report_begin();
	return true;
}

static void lt_cases_run(void)
{
	unsigned int i, ms = seconds * 1000 / lt_storm_count();

	for (i = 0; i < lt_exact_count(); i++) {
		if (!lt_case_begin(lt_exact_name(i)))
			continue;
		lt_exact_run(i);
		lt_report_end(lt_exact_name(i));
	}
	for (i = 0; i < lt_storm_count(); i++) {
		if (!lt_case_begin(lt_storm_name(i)))
			continue;
		lt_storm_run(i, ms);
		lt_report_end(lt_storm_name(i));
	}
	if (lt_case_begin(LT_PAIRS_NAME)) {
		lt_storm_pairs(pairs, seconds * 1000);
		lt_report_end(LT_PAIRS_NAME);
	}
}

static int lt_test_run(void *unused)
{
	if (!lt_actors_have_nmi())
		lt_diag("NMIs cannot be sent on this machine, or are not to be");
	lt_cases_run();
	lt_report_done();
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static int __init lt_test_params(void)
{
	lt_test_threads = threads ?: num_online_cpus() + 1;
	if (seconds >= 1 && seconds <= 86400 && pairs <= S64_MAX / 2 && lt_test_threads <= 256 &&
	    lt_plan())
		return 0;
	pr_err("latency_tracker_test: a parameter is out of its range, or no case is called so\n");
	return -EINVAL;
}

static int __init lt_test_init(void)
{
	int err = lt_test_params();

	if (err)
		return err;
	err = lt_report_init(lt_plan());
	if (err)
		return err;
	err = lt_actors_init(nmi);
	if (err)
		goto report;
	lt_test_task = kthread_run(lt_test_run, NULL, "lt-test");
	err = PTR_ERR_OR_ZERO(lt_test_task);
	if (!err)
		return 0;
	lt_actors_exit();
report:
	lt_report_exit();
	return err;
}
module_init(lt_test_init);

static void __exit lt_test_exit(void)
{
	kthread_stop(lt_test_task);
	lt_actors_exit();
	lt_report_exit();
}
module_exit(lt_test_exit);

MODULE_DESCRIPTION("Tortures latency_tracker from all contexts");
MODULE_LICENSE("GPL");
