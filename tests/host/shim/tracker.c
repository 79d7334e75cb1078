// SPDX-License-Identifier: GPL-2.0
/* The parts of the core that are not built here: nobody listens, nothing is traced. */
#include "shim_tracker.h"

struct workqueue_struct *lt_wq;
struct lt_ring lt_hits;
bool shim_waited_for;
unsigned long shim_wakes;

void lt_stats_add(struct latency_tracker *t)
{
}

void lt_stats_remove(struct latency_tracker *t)
{
}

void lt_trace_hit(const struct lt_record *rec)
{
}

void lt_synth_hit(const struct lt_record *rec)
{
}

unsigned int shim_user_frames;

unsigned int lt_user_stack(unsigned long *addr, unsigned int max)
{
	unsigned int i;

	for (i = 0; i < shim_user_frames; i++)
		addr[i] = 0x1000 * (i + 1);
	return shim_user_frames;
}

bool lt_proc_waited_for(void)
{
	return shim_waited_for;
}

void lt_proc_wake(void)
{
	__atomic_fetch_add(&shim_wakes, 1, __ATOMIC_RELAXED);
}
