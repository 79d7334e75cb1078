// SPDX-License-Identifier: GPL-2.0
#include "explain.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "output.h"
#include "stats.h"
#include "text.h"

#define NOT_LOADED	"No latency_tracker module is loaded."
#define NO_PROBE	"The core is loaded, but no probe is."

static bool is_not_loaded(const struct lt_paths *paths, int err)
{
	return (err == -ENOENT || err == -EACCES) &&
	       !lt_module_loaded(paths, LT_MODULE_CORE);
}

static int say_not_loaded(void)
{
	fputs(NOT_LOADED " Load a probe, for example:\n"
	      "  modprobe latency_tracker_block threshold_us=5000\n", stderr);
	return CLI_NOTHING;
}

static int say_no_probe(void)
{
	fputs(NO_PROBE " Load one, for example:\n"
	      "  modprobe latency_tracker_block threshold_us=5000\n", stderr);
	return CLI_NOTHING;
}

static void say_stream_group(const char *path)
{
	struct group *group;
	struct stat st;

	if (stat(path, &st)) {
		fputs("Run as root or with CAP_DAC_READ_SEARCH.\n", stderr);
	} else if (!st.st_gid) {
		fputs("Only root may read it now. Run as root (or with CAP_DAC_READ_SEARCH), or\n"
		      "give it to a group: the parameter gid of the module latency_tracker.\n",
		      stderr);
	} else {
		group = getgrgid(st.st_gid);
		if (group)
			fprintf(stderr, "It is open to the group %s: usermod -aG %s USER, then log "
				"in again.\n", group->gr_name, group->gr_name);
		else
			fprintf(stderr, "It is open to the group with the number %u, which has "
				"no name here.\n", st.st_gid);
		fputs("Or run as root, or with CAP_DAC_READ_SEARCH.\n", stderr);
	}
}

int cli_explain_stream(const struct lt_paths *paths, const char *path, int err)
{
	if (err == -ENOENT && !lt_module_loaded(paths, "latency_tracker"))
		return say_not_loaded();
	fprintf(stderr, "latency-tracker: cannot open %s: %s\n", path, strerror(-err));
	if (err == -EACCES || err == -EPERM)
		say_stream_group(path);
	return CLI_ERROR;
}

const char *cli_why_none(const struct lt_paths *paths, int err, char *buf, size_t size)
{
	if (!err)
		snprintf(buf, size, NO_PROBE);
	else if (is_not_loaded(paths, err))
		snprintf(buf, size, NOT_LOADED);
	else
		snprintf(buf, size, "cannot read %s/%s: %s", paths->debugfs, LT_DEBUGFS_DIR,
			 strerror(-err));
	return buf;
}

int cli_explain_debugfs(const struct lt_paths *paths, int err)
{
	char text[LT_PATH_MAX];

	if (!err)
		return say_no_probe();
	if (is_not_loaded(paths, err))
		return say_not_loaded();
	fprintf(stderr, "latency-tracker: %s\n", cli_why_none(paths, err, text, sizeof(text)));
	if (err == -ENOENT)
		fputs("The module is loaded, so debugfs is probably not mounted:\n"
		      "  mount -t debugfs none /sys/kernel/debug\n", stderr);
	else if (err == -EACCES || err == -EPERM)
		fputs("The files are open to everybody, debugfs itself is not: run as root (or "
		      "with\nCAP_DAC_READ_SEARCH), or open it to a group:\n"
		      "  mount -o remount,mode=750,gid=GROUP /sys/kernel/debug\n", stderr);
	return CLI_ERROR;
}

static void say_loaded_trackers(const struct lt_paths *paths)
{
	char **names;
	size_t count;

	if (lt_trackers_list(paths, &names, &count))
		return;
	fputs(count ? "Loaded:" : "None is loaded.", stderr);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, " %s", names[i]);
	fputc('\n', stderr);
	lt_trackers_free(names, count);
}

const char *cli_why_unread(const char *tracker, int err, char *buf, size_t size)
{
	char name[256];

	lt_text_printable(tracker, name, sizeof(name));
	if (err == -EBADMSG || err == -ERANGE)
		snprintf(buf, size, "what the tracker %s shows in debugfs is not understood: "
			 "modules and latency-tracker (" LT_VERSION ") are of different versions",
			 name);
	else
		snprintf(buf, size, "cannot read the tracker %s: %s", name, strerror(-err));
	return buf;
}

int cli_explain_tracker(const struct lt_paths *paths, const char *tracker, int err)
{
	char name[256], text[512];

	if (err == -ENOENT) {
		lt_text_printable(tracker, name, sizeof(name));
		fprintf(stderr, "latency-tracker: there is no tracker '%s'. ", name);
		say_loaded_trackers(paths);
		return CLI_NOTHING;
	}
	fprintf(stderr, "latency-tracker: %s\n",
		cli_why_unread(tracker, err, text, sizeof(text)));
	return CLI_ERROR;
}

int cli_explain_snapshots(const char *state_dir, int err)
{
	if (!err || err == -ENOENT) {
		fprintf(stderr, "No snapshot in %s. latency-trackerd saves one there when an "
			"operation is too slow.\n", state_dir);
		return CLI_NOTHING;
	}
	fprintf(stderr, "latency-tracker: cannot read %s/snapshots: %s\n", state_dir,
		strerror(-err));
	if (err == -EACCES)
		fputs("Run as root or as a member of the group that the directory belongs to.\n",
		      stderr);
	return CLI_ERROR;
}
