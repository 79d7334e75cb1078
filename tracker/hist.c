// SPDX-License-Identifier: GPL-2.0
/* Log-linear histogram; see hist.h. */
#include <linux/build_bug.h>

#include "hist.h"

static_assert(LT_HIST_SUB == 1 << LT_HIST_SUB_LOG2);

/**
 * lt_hist_lower() - least value of a bucket, ns
 * @index: 0 .. LT_HIST_BUCKETS; the upper bound of a bucket is the lower of the next
 */
u64 lt_hist_lower(unsigned int index)
{
	unsigned int up = index / LT_HIST_SUB;

	if (!up)
		return index;
	return (u64)(index % LT_HIST_SUB + LT_HIST_SUB) << (up - 1);
}
