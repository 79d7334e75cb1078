/* SPDX-License-Identifier: GPL-2.0 */
/* The modules of latency-tracker: the core and the probes, those loaded and those installed. */
#ifndef LT_MODULE_H
#define LT_MODULE_H

#include <stddef.h>

#include "paths.h"

/* Longest name of a module that is accepted, NUL included (the kernel's limit is 56). */
#define LT_MODULE_MAX 64

/* The module that all probes need. */
#define LT_MODULE_CORE "latency_tracker"

/**
 * lt_module_name() - name of a module from what people call it
 * @word: "block", "latency_tracker_block" or "latency-tracker-block"; LT_MODULE_CORE is the core
 * @name: receives the name, at least LT_MODULE_MAX bytes
 *
 * Return: 0, or -EINVAL when no module can have such a name.
 */
int lt_module_name(const char *word, char *name);

/** lt_module_probe() - Return: the part of @module that names the probe; all of it for the core. */
const char *lt_module_probe(const char *module);

/**
 * lt_module_loaded() - whether a module is loaded
 * @paths: see lt_paths_init()
 * @module: name, as "latency_tracker"; everybody may ask
 *
 * Return: 1 or 0.
 */
int lt_module_loaded(const struct lt_paths *paths, const char *module);

/**
 * lt_modules_loaded() - the probes that are loaded
 * @paths: see lt_paths_init()
 * @names: receives the names of their modules, sorted; release with lt_names_free()
 * @count: receives their number
 *
 * Return: 0 or a negative errno.
 */
int lt_modules_loaded(const struct lt_paths *paths, char ***names, size_t *count);

/**
 * lt_modules_installed() - the probes that are installed for the running kernel
 * @paths: see lt_paths_init()
 * @names: receives the names of their modules, sorted; release with lt_names_free()
 * @count: receives their number
 *
 * Return: 0 or a negative errno: -ENOENT when no module at all is installed for it.
 */
int lt_modules_installed(const struct lt_paths *paths, char ***names, size_t *count);

/**
 * lt_kmod_program() - where modprobe, modinfo or rmmod is
 * @paths: see lt_paths_init()
 * @name: its name
 * @program: receives what to give to lt_child_run(), at least LT_PATH_MAX bytes
 *
 * Return: @program.
 */
char *lt_kmod_program(const struct lt_paths *paths, const char *name, char *program);

#endif /* LT_MODULE_H */
