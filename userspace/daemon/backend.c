// SPDX-License-Identifier: GPL-2.0
#include "backend.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "options.h"

void lt_why(char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, LT_WHY_MAX, fmt, args);
	va_end(args);
}

static int try_backend(const struct lt_backend *backend, const struct lt_options *opts, char *why)
{
	int ret = backend->available(why);

	if (!ret)
		ret = backend->open(opts, why);
	if (!ret)
		lt_info("back end: %s", backend->name);
	return ret;
}

static const struct lt_backend *start_named(const struct lt_options *opts)
{
	char why[LT_WHY_MAX] = "";
	const struct lt_backend *const *backend;

	for (backend = lt_backends; *backend; backend++) {
		if (strcmp((*backend)->name, opts->backend))
			continue;
		if (!try_backend(*backend, opts, why))
			return *backend;
		lt_error("back end %s cannot be used: %s", opts->backend, why);
		return NULL;
	}
	lt_error("there is no back end %s", opts->backend);
	return NULL;
}

/* The next one that "auto" may take. */
static const struct lt_backend *const *skip_named(const struct lt_backend *const *backend)
{
	while (*backend && (*backend)->by_name_only)
		backend++;
	return backend;
}

const struct lt_backend *lt_backend_start(const struct lt_options *opts)
{
	const struct lt_backend *const *backend, *const *next;
	char why[LT_WHY_MAX];

	if (strcmp(opts->backend, "auto"))
		return start_named(opts);
	for (backend = skip_named(lt_backends); *backend; backend = next) {
		next = skip_named(backend + 1);
		why[0] = '\0';
		if (!try_backend(*backend, opts, why))
			return *backend;
		if (*next)
			lt_warn("back end %s cannot be used, trying %s: %s", (*backend)->name,
				(*next)->name, why);
		else
			lt_error("back end %s cannot be used: %s", (*backend)->name, why);
	}
	return NULL;
}
