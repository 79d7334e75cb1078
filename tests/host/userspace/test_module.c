// SPDX-License-Identifier: GPL-2.0
/* Modules and their parameters, and the programs and files that know about them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"
#include "klog.h"
#include "module.h"
#include "names.h"
#include "param.h"
#include "tree.h"

static struct lt_paths paths;

static int setup(void **state)
{
	int err = tree_setup(state);

	snprintf(paths.sysfs, sizeof(paths.sysfs), "%s/sys", tree);
	snprintf(paths.modules, sizeof(paths.modules), "%s/modules", tree);
	snprintf(paths.kmod, sizeof(paths.kmod), "%s/kmod", tree);
	snprintf(paths.kmsg, sizeof(paths.kmsg), "%s/kmsg", tree);
	return err;
}

static void program(const char *name, const char *script)
{
	char path[128];

	tree_file(name, script);
	snprintf(path, sizeof(path), "%s/%s", tree, name);
	assert_int_equal(chmod(path, 0700), 0);
}

static void probes_have_short_and_long_names(void **state)
{
	static const struct {
		const char *word, *module;
	} names[] = {
		{ "block", "latency_tracker_block" },
		{ "latency_tracker_block", "latency_tracker_block" },
		{ "latency-tracker-ovs-upcall", "latency_tracker_ovs_upcall" },
		{ "ovs-upcall", "latency_tracker_ovs_upcall" },
		{ "latency_tracker", "latency_tracker" },
		{ "latency_tracker_", "latency_tracker_latency_tracker_" },
		{ "a23456789012345678901234567890123456789012345678",
		  NULL },
		{ "", NULL }, { "../x", NULL }, { "a b", NULL }, { "a.ko", NULL },
	};
	char module[LT_MODULE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int err = lt_module_name(names[i].word, module);

		assert_int_equal(err, names[i].module ? 0 : -EINVAL);
		if (!err)
			assert_string_equal(module, names[i].module);
	}
	assert_string_equal(lt_module_probe("latency_tracker_block"), "block");
	assert_string_equal(lt_module_probe("latency_tracker"), "latency_tracker");
}

static void probes_are_listed(void **state)
{
	char **names;
	size_t count;

	(void)state;
	assert_int_equal(lt_modules_loaded(&paths, &names, &count), -ENOENT);
	assert_int_equal(lt_modules_installed(&paths, &names, &count), -ENOENT);
	tree_file("sys/module/latency_tracker/", "");
	tree_file("sys/module/latency_tracker_wakeup/", "");
	tree_file("sys/module/latency_tracker_block/", "");
	tree_file("sys/module/ext4/", "");
	assert_int_equal(lt_modules_loaded(&paths, &names, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "latency_tracker_block");
	lt_names_free(names, count);
	tree_file("modules/modules.dep", "kernel/a.ko:\nextra/latency_tracker_b.ko.xz: extra/c.ko\n"
		  "latency_tracker_a.ko:\nextra/latency_tracker.ko:\n");
	assert_int_equal(lt_modules_installed(&paths, &names, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "latency_tracker_a");
	assert_string_equal(names[1], "latency_tracker_b");
	lt_names_free(names, count);
}

static void parameters_come_from_modinfo(void **state)
{
	const struct lt_param *param;
	struct lt_params params;

	(void)state;
	assert_int_equal(lt_params_installed(&paths, "m", &params), -ENOPKG);
	program("kmod/modinfo", "#!/bin/sh\n[ \"$*\" = '-p m' ] || { echo no:m; exit 1; }\n"
		"echo 'min_us:least: 1'\necho nonsense\necho :\necho 'a:'\necho 'x:y' >&2\n");
	assert_int_equal(lt_params_installed(&paths, "n", &params), -ENOENT);
	assert_int_equal(params.count, 0);
	assert_int_equal(lt_params_installed(&paths, "m", &params), 0);
	assert_int_equal(params.count, 2);
	param = lt_params_find(&params, "min-us=3", 6);
	assert_non_null(param);
	assert_string_equal(param->name, "min_us");
	assert_string_equal(param->meaning, "least: 1");
	assert_null(lt_params_find(&params, "min_u", 5));
	assert_null(lt_params_find(&params, "min_us2", 7));
	assert_null(lt_params_find(&params, "", 0));
	lt_params_free(&params);
	assert_int_equal(params.count, 0);
}

static void parameters_of_loaded_modules_may_be_for_the_load_only(void **state)
{
	struct lt_params params;
	char path[128];

	(void)state;
	assert_int_equal(lt_params_loaded(&paths, "m", &params), -ENOENT);
	tree_file("sys/module/m/parameters/b", "1\n");
	tree_file("sys/module/m/parameters/a", "2\n");
	snprintf(path, sizeof(path), "%s/sys/module/m/parameters/b", tree);
	assert_int_equal(chmod(path, 0444), 0);
	program("kmod/modinfo", "#!/bin/sh\necho b:bee\n");
	assert_int_equal(lt_params_loaded(&paths, "m", &params), 0);
	assert_int_equal(params.count, 2);
	assert_string_equal(params.list[0].name, "a");
	assert_string_equal(params.list[0].meaning, "");
	assert_true(params.list[0].writable);
	assert_string_equal(params.list[1].meaning, "bee");
	assert_false(params.list[1].writable);
	lt_params_free(&params);
}

static void only_what_is_new_in_the_log_is_read(void **state)
{
	char **lines;
	size_t count;
	FILE *log;
	int fd;

	(void)state;
	assert_int_equal(lt_klog_open(&paths), -ENOENT);
	assert_int_equal(lt_klog_read(-ENOENT, &lines, &count), 0);
	assert_int_equal(count, 0);
	tree_file("kmsg", "3,1,2,-;latency_tracker: old\n");
	fd = lt_klog_open(&paths);
	assert_true(fd >= 0);
	log = fopen(paths.kmsg, "a");
	fputs("3,2,3,-;other: new\n3,3,4,-;latency_tracker_block: new; and more\n"
	      " DEVICE=;latency_tracker\nlatency_tracker\n", log);
	fclose(log);
	assert_int_equal(lt_klog_read(fd, &lines, &count), 0);
	close(fd);
	assert_int_equal(count, 1);
	assert_string_equal(lines[0], "latency_tracker_block: new; and more");
	lt_names_free(lines, count);
}

static void programs_are_heard_and_their_status_is_known(void **state)
{
	char path[128], message[8], *text;
	char *argv[] = { path, (char *)"a b", NULL };

	(void)state;
	snprintf(path, sizeof(path), "%s/program", tree);
	assert_int_equal(lt_child_output(argv, &text), -ENOENT);
	program("program", "#!/bin/sh\necho \"$1\"; echo no >&2; echo; exit 3\n");
	assert_int_equal(lt_child_output(argv, &text), 3);
	assert_string_equal(text, "a b\n\n");
	free(text);
	assert_int_equal(lt_child_run(argv, message, sizeof(message)), 3);
	assert_string_equal(message, "no");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(probes_have_short_and_long_names),
		cmocka_unit_test_setup_teardown(probes_are_listed, setup, tree_teardown),
		cmocka_unit_test_setup_teardown(parameters_come_from_modinfo, setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(
			parameters_of_loaded_modules_may_be_for_the_load_only, setup,
			tree_teardown),
		cmocka_unit_test_setup_teardown(only_what_is_new_in_the_log_is_read, setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(programs_are_heard_and_their_status_is_known,
						setup, tree_teardown),
	};

	return cmocka_run_group_tests_name("module", tests, NULL, NULL);
}
