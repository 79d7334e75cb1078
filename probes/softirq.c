// SPDX-License-Identifier: GPL-2.0
/*
 * Softirqs: from the moment a vector is raised until its handler has run.
 *
 * Stages: raise (raise to entry) and run (entry to exit). Who began it is who was
 * running on the CPU when it was raised.
 *
 * A vector that is raised again before the kernel takes it runs once: the first
 * raise counts, and the others are no operations of their own. The kernel knows by a
 * bit that it sets behind the tracepoint and clears for all vectors at once before the
 * first of them is entered. So a vector may be raised again while it runs, or even
 * before, when it has been taken but another vector runs first; it then runs once
 * more, and two operations are in flight. Each has a slot of its own in the key; the
 * older one is the next to enter and to exit.
 *
 * An end without begin (orphan_ends) is a run that was raised before the module was
 * loaded or while it was disabled. On PREEMPT_RT and with threadirqs timers are raised
 * for a thread of their own first, without the bit: what is raised twice there counts
 * as cancelled.
 */
#include "latency_tracker.h"

#include <linux/bits.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/stacktrace.h>
#include <trace/events/irq.h>

#define SOFTIRQ_STAGE_ENTRY	0
#define SOFTIRQ_SLOTS		2
/* A key that nothing begins with. */
#define SOFTIRQ_ORPHAN		U64_MAX
/* Enough to get from the hook through the tracker to who called the softirqs. */
#define SOFTIRQ_FRAMES		24

/**
 * struct softirq_vector - the operations of a vector on a CPU
 * @begun:   raised, modulo 256; written with interrupts off
 * @ended:   run, modulo 256; written by entry and exit, which do not nest
 * @tracked: by slot: there is an event; written with interrupts off, before @begun
 * @running: the oldest has been entered; written by entry and exit
 *
 * Operation n has slot n % SOFTIRQ_SLOTS. Only its own CPU looks at it.
 */
struct softirq_vector {
	u8 begun;
	u8 ended;
	bool tracked[SOFTIRQ_SLOTS];
	bool running;
};

struct softirq_cpu {
	struct softirq_vector vector[NR_SOFTIRQS];
};

static DEFINE_PER_CPU(struct softirq_cpu, softirq_cpu);

static const char * const softirq_names[] = {
	[HI_SOFTIRQ] = "HI",
	[TIMER_SOFTIRQ] = "TIMER",
	[NET_TX_SOFTIRQ] = "NET_TX",
	[NET_RX_SOFTIRQ] = "NET_RX",
	[BLOCK_SOFTIRQ] = "BLOCK",
	[IRQ_POLL_SOFTIRQ] = "IRQ_POLL",
	[TASKLET_SOFTIRQ] = "TASKLET",
	[SCHED_SOFTIRQ] = "SCHED",
	[HRTIMER_SOFTIRQ] = "HRTIMER",
	[RCU_SOFTIRQ] = "RCU",
};

static_assert(ARRAY_SIZE(softirq_names) == NR_SOFTIRQS);

static u64 softirq_key(unsigned int vec, u8 nr)
{
	return (u64)raw_smp_processor_id() << 32 | vec << 1 | nr % SOFTIRQ_SLOTS;
}

static unsigned int softirq_key_vec(u64 key)
{
	return (u32)key >> 1;
}

/*
 * Where softirqs run at this moment. The kernel keeps no note of it: the tail of an
 * interrupt is told from local_bh_enable() by the stack, which costs too much for
 * anything but a hit.
 */
static const char *softirq_in(void)
{
	unsigned long addr[SOFTIRQ_FRAMES];
	unsigned int i, nr;
	char name[48];

	if (current->flags & PF_KTHREAD) {
		if (!strncmp(current->comm, "ksoftirqd/", 10))
			return "ksoftirqd";
		if (!strncmp(current->comm, "ktimers/", 8))
			return "ktimers";
	}
	nr = stack_trace_save(addr, ARRAY_SIZE(addr), 0);
	for (i = 0; i < nr; i++) {
		/* irq_exit, irq_exit_rcu, __irq_exit_rcu */
		snprintf(name, sizeof(name), "%ps", (void *)addr[i]);
		if (!strncmp(name + strspn(name, "_"), "irq_exit", 8))
			return "irq";
	}
	return "task";
}

static void softirq_format(struct latency_tracker_text *text,
			   const struct latency_tracker_hit *hit)
{
	unsigned int vec = softirq_key_vec(hit->event->key_int);

	latency_tracker_text_u64(text, "vec", vec);
	latency_tracker_text_str(text, "name", softirq_names[vec]);
	/* Only the end is where it runs. */
	if (hit->data)
		latency_tracker_text_str(text, "in", softirq_in());
	latency_tracker_text_stages(text, hit);
}

static const char * const softirq_stage_names[] = { "raise", "run" };

static void softirq_format_vector(char *buf, size_t size, u64 vec)
{
	strscpy(buf, softirq_names[vec], size);
}

static const struct latency_tracker_dim softirq_dims[] = {
	{ .name = "vector", .series = NR_SOFTIRQS, .dense = true,
	  .format = softirq_format_vector },
};

