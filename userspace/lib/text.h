/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strings as they travel between kernel, terminal and JSON.
 *
 * The kernel hands out names (comm, disk, cgroup, ...) that any user can choose, so they may
 * hold every byte but NUL. On the wire they are escaped as \xHH (see the UAPI header), on a
 * terminal they must not move the cursor, and in JSON they must be UTF-8.
 */
#ifndef LT_TEXT_H
#define LT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * lt_text_unescape() - undo the \xHH escapes of one value of a record
 * @src: escaped bytes, need not end in NUL
 * @len: number of bytes at @src
 * @dst: receives the bytes and a terminating NUL
 * @size: room at @dst; @len + 1 is always enough
 *
 * Strict: only what the kernel writes is accepted. A bare blank, '=', quote, backslash or
 * control character, upper-case digits, a cut escape and \x00 are errors.
 *
 * Return: length of the result without NUL, -EBADMSG on malformed input, -ENAMETOOLONG when
 * @dst is too small.
 */
int lt_text_unescape(const char *src, size_t len, char *dst, size_t size);

/**
 * lt_text_printable() - make a string harmless on a terminal
 * @src: any bytes
 * @dst: receives @src with control characters and malformed UTF-8 written as \xHH
 * @size: room at @dst, at least 1; the result is cut to whole characters that fit
 *
 * Return: @dst.
 */
const char *lt_text_printable(const char *src, char *dst, size_t size);

/**
 * lt_text_to_utf8() - make a string valid UTF-8
 * @src: any bytes
 * @dst: receives @src with every malformed byte replaced by U+FFFD
 * @size: room at @dst, at least 1; 3 * strlen(@src) + 1 is always enough
 *
 * Return: length of the result.
 */
size_t lt_text_to_utf8(const char *src, char *dst, size_t size);

/**
 * lt_text_u64() - parse a decimal number that fills its string
 * @src: digits, need not end in NUL
 * @len: number of bytes at @src
 * @value: receives the number; untouched on error
 *
 * No sign, no blanks, no other base.
 *
 * Return: 0, -EBADMSG when something else than digits is found, -ERANGE on overflow.
 */
int lt_text_u64(const char *src, size_t len, uint64_t *value);

#endif /* LT_TEXT_H */
