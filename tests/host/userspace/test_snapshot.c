// SPDX-License-Identifier: GPL-2.0
/* Directories of snapshots, whole and damaged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "snapshot.h"
#include "tree.h"

static void load(const char *name, struct lt_snapshot *snapshot)
{
	assert_int_equal(lt_snapshot_load(tree, name, snapshot), 0);
	assert_string_equal(snapshot->name, name);
}

static void names_are_sorted(void **state)
{
	char **names;
	size_t count;

	(void)state;
	assert_int_equal(lt_snapshots_names(tree, &names, &count), -ENOENT);
	tree_file("snapshots/b/", "");
	tree_file("snapshots/a/", "");
	tree_file("snapshots/.tmp/", "");
	tree_file("snapshots/file", "");
	assert_int_equal(lt_snapshots_names(tree, &names, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	lt_snapshots_names_free(names, count);
}

static void whole_snapshots_are_loaded(void **state)
{
	static const char hit[] = "{\"delta_ns\":20131402,\"tracker\":\"block\"}\n";
	static const char proof[] = "{\"covers_begin\":true,\"covers_hit\":true}";
	struct lt_snapshot snapshot;
	uint64_t delta = 0;

	(void)state;
	tree_file("snapshots/a/hit.json", hit);
	tree_file("snapshots/a/proof.json", proof);
	tree_file("snapshots/a/trace/ch0", "1234567890");
	load("a", &snapshot);
	assert_true(lt_json_get_u64(snapshot.hit, "delta_ns", &delta));
	assert_int_equal(delta, 20131402);
	assert_string_equal(lt_json_get_string(snapshot.hit, "tracker"), "block");
	assert_null(lt_json_get_string(snapshot.hit, "delta_ns"));
	assert_false(lt_json_get_u64(snapshot.hit, "tracker", &delta));
	assert_true(lt_snapshot_covers(&snapshot));
	assert_int_equal(snapshot.size, strlen(hit) + strlen(proof) + 10);
	lt_snapshot_free(&snapshot);
}

static void covering_takes_both_ends(void **state)
{
	static const char * const proofs[] = {
		"{\"covers_begin\":true,\"covers_hit\":false}",
		"{\"covers_begin\":false,\"covers_hit\":true}",
		"{\"covers_begin\":true}",
		"{\"covers_begin\":\"true\",\"covers_hit\":1}",
		"{}",
	};
	struct lt_snapshot snapshot;

	(void)state;
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
		tree_file("snapshots/a/proof.json", proofs[i]);
		load("a", &snapshot);
		assert_non_null(snapshot.proof);
		assert_false(lt_snapshot_covers(&snapshot));
		lt_snapshot_free(&snapshot);
	}
}

static void damaged_json_is_left_out(void **state)
{
	static const char * const texts[] = { "", "{", "[]", "12", "{\"a\":}", "null", "\xff" };
	struct lt_snapshot snapshot;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		tree_file("snapshots/a/hit.json", texts[i]);
		load("a", &snapshot);
		assert_null(snapshot.hit);
		assert_null(snapshot.proof);
		assert_false(lt_snapshot_covers(&snapshot));
		lt_snapshot_free(&snapshot);
	}
}

static void other_names_are_not_found(void **state)
{
	struct lt_snapshot snapshot;

	(void)state;
	tree_file("snapshots/file", "");
	assert_int_equal(lt_snapshot_load(tree, "a", &snapshot), -ENOENT);
	assert_int_equal(lt_snapshot_load(tree, "file", &snapshot), -ENOENT);
	assert_int_equal(lt_snapshot_load(tree, "", &snapshot), -ENOENT);
	assert_int_equal(lt_snapshot_load(tree, "..", &snapshot), -ENOENT);
	assert_int_equal(lt_snapshot_load(tree, "../snapshots", &snapshot), -ENOENT);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, tree_setup, tree_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(names_are_sorted),
		CASE(whole_snapshots_are_loaded),
		CASE(covering_takes_both_ends),
		CASE(damaged_json_is_left_out),
		CASE(other_names_are_not_found),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
