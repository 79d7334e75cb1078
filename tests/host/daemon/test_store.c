// SPDX-License-Identifier: GPL-2.0
/* Journal, snapshot directories and the lock, in a directory below /tmp. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <json-c/json.h>

#include "counts.h"
#include "journal.h"
#include "pidfile.h"
#include "store.h"

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int add_hit(struct lt_journal *journal, uint64_t seq, uint64_t ts_ns)
{
	struct json_object *line = json_object_new_object();
	int ret;

	json_object_object_add(line, "seq", json_object_new_uint64(seq));
	json_object_object_add(line, "ts_ns", json_object_new_uint64(ts_ns));
	ret = lt_journal_add(journal, line);
	json_object_put(line);
	return ret;
}

static void test_journal_remembers(void **state)
{
	int dirfd = open_dir(*state);
	struct lt_journal journal;

	assert_int_equal(lt_journal_open(&journal, dirfd), 0);
	assert_false(lt_journal_is_known(&journal, 1, 1000));
	assert_int_equal(add_hit(&journal, 1, 1000), 0);
	assert_int_equal(add_hit(&journal, 2, 2000), 0);
	lt_journal_close(&journal);

	assert_int_equal(lt_journal_open(&journal, dirfd), 0);
	assert_true(lt_journal_is_known(&journal, 1, 1000));
	assert_true(lt_journal_is_known(&journal, 2, 2000));
	assert_false(lt_journal_is_known(&journal, 1, 1001));	/* module loaded anew */
	assert_false(lt_journal_is_known(&journal, 3, 2000));
	lt_journal_forget(&journal);
	assert_false(lt_journal_is_known(&journal, 1, 1000));
	lt_journal_close(&journal);
	close(dirfd);
}

static void test_journal_cut_line(void **state)
{
	static const char text[] = "{\"seq\":7,\"ts_ns\":70}\nno json\n{\"seq\":8,\"ts_";
	int dirfd = open_dir(*state);
	struct lt_journal journal;
	char after[256];

	assert_int_equal(lt_write_file(dirfd, "journal.jsonl", text, strlen(text)), 0);
	assert_int_equal(lt_journal_open(&journal, dirfd), 0);
	assert_true(lt_journal_is_known(&journal, 7, 70));
	assert_int_equal(add_hit(&journal, 9, 90), 0);
	lt_journal_close(&journal);
	lt_read_text(dirfd, "journal.jsonl", after, sizeof(after));
	assert_string_equal(after, "{\"seq\":7,\"ts_ns\":70}\nno json\n{\"seq\":9,\"ts_ns\":90}\n");
	close(dirfd);
}

/* A limit on the size of files does what a full disk does: a short write, then an error. */
static void test_journal_full_disk(void **state)
{
	struct rlimit old, limit;
	int dirfd = open_dir(*state);
	struct lt_journal journal;
	char after[256];

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 30;
	assert_int_equal(lt_journal_open(&journal, dirfd), 0);
	assert_int_equal(add_hit(&journal, 1, 10), 0);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(add_hit(&journal, 2, 20), -EAGAIN);
	assert_int_equal(add_hit(&journal, 3, 30), -EAGAIN);
	assert_int_equal(lt_count_get(&lt_counts.journal_waiting),
			 2 * strlen("{\"seq\":1,\"ts_ns\":10}\n"));
	lt_read_text(dirfd, "journal.jsonl", after, sizeof(after));
	assert_string_equal(after, "{\"seq\":1,\"ts_ns\":10}\n");
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(add_hit(&journal, 4, 40), 0);
	assert_int_equal(lt_count_get(&lt_counts.journal_waiting), 0);
	lt_journal_close(&journal);
	lt_read_text(dirfd, "journal.jsonl", after, sizeof(after));
	assert_string_equal(after, "{\"seq\":1,\"ts_ns\":10}\n{\"seq\":2,\"ts_ns\":20}\n"
			    "{\"seq\":3,\"ts_ns\":30}\n{\"seq\":4,\"ts_ns\":40}\n");
	close(dirfd);
}

/* A quarter of what is kept goes in three times, with its quotes and newline. */
static void test_journal_overflow(void **state)
{
	struct rlimit old, limit;
	int dirfd = open_dir(*state);
	struct json_object *line;
	struct lt_journal journal;
	char *text = calloc(1, LT_JOURNAL_BACKLOG_MAX / 4 + 1);

	assert_non_null(text);
	memset(text, 'x', LT_JOURNAL_BACKLOG_MAX / 4);
	line = json_object_new_string(text);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 30;
	assert_int_equal(lt_journal_open(&journal, dirfd), 0);
	setrlimit(RLIMIT_FSIZE, &limit);
	for (int i = 0; i < 3; i++)
		assert_int_equal(lt_journal_add(&journal, line), -EAGAIN);
	assert_int_equal(lt_count_get(&lt_counts.journal_dropped), 0);
	assert_int_equal(lt_journal_add(&journal, line), -ENOBUFS);
	assert_int_equal(lt_count_get(&lt_counts.journal_dropped), 1);
	setrlimit(RLIMIT_FSIZE, &old);
	lt_journal_close(&journal);
	json_object_put(line);
	free(text);
	close(dirfd);
}

