/* SPDX-License-Identifier: GPL-2.0 */
/* File operations that more than one part of the daemon needs. Errors are negative errnos. */
#ifndef LT_FILEUTIL_H
#define LT_FILEUTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** lt_mkdir_parents() - make a directory and those above it, mode 0750 */
int lt_mkdir_parents(const char *path);

/** lt_write_file() - replace @name below @dirfd by @text, in one step */
int lt_write_file(int dirfd, const char *name, const char *text, size_t len);

/** lt_write_fully() - write all of a block */
int lt_write_fully(int fd, const void *data, size_t len);

/**
 * lt_read_text() - read a small file
 * @dirfd: directory, or AT_FDCWD
 * @name: file
 * @text: receives it and a NUL; what does not fit is left out
 * @size: room at @text
 *
 * Return: bytes without the NUL, or a negative errno.
 */
ssize_t lt_read_text(int dirfd, const char *name, char *text, size_t size);

/** lt_path() - print a path; Return: 0 or -ENAMETOOLONG. */
int lt_path(char *path, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif /* LT_FILEUTIL_H */
