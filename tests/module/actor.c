// SPDX-License-Identifier: GPL-2.0
/*
 * The four contexts. A few threads run wherever the scheduler puts them; each CPU has
 * a timer in softirq and one in hardirq context, and an NMI handler. The NMIs are sent
 * by the hardirq timers of other CPUs, or of the same one if it is alone, and by the
 * threads, so that they fall into whatever the engine is doing there.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "compat/hrtimer.h"
#include "compat/nmi.h"
#include "test.h"

/* Time between two bursts of a timer; at least four times what the burst took. */
#define LT_TICK_NS	(400 * NSEC_PER_USEC)

/*
 * lt_nmi_actor: the CPU's while a round runs, else NULL. Written by lt_actors_start()
 *               and lt_actors_stop(), read by the NMI handler.
 * lt_nmi_sent:  an NMI is on its way; set by the sender, cleared by the handler.
 */
static DEFINE_PER_CPU(struct lt_actor *, lt_nmi_actor);
static DEFINE_PER_CPU(atomic_t, lt_nmi_sent);
static bool lt_nmi_there;

/* Takes every NMI for its own: a late one must not be taken for a broken machine. */
static int __maybe_unused lt_nmi_handler(LT_NMI_ARGS)
{
	/* Pairs with the release in lt_actors_start(). */
	struct lt_actor *a = smp_load_acquire(this_cpu_ptr(&lt_nmi_actor));

	atomic_set(this_cpu_ptr(&lt_nmi_sent), 0);
	if (a && !READ_ONCE(a->round->stop))
		lt_op_burst(a);
	return LT_NMI_TAKEN;
}

/* Send one, unless the last has not arrived yet. Preemption is off. */
static void lt_nmi_to(int cpu)
{
	if (lt_nmi_there && !atomic_xchg(per_cpu_ptr(&lt_nmi_sent, cpu), 1))
		lt_nmi_send(cpu);
}

static int lt_next_cpu(int cpu)
{
	cpu = cpumask_next(cpu, cpu_online_mask);
	return cpu < nr_cpu_ids ? cpu : cpumask_first(cpu_online_mask);
}

static enum hrtimer_restart lt_tick(struct hrtimer *timer)
{
	struct lt_actor *a = container_of(timer, struct lt_actor, timer);
	u64 begin = latency_tracker_now(), took;

	if (READ_ONCE(a->round->stop))
		return HRTIMER_NORESTART;
	if (a->ctx == LT_CTX_HARDIRQ)
		lt_nmi_to(lt_next_cpu(raw_smp_processor_id()));
	lt_op_burst(a);
	took = latency_tracker_now() - begin;
	hrtimer_forward_now(timer, ns_to_ktime(max_t(u64, LT_TICK_NS, 4 * took)));
	return HRTIMER_RESTART;
}

static void lt_timer_start(void *data)
{
	struct lt_actor *a = data;

	hrtimer_start(&a->timer, ns_to_ktime(LT_TICK_NS), a->ctx == LT_CTX_HARDIRQ ?
		      HRTIMER_MODE_REL_PINNED_HARD : HRTIMER_MODE_REL_PINNED_SOFT);
}

/* Now and then with interrupts off, as under a runqueue lock. */
static int lt_thread(void *data)
{
	struct lt_actor *a = data;
	unsigned long flags;

	while (!kthread_should_stop()) {
		if (READ_ONCE(a->round->stop)) {
			usleep_range(1000, 2000);
			continue;
		}
		if (a->bursts % 8) {
			lt_op_burst(a);
		} else {
			local_irq_save(flags);
			lt_op_burst(a);
			local_irq_restore(flags);
		}
		if (!(a->bursts % 16)) {
			preempt_disable();
			lt_nmi_to(lt_next_cpu(smp_processor_id()));
			preempt_enable();
		}
		/* A switch is a quiescent state at once, cond_resched() alone is after 100 ms. */
		if (a->bursts % 4)
			cond_resched();
		else
			schedule();
	}
	return 0;
}

/**
 * lt_actors_have_nmi() - whether NMIs can be had on this machine
 */
bool lt_actors_have_nmi(void)
{
	return lt_nmi_there;
}

