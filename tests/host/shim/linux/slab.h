/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: memory, zeroed and aligned to cache lines; tests can have it run out. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL	0

void *shim_alloc(size_t n, size_t size);
void shim_free(const void *mem);

#define kcalloc(n, size, gfp)		shim_alloc(n, size)
#define kvcalloc(n, size, gfp)		shim_alloc(n, size)
#define kvzalloc(size, gfp)		shim_alloc(1, size)
#define kvzalloc_node(size, gfp, nid)	((void)(nid), shim_alloc(1, size))
#define kfree(mem)			shim_free(mem)
#define kvfree(mem)			shim_free(mem)

#endif /* SHIM_LINUX_SLAB_H */
