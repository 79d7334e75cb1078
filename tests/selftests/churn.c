// SPDX-License-Identifier: GPL-2.0
/*
 * churn COUNT PAUSE_MS PROBE FILE [PROBE FILE ...]: load the probes' modules from their files, pause,
 * look at their ledgers, unload them; COUNT times, without the cost of processes in between. Prints
 * for each probe "PROBE rounds N begins N in_flight N hits N": sums of what the ledgers said just
 * before the unloading, and in how many rounds something was in flight.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_PROBES	8

struct probe {
	const char *name;
	const char *file;
	unsigned long long rounds, begins, in_flight, hits;
};

static void die(const char *what, const char *name)
{
	fprintf(stderr, "churn: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static void load(const struct probe *probe)
{
	int fd = open(probe->file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("open", probe->file);
	if (syscall(SYS_finit_module, fd, "threshold_us=1 rate_limit_ms=0", 0))
		die("load", probe->name);
	close(fd);
}

static void look(struct probe *probe)
{
	char path[128], line[128], name[64];
	unsigned long long value;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/latency_tracker/%s/stats", probe->name);
	f = fopen(path, "r");
	if (!f)
		die("open", path);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %llu", name, &value) != 2)
			continue;
		if (!strcmp(name, "begins"))
			probe->begins += value;
		else if (!strcmp(name, "in_flight"))
			probe->in_flight += value > 0;
		else if (!strcmp(name, "hits"))
			probe->hits += value;
	}
	fclose(f);
	probe->rounds++;
}

static void unload(const struct probe *probe)
{
	char name[64];

	snprintf(name, sizeof(name), "latency_tracker_%s", probe->name);
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		die("unload", name);
}

int main(int argc, char **argv)
{
	struct probe probes[MAX_PROBES] = { 0 };
	int count, pause_ms, i, p, n = (argc - 3) / 2;

	if (argc < 5 || argc % 2 == 0 || n > MAX_PROBES) {
		fprintf(stderr, "usage: churn COUNT PAUSE_MS PROBE FILE [PROBE FILE ...]\n");
		return 2;
	}
	count = atoi(argv[1]);
	pause_ms = atoi(argv[2]);
	for (p = 0; p < n; p++) {
		probes[p].name = argv[3 + 2 * p];
		probes[p].file = argv[4 + 2 * p];
	}
	for (i = 0; i < count; i++) {
		for (p = 0; p < n; p++)
			load(&probes[p]);
		/* Not always the same time, some rounds none at all. */
		usleep(i % 4 * pause_ms * 1000 / 3);
		for (p = 0; p < n; p++)
			look(&probes[p]);
		/* In either order. */
		for (p = 0; p < n; p++)
			unload(&probes[i % 2 ? p : n - 1 - p]);
	}
	for (p = 0; p < n; p++)
		printf("%s rounds %llu begins %llu in_flight %llu hits %llu\n", probes[p].name,
		       probes[p].rounds, probes[p].begins, probes[p].in_flight, probes[p].hits);
	return 0;
}
