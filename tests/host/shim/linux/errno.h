/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: the C library reads this one too. */
#include_next <linux/errno.h>
