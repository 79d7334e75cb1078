// SPDX-License-Identifier: GPL-2.0
#include "realtime.h"

#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

#ifndef MADV_POPULATE_READ	/* glibc before 2.35 */
#define MADV_POPULATE_READ 22
#endif

#define PREFAULT_MAX	(4UL << 20)

/* Written before the first thread starts, read-only afterwards. 0: not real-time. */
static int fifo_priority;

/*
 * SCHED_RESET_ON_FORK: a session daemon that we start must not inherit our priority; our own
 * threads ask for it themselves.
 */
static int set_policy(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return pthread_setschedparam(pthread_self(), policy | SCHED_RESET_ON_FORK, &param);
}

static bool has_capability(unsigned int cap)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

/*
 * Below a finite limit MCL_FUTURE would let some later allocation fail, which is worse than
 * memory that is not locked: only try where there is no limit.
 */
static bool may_lock_memory(void)
{
	struct rlimit limit;

	if (has_capability(CAP_IPC_LOCK))
		return true;
	return !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur == RLIM_INFINITY;
}

/*
 * Reads the program and its libraries in: a page of code that has to come from the slow disk
 * would delay the snapshot of just that slowness. Large mappings are tables of libraries that
 * are linked but hardly used (30 MiB of libicudata), so they stay out.
 */
static void prefault(void)
{
	unsigned long from, to;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], read_perm;

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %c", &from, &to, &read_perm) != 3 || read_perm != 'r' ||
		    to - from > PREFAULT_MAX || !strchr(line, '/'))
			continue;
		/* Linux 5.14; before, at least into the page cache. */
		if (madvise((void *)from, to - from, MADV_POPULATE_READ))
			madvise((void *)from, to - from, MADV_WILLNEED);
	}
	if (maps)
		fclose(maps);
}

static void lock_memory(void)
{
	/* On fault: not all of a thread's 8 MiB of stack at once. */
	if (may_lock_memory() && !mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) {
		prefault();
		return;
	}
	lt_warn("memory is not locked: needs CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK;"
		" under memory pressure a hit may be handled late");
}

void lt_realtime_init(int priority)
{
	int ret;

	lock_memory();
	if (!priority)
		return;
	ret = set_policy(SCHED_FIFO, priority);
	if (ret) {
		lt_warn("cannot get SCHED_FIFO priority %d (%s): needs CAP_SYS_NICE or"
			" RLIMIT_RTPRIO; on a busy machine snapshots may come late", priority,
			strerror(ret));
		return;
	}
	fifo_priority = priority;
}

void lt_realtime_enter(void)
{
	int ret = fifo_priority ? set_policy(SCHED_FIFO, fifo_priority) : 0;

	if (ret)
		lt_debug("cannot enter SCHED_FIFO: %s", strerror(ret));
}

void lt_realtime_leave(void)
{
	int ret = fifo_priority ? set_policy(SCHED_OTHER, 0) : 0;

	if (ret)
		lt_debug("cannot leave SCHED_FIFO: %s", strerror(ret));
}
