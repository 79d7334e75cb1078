// SPDX-License-Identifier: GPL-2.0
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "clock.h"

static volatile sig_atomic_t stopped;
static sigset_t waiting_mask;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

void cli_stop_init(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &waiting_mask);
	sigdelset(&waiting_mask, SIGINT);
	sigdelset(&waiting_mask, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool cli_stopped(void)
{
	return stopped;
}

int cli_wait(int fd, uint64_t deadline_ns)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct timespec timeout = { 0 };
	int ready;

	if (deadline_ns) {
		uint64_t now = lt_clock_mono_ns();

		if (deadline_ns > now) {
			timeout.tv_sec = (deadline_ns - now) / 1000000000;
			timeout.tv_nsec = (deadline_ns - now) % 1000000000;
		}
	}
	ready = ppoll(&poll_fd, 1, deadline_ns ? &timeout : NULL, &waiting_mask);
	if (ready < 0)
		return errno == EINTR ? 0 : -errno;
	return ready;
}
