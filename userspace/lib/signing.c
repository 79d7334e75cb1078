// SPDX-License-Identifier: GPL-2.0
#include "signing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "param.h"

/* A SHA-1, by RFC 5280, 4.2.1.2. */
#define KEY_ID_LEN 20

/* The word in brackets is the mode in force. */
static bool locked_down(const struct lt_paths *paths)
{
	char path[LT_PATH_MAX], *text, *mode;
	bool locked;

	snprintf(path, sizeof(path), "%s/kernel/security/lockdown", paths->sysfs);
	if (lt_file_read(path, &text, NULL))
		return false;
	mode = strchr(text, '[');
	locked = mode && strncmp(mode, "[none]", 6);
	free(text);
	return locked;
}

bool lt_signing_enforced(const struct lt_paths *paths)
{
	char value[8];

	return locked_down(paths) ||
	       (!lt_param_read(paths, "module", "sig_enforce", value, sizeof(value)) &&
		*value == 'Y');
}

/* The key identifier out of a certificate, in hexadecimal: the extension 2.5.29.14. */
static int key_id(const char *cert, char *hex)
{
	/* Its number, then an octet string with an octet string of 20 bytes, all in DER. */
	static const char before[] = "\x06\x03\x55\x1d\x0e\x04\x16\x04\x14";
	const size_t len = sizeof(before) - 1;
	const unsigned char *found;
	size_t size;
	char *der;
	int err;

	err = lt_file_read(cert, &der, &size);
	if (err)
		return err;
	found = memmem(der, size, before, len);
	if (found && (size_t)(found - (unsigned char *)der) + len + KEY_ID_LEN <= size) {
		for (int i = 0; i < KEY_ID_LEN; i++)
			sprintf(hex + 2 * i, "%02x", found[len + i]);
	} else {
		err = -ENODATA;
	}
	free(der);
	return err;
}

int lt_signing_trusted(const struct lt_paths *paths, const char *cert)
{
	char path[LT_PATH_MAX], hex[2 * KEY_ID_LEN + 1], *keys;
	int ret;

	ret = key_id(cert, hex);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/keys", paths->proc);
	ret = lt_file_read(path, &keys, NULL);
	if (ret)
		return ret == -ENOENT ? -EOPNOTSUPP : ret;
	ret = !!strstr(keys, hex);
	free(keys);
	return ret;
}
