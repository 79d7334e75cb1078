// SPDX-License-Identifier: GPL-2.0
#include "disk.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

const char *cli_disk_name(const struct lt_paths *paths, const char *series, char *name)
{
	char link[LT_PATH_MAX], target[PATH_MAX];
	unsigned int major, minor;
	ssize_t len;
	char *last;

	if (sscanf(series, "dev=%u:%u", &major, &minor) != 2)
		return NULL;
	snprintf(link, sizeof(link), "%s/dev/block/%u:%u", paths->sysfs, major, minor);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return NULL;
	target[len] = '\0';
	last = strrchr(target, '/');
	snprintf(name, CLI_DISK_MAX, "%.*s", NAME_MAX, last ? last + 1 : target);
	/* sysfs has no slash in a name: cciss!c0d0. */
	for (char *c = name; (c = strchr(c, '!')); )
		*c = '/';
	return name;
}
