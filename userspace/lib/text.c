// SPDX-License-Identifier: GPL-2.0
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Bytes that the kernel never writes bare into a value. */
static bool needs_escape(unsigned char c)
{
	return c <= ' ' || c == 0x7f || c == '=' || c == '"' || c == '\'' || c == '\\';
}

/* Decode one \xHH at @src, of which @len bytes are left. */
static int unescape_byte(const char *src, size_t len)
{
	int high, low;

	if (len < 4 || src[1] != 'x')
		return -EBADMSG;
	high = hex_digit(src[2]);
	low = hex_digit(src[3]);
	if (high < 0 || low < 0 || (high | low) == 0)
		return -EBADMSG;
	return high << 4 | low;
}

int lt_text_unescape(const char *src, size_t len, char *dst, size_t size)
{
	size_t in = 0, out = 0;

	while (in < len) {
		int byte = (unsigned char)src[in];

		if (byte == '\\') {
			byte = unescape_byte(src + in, len - in);
			if (byte < 0)
				return byte;
			in += 4;
		} else if (needs_escape(byte)) {
			return -EBADMSG;
		} else {
			in++;
		}
		if (out + 1 >= size)
			return -ENAMETOOLONG;
		dst[out++] = byte;
	}
	if (out >= size)
		return -ENAMETOOLONG;
	dst[out] = '\0';
	return out;
}

/*
 * Length of the well-formed UTF-8 sequence at @s (RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF), 0 when there is none. The terminating NUL stops every check.
 */
static size_t utf8_sequence(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return s[0] != 0;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;

	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

/* C0, DEL, and C1 (U+0080..U+009F), which some terminals obey as well. */
static bool is_control(const unsigned char *s, size_t len)
{
	if (len == 1)
		return s[0] < ' ' || s[0] == 0x7f;
	return len == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

const char *lt_text_printable(const char *src, char *dst, size_t size)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t out = 0;

	while (*s) {
		size_t len = utf8_sequence(s);

		if (len && !is_control(s, len)) {
			if (out + len >= size)
				break;
			memcpy(dst + out, s, len);
			out += len;
			s += len;
		} else {
			if (out + 4 >= size)
				break;
			snprintf(dst + out, size - out, "\\x%02x", *s);
			out += 4;
			s++;
		}
	}
	dst[out] = '\0';
	return dst;
}

size_t lt_text_to_utf8(const char *src, char *dst, size_t size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	const unsigned char *s = (const unsigned char *)src;
	size_t out = 0;

	while (*s) {
		size_t len = utf8_sequence(s);
		const void *from = len ? (const void *)s : replacement;
		size_t bytes = len ? len : sizeof(replacement) - 1;

		if (out + bytes >= size)
			break;
		memcpy(dst + out, from, bytes);
		out += bytes;
		s += len ? len : 1;
	}
	dst[out] = '\0';
	return out;
}

int lt_text_u64(const char *src, size_t len, uint64_t *value)
{
	uint64_t sum = 0;

	if (!len)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		if (src[i] < '0' || src[i] > '9')
			return -EBADMSG;
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(src[i] - '0'), &sum))
			return -ERANGE;
	}
	*value = sum;
	return 0;
}
