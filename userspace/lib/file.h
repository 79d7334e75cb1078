/* SPDX-License-Identifier: GPL-2.0 */
/* Whole files, as they come from debugfs, sysfs and snapshot directories. */
#ifndef LT_FILE_H
#define LT_FILE_H

#include <stddef.h>

/* No file that lt_file_read() is meant for comes near this size. */
#define LT_FILE_MAX (64UL << 20)

/**
 * lt_file_read() - read a file to its end
 * @path: file
 * @text: receives the bytes and a NUL behind them; the caller frees it
 * @len: receives the number of bytes without that NUL; may be NULL
 *
 * Return: 0 or a negative errno; -EFBIG beyond LT_FILE_MAX, -EISDIR, -ENOENT, -EACCES, ...
 */
int lt_file_read(const char *path, char **text, size_t *len);

/**
 * lt_file_read_fd() - read an open file to its end
 * @fd: file, or a pipe
 * @text: as for lt_file_read()
 * @len: as there
 *
 * Return: 0 or a negative errno.
 */
int lt_file_read_fd(int fd, char **text, size_t *len);

/**
 * lt_file_write() - write a string to an existing file with one write()
 * @path: file, as of sysfs
 * @text: what to write
 *
 * Return: 0 or a negative errno, which for sysfs is the module's answer.
 */
int lt_file_write(const char *path, const char *text);

#endif /* LT_FILE_H */