static void lt_actor_init(struct lt_round *round, enum lt_ctx ctx)
{
	struct lt_actor *a = &round->actor[round->actors];

	a->round = round;
	a->ctx = ctx;
	a->id = ++round->actors;
	a->seed = lt_op_mix(a->id);
	if (ctx == LT_CTX_SOFTIRQ || ctx == LT_CTX_HARDIRQ)
		lt_hrtimer_setup(&a->timer, lt_tick, CLOCK_MONOTONIC, ctx == LT_CTX_HARDIRQ ?
				 HRTIMER_MODE_REL_PINNED_HARD : HRTIMER_MODE_REL_PINNED_SOFT);
}

/**
 * lt_actors_create() - make all actors of a round
 * @round: round; each CPU that is online now has three
 */
int lt_actors_create(struct lt_round *round)
{
	unsigned int i, room = lt_test_threads + 3 * num_possible_cpus();
	int cpu;

	round->actors = 0;
	round->actor = kvcalloc(room, sizeof(*round->actor), GFP_KERNEL);
	if (!round->actor)
		return -ENOMEM;
	for (i = 0; i < lt_test_threads; i++)
		lt_actor_init(round, LT_CTX_TASK);
	for_each_online_cpu(cpu) {
		lt_actor_init(round, LT_CTX_SOFTIRQ);
		lt_actor_init(round, LT_CTX_HARDIRQ);
		lt_actor_init(round, LT_CTX_NMI);
	}
	return 0;
}

/**
 * lt_actors_destroy() - undo lt_actors_create()
 * @round: round that has been stopped
 */
void lt_actors_destroy(struct lt_round *round)
{
	kvfree(round->actor);
}

static int lt_threads_start(struct lt_round *round)
{
	unsigned int i;

	for (i = 0; i < round->actors; i++) {
		struct lt_actor *a = &round->actor[i];
		struct task_struct *thread;

		if (a->ctx != LT_CTX_TASK)
			continue;
		thread = kthread_run(lt_thread, a, "lt-test/%u", a->id);
		if (IS_ERR(thread))
			return PTR_ERR(thread);
		a->thread = thread;
	}
	return 0;
}

/**
 * lt_actors_start() - let them loose
 * @round: round
 *
 * Return: 0, or why a thread could not be made; then lt_actors_stop() is due all the same.
 */
int lt_actors_start(struct lt_round *round)
{
	struct lt_actor *a = &round->actor[lt_test_threads];
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		/* CPUs that came after lt_actors_create() have none. */
		if (a == &round->actor[round->actors])
			break;
		smp_call_function_single(cpu, lt_timer_start, a++, 1);
		smp_call_function_single(cpu, lt_timer_start, a++, 1);
		/* Pairs with the acquire in lt_nmi_handler(). */
		smp_store_release(per_cpu_ptr(&lt_nmi_actor, cpu), a++);
	}
	cpus_read_unlock();
	return lt_threads_start(round);
}

static bool lt_nmi_arrived(void)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (atomic_read(per_cpu_ptr(&lt_nmi_sent, cpu)))
			return false;
	return true;
}

/**
 * lt_actors_stop() - have all of them stop
 * @round: round; on return no actor acts
 */
void lt_actors_stop(struct lt_round *round)
{
	unsigned int i;
	int cpu;

	WRITE_ONCE(round->stop, true);
	for (i = 0; i < round->actors; i++) {
		struct lt_actor *a = &round->actor[i];

		if (a->thread)
			kthread_stop(a->thread);
		if (a->ctx == LT_CTX_SOFTIRQ || a->ctx == LT_CTX_HARDIRQ)
			hrtimer_cancel(&a->timer);
	}
	/* Each sent one arrives, or its CPU has gone. */
	for (i = 0; i < 50 && !lt_nmi_arrived(); i++)
		msleep(20);
	for_each_possible_cpu(cpu)
		WRITE_ONCE(*per_cpu_ptr(&lt_nmi_actor, cpu), NULL);
	/* A handler is a read side: none uses its actor from here on. */
	synchronize_rcu();
}

/**
 * lt_actors_init() - get ready for NMIs, if this machine has them
 * @nmi: false: there shall be none
 */
int lt_actors_init(bool nmi)
{
	int err = -EOPNOTSUPP;

	if (nmi)
		err = lt_nmi_register(lt_nmi_handler);
	lt_nmi_there = !err;
	return err == -EOPNOTSUPP ? 0 : err;
}

/**
 * lt_actors_exit() - undo lt_actors_init()
 */
void lt_actors_exit(void)
{
	if (lt_nmi_there)
		lt_nmi_unregister();
}
