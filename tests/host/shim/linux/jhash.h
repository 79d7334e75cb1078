/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: hashes of bytes, good enough to spread keys; the secret takes part in one. */
#ifndef SHIM_LINUX_JHASH_H
#define SHIM_LINUX_JHASH_H

#include <linux/types.h>

typedef struct { u64 key[2]; } hsiphash_key_t;

static inline u32 jhash(const void *key, u32 len, u32 seed)
{
	const u8 *p = key;
	u64 hash = 0xcbf29ce484222325ULL ^ seed;
	u32 i;

	for (i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3ULL;
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdULL;
	return hash >> 32;
}

static inline u32 hsiphash(const void *key, size_t len, const hsiphash_key_t *secret)
{
	return jhash(key, len, secret->key[0] ^ secret->key[1] >> 32);
}

#endif /* SHIM_LINUX_JHASH_H */
