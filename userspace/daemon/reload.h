/* SPDX-License-Identifier: GPL-2.0 */
/* A new configuration for the running daemon. Used by the main thread only. */
#ifndef LT_RELOAD_H
#define LT_RELOAD_H

#include "config.h"
#include "journal.h"
#include "snapshot.h"
#include "store.h"

/**
 * struct lt_reload - what a reload needs and what it changes
 * @argc: as of main()
 * @argv: as of main()
 * @config: in force; what is live in its opts changes, its strings and trackers stay
 * @store: whose limits change
 * @journal: whose limit changes
 * @snaps: whose times change
 */
struct lt_reload {
	int argc;
	char **argv;
	struct lt_config *config;
	struct lt_store *store;
	struct lt_journal *journal;
	struct lt_snapshots *snaps;
};

/**
 * lt_reload() - read file and command line again and take over what can change
 * @reload: all fields are set
 *
 * Logs what has changed, and what has to wait for a restart. With a mistake anywhere nothing
 * changes, and the log says where it is.
 *
 * Return: whether the new configuration is in force.
 */
bool lt_reload(struct lt_reload *reload);

#endif /* LT_RELOAD_H */
