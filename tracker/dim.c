// SPDX-License-Identifier: GPL-2.0
/* Histograms by dimension; see dim.h. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "dim.h"

/**
 * lt_dim_search() - find the series of a label, or let it have the next one
 * @dim:   dimension
 * @label: less than U64_MAX
 *
 * Context: any. Two who bring the same new label at once find the same series, since
 * keys are set in order and the second to try sees what the first has set.
 */
unsigned int lt_dim_search(struct lt_dim *dim, u64 label)
{
	/* Pairs with the release in lt_dim_grow(): the histograms are there. */
	unsigned int i, room = smp_load_acquire(&dim->room);

	for (i = LT_DIM_OTHER + 1; i < room; i++) {
		u64 key = lt_dim_key(dim, i);

		if (!key)
			key = atomic64_cmpxchg(&dim->key[i], 0, label + 1) ?: label + 1;
		if (key != label + 1)
			continue;
		WRITE_ONCE(dim->map[hash_64(label, LT_DIM_MAP_LOG2)], i);
		return i;
	}
	return LT_DIM_OTHER;
}

/**
 * lt_dim_low() - whether lt_dim_grow() would be of use
 * @dim: dimension
 */
bool lt_dim_low(const struct lt_dim *dim)
{
	unsigned int room = READ_ONCE(dim->room);

	return room <= dim->cfg->series &&
	       lt_dim_key(dim, max_t(int, room - LT_DIM_SPARE / 2, LT_DIM_OTHER + 1));
}

static int lt_dim_grow_to(struct lt_dim *dim, unsigned int room)
{
	unsigned int i;

	for (i = dim->room; i < room; i++) {
		dim->base[i] = kvzalloc(sizeof(*dim->base[i]), GFP_KERNEL);
		if (!dim->base[i])
			return -ENOMEM;
		dim->hist[i] = alloc_percpu(struct lt_hist);
		if (!dim->hist[i]) {
			kvfree(dim->base[i]);
			return -ENOMEM;
		}
		/* Pairs with the acquire in lt_dim_search(). */
		smp_store_release(&dim->room, i + 1);
	}
	return 0;
}

/**
 * lt_dim_grow() - have histograms ready for a few more labels
 * @dim: dimension
 *
 * Context: process; one at a time. Return: 0 or -ENOMEM.
 */
int lt_dim_grow(struct lt_dim *dim)
{
	return lt_dim_grow_to(dim, min_t(unsigned int, dim->room + LT_DIM_SPARE,
					 dim->cfg->series + 1));
}

/**
 * lt_dim_init() - make a dimension
 * @dim: zeroed memory for it
 * @cfg: what it is; must stay valid
 *
 * Context: process. Return: 0 or -ENOMEM; lt_dim_exit() is right after either.
 */
int lt_dim_init(struct lt_dim *dim, const struct latency_tracker_dim *cfg)
{
	unsigned int i;

	dim->cfg = cfg;
	dim->at_end = cfg->at_end;
	if (!cfg->dense)
		return lt_dim_grow_to(dim, min_t(unsigned int, LT_DIM_SPARE, cfg->series) + 1);
	for (i = 0; i < cfg->series; i++)
		atomic64_set(&dim->key[i + 1], i + 1);
	return lt_dim_grow_to(dim, cfg->series + 1);
}

/**
 * lt_dim_exit() - free a dimension's histograms
 * @dim: dimension that nobody uses any more
 */
void lt_dim_exit(struct lt_dim *dim)
{
	unsigned int i;

	for (i = 0; i < dim->room; i++) {
		free_percpu(dim->hist[i]);
		kvfree(dim->base[i]);
	}
}
