// SPDX-License-Identifier: GPL-2.0
/* latency-tracker export: what the trackers have counted, for Prometheus. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "metrics.h"
#include "snapshot.h"

static const char help[] =
	"Usage: latency-tracker export [OPTIONS]\n"
	"\n"
	"Prints histograms in seconds, the whole ledger and the settings of all trackers, as\n"
	"node_exporter's textfile collector and Prometheus read them.\n"
	"\n"
	"  -o, --output FILE  into this file, in one step: who reads it sees the old one or the\n"
	"                     new one; as 0644, whatever it was. Its directory must be writable\n"
	"  -x, --openmetrics  OpenMetrics, in which the snapshots of the daemon are exemplars of\n"
	"                     the buckets (not for the textfile collector)\n"
	"  -d, --dir DIR      state directory of the daemon (default: " LT_STATE_DIR ")\n"
	"  -h, --help         this text\n";

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "openmetrics", no_argument, NULL, 'x' },
	{ "dir", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static enum lt_metrics_format format;
static const char *state_dir = LT_STATE_DIR;

static int cannot_write(const char *path)
{
	fprintf(stderr, "latency-tracker: cannot write %s: %s\n", path, strerror(errno));
	return CLI_ERROR;
}

static int print_to(FILE *out)
{
	struct lt_paths paths;
	int err;

	lt_paths_init(&paths);
	err = lt_metrics_write(out, &paths, format, state_dir);
	return err ? cli_explain_debugfs(&paths, err) : CLI_OK;
}

/* Whole or not at all: a full disk leaves the file that was there. */
static int print_to_temporary(int fd, const char *path)
{
	FILE *out = fdopen(fd, "w");
	int code;

	if (!out) {
		close(fd);
		return cannot_write(path);
	}
	code = print_to(out);
	if (fflush(out) || ferror(out) || fchmod(fd, 0644))
		code = cannot_write(path);
	if (fclose(out) && !code)
		code = cannot_write(path);
	return code;
}

static int print_to_file(const char *path)
{
	char *temporary;
	int fd, code;

	/* The textfile collector takes what ends in .prom only. */
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return cannot_write(path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		code = cannot_write(path);
		free(temporary);
		return code;
	}
	code = print_to_temporary(fd, path);
	if (!code && rename(temporary, path))
		code = cannot_write(path);
	if (code)
		unlink(temporary);
	free(temporary);
	return code;
}

static int run(int argc, char **argv)
{
	const char *output = NULL;
	int option;

	while ((option = cli_option(&cli_export, argc, argv)) != -1) {
		if (option == 'o')
			output = optarg;
		else if (option == 'x')
			format = LT_METRICS_OPEN;
		else
			state_dir = optarg;
	}
	if (optind < argc)
		cli_usage_error(&cli_export, "unexpected argument '%s'", argv[optind]);
	return output ? print_to_file(output) : print_to(stdout);
}

const struct cli_command cli_export = {
	.name = "export",
	.summary = "all counts and histograms, for Prometheus",
	.help = help,
	.options = options,
	.letters = "o:xd:h",
	.run = run,
};
