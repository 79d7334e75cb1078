/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: randomness. */
#ifndef SHIM_LINUX_RANDOM_H
#define SHIM_LINUX_RANDOM_H

#include <stdlib.h>
#include <sys/random.h>

static inline void get_random_bytes(void *buf, size_t len)
{
	if (getrandom(buf, len, 0) != (ssize_t)len)
		abort();
}

#endif /* SHIM_LINUX_RANDOM_H */
