// SPDX-License-Identifier: GPL-2.0
#include "lttng_setup.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <lttng/lttng.h>

#include "backend.h"
#include "fileutil.h"
#include "log.h"
#include "child.h"

static bool matches(const char *pattern)
{
	bool found;
	glob_t g;

	found = !glob(pattern, GLOB_NOSORT, NULL, &g);
	globfree(&g);
	return found;
}

/* Why is there no module file? The package may be absent, or DKMS may have failed to build it. */
static int explain_absent(const char *release, char *why)
{
	if (matches("/usr/src/lttng-modules-*"))
		lt_why(why, "the kernel module lttng-tracer was not built for kernel"
			 " %s although lttng-modules-dkms is installed: see \"dkms status\" and"
			 " /var/lib/dkms/lttng-modules/*/build/make.log (its kernel headers may be"
			 " missing, or this version of LTTng-modules be too old for this kernel)",
			 release);
	else
		lt_why(why, "the kernel module lttng-tracer is not installed for"
			 " kernel %s: apt-get install lttng-modules-dkms", release);
	return -ENOENT;
}

static bool is_installed(const char *release)
{
	static const char *const places[] = { "updates/dkms", "updates", "extra", "extra/*",
					      "kernel/*", "kernel/extra/*" };
	char pattern[PATH_MAX];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!lt_path(pattern, sizeof(pattern), "/lib/modules/%s/%s/lttng-tracer.ko*",
			     release, places[i]) && matches(pattern))
			return true;
	}
	return false;
}

int lt_lttng_load_modules(char *why)
{
	char *const argv[] = { (char *)"modprobe", (char *)"lttng-tracer", NULL };
	char message[LT_WHY_MAX / 2];
	struct utsname kernel;
	int ret;

	if (!access("/sys/module/lttng_tracer", F_OK) || !access("/proc/lttng", F_OK))
		return 0;
	uname(&kernel);
	ret = lt_child_run(argv, message, sizeof(message));
	if (!ret)
		return 0;
	if (ret > 0 && !is_installed(kernel.release))
		return explain_absent(kernel.release, why);
	if (ret < 0)
		lt_why(why, "cannot run modprobe: %s (package kmod)", strerror(-ret));
	else
		lt_why(why, "the kernel module lttng-tracer does not load: %s",
			 *message ? message : "modprobe failed");
	return ret < 0 ? ret : -ENOEXEC;
}

void lt_lttng_load_probe(void)
{
	char *const argv[] = { (char *)"modprobe", (char *)LT_LTTNG_PROBE, NULL };
	char message[LT_WHY_MAX / 2];

	if (!access("/sys/module/lttng_probe_latency_tracker", F_OK))
		return;
	if (lt_child_run(argv, message, sizeof(message)) > 0)
		lt_debug("%s is not loaded: %s", LT_LTTNG_PROBE, message);
}

int lt_lttng_start_daemon(char *why)
{
	char *const argv[] = { (char *)"lttng-sessiond", (char *)"--daemonize", NULL };
	char message[LT_WHY_MAX / 2];
	int ret;

	if (lttng_session_daemon_alive() == 1)
		return 0;
	lt_notice("no lttng-sessiond runs: starting one");
	ret = lt_child_run(argv, message, sizeof(message));
	if (!ret && lttng_session_daemon_alive() == 1)
		return 0;
	if (ret == -ENOENT)
		lt_why(why, "lttng-sessiond is not installed: apt-get install"
			 " lttng-tools");
	else
		lt_why(why, "no lttng-sessiond runs and none could be started: %s",
			 ret < 0 ? strerror(-ret) : *message ? message : "it ended at once");
	return ret < 0 ? ret : -ECONNREFUSED;
}
