// SPDX-License-Identifier: GPL-2.0
/* The making of a pool and its end; F5 of freelist.h. */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "internal.h"

/* Batches that a CPU keeps in its limbo at most. */
#define FREELIST_CPU_CELLS_MIN	4U
#define FREELIST_CPU_CELLS_MAX	256U

static void freelist_free(struct freelist *fl)
{
	unsigned int i;
	int cpu, nid;

	if (fl->cpu)
		for_each_possible_cpu(cpu) {
			struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);

			freelist_ring_free(c->limbo);
			kvfree(c->limbo);
			kfree(c->away);
		}
	kvfree(fl->idle);
	if (fl->chunk)
		for (i = 0; i < freelist_chunks(fl); i++)
			kvfree(fl->chunk[i]);
	kvfree(fl->chunk);
	if (fl->node)
		for_each_node_mask(nid, fl->nodes) {
			if (!fl->node[nid])
				continue;
			freelist_ring_free(&fl->node[nid]->ready);
			freelist_ring_free(&fl->node[nid]->limbo);
			kvfree(fl->node[nid]);
		}
	kfree(fl->node);
	free_percpu(fl->cpu);
}

static int freelist_nodes_create(struct freelist *fl)
{
	/* Each batch has a cell; as many again for batches flushed half full. */
	unsigned long cells = 2UL * DIV_ROUND_UP(fl->cfg.max, fl->batch) +
			      2 * num_possible_cpus();
	int nid, err;

	fl->nodes = node_online_map;
	for_each_node_mask(nid, fl->nodes) {
		struct freelist_home *node = kvzalloc_node(sizeof(*node), GFP_KERNEL, nid);

		if (!node)
			return -ENOMEM;
		fl->node[nid] = node;
		err = freelist_ring_init(&node->ready, cells, nid);
		if (!err)
			err = freelist_ring_init(&node->limbo, cells, nid);
		if (err)
			return err;
	}
	/* A node that comes later uses the rings of the first. */
	for (nid = 0; nid < nr_node_ids; nid++)
		if (!fl->node[nid])
			fl->node[nid] = fl->node[first_node(fl->nodes)];
	return 0;
}

static int freelist_cpu_create(struct freelist *fl, int cpu)
{
	struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);
	unsigned int cells = fl->cfg.max / (fl->batch * num_possible_cpus());
	int nid;

	atomic64_set(&c->free, FREELIST_NIL);
	atomic64_set(&c->retired, FREELIST_NIL);
	c->node = fl->node[cpu_to_node(cpu)];
	c->victim = cpu;
	c->limbo = kvzalloc_node(sizeof(*c->limbo), GFP_KERNEL, cpu_to_node(cpu));
	if (!c->limbo)
		return -ENOMEM;
	if (nodes_weight(fl->nodes) > 1) {
		c->away = kcalloc(nr_node_ids, sizeof(*c->away), GFP_KERNEL);
		if (!c->away)
			return -ENOMEM;
		for (nid = 0; nid < nr_node_ids; nid++)
			atomic64_set(&c->away[nid], FREELIST_NIL);
	}
	return freelist_ring_init(c->limbo, clamp(cells, FREELIST_CPU_CELLS_MIN,
						  FREELIST_CPU_CELLS_MAX), cpu_to_node(cpu));
}

/**
 * freelist_create() - make a pool
 * @fl:  memory for it
 * @cfg: copied
 *
 * Context: process, sleeps. Return: 0, -EINVAL or -ENOMEM.
 */
int freelist_create(struct freelist *fl, const struct freelist_config *cfg)
{
	unsigned int share;
	int cpu, err;

	if (!cfg->initial || cfg->initial > cfg->max || cfg->max > FREELIST_MAX_OBJECTS)
		return -EINVAL;
	memset(fl, 0, sizeof(*fl));
	fl->cfg = *cfg;
	fl->limit = U32_MAX;
	atomic64_set(&fl->withdrawn, FREELIST_NIL);
	fl->kicked = lt_rcu_cookie();
	lt_rcu_kick();
	fl->size = ALIGN(cfg->size, L1_CACHE_BYTES);
	share = cfg->initial / (4 * num_possible_cpus());
	fl->batch = clamp(share, 1U, FREELIST_BATCH_MAX);
	fl->cpu = alloc_percpu(struct freelist_cpu);
	fl->chunk = kvcalloc(freelist_chunks(fl), sizeof(*fl->chunk), GFP_KERNEL);
	fl->idle = kvcalloc(freelist_chunks(fl), sizeof(*fl->idle), GFP_KERNEL);
	fl->node = kcalloc(nr_node_ids, sizeof(*fl->node), GFP_KERNEL);
	err = -ENOMEM;
	if (!fl->cpu || !fl->chunk || !fl->idle || !fl->node)
		goto free;
	err = freelist_nodes_create(fl);
	for_each_possible_cpu(cpu)
		if (!err)
			err = freelist_cpu_create(fl, cpu);
	if (!err)
		err = freelist_grow(fl, cfg->initial);
	if (!err)
		return 0;
free:
	freelist_free(fl);
	return err;
}

static unsigned int freelist_chain_len(struct freelist *fl, u32 index)
{
	unsigned int len = 0;

	for (; index != FREELIST_NIL; index = freelist_hdr_at(fl, index)->next)
		len++;
	return len;
}

static unsigned int freelist_stack_len(struct freelist *fl, atomic64_t *stack)
{
	return freelist_chain_len(fl, freelist_head(atomic64_read(stack)));
}

static unsigned int freelist_ring_drain(struct freelist *fl, struct freelist_ring *ring)
{
	unsigned int len = 0;
	unsigned long cookie;
	u32 first;

	while ((first = freelist_ring_get(ring, &cookie)) != FREELIST_NIL)
		len += freelist_chain_len(fl, first);
	return len;
}

/**
 * freelist_destroy() - free the pool and account for its objects
 * @fl: pool that nobody uses any more; a grace period has passed since
 *
 * Context: process, sleeps. Return: number of objects that were never put back.
 */
unsigned int freelist_destroy(struct freelist *fl)
{
	unsigned int found, capacity = fl->capacity;
	int cpu, nid;

	found = freelist_stack_len(fl, &fl->withdrawn);
	for_each_possible_cpu(cpu) {
		struct freelist_cpu *c = per_cpu_ptr(fl->cpu, cpu);

		found += freelist_stack_len(fl, &c->free);
		found += freelist_stack_len(fl, &c->retired);
		for (nid = 0; c->away && nid < nr_node_ids; nid++)
			found += freelist_stack_len(fl, &c->away[nid]);
		found += freelist_ring_drain(fl, c->limbo);
	}
	for_each_node_mask(nid, fl->nodes) {
		found += freelist_ring_drain(fl, &fl->node[nid]->ready);
		found += freelist_ring_drain(fl, &fl->node[nid]->limbo);
	}
	freelist_free(fl);
	return capacity - found;
}
