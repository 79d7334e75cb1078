// SPDX-License-Identifier: GPL-2.0
#include "modules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "klog.h"
#include "module.h"
#include "names.h"
#include "signing.h"
#include "text.h"

void cli_module_name(const struct cli_command *command, const char *word, char *module)
{
	char text[256];

	if (lt_module_name(word, module))
		cli_usage_error(command, "'%s' is no name of a probe",
				lt_text_printable(word, text, sizeof(text)));
}

static void print_probes(char **modules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, " %s", lt_module_probe(modules[i]));
	fputc('\n', stderr);
}

int cli_explain_not_loaded(const struct lt_paths *paths, const char *module)
{
	char **names;
	size_t count;

	fprintf(stderr, "latency-tracker: %s is not loaded.", module);
	if (lt_modules_loaded(paths, &names, &count) || !count) {
		fputs(" No probe is.\n", stderr);
	} else {
		fputs(" Loaded:", stderr);
		print_probes(names, count);
		lt_names_free(names, count);
	}
	return CLI_NOTHING;
}

int cli_explain_not_installed(const struct lt_paths *paths, const char *module)
{
	struct utsname kernel;
	char **names;
	size_t count;

	uname(&kernel);
	fprintf(stderr, "latency-tracker: there is no module %s for the kernel %s.", module,
		kernel.release);
	if (lt_modules_installed(paths, &names, &count) || !count) {
		fputs(" No probe is\ninstalled for it: run make install where the sources of "
		      "latency-tracker are, or\ndkms autoinstall.\n", stderr);
	} else {
		fputs(" Installed:", stderr);
		print_probes(names, count);
		lt_names_free(names, count);
	}
	return CLI_NOTHING;
}

int cli_explain_memory(void)
{
	fputs("latency-tracker: out of memory\n", stderr);
	return CLI_ERROR;
}

#define NOT_TRUSTED \
	"The kernel takes only modules that are signed with a key it trusts (Secure Boot, or\n" \
	"module.sig_enforce). To have it trust the key that DKMS signs with:\n" \
	"  mokutil --import " LT_SIGNING_CERT "\n" \
	"then reboot, and choose Enroll MOK. What is wrong here: latency-tracker doctor"

/* What the error of the kernel means here, by the words that modprobe and rmmod have for it. */
static const char *remedy(const struct lt_paths *paths, const char *message)
{
	static const struct {
		const char *error;
		const char *remedy;
	} remedies[] = {
		{ "Key was rejected", NOT_TRUSTED },
		{ "Required key not available", NOT_TRUSTED },
		{ "Exec format error", "The module was built for another kernel: build and "
			"install it again, or dkms autoinstall." },
		{ "Unknown symbol", "The module was built for another kernel: build and install "
			"it again, or dkms autoinstall." },
		{ "Cannot allocate memory", "There is too little memory: load with a smaller "
			"max_events." },
	};

	if (strstr(message, "Operation not permitted"))
		return geteuid() ? "Only root may do that: run it with sudo." :
		       strstr(message, "insert") && lt_signing_enforced(paths) ? NOT_TRUSTED :
		       "The system allows no changes of modules "
		       "(/proc/sys/kernel/modules_disabled,\nor a container).";
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strstr(message, remedies[i].error))
			return remedies[i].remedy;
	return NULL;
}

int cli_explain_kmod(const struct lt_paths *paths, const char *what, const char *module,
		     const char *program, int status, const char *message)
{
	const char *help = remedy(paths, message), *colon = strstr(message, "ERROR: ");
	char text[512];

	if (status == -ENOENT) {
		fprintf(stderr, "latency-tracker: cannot %s %s: there is no %s here (package "
			"kmod)\n", what, module, program);
		return CLI_ERROR;
	}
	if (status < 0)
		message = strerror(-status);
	else if (colon)
		message = colon + strlen("ERROR: ");
	else if (!*message)
		message = "no reason given";
	fprintf(stderr, "latency-tracker: cannot %s %s: %s\n", what, module,
		lt_text_printable(message, text, sizeof(text)));
	if (help)
		fprintf(stderr, "%s\n", help);
	return CLI_ERROR;
}

void cli_print_klog(int fd)
{
	char text[512];
	char **lines;
	size_t count;

	if (lt_klog_read(fd, &lines, &count))
		return;
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "  kernel: %s\n", lt_text_printable(lines[i], text, sizeof(text)));
	if (!count)
		fputs("The kernel log may say more: dmesg | grep latency_tracker\n", stderr);
	lt_names_free(lines, count);
}
