/* SPDX-License-Identifier: GPL-2.0 */
/* Parameters of the modules: which there are, and their values. */
#ifndef LT_PARAM_H
#define LT_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "paths.h"

/**
 * struct lt_param - one parameter
 * @name: as "threshold_us"
 * @meaning: what the module says about it, "" when that is not known
 * @writable: it may be changed while the module is loaded; known of loaded modules only
 */
struct lt_param {
	char *name;
	char *meaning;
	bool writable;
};

/* All parameters of a module. */
struct lt_params {
	struct lt_param *list;
	size_t count;
};

/**
 * lt_params_installed() - parameters of a module that is installed, by modinfo
 * @paths: see lt_paths_init()
 * @module: name, as "latency_tracker_block"
 * @params: receives them, in the order of modinfo; release with lt_params_free()
 *
 * Return: 0 or a negative errno: -ENOENT when there is no such module for the running kernel,
 * -ENOPKG when there is no modinfo, -ENOMEM.
 */
int lt_params_installed(const struct lt_paths *paths, const char *module,
			struct lt_params *params);

/**
 * lt_params_loaded() - parameters of a module that is loaded
 * @paths: see lt_paths_init()
 * @module: name, as "latency_tracker_block"
 * @params: receives them, sorted, with what modinfo knows about them; release with
 *	lt_params_free()
 *
 * Return: 0 or a negative errno: -ENOENT when it is not loaded or has none, -ENOMEM.
 */
int lt_params_loaded(const struct lt_paths *paths, const char *module, struct lt_params *params);

/**
 * lt_params_find() - a parameter by its name
 * @params: parameters
 * @name: need not end in NUL; '-' and '_' are the same, as for the kernel
 * @len: bytes at @name
 *
 * Return: the parameter, or NULL.
 */
const struct lt_param *lt_params_find(const struct lt_params *params, const char *name,
				      size_t len);

/** lt_params_free() - release parameters and leave none; none is fine. */
void lt_params_free(struct lt_params *params);

/**
 * lt_param_read() - value of a module parameter
 * @paths: see lt_paths_init()
 * @module: name, as "latency_tracker_block"
 * @param: name, as "threshold_us"
 * @value: receives the text without its newline
 * @size: room at @value
 *
 * Return: 0 or a negative errno: -ENOENT without such a module or parameter, -EACCES,
 * -ENAMETOOLONG when @value is too small, -EINVAL when a name holds a slash.
 */
int lt_param_read(const struct lt_paths *paths, const char *module, const char *param,
		  char *value, size_t size);

/**
 * lt_param_write() - change a module parameter
 * @paths: see lt_paths_init()
 * @module: name, as "latency_tracker_block"
 * @param: name, as "threshold_us"
 * @value: text without newline; "" is passed on, too
 *
 * Return: 0 or a negative errno: -EINVAL when the module refuses the value (it says why in the
 * kernel log), -EACCES or -EPERM when it may not be changed, -ENOENT.
 */
int lt_param_write(const struct lt_paths *paths, const char *module, const char *param,
		   const char *value);

#endif /* LT_PARAM_H */
