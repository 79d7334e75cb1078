// SPDX-License-Identifier: GPL-2.0
/* latency-tracker: the command line. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static const struct cli_command * const commands[] = {
	&cli_list,
	&cli_load,
	&cli_unload,
	&cli_set,
	&cli_watch,
	&cli_top,
	&cli_hist,
	&cli_pending,
	&cli_stacks,
	&cli_flamegraph,
	&cli_snapshots,
	&cli_export,
	&cli_doctor,
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static void print_commands(FILE *out)
{
	fputs("Commands:\n", out);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
}

static void print_help(FILE *out)
{
	fputs("Usage: latency-tracker COMMAND [OPTIONS]\n"
	      "\n"
	      "Loads the latency_tracker kernel modules and shows what they measure and catch.\n"
	      "\n", out);
	print_commands(out);
	fputs("\n"
	      "  -h, --help     this text; 'latency-tracker COMMAND --help' or\n"
	      "                 'latency-tracker help COMMAND' for a command\n"
	      "  -V, --version  the version\n"
	      "\n"
	      "Exit status: 0 fine (also after Ctrl-C), 1 error, 2 wrong usage,\n"
	      "3 nothing loaded or nothing found.\n", out);
}

/* A full disk or a closed pipe must not pass for success. */
static int finish(int code)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("latency-tracker: cannot write the output");
		return CLI_ERROR;
	}
	return code;
}

static int run(const struct cli_command *command, int argc, char **argv)
{
	char name[64];

	/* getopt puts argv[0] in front of its complaints. */
	snprintf(name, sizeof(name), "latency-tracker %s", command->name);
	argv[0] = name;
	return finish(command->run(argc, argv));
}

static int unknown(const char *what, const char *name)
{
	fprintf(stderr, "latency-tracker: unknown %s '%s'\n\n", what, name);
	print_commands(stderr);
	fputs("\nTry 'latency-tracker --help'.\n", stderr);
	return CLI_USAGE;
}

static bool is(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || !strcmp(word, b);
}

static int help(int argc, char **argv)
{
	const struct cli_command *command;

	if (argc < 3) {
		print_help(stdout);
		return finish(CLI_OK);
	}
	command = find_command(argv[2]);
	if (!command)
		return unknown("command", argv[2]);
	fputs(command->help, stdout);
	return finish(CLI_OK);
}

int main(int argc, char **argv)
{
	const struct cli_command *command;

	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	if (is(argv[1], "-h", "--help") || !strcmp(argv[1], "help"))
		return help(argc, argv);
	if (is(argv[1], "-V", "--version")) {
		puts("latency-tracker " LT_VERSION);
		return finish(CLI_OK);
	}
	if (*argv[1] == '-')
		return unknown("option", argv[1]);
	command = find_command(argv[1]);
	if (!command)
		return unknown("command", argv[1]);
	return run(command, argc - 1, argv + 1);
}
