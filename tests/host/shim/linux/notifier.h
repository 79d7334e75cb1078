/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: what the header for probes needs to be read; nothing here probes. */
#ifndef SHIM_LINUX_NOTIFIER_H
#define SHIM_LINUX_NOTIFIER_H

struct notifier_block {
	int priority;
};

#endif /* SHIM_LINUX_NOTIFIER_H */
