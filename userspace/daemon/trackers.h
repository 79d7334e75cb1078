/* SPDX-License-Identifier: GPL-2.0 */
/* The modules that [trackers] of the configuration file names. */
#ifndef LT_TRACKERS_H
#define LT_TRACKERS_H

#include "config.h"

/**
 * lt_trackers_load() - load them, in their order
 * @config: configuration
 *
 * A module that cannot be loaded is said with its reason and left out. One that is loaded
 * already keeps the parameters that it has.
 */
void lt_trackers_load(const struct lt_config *config);

#endif /* LT_TRACKERS_H */
