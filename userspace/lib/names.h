/* SPDX-License-Identifier: GPL-2.0 */
/* Sorted names of the directories in a directory. */
#ifndef LT_NAMES_H
#define LT_NAMES_H

#include <stddef.h>

/**
 * lt_names_read() - names of the entries of a directory
 * @path: directory
 * @inside: take only entries that are directories and hold a file of this name; NULL takes
 *	every directory
 * @names: receives an array of strings, sorted by strcmp(); release with lt_names_free()
 * @count: receives their number
 *
 * Entries that begin with a dot are left out.
 *
 * Return: 0 or a negative errno; nothing is allocated then.
 */
int lt_names_read(const char *path, const char *inside, char ***names, size_t *count);

/** lt_names_free() - release what lt_names_read() gave; NULL is fine. */
void lt_names_free(char **names, size_t count);

#endif /* LT_NAMES_H */
