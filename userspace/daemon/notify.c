// SPDX-License-Identifier: GPL-2.0
#include "notify.h"

#include <inttypes.h>
#include <stdio.h>

#include "clock.h"

#if __has_include(<systemd/sd-daemon.h>)
#include <systemd/sd-daemon.h>

void lt_notify(const char *state)
{
	sd_notify(0, state);
}

uint64_t lt_notify_watchdog_ns(void)
{
	uint64_t timeout_us;

	/* Thrice as often as it has to be: one late message must not kill the daemon. */
	return sd_watchdog_enabled(0, &timeout_us) > 0 ? timeout_us * 1000 / 3 : 0;
}
#else
void lt_notify(const char *state)
{
	(void)state;
}

uint64_t lt_notify_watchdog_ns(void)
{
	return 0;
}
#endif

/* The manager compares the time with that of its own request (Type=notify-reload). */
void lt_notify_reloading(void)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 lt_clock_mono_ns() / 1000);
	lt_notify(state);
}
