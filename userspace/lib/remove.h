/* SPDX-License-Identifier: GPL-2.0 */
/* Whole directories, taken away. */
#ifndef LT_REMOVE_H
#define LT_REMOVE_H

/**
 * lt_remove_tree() - remove a file or a directory and all below it, following no link
 * @dirfd: directory that @name is relative to, or AT_FDCWD
 * @name: what to remove
 *
 * Return: 0 or a negative errno; part of it may be gone then. -ELOOP beyond 32 levels.
 */
int lt_remove_tree(int dirfd, const char *name);

#endif /* LT_REMOVE_H */
