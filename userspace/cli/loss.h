/* SPDX-License-Identifier: GPL-2.0 */
/* Counts of a ledger that say that something was not measured or not reported. */
#ifndef CLI_LOSS_H
#define CLI_LOSS_H

#include "stats.h"

/** struct cli_loss - one of them */
struct cli_loss {
	enum lt_stat stat;
	const char *meaning;	/* what goes behind the number, with the remedy if there is one */
};

/**
 * cli_loss_next() - go through the losses that a tracker has had
 * @stats: its ledger
 * @last: what the last call returned, NULL to begin
 *
 * Return: the next loss whose count is not 0, or NULL.
 */
const struct cli_loss *cli_loss_next(const struct lt_stats *stats, const struct cli_loss *last);

#endif /* CLI_LOSS_H */
