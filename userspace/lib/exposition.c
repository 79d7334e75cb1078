// SPDX-License-Identifier: GPL-2.0
#include "exposition.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"

#define PREFIX		"latency_tracker_"
#define NSEC_PER_SEC	1000000000

/* A name of the kernel's, with each of its bytes as \xHH. */
#define LABEL_MAX	1024

/* In OpenMetrics the name of a counter is without the suffix of its sample. */
void lt_exposition_head(const struct lt_exposition *to, const char *name, const char *type,
			const char *help)
{
	bool counter = !strcmp(type, "counter");
	const char *suffix = counter && to->format == LT_METRICS_TEXT ? "_total" : "";

	fprintf(to->out, "# HELP " PREFIX "%s%s %s\n# TYPE " PREFIX "%s%s %s\n", name, suffix, help,
		name, suffix, type);
}

void lt_exposition_label(const struct lt_exposition *to, const char *name, const char *value)
{
	char printable[LABEL_MAX];

	fprintf(to->out, "%s=\"", name);
	for (value = lt_text_printable(value, printable, sizeof(printable)); *value; value++) {
		if (*value == '\\' || *value == '"')
			putc('\\', to->out);
		putc(*value, to->out);
	}
	putc('"', to->out);
}

void lt_exposition_seconds(const struct lt_exposition *to, uint64_t ns)
{
	fprintf(to->out, "%" PRIu64 ".%09" PRIu64, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

void lt_exposition_number(const struct lt_exposition *to, const char *name, const char *type,
			  const char *help, uint64_t value)
{
	lt_exposition_head(to, name, type, help);
	fprintf(to->out, PREFIX "%s%s %" PRIu64 "\n", name,
		strcmp(type, "counter") ? "" : "_total", value);
}

void lt_exposition_end(const struct lt_exposition *to)
{
	if (to->format == LT_METRICS_OPEN)
		fputs("# EOF\n", to->out);
}
