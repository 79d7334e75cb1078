/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: strings. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include <linux/compiler.h>

#ifdef SHIM_INTERLEAVE
/* A copy reads its source some time after the access before it, which may be a look at a lock. */
#define memcpy(to, from, n)	({ shim_point(from, SHIM_READ); memcpy(to, from, n); })
#endif

static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size);

	if (!size)
		return -E2BIG;
	if (len == size)
		len--;
	memcpy(to, from, len);
	to[len] = '\0';
	return from[len] ? -E2BIG : (ssize_t)len;
}

#endif /* SHIM_LINUX_STRING_H */
