// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <stdio.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000LL

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

uint64_t lt_clock_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t lt_clock_boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

int64_t lt_clock_wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t lt_clock_wall_from_mono(uint64_t mono_ns)
{
	/* One clock on both sides of the other: an interruption between them shows half. */
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	int64_t wall = clock_ns(CLOCK_REALTIME);
	int64_t after = clock_ns(CLOCK_MONOTONIC);
	uint64_t offset = (uint64_t)wall - (uint64_t)(before + (after - before) / 2);

	/* In unsigned arithmetic, because a damaged record may hold any time. */
	return (int64_t)(offset + mono_ns);
}

/* Whole seconds rounded down, and what is left of them, for times before 1970 too. */
static time_t split(int64_t wall_ns, long *rest)
{
	int64_t seconds = wall_ns / NSEC_PER_SEC;

	*rest = wall_ns % NSEC_PER_SEC;
	if (*rest < 0) {
		*rest += NSEC_PER_SEC;
		seconds--;
	}
	return seconds;
}

const char *lt_clock_rfc3339(int64_t wall_ns, char *buf, size_t size)
{
	struct tm tm;
	char date[24];
	long rest;
	time_t seconds = split(wall_ns, &rest);

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, size, "%s.%09ldZ", date, rest);
	return buf;
}

const char *lt_clock_hms(int64_t wall_ns, int millis, char *buf, size_t size)
{
	struct tm tm;
	char hms[16];
	long rest;
	time_t seconds = split(wall_ns, &rest);

	localtime_r(&seconds, &tm);
	strftime(hms, sizeof(hms), "%H:%M:%S", &tm);
	if (millis)
		snprintf(buf, size, "%s.%03ld", hms, rest / 1000000);
	else
		snprintf(buf, size, "%s", hms);
	return buf;
}
