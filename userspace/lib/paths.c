// SPDX-License-Identifier: GPL-2.0
#include "paths.h"

#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static void set(char *dst, const char *variable, const char *fallback)
{
	const char *value = secure_getenv(variable);

	if (!value || !*value)
		value = fallback;
	snprintf(dst, PATH_MAX, "%s", value);
}

static void find_debugfs(char *dst)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;

	snprintf(dst, PATH_MAX, "/sys/kernel/debug");
	if (!mounts)
		return;
	while ((mount = getmntent(mounts))) {
		if (!strcmp(mount->mnt_type, "debugfs")) {
			snprintf(dst, PATH_MAX, "%s", mount->mnt_dir);
			break;
		}
	}
	endmntent(mounts);
}

void lt_paths_init(struct lt_paths *paths)
{
	char debugfs[PATH_MAX], modules[PATH_MAX];
	struct utsname kernel;

	uname(&kernel);
	snprintf(modules, sizeof(modules), "/lib/modules/%s", kernel.release);
	find_debugfs(debugfs);
	set(paths->proc, "LT_PROC", "/proc");
	set(paths->debugfs, "LT_DEBUGFS", debugfs);
	set(paths->sysfs, "LT_SYSFS", "/sys");
	set(paths->kmod, "LT_KMOD", "");
	set(paths->modules, "LT_MODULES", modules);
	set(paths->kmsg, "LT_KMSG", "/dev/kmsg");
}
