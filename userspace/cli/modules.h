/* SPDX-License-Identifier: GPL-2.0 */
/* What load, unload and set have in common: names of modules, and why something failed. */
#ifndef CLI_MODULES_H
#define CLI_MODULES_H

struct cli_command;
struct lt_paths;

/**
 * cli_module_name() - name of a module out of an argument; ends the program when it is none
 * @command: subcommand, for the complaint
 * @word: the argument, as "block"
 * @module: receives the name, at least LT_MODULE_MAX bytes
 */
void cli_module_name(const struct cli_command *command, const char *word, char *module);

/** cli_explain_not_loaded() - say that @module is not loaded, and what is; Return: exit code. */
int cli_explain_not_loaded(const struct lt_paths *paths, const char *module);

/** cli_explain_not_installed() - say that there is no @module, and what is; Return: exit code. */
int cli_explain_not_installed(const struct lt_paths *paths, const char *module);

/** cli_explain_memory() - say that there is no memory; Return: exit code. */
int cli_explain_memory(void);

/**
 * cli_explain_kmod() - why modprobe or rmmod failed, and what to do about it
 * @paths: see lt_paths_init()
 * @what: what was tried, as "load"
 * @module: name
 * @program: what was run
 * @status: what lt_child_run() returned
 * @message: its last line
 *
 * Return: exit code.
 */
int cli_explain_kmod(const struct lt_paths *paths, const char *what, const char *module,
		     const char *program, int status, const char *message);

/**
 * cli_print_klog() - print what the modules said in the kernel log
 * @fd: of lt_klog_open()
 *
 * Says where to look when they said nothing that can be read.
 */
void cli_print_klog(int fd);

#endif /* CLI_MODULES_H */