static bool exists(const struct lt_store *store, const char *name)
{
	return !faccessat(store->snapshots_fd, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static bool is_newest(const char *name, void *arg)
{
	return !strcmp(name, arg);
}

static void add_snapshot(const struct lt_store *store, const char *name)
{
	int fd = lt_store_create(store, name);

	assert_true(fd >= 0);
	mkdirat(fd, "trace", 0700);
	assert_int_equal(lt_write_file(fd, "hit.json", "{}", 2), 0);
	close(fd);
}

static void test_prune(void **state)
{
	struct lt_store store;

	assert_int_equal(lt_store_open(&store, *state), 0);
	add_snapshot(&store, "20250102T000000Z-block-2");
	add_snapshot(&store, "20250101T000000Z-block-9");
	add_snapshot(&store, "20250103T000000Z-block-3");
	add_snapshot(&store, "a directory of the user");
	assert_int_equal(symlinkat("/etc", store.snapshots_fd, "20240101T000000Z-link-1"), 0);
	store.max_snapshots = 2;
	assert_int_equal(lt_store_prune(&store, is_newest, (void *)"20250101T000000Z-block-9"), 0);
	assert_false(exists(&store, "20240101T000000Z-link-1"));
	assert_false(exists(&store, "20250102T000000Z-block-2"));
	assert_true(exists(&store, "20250101T000000Z-block-9"));	/* busy */
	assert_true(exists(&store, "20250103T000000Z-block-3"));
	assert_true(exists(&store, "a directory of the user"));
	assert_int_equal(access("/etc/passwd", F_OK), 0);
	lt_store_close(&store);
}

static void test_no_space(void **state)
{
	struct lt_store store;

	assert_int_equal(lt_store_open(&store, *state), 0);
	add_snapshot(&store, "20250101T000000Z-block-1");
	store.max_snapshots = 10;
	store.min_free_bytes = UINT64_MAX;
	assert_int_equal(lt_store_prune(&store, is_newest, (void *)""), -ENOSPC);
	assert_false(exists(&store, "20250101T000000Z-block-1"));
	lt_store_close(&store);
}

static void write_proof(const struct lt_store *store, const char *name, const char *text)
{
	int fd;

	add_snapshot(store, name);
	fd = openat(store->snapshots_fd, name, O_RDONLY | O_DIRECTORY);
	assert_int_equal(lt_write_file(fd, "proof.json", text, strlen(text)), 0);
	close(fd);
}

static void assert_proof(const struct lt_store *store, const char *name, const char *needle)
{
	char path[256], text[1024];

	snprintf(path, sizeof(path), "%s/proof.json", name);
	assert_true(lt_read_text(store->snapshots_fd, path, text, sizeof(text)) > 0);
	if (!strstr(text, needle))
		fail_msg("%s: no %s in %s", name, needle, text);
}

static void test_recover(void **state)
{
	struct lt_store store;

	assert_int_equal(lt_store_open(&store, *state), 0);
	write_proof(&store, "20250101T000000Z-block-1", "{\"status\":\"recording\",\"hit_seq\":1}");
	write_proof(&store, "20250101T000000Z-block-2", "{\"status\": \"ok\"}");
	write_proof(&store, "20250101T000000Z-block-3", "{\"status\": \"rec");
	add_snapshot(&store, "20250101T000000Z-block-4");
	lt_store_recover(&store);
	assert_proof(&store, "20250101T000000Z-block-1", "\"status\": \"failed\"");
	assert_proof(&store, "20250101T000000Z-block-1", "\"hit_seq\": 1");
	assert_proof(&store, "20250101T000000Z-block-2", "\"status\": \"ok\"");
	assert_proof(&store, "20250101T000000Z-block-3", "\"status\": \"failed\"");
	assert_proof(&store, "20250101T000000Z-block-4", "\"status\": \"failed\"");
	lt_store_close(&store);
}

static void test_lock(void **state)
{
	int dirfd = open_dir(*state), first, second;
	char text[32];
	pid_t owner;

	first = lt_pidfile_lock(dirfd, &owner);
	assert_true(first >= 0);
	second = lt_pidfile_lock(dirfd, &owner);
	assert_int_equal(second, -EBUSY);
	assert_int_equal(owner, getpid());
	lt_pidfile_unlock(first);
	assert_int_equal(lt_read_text(dirfd, "daemon.pid", text, sizeof(text)), 0);
	first = lt_pidfile_lock(dirfd, &owner);
	assert_true(first >= 0);
	lt_pidfile_unlock(first);
	close(dirfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_journal_remembers, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_journal_cut_line, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_journal_full_disk, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_journal_overflow, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_prune, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_no_space, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_recover, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_lock, make_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("journal and snapshots", tests, NULL, NULL);
}
