// SPDX-License-Identifier: GPL-2.0
#include "checks.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "file.h"
#include "latency_tracker_uapi.h"
#include "module.h"
#include "signing.h"
#include "snapshot.h"
#include "stats.h"

#define CORE		"latency_tracker"
#define SPACE_MIN	(256UL << 20)

static void conclude(struct cli_finding *finding, enum cli_verdict verdict, const char *remedy,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));

static void conclude(struct cli_finding *finding, enum cli_verdict verdict, const char *remedy,
		     const char *format, ...)
{
	va_list args;

	finding->verdict = verdict;
	snprintf(finding->remedy, sizeof(finding->remedy), "%s", remedy);
	va_start(args, format);
	vsnprintf(finding->said, sizeof(finding->said), format, args);
	va_end(args);
}

static bool exists(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool exists(const char *format, ...)
{
	char path[2 * LT_PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return !access(path, F_OK);
}

static bool is_module_file(const char *file, const char *module)
{
	size_t len = strlen(module);

	return !strncmp(file, module, len) && !strncmp(file + len, ".ko", 3);
}

/* Whether there is a file of a module for the running kernel, compressed or not. */
static bool installed(const struct cli_machine *machine, const char *module)
{
	char path[LT_PATH_MAX + 300];
	char *roots[] = { path, NULL };
	bool found = false;
	FTSENT *entry;
	FTS *tree;

	snprintf(path, sizeof(path), "%s/lib/modules/%s", machine->root, machine->release);
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		return false;
	while (!found && (entry = fts_read(tree)))
		found = entry->fts_info == FTS_F && is_module_file(entry->fts_name, module);
	fts_close(tree);
	return found;
}

static void look_user(const struct cli_machine *machine, struct cli_finding *finding)
{
	(void)machine;
	if (!geteuid())
		conclude(finding, CLI_FINE, "", "you are root");
	else
		conclude(finding, CLI_NOTE, "run this as root, to see all that is asked for below",
			 "you are not root: some of this machine cannot be seen");
}

static void look_headers(const struct cli_machine *machine, struct cli_finding *finding)
{
	char remedy[sizeof(finding->remedy)];

	snprintf(remedy, sizeof(remedy), "apt install linux-headers-%s", machine->release);
	if (exists("%s/lib/modules/%s/build/Makefile", machine->root, machine->release))
		conclude(finding, CLI_FINE, "", "those of %s are installed", machine->release);
	else
		conclude(finding, CLI_NOTE, remedy,
			 "none for %s: modules cannot be built here", machine->release);
}

static void look_modules(const struct cli_machine *machine, struct cli_finding *finding)
{
	if (installed(machine, CORE))
		conclude(finding, CLI_FINE, "", "ours are installed for %s", machine->release);
	else if (lt_module_loaded(&machine->paths, CORE))
		conclude(finding, CLI_NOTE, "make install, or install with DKMS, as the README says",
			 "loaded, but not installed for %s: gone after the next boot",
			 machine->release);
	else
		conclude(finding, CLI_MISSING,
			 "make install, or install with DKMS, as the README says; after an upgrade of "
			 "the kernel: dkms autoinstall", "none of ours for %s", machine->release);
}

/* What to do where DKMS's key is not trusted: only UEFI has room for one more. */
static const char *enrol(const struct cli_machine *machine)
{
	return exists("%s/firmware/efi", machine->paths.sysfs) ?
	       "mokutil --import " LT_SIGNING_CERT ", reboot, and choose Enroll MOK" :
	       "boot without module.sig_enforce: without UEFI no key can be enrolled";
}

static void look_signatures(const struct cli_machine *machine, struct cli_finding *finding)
{
	char cert[LT_PATH_MAX];
	int trusted;

	snprintf(cert, sizeof(cert), "%s" LT_SIGNING_CERT, machine->root);
	if (!lt_signing_enforced(&machine->paths)) {
		conclude(finding, CLI_FINE, "", "unsigned modules are taken");
		return;
	}
	if (lt_module_loaded(&machine->paths, CORE)) {
		conclude(finding, CLI_FINE, "", "signed modules only, and ours are loaded");
		return;
	}
	trusted = lt_signing_trusted(&machine->paths, cert);
	if (trusted > 0)
		conclude(finding, CLI_FINE, "", "signed modules only, and DKMS's key is trusted");
	else if (trusted == -ENOENT)
		conclude(finding, CLI_NOTE, "install with DKMS, which signs with a key of its own, "
			 "or sign the modules with a key that is enrolled",
			 "the kernel takes signed modules only, and DKMS has no key here");
	else if (trusted || geteuid())
		conclude(finding, CLI_UNKNOWN, "run this as root", "the kernel takes signed modules "
			 "only; whether it trusts DKMS's key cannot be seen");
	else
		conclude(finding, CLI_MISSING, enrol(machine),
			 "the kernel takes signed modules only, and does not trust DKMS's key");
}

/* What a kernel needs, and what for. */
static const struct {
	const char *name;
	const char *use;
	bool must;
} options[] = {
	{ "CONFIG_MODULES", "modules", true },
	{ "CONFIG_TRACEPOINTS", "all probes", true },
	{ "CONFIG_BLOCK", "the block probe", false },
	{ "CONFIG_HAVE_SYSCALL_TRACEPOINTS", "the syscall probe", false },
	{ "CONFIG_KPROBES", "the backlog and ovs_upcall probes", false },
	{ "CONFIG_IPV6", "the backlog probe", false },
	{ "CONFIG_OPENVSWITCH", "the ovs_upcall probe", false },
	{ "CONFIG_DEBUG_FS", "list, hist and pending", true },
	{ "CONFIG_STACKTRACE", "stacks", true },
	{ "CONFIG_SYNTH_EVENTS", "the synthetic event latency_hit", false },
};

static bool has_option(const char *config, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = config; (at = strstr(at, name)); at += len)
		if ((at == config || at[-1] == '\n') && at[len] == '=')
			return true;
	return false;
}

static void look_options(const struct cli_machine *machine, struct cli_finding *finding)
{
	char path[LT_PATH_MAX + 300], lacks[128], *text;
	enum cli_verdict verdict = CLI_FINE;
	size_t len = 0;

	snprintf(path, sizeof(path), "%s/boot/config-%s", machine->root, machine->release);
	if (lt_file_read(path, &text, NULL)) {
		conclude(finding, CLI_UNKNOWN, "", "cannot read %.200s", path);
		return;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (has_option(text, options[i].name))
			continue;
		if (options[i].must)
			verdict = CLI_MISSING;
		else if (verdict == CLI_FINE)
			verdict = CLI_NOTE;
		len += snprintf(lacks + len, sizeof(lacks) - len, "%s%s", len ? ", " : "",
				options[i].use);
		if (len >= sizeof(lacks))
			break;
	}
	free(text);
	if (verdict == CLI_FINE)
		conclude(finding, verdict, "", "%s has all that is needed", machine->release);
	else
		conclude(finding, verdict, "use a kernel that has the options: Debian's have them",
			 "not in this kernel: what is needed for %s", lacks);
}

static void look_loaded(const struct cli_machine *machine, struct cli_finding *finding)
{
	char **names;
	size_t count;
	int err;

	if (!lt_module_loaded(&machine->paths, CORE)) {
		conclude(finding, CLI_NOTE, "modprobe latency_tracker_block threshold_us=5000",
			 "no module is loaded: nothing is measured");
		return;
	}
	if (!exists("%s/" LT_PROC_NAME, machine->paths.proc)) {
		conclude(finding, CLI_MISSING, "rmmod latency_tracker, load it again and look at dmesg",
			 "the core is loaded, but there is no %.200s/" LT_PROC_NAME,
			 machine->paths.proc);
		return;
	}
	err = lt_trackers_list(&machine->paths, &names, &count);
	if (err == -EACCES)
		conclude(finding, CLI_UNKNOWN, "run this as root",
			 "the core is loaded; which probes are cannot be seen");
	else if (err)
		conclude(finding, CLI_MISSING, "mount -t debugfs none /sys/kernel/debug",
			 "the core is loaded, but %.150s/" LT_DEBUGFS_DIR " is not there: %s",
			 machine->paths.debugfs, strerror(-err));
	else if (!count)
		conclude(finding, CLI_NOTE, "modprobe latency_tracker_block threshold_us=5000",
			 "the core is loaded, but no probe is: nothing is measured");
	else
		conclude(finding, CLI_FINE, "", "%zu tracker%s", count, count == 1 ? "" : "s");
	if (!err)
		lt_trackers_free(names, count);
}

static void look_lttng(const struct cli_machine *machine, struct cli_finding *finding)
{
	bool daemon = exists("%s/usr/bin/lttng-sessiond", machine->root);

	if (daemon && (lt_module_loaded(&machine->paths, "lttng_tracer") ||
		       installed(machine, "lttng-tracer")))
		conclude(finding, CLI_FINE, "", "its daemon and its modules for %s are installed",
			 machine->release);
	else
		conclude(finding, CLI_NOTE, "apt install lttng-tools lttng-modules-dkms; without it "
			 "latency-trackerd uses ftrace", "no %s: no snapshots with LTTng",
			 daemon ? "modules for this kernel" : "lttng-sessiond");
}

static void look_ftrace(const struct cli_machine *machine, struct cli_finding *finding)
{
	if (exists("%s/kernel/tracing/instances", machine->paths.sysfs))
		conclude(finding, CLI_FINE, "", "tracefs is mounted");
	else if (geteuid())
		conclude(finding, CLI_UNKNOWN, "run this as root", "tracefs cannot be seen");
	else
		conclude(finding, CLI_NOTE, "mount -t tracefs none /sys/kernel/tracing",
			 "tracefs is not mounted: no snapshots with ftrace");
}

static void look_daemon(const struct cli_machine *machine, struct cli_finding *finding)
{
	char path[LT_PATH_MAX], *text;
	int pid = 0;

	snprintf(path, sizeof(path), "%s" LT_STATE_DIR "/daemon.pid", machine->root);
	if (!lt_file_read(path, &text, NULL)) {
		pid = atoi(text);
		free(text);
	}
	if (pid > 0 && exists("%s/%d", machine->paths.proc, pid))
		conclude(finding, CLI_FINE, "", "latency-trackerd runs, pid %d", pid);
	else
		conclude(finding, CLI_NOTE, "systemctl start latency-trackerd",
			 "latency-trackerd does not run: hits are not saved");
}

static void look_space(const struct cli_machine *machine, struct cli_finding *finding)
{
	char path[LT_PATH_MAX];
	struct statvfs fs;
	uint64_t bytes;

	snprintf(path, sizeof(path), "%s" LT_STATE_DIR, machine->root);
	if (statvfs(path, &fs)) {
		conclude(finding, errno == EACCES ? CLI_UNKNOWN : CLI_FINE, "",
			 LT_STATE_DIR ": %s", errno == ENOENT ? "nothing saved yet" :
			 strerror(errno));
		return;
	}
	bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	conclude(finding, bytes < SPACE_MIN ? CLI_NOTE : CLI_FINE,
		 bytes < SPACE_MIN ? "make room: snapshots of 10 to 100 MiB are usual" : "",
		 "%" PRIu64 " MiB free for snapshots", bytes >> 20);
}

const struct cli_check cli_checks[] = {
	{ "user", look_user },
	{ "headers", look_headers },
	{ "modules", look_modules },
	{ "signatures", look_signatures },
	{ "kernel", look_options },
	{ "loaded", look_loaded },
	{ "lttng", look_lttng },
	{ "ftrace", look_ftrace },
	{ "daemon", look_daemon },
	{ "space", look_space },
};

const size_t cli_nr_checks = sizeof(cli_checks) / sizeof(cli_checks[0]);

void cli_machine_init(struct cli_machine *machine)
{
	const char *root = secure_getenv("LT_ROOT");
	struct utsname name;

	lt_paths_init(&machine->paths);
	snprintf(machine->root, sizeof(machine->root), "%s", root ? root : "");
	snprintf(machine->release, sizeof(machine->release), "%s",
		 uname(&name) ? "unknown" : name.release);
}
