// SPDX-License-Identifier: GPL-2.0
#include "loss.h"

#include <stddef.h>

static const struct cli_loss losses[] = {
	{ LT_STAT_DROPPED_FULL,
	  "operations not measured, no slot was free: load with a larger max_events" },
	{ LT_STAT_DROPPED_BUSY, "operations not measured, the table was too busy" },
	{ LT_STAT_LOST_HITS, "hits not recorded, no cell of the hit ring was free" },
	{ LT_STAT_NEGATIVE_DELTAS, "operations ended before they began (clock)" },
};

const struct cli_loss *cli_loss_next(const struct lt_stats *stats, const struct cli_loss *last)
{
	const struct cli_loss *end = losses + sizeof(losses) / sizeof(losses[0]);

	for (last = last ? last + 1 : losses; last < end; last++)
		if (stats->value[last->stat])
			return last;
	return NULL;
}
