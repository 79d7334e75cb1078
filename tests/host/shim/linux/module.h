/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: names that headers mention. */
#ifndef SHIM_LINUX_MODULE_H
#define SHIM_LINUX_MODULE_H

#include <linux/kernel.h>

struct module;
struct tracepoint;
struct kernel_param_ops;
struct dentry;
struct kref;

#define THIS_MODULE	((struct module *)0)

#define MODULE_NAME_LEN	56

#endif /* SHIM_LINUX_MODULE_H */
