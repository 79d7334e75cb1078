// SPDX-License-Identifier: GPL-2.0
/*
 * What kernels have, whatever their version says: stable kernels and distributions take changes
 * over. Each test is compiled alone, with TRY_ and its name defined; the features are those that
 * compile (features.sh). Each names the commit that made the difference, and the first release that
 * has it.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>

/* A callback with these arguments fits the tracepoint. */
#define LT_TRY_TRACEPOINT(tp, ...)					\
	static void lt_callback(void *data, __VA_ARGS__)		\
	{								\
	}								\
	static void __maybe_unused lt_try(void)				\
	{								\
		check_trace_callback_type_##tp(lt_callback);		\
	}

/* The expression has a type. */
#define LT_TRY_EXPRESSION(expr) static_assert(sizeof(expr) > 0)

/* a54895fa057c (5.11), and 5.10 stable: block_rq_* lost the queue. */
#ifdef TRY_LT_BLOCK_RQ_HAS_QUEUE
#include <linux/blkdev.h>
#include <trace/events/block.h>
LT_TRY_TRACEPOINT(block_rq_insert, struct request_queue *q, struct request *rq)
#endif

/* e8a676d61c07 (5.11): so did block_bio_*. */
#ifdef TRY_LT_BLOCK_BIO_ALONE
#include <linux/blkdev.h>
#include <trace/events/block.h>
LT_TRY_TRACEPOINT(block_bio_queue, struct bio *bio)
#endif

/* 8a7d267b4a2c (5.16): block_rq_complete tells the status and not an errno. */
#ifdef TRY_LT_BLOCK_STATUS
#include <linux/blkdev.h>
#include <trace/events/block.h>
LT_TRY_TRACEPOINT(block_rq_complete, struct request *rq, blk_status_t error, unsigned int nr_bytes)
#endif

/* 309dca309fc3 (5.12): struct bio has the block device, and not the disk. */
#ifdef TRY_LT_BIO_HAS_BDEV
#include <linux/blkdev.h>
LT_TRY_EXPRESSION(((struct bio *)0)->bi_bdev->bd_disk);
#endif

/* f3fa33acca9f (5.17): struct request lost its disk, which is the queue's. */
#ifdef TRY_LT_RQ_HAS_DISK
#include <linux/blkdev.h>
#include <linux/blk-mq.h>
LT_TRY_EXPRESSION(((struct request *)0)->rq_disk);
#endif

/* 908a1d775422 (6.13): hrtimer_setup() is hrtimer_init() with the function. */
#ifdef TRY_LT_HAVE_HRTIMER_SETUP
#include <linux/hrtimer.h>
LT_TRY_EXPRESSION(&hrtimer_setup);
#endif

/* 7abb18bd7567 (5.13): grace periods can be polled. */
#ifdef TRY_LT_HAVE_POLLED_RCU
#include <linux/rcupdate.h>
LT_TRY_EXPRESSION(start_poll_synchronize_rcu() + poll_state_synchronize_rcu(0));
#endif

/* struct module has no args from 7.3 on. */
#ifdef TRY_LT_HAVE_MODULE_ARGS
#include <linux/module.h>
LT_TRY_EXPRESSION(((struct module *)0)->args);
#endif

/* 2f064a59a11f (5.14): task_struct.state became __state. */
#ifdef TRY_LT_HAVE_TASK___STATE
#include <linux/sched.h>
LT_TRY_EXPRESSION(((struct task_struct *)0)->__state);
#endif

/* 152e11f6df29 (6.12): one that sleeps may stay on its runqueue for a while. */
#ifdef TRY_LT_HAVE_SCHED_DELAYED
#include <linux/sched.h>
LT_TRY_EXPRESSION(((struct task_struct *)0)->se.sched_delayed);
#endif

/*
 * fa2c3254d7cf and 9c2136be0878 (5.18), and stable kernels: sched_switch tells the state of the
 * previous task.
 */
#ifdef TRY_LT_SCHED_PREV_STATE
#include <trace/events/sched.h>
LT_TRY_TRACEPOINT(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
		  unsigned int prev_state)
#endif

/* 3e816361e94a (6.16): sched_process_exit tells whether the process has no thread left. */
#ifdef TRY_LT_SCHED_EXIT_GROUP_DEAD
#include <trace/events/sched.h>
LT_TRY_TRACEPOINT(sched_process_exit, struct task_struct *p, bool group_dead)
#endif

/* c504e5c2f964 (5.17): kfree_skb tells the reason, … */
#ifdef TRY_LT_KFREE_SKB_REASON
#include <linux/skbuff.h>
#include <trace/events/skb.h>
LT_TRY_TRACEPOINT(kfree_skb, struct sk_buff *skb, void *location, enum skb_drop_reason reason)
#endif

/* … c53795d48ee8 (6.11): the receiving socket as well, … */
#ifdef TRY_LT_KFREE_SKB_SOCK
#include <linux/skbuff.h>
#include <trace/events/skb.h>
LT_TRY_TRACEPOINT(kfree_skb, struct sk_buff *skb, void *location, enum skb_drop_reason reason,
		  struct sock *rx_sk)
#endif

/* … which is const in 7.2. */
#ifdef TRY_LT_KFREE_SKB_CONST_SOCK
#include <linux/skbuff.h>
#include <trace/events/skb.h>
LT_TRY_TRACEPOINT(kfree_skb, struct sk_buff *skb, void *location, enum skb_drop_reason reason,
		  const struct sock *rx_sk)
#endif

/* dd1b527831a3 (6.3): consume_skb tells the location. */
#ifdef TRY_LT_CONSUME_SKB_LOCATION
#include <linux/skbuff.h>
#include <trace/events/skb.h>
LT_TRY_TRACEPOINT(consume_skb, struct sk_buff *skb, void *location)
#endif

/* 9b13df3fb64e (6.2), and stable kernels: del_timer_sync() has another name. */
#ifdef TRY_LT_HAVE_TIMER_DELETE_SYNC
#include <linux/timer.h>
LT_TRY_EXPRESSION(&timer_delete_sync);
#endif

/* 2c92ca849fcc (6.10): __assign_str() knows the source from __string(). */
#ifdef TRY_LT_ASSIGN_STR_ALONE
#include <linux/stringify.h>
#include <trace/stages/stage6_event_callback.h>
#ifndef __assign_str
#error "it is not where it was"
#endif
static const char lt_try[] = __stringify(__assign_str(lt_try));
#endif
