// SPDX-License-Identifier: GPL-2.0
/*
 * Back ends that need no tracer. Environment variables tell them how to behave:
 * FAKE_SAVE_MS and FAKE_PROVE_MS how long they take, FAKE_FAIL how many first save() fail.
 * FAKE_SPAN_MS is what the buffer spans at first; FAKE_NO_RESIZE=1 that resize() fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "backend.h"
#include "clock.h"

static uint64_t since_ns;
static int saves;

static int env_number(const char *name)
{
	const char *value = getenv(name);

	return value ? atoi(value) : 0;
}

/* Returns early, with true, when *stop becomes true. */
static bool wait_ms(int ms, atomic_bool *stop)
{
	struct timespec ms10 = { .tv_nsec = 10000000 };

	for (int waited = 0; waited < ms; waited += 10) {
		if (stop && atomic_load(stop))
			return true;
		nanosleep(&ms10, NULL);
	}
	return false;
}

static int never_available(char *why)
{
	lt_why(why, "it is broken on purpose");
	return -ENOENT;
}

static int fake_available(char *why)
{
	(void)why;
	return 0;
}

static int fake_open(const struct lt_options *opts, char *why)
{
	(void)opts;
	(void)why;
	since_ns = lt_clock_mono_ns();
	return 0;
}

static void fake_close(void)
{
}

static int fake_save(const char *dir, struct lt_capture *capture, atomic_bool *stop, char *why)
{
	char trace[256];

	snprintf(trace, sizeof(trace), "%s/trace", dir);
	mkdir(trace, 0700);
	capture->since_ns = since_ns;
	capture->begin_ns = lt_clock_mono_ns();
	(void)stop;
	wait_ms(env_number("FAKE_SAVE_MS"), NULL);
	capture->end_ns = lt_clock_mono_ns();
	if (saves++ >= env_number("FAKE_FAIL"))
		return 0;
	lt_why(why, "failed on purpose");
	return -EIO;
}

static void fake_prove(const char *dir, const struct lt_record *hit, struct lt_proof *proof,
		       atomic_bool *stop)
{
	struct lt_proof_cpu *cpu = lt_proof_cpu(proof, 0);

	(void)dir;
	(void)hit;
	cpu->first_ns = since_ns;
	cpu->last_ns = proof->capture.begin_ns;
	cpu->events = 1;
	if (wait_ms(env_number("FAKE_PROVE_MS"), stop))
		lt_proof_fail(proof, "interrupted");
}

/* Of the buffer; what it spans is in proportion. */
static uint64_t bytes = 4096;

static int fake_survey(const char *dir, struct lt_capture *capture, struct lt_history *history,
		       char *why)
{
	(void)dir;
	(void)capture;
	if (!env_number("FAKE_SPAN_MS")) {
		lt_why(why, "no span on purpose");
		return -EIO;
	}
	history->bytes = bytes;
	history->cpu = 1;
	history->span_ns = env_number("FAKE_SPAN_MS") * 1000000ULL * bytes / 4096;
	return 0;
}

static int fake_resize(uint64_t wanted, char *why)
{
	if (env_number("FAKE_NO_RESIZE")) {
		lt_why(why, "not resized on purpose");
		return -ENOMEM;
	}
	bytes = wanted;
	return 0;
}

static const struct lt_backend broken = {
	.name = "broken",
	.available = never_available,
};

static const struct lt_backend fake = {
	.name = "fake",
	.trace = "trace",
	.available = fake_available,
	.open = fake_open,
	.close = fake_close,
	.save = fake_save,
	.survey = fake_survey,
	.resize = fake_resize,
	.prove = fake_prove,
};

const struct lt_backend *const lt_backends[] = { &broken, &fake, &lt_backend_exec, NULL };
