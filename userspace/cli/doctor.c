// SPDX-License-Identifier: GPL-2.0
/* latency-tracker doctor: what this machine lacks, and what to do about it. */
#include <stdio.h>

#include <json-c/json.h>

#include "checks.h"
#include "command.h"
#include "json.h"
#include "output.h"

static const char help[] =
	"Usage: latency-tracker doctor [-j]\n"
	"\n"
	"Looks at what latency-tracker needs of this machine and says what is not there, and what\n"
	"to do about it. Changes nothing.\n"
	"\n"
	"  -j, --json  one JSON object a line for each look\n"
	"  -h, --help  this text\n"
	"\n"
	"Exit status: 0 all works (there may be notes), 1 something is missing.\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const char * const verdicts[] = {
	[CLI_FINE] = "ok",
	[CLI_NOTE] = "note",
	[CLI_MISSING] = "missing",
	[CLI_UNKNOWN] = "unknown",
};

static int print_json(const struct cli_check *check, const struct cli_finding *finding)
{
	struct json_object *object = json_object_new_object();

	lt_json_add_string(object, "check", check->name);
	lt_json_add_string(object, "verdict", verdicts[finding->verdict]);
	lt_json_add_string(object, "finding", finding->said);
	lt_json_add_string(object, "remedy", finding->remedy);
	return cli_json_line(object);
}

static void print_line(const struct cli_check *check, const struct cli_finding *finding)
{
	const char *begin = finding->verdict == CLI_MISSING ? cli_alarm() : "";

	printf("%s%-8s%s %-11s %s\n", begin, verdicts[finding->verdict], *begin ? cli_plain() : "",
	       check->name, finding->said);
	if (*finding->remedy)
		printf("%-20s > %s\n", "", finding->remedy);
}

static int run(int argc, char **argv)
{
	struct cli_machine machine;
	int json = 0, code = CLI_OK;

	while (cli_option(&cli_doctor, argc, argv) != -1)
		json = 1;	/* there is no other */
	if (optind < argc)
		cli_usage_error(&cli_doctor, "unexpected argument '%s'", argv[optind]);
	cli_machine_init(&machine);
	for (size_t i = 0; i < cli_nr_checks; i++) {
		struct cli_finding finding = { 0 };

		cli_checks[i].look(&machine, &finding);
		if (!json)
			print_line(&cli_checks[i], &finding);
		else if (print_json(&cli_checks[i], &finding))
			code = CLI_ERROR;
		if (finding.verdict == CLI_MISSING)
			code = CLI_ERROR;
	}
	return code;
}

const struct cli_command cli_doctor = {
	.name = "doctor",
	.summary = "what this machine lacks, and what to do about it",
	.help = help,
	.options = options,
	.letters = "jh",
	.run = run,
};
