/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times. Everything the kernel says is CLOCK_MONOTONIC in nanoseconds; people want wall time.
 */
#ifndef LT_CLOCK_H
#define LT_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Room for any result of lt_clock_rfc3339() and lt_clock_hms(). */
#define LT_CLOCK_TEXT_MAX 40

/** lt_clock_mono_ns() - Return: CLOCK_MONOTONIC now, in nanoseconds. */
uint64_t lt_clock_mono_ns(void);

/** lt_clock_boot_ns() - Return: CLOCK_BOOTTIME now, in nanoseconds; goes on in suspend. */
uint64_t lt_clock_boot_ns(void);

/** lt_clock_wall_ns() - Return: CLOCK_REALTIME now, in nanoseconds since 1970. */
int64_t lt_clock_wall_ns(void);

/**
 * lt_clock_wall_from_mono() - wall time of a time stamp of the kernel
 * @mono_ns: CLOCK_MONOTONIC, nanoseconds
 *
 * Uses the distance between the two clocks as it is now: when the wall clock was set since
 * @mono_ns, the result is what the clock would have shown had it been right.
 *
 * Return: nanoseconds since 1970.
 */
int64_t lt_clock_wall_from_mono(uint64_t mono_ns);

/**
 * lt_clock_rfc3339() - wall time as "2025-11-21T03:46:00.123456789Z"
 * @wall_ns: nanoseconds since 1970
 * @buf: receives the text
 * @size: room at @buf, at least LT_CLOCK_TEXT_MAX
 *
 * Return: @buf.
 */
const char *lt_clock_rfc3339(int64_t wall_ns, char *buf, size_t size);

/**
 * lt_clock_hms() - wall time in the local time zone as "03:46:00.123"
 * @wall_ns: nanoseconds since 1970
 * @millis: 0 leaves the milliseconds out
 * @buf: receives the text
 * @size: room at @buf, at least LT_CLOCK_TEXT_MAX
 *
 * Return: @buf.
 */
const char *lt_clock_hms(int64_t wall_ns, int millis, char *buf, size_t size);

#endif /* LT_CLOCK_H */
