// SPDX-License-Identifier: GPL-2.0
/* The core module: loading and unloading. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "compat/rcupdate.h"
#include "core.h"

struct lt_ring lt_hits;
struct workqueue_struct *lt_wq;

static u64 hits = 1024;
static struct latency_tracker_param lt_hits_param = { .value = &hits, .min = 16, .max = 65536 };
module_param_cb(hits, &latency_tracker_param_ops, &lt_hits_param, 0444);
MODULE_PARM_DESC(hits, "records kept for readers of " LT_PROC_PATH ", 16..65536");

static int __init lt_init(void)
{
	int err;

	lt_secret_init();
	err = lt_ring_init(&lt_hits, hits);
	if (err)
		return err;
	lt_wq = alloc_workqueue("latency_tracker", WQ_UNBOUND, 0);
	err = -ENOMEM;
	if (!lt_wq)
		goto ring;
	err = lt_params_init();
	if (err)
		goto wq;
	err = lt_proc_init();
	if (err)
		goto params;
	lt_stats_init();
	lt_synth_init();
	return 0;
params:
	lt_params_exit();
wq:
	destroy_workqueue(lt_wq);
ring:
	lt_ring_exit(&lt_hits);
	return err;
}
module_init(lt_init);

static void __exit lt_exit(void)
{
	lt_synth_exit();
	lt_stats_exit();
	lt_proc_exit();
	lt_params_exit();
	destroy_workqueue(lt_wq);
	lt_ring_exit(&lt_hits);
	lt_rcu_exit();
}
module_exit(lt_exit);

MODULE_DESCRIPTION("Tracks how long kernel operations take and reports the slow ones");
MODULE_LICENSE("GPL");
