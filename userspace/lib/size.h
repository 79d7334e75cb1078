/* SPDX-License-Identifier: GPL-2.0 */
/* How much a directory holds. */
#ifndef LT_SIZE_H
#define LT_SIZE_H

#include <stdint.h>

/**
 * lt_size_of_tree() - sum of the lengths of all files in a directory and below
 * @path: directory; symbolic links are not followed
 *
 * Lengths, not blocks. What vanishes meanwhile counts nothing.
 *
 * Return: bytes; 0 when there is no such directory.
 */
uint64_t lt_size_of_tree(char *path);

#endif /* LT_SIZE_H */
