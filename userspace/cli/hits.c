// SPDX-License-Identifier: GPL-2.0
#include "hits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "output.h"
#include "record.h"
#include "text.h"

/* Columns of TIME. */
static int time_width(const struct cli_hits_style *style)
{
	return style->date ? 30 : 12;
}

void cli_hits_heading(const struct cli_hits_style *style)
{
	if (style->json)
		return;
	printf("%-*s %-10s %-15s %7s %12s  %s\n", time_width(style), "TIME", "TRACKER", "COMM", "TID",
	       style->millis ? "LAT(ms)" : "LAT(us)", "DETAILS");
	fflush(stdout);
}

/* Every hit has these; they are for programs (JSON), the line is for what the probe says. */
static bool is_identity(const char *name)
{
	return !strcmp(name, "cgroup") || !strcmp(name, "node_begin") || !strcmp(name, "node_end");
}

void cli_hits_fields(FILE *out, const struct lt_record *rec)
{
	char text[4 * LT_COMM_MAX];
	const char *value;

	for (unsigned int i = 0; i < rec->nr_fields; i++) {
		const char *name = lt_record_field_at(rec, i, &value);

		if (is_identity(name))
			continue;
		fprintf(out, " %s=%s", name, lt_text_printable(value, text, sizeof(text)));
	}
}

static void print_details(const struct lt_record *rec)
{
	if (rec->reason != LT_REASON_THRESHOLD)
		printf(" %sreason=%s%s", cli_alarm(), lt_reason_name(rec->reason), cli_plain());
	cli_hits_fields(stdout, rec);
	putchar('\n');
}

static void print_stacks(const struct lt_record *rec)
{
	char text[512];

	for (unsigned int i = 0; i < rec->nr_stacks; i++) {
		printf("    stack at %s:\n", lt_stack_kind_name(rec->stacks[i].kind));
		for (unsigned int j = 0; j < rec->stacks[i].nr_frames; j++)
			printf("        %s\n", lt_text_printable(lt_record_frame(rec, i, j),
								 text, sizeof(text)));
	}
}

static void print_hit(const struct cli_hits_style *style, const struct lt_record *rec)
{
	char time[LT_CLOCK_TEXT_MAX], comm[4 * LT_COMM_MAX];
	int64_t wall_ns = lt_clock_wall_from_mono(rec->ts_ns);

	if (style->date)
		lt_clock_rfc3339(wall_ns, time, sizeof(time));
	else
		lt_clock_hms(wall_ns, 1, time, sizeof(time));
	lt_text_printable(rec->comm, comm, sizeof(comm));
	printf("%-*s %-10s %-15s %7d ", time_width(style), time, rec->tracker, comm, rec->tid);
	if (style->millis)
		printf("%12.3f ", rec->delta_ns / 1e6);
	else
		printf("%12.1f ", rec->delta_ns / 1e3);
	print_details(rec);
	if (style->stack)
		print_stacks(rec);
}

int cli_hits_print(const struct cli_hits_style *style, const struct lt_record *rec)
{
	char now[LT_CLOCK_TEXT_MAX];
	int code = CLI_OK;

	if (style->json)
		code = cli_json_line(lt_record_to_json(rec, lt_clock_rfc3339(lt_clock_wall_ns(),
									     now, sizeof(now))));
	else if (rec->kind == LT_RECORD_LOST)
		printf("%s%" PRIu64 " hits lost: they came faster than they were read%s\n",
		       cli_alarm(), rec->lost, cli_plain());
	else
		print_hit(style, rec);
	if (fflush(stdout))
		code = CLI_ERROR;
	return code;
}
