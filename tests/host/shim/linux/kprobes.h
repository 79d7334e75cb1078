/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: nothing is probed here. */
#ifndef SHIM_LINUX_KPROBES_H
#define SHIM_LINUX_KPROBES_H

struct pt_regs;
struct kprobe { unsigned long nmissed; };

#endif /* SHIM_LINUX_KPROBES_H */
