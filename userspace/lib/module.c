// SPDX-License-Identifier: GPL-2.0
#include "module.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "latency_tracker_uapi.h"
#include "names.h"

static bool is_probe(const char *module)
{
	return !strncmp(module, LT_MODULE_PREFIX, strlen(LT_MODULE_PREFIX)) &&
	       module[strlen(LT_MODULE_PREFIX)];
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

int lt_module_name(const char *word, char *name)
{
	char plain[LT_MODULE_MAX] = "";
	size_t len = strlen(word);
	const char *prefix;

	if (!len || len >= sizeof(plain))
		return -EINVAL;
	/* As the kernel's tools do it: '-' and '_' are the same in names of modules. */
	for (size_t i = 0; i <= len; i++) {
		plain[i] = word[i] == '-' ? '_' : word[i];
		if (plain[i] && !is_word_char(plain[i]))
			return -EINVAL;
	}
	prefix = is_probe(plain) || !strcmp(plain, LT_MODULE_CORE) ? "" : LT_MODULE_PREFIX;
	if (snprintf(name, LT_MODULE_MAX, "%s%s", prefix, plain) >= LT_MODULE_MAX)
		return -EINVAL;
	return 0;
}

const char *lt_module_probe(const char *module)
{
	return is_probe(module) ? module + strlen(LT_MODULE_PREFIX) : module;
}

int lt_module_loaded(const struct lt_paths *paths, const char *module)
{
	char path[LT_PATH_MAX];

	snprintf(path, sizeof(path), "%s/module/%.255s", paths->sysfs, module);
	return !access(path, F_OK);
}

/* Append what of it is a probe; Return: 0 or -ENOMEM, after which the list is gone. */
static int add_probe(char ***names, size_t *count, const char *module)
{
	int err = is_probe(module) ? lt_names_add(names, count, module) : 0;

	if (err) {
		lt_names_free(*names, *count);
		*names = NULL;
		*count = 0;
	}
	return err;
}

int lt_modules_loaded(const struct lt_paths *paths, char ***names, size_t *count)
{
	char path[LT_PATH_MAX];
	size_t nr_all;
	char **all;
	int err;

	*names = NULL;
	*count = 0;
	snprintf(path, sizeof(path), "%s/module", paths->sysfs);
	err = lt_names_read(path, NULL, &all, &nr_all);
	if (err)
		return err;
	for (size_t i = 0; !err && i < nr_all; i++)
		err = add_probe(names, count, all[i]);
	lt_names_free(all, nr_all);
	return err;
}

/* The name of the module out of "extra/NAME.ko.xz: what it needs"; cuts the line. */
static char *module_of_line(char *line)
{
	char *end = strchr(line, ':'), *slash;

	if (end)
		*end = '\0';
	slash = strrchr(line, '/');
	if (slash)
		line = slash + 1;
	end = strstr(line, ".ko");
	if (end)
		*end = '\0';
	return line;
}

int lt_modules_installed(const struct lt_paths *paths, char ***names, size_t *count)
{
	char path[LT_PATH_MAX];
	char *text, *line, *rest;
	int err;

	*names = NULL;
	*count = 0;
	snprintf(path, sizeof(path), "%s/modules.dep", paths->modules);
	err = lt_file_read(path, &text, NULL);
	if (err)
		return err;
	for (line = strtok_r(text, "\n", &rest); !err && line; line = strtok_r(NULL, "\n", &rest))
		err = add_probe(names, count, module_of_line(line));
	free(text);
	lt_names_sort(*names, *count);
	return err;
}

char *lt_kmod_program(const struct lt_paths *paths, const char *name, char *program)
{
	snprintf(program, LT_PATH_MAX, "%s%s%s", paths->kmod, *paths->kmod ? "/" : "", name);
	return program;
}