enum { SOFTIRQ_FILTER_VECTORS = LATENCY_TRACKER_FILTER_OWN };

static const char * const softirq_filters[] = { "vectors", NULL };

static struct latency_tracker_names softirq_vectors = {
	.names = softirq_names, .nr = NR_SOFTIRQS,
};

static struct latency_tracker_probe softirqs = {
	.config = {
		.name = "softirq",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.stages = 1,
		.stage_names = softirq_stage_names,
		.dims = softirq_dims,
		.nr_dims = ARRAY_SIZE(softirq_dims),
		.format = softirq_format,
	},
	.filters = softirq_filters,
	.set = {
		.threshold_us = 10000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
		.gc_ms = 60000,
	},
};

static bool softirq_wants(unsigned int vec)
{
	if (!latency_tracker_probe_wants(&softirqs, current))
		return false;
	return latency_tracker_names_want(&softirq_vectors, vec) ||
	       latency_tracker_probe_reject(&softirqs, SOFTIRQ_FILTER_VECTORS);
}

static bool softirq_begin(unsigned int vec, u8 nr)
{
	struct latency_tracker_event *ev;

	if (!softirq_wants(vec))
		return false;
	ev = latency_tracker_probe_begin(&softirqs, current);
	if (unlikely(!ev))
		return false;
	latency_tracker_event_series(ev, 0, vec);
	return latency_tracker_event_commit_int(softirqs.tracker, ev, softirq_key(vec, nr)) ==
	       LATENCY_TRACKER_OK;
}

/* Raised and not yet taken by the kernel; interrupts are off. */
static bool softirq_waits(unsigned int vec)
{
	return local_softirq_pending() & BIT(vec);
}

/* Called with interrupts off, before the kernel sets the bit. */
static void softirq_raise(void *probe, unsigned int vec)
{
	struct softirq_vector *v = &this_cpu_ptr(&softirq_cpu)->vector[vec];

	if (softirq_waits(vec) || (u8)(v->begun - v->ended) == SOFTIRQ_SLOTS)
		return;
	v->tracked[v->begun % SOFTIRQ_SLOTS] = softirq_begin(vec, v->begun);
	v->begun++;
}

LATENCY_TRACKER_HOOK_CHECK(softirq_raise, softirq_raise)

/* Two have been taken for one run: the first counts. Interrupts are off. */
static void softirq_join(struct softirq_vector *v, unsigned int vec)
{
	v->begun--;
	if (v->tracked[v->begun % SOFTIRQ_SLOTS])
		latency_tracker_event_cancel_int(softirqs.tracker, softirq_key(vec, v->begun));
}

static void softirq_entry(void *probe, unsigned int vec)
{
	struct softirq_vector *v;
	unsigned long flags;
	int taken;

	/* An interrupt may raise it again: the count and the bit must be of one moment. */
	local_irq_save(flags);
	v = &this_cpu_ptr(&softirq_cpu)->vector[vec];
	taken = (u8)(v->begun - v->ended) - softirq_waits(vec);
	if (unlikely(taken == SOFTIRQ_SLOTS))
		softirq_join(v, vec);
	v->running = taken > 0;
	local_irq_restore(flags);
	if (likely(v->running && v->tracked[v->ended % SOFTIRQ_SLOTS]))
		latency_tracker_event_stage_int(softirqs.tracker, softirq_key(vec, v->ended),
						SOFTIRQ_STAGE_ENTRY);
}

LATENCY_TRACKER_HOOK_CHECK(softirq_entry, softirq_entry)

static void softirq_exit(void *probe, unsigned int vec)
{
	struct softirq_vector *v = &raw_cpu_ptr(&softirq_cpu)->vector[vec];
	const struct latency_tracker_end end = { .data = v };

	if (unlikely(!v->running)) {
		/* Of a raise that was not seen; what has been raised since is not of this run. */
		latency_tracker_event_end_int(softirqs.tracker, SOFTIRQ_ORPHAN, &end);
		return;
	}
	if (likely(v->tracked[v->ended % SOFTIRQ_SLOTS]))
		latency_tracker_event_end_int(softirqs.tracker, softirq_key(vec, v->ended), &end);
	v->running = false;
	/* Last, since from here on a raise may take the slot. */
	v->ended++;
}

LATENCY_TRACKER_HOOK_CHECK(softirq_exit, softirq_exit)

static struct latency_tracker_hook softirq_hooks[] = {
	{ .name = "softirq_exit", .probe = softirq_exit },
	{ .name = "softirq_entry", .probe = softirq_entry },
	{ .name = "softirq_raise", .probe = softirq_raise },
};

LATENCY_TRACKER_PARAM_NAMES(softirqs, vectors, softirq_vectors,
			    "a list of HI, TIMER, NET_TX, NET_RX, BLOCK, IRQ_POLL, TASKLET, SCHED, HRTIMER, RCU",
			    "only these softirqs, such as NET_RX,TIMER; empty: all");

LATENCY_TRACKER_PROBE(softirqs, softirq_hooks, "Reports softirqs that run late or for too long");
