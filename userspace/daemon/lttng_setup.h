/* SPDX-License-Identifier: GPL-2.0 */
/* What LTTng needs before a session can be made: its kernel modules and its session daemon. */
#ifndef LT_LTTNG_SETUP_H
#define LT_LTTNG_SETUP_H

/**
 * lt_lttng_load_modules() - see to it that the kernel tracer is loaded
 * @why: LT_WHY_MAX; receives what is missing and the remedy on failure
 *
 * Return: 0; -ENOENT when the modules are not installed for this kernel; another negative errno
 * when they do not load.
 */
int lt_lttng_load_modules(char *why);

/* The module with our own events, which LTTng does not know of and so does not load. */
#define LT_LTTNG_PROBE	"lttng-probe-latency-tracker"

/** lt_lttng_load_probe() - load it where it is installed; who needs it sees whether it is there */
void lt_lttng_load_probe(void);

/**
 * lt_lttng_start_daemon() - see to it that a session daemon of root runs
 * @why: as above
 *
 * One that is started here goes on running when we end.
 *
 * Return: 0 or a negative errno.
 */
int lt_lttng_start_daemon(char *why);

#endif /* LT_LTTNG_SETUP_H */
