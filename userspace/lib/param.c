// SPDX-License-Identifier: GPL-2.0
#include "param.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "file.h"
#include "module.h"
#include "names.h"

static int add_param(struct lt_params *params, const char *name, size_t len, const char *meaning)
{
	struct lt_param *bigger = reallocarray(params->list, params->count + 1, sizeof(*bigger));
	struct lt_param *param;

	if (!bigger)
		return -ENOMEM;
	params->list = bigger;
	param = &bigger[params->count++];
	param->name = strndup(name, len);
	param->meaning = strdup(meaning);
	param->writable = false;
	return param->name && param->meaning ? 0 : -ENOMEM;
}

/* Lines "name:meaning", as modinfo -p has them. */
static int parse_modinfo(char *text, struct lt_params *params)
{
	char *line, *rest;
	int err = 0;

	for (line = strtok_r(text, "\n", &rest); !err && line; line = strtok_r(NULL, "\n", &rest)) {
		size_t len = strcspn(line, ":");

		if (len && line[len])
			err = add_param(params, line, len, line + len + 1);
	}
	if (err)
		lt_params_free(params);
	return err;
}

int lt_params_installed(const struct lt_paths *paths, const char *module,
			struct lt_params *params)
{
	char program[LT_PATH_MAX];
	char *const argv[] = { lt_kmod_program(paths, "modinfo", program), (char *)"-p",
			       (char *)module, NULL };
	char *text;
	int ret = lt_child_output(argv, &text);

	*params = (struct lt_params){ 0 };
	if (ret < 0)
		return ret == -ENOENT ? -ENOPKG : ret;
	/* It fails for one reason only: there is no such module. */
	ret = ret ? -ENOENT : parse_modinfo(text, params);
	free(text);
	return ret;
}

static int param_path(const struct lt_paths *paths, const char *module, const char *param,
		      char *path, size_t size)
{
	if (strchr(module, '/') || strchr(param, '/'))
		return -EINVAL;
	snprintf(path, size, "%s/module/%.200s/parameters/%.200s", paths->sysfs, module, param);
	return 0;
}

static bool is_writable(const struct lt_paths *paths, const char *module, const char *param)
{
	char path[LT_PATH_MAX];
	struct stat st;

	return !param_path(paths, module, param, path, sizeof(path)) && !stat(path, &st) &&
	       st.st_mode & S_IWUSR;
}

/* Without modinfo, or when the module came from elsewhere, there are only the names. */
static int add_loaded(const struct lt_paths *paths, const char *module, char **names,
		      size_t count, struct lt_params *params)
{
	struct lt_params installed;
	int err = 0;

	lt_params_installed(paths, module, &installed);
	for (size_t i = 0; !err && i < count; i++) {
		const struct lt_param *known = lt_params_find(&installed, names[i],
							      strlen(names[i]));

		err = add_param(params, names[i], strlen(names[i]), known ? known->meaning : "");
		if (!err)
			params->list[i].writable = is_writable(paths, module, names[i]);
	}
	lt_params_free(&installed);
	return err;
}

int lt_params_loaded(const struct lt_paths *paths, const char *module, struct lt_params *params)
{
	char path[LT_PATH_MAX];
	char **names;
	size_t count;
	int err;

	*params = (struct lt_params){ 0 };
	err = param_path(paths, module, "", path, sizeof(path));
	if (!err)
		err = lt_names_read_all(path, &names, &count);
	if (err)
		return err;
	err = add_loaded(paths, module, names, count, params);
	lt_names_free(names, count);
	if (err)
		lt_params_free(params);
	return err;
}

static bool same_name(const char *name, size_t len, const char *known)
{
	size_t i;

	for (i = 0; i < len && known[i]; i++)
		if ((name[i] == '-' ? '_' : name[i]) != (known[i] == '-' ? '_' : known[i]))
			return false;
	return i == len && !known[i];
}

const struct lt_param *lt_params_find(const struct lt_params *params, const char *name,
				      size_t len)
{
	for (size_t i = 0; i < params->count; i++)
		if (same_name(name, len, params->list[i].name))
			return &params->list[i];
	return NULL;
}

void lt_params_free(struct lt_params *params)
{
	for (size_t i = 0; i < params->count; i++) {
		free(params->list[i].name);
		free(params->list[i].meaning);
	}
	free(params->list);
	*params = (struct lt_params){ 0 };
}

int lt_param_read(const struct lt_paths *paths, const char *module, const char *param,
		  char *value, size_t size)
{
	char path[LT_PATH_MAX];
	char *text;
	size_t len;
	int err;

	err = param_path(paths, module, param, path, sizeof(path));
	if (!err)
		err = lt_file_read(path, &text, &len);
	if (err)
		return err;
	if (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len >= size)
		err = -ENAMETOOLONG;
	else
		memcpy(value, text, len + 1);
	free(text);
	return err;
}

int lt_param_write(const struct lt_paths *paths, const char *module, const char *param,
		   const char *value)
{
	char path[LT_PATH_MAX];
	char *line;
	int err;

	err = param_path(paths, module, param, path, sizeof(path));
	if (err)
		return err;
	/* sysfs does not pass a write of no bytes on to the module. */
	if (asprintf(&line, "%s\n", value) < 0)
		return -ENOMEM;
	err = lt_file_write(path, line);
	free(line);
	return err;
}
