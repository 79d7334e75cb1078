/* SPDX-License-Identifier: GPL-2.0 */
/* Sorted names: of what is in a directory, and other lists of them. */
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

/**
 * lt_names_read_all() - names of all entries of a directory, files and links too
 * @path: directory
 * @names: as for lt_names_read()
 * @count: as there
 *
 * Return: as lt_names_read().
 */
int lt_names_read_all(const char *path, char ***names, size_t *count);

/**
 * lt_names_add() - append a name to a list
 * @names: list, NULL to begin with
 * @count: number of names in it
 * @name: copied
 *
 * Return: 0 or -ENOMEM, which leaves the list as it was.
 */
int lt_names_add(char ***names, size_t *count, const char *name);

/** lt_names_sort() - bring a list in the order of strcmp(). */
void lt_names_sort(char **names, size_t count);

/** lt_names_free() - release what the above gave; NULL is fine. */
void lt_names_free(char **names, size_t count);

#endif /* LT_NAMES_H */
