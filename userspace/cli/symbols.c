// SPDX-License-Identifier: GPL-2.0
#include "symbols.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwfl.h>

#include "clock.h"
#include "record.h"

/* A process, as it was when it was first met; a later one may have the same pid. */
struct process {
	int pid;
	uint64_t start;
	Dwfl *dwfl;
};

static void *processes;

/* Debug information would only be searched for lines; a symbol table is in the file itself. */
static int no_debuginfo(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **path)
{
	(void)module, (void)userdata, (void)name, (void)base, (void)file, (void)link, (void)crc;
	(void)path;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = no_debuginfo,
};

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* When a process began, in clock ticks since boot; 0: there is none. */
static uint64_t start_of(int pid)
{
	char path[64], text[1024], *at;
	uint64_t start = 0;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	/* The name may hold anything, but no parenthesis comes behind it. */
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d"
			  " %*d %*d %*d %*d %" SCNu64, &start) != 1)
		return 0;
	return start;
}

/* Whether what has the hit's pid now began before the operation did. */
static bool is_the_one(const struct lt_record *rec, uint64_t start)
{
	uint64_t asleep = lt_clock_boot_ns() - lt_clock_mono_ns();
	uint64_t hz = sysconf(_SC_CLK_TCK);

	return start && start / hz <= (rec->begin_ns + asleep) / 1000000000;
}

static bool map(struct process *process)
{
	bool mapped;

	dwfl_report_begin(process->dwfl);
	mapped = !dwfl_linux_proc_report(process->dwfl, process->pid);
	dwfl_report_end(process->dwfl, NULL, NULL);
	return mapped;
}

static struct process *add(int pid)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->pid = pid;
	if (tsearch(process, &processes, by_pid))
		return process;
	free(process);
	return NULL;
}

static struct process *process_of(const struct lt_record *rec)
{
	struct process key = { .pid = rec->pid }, **found, *process;
	uint64_t start = start_of(rec->pid);

	if (!is_the_one(rec, start))
		return NULL;
	found = tfind(&key, &processes, by_pid);
	process = found ? *found : add(rec->pid);
	if (process && process->start != start) {
		process->start = start;
		dwfl_end(process->dwfl);
		process->dwfl = dwfl_begin(&callbacks);
		if (process->dwfl)
			map(process);
	}
	return process;
}

static Dwfl_Module *module_at(struct process *process, uint64_t addr)
{
	Dwfl_Module *module = dwfl_addrmodule(process->dwfl, addr);

	/* It may have loaded a library meanwhile. */
	if (!module && map(process))
		module = dwfl_addrmodule(process->dwfl, addr);
	return module;
}

void cli_symbol(const struct lt_record *rec, uint64_t addr, char *buf, size_t size)
{
	struct process *process = process_of(rec);
	const char *name = NULL, *file, *base;
	Dwfl_Module *module = NULL;

	if (process && process->dwfl)
		module = module_at(process, addr);
	if (!module) {
		snprintf(buf, size, "[unknown]");
		return;
	}
	name = dwfl_module_addrname(module, addr);
	if (name) {
		snprintf(buf, size, "%s", name);
		return;
	}
	file = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	base = file ? strrchr(file, '/') : NULL;
	snprintf(buf, size, "[%s]", base ? base + 1 : file ?: "unknown");
}
