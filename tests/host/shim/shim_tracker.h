/* SPDX-License-Identifier: GPL-2.0 */
/* What tests see of shim/tracker.c. */
#ifndef SHIM_TRACKER_H
#define SHIM_TRACKER_H

#include "shim.h"

#include <core.h>

/* Readers of /proc/latency_tracker: whether one sleeps, how often they were woken. */
extern bool shim_waited_for;
extern unsigned long shim_wakes;

/* How many addresses lt_user_stack() finds. */
extern unsigned int shim_user_frames;

#endif /* SHIM_TRACKER_H */
