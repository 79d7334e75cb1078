/* SPDX-License-Identifier: GPL-2.0 */
/* A directory of its own for each test, in the place of debugfs, sysfs or the daemon's state. */
#ifndef TREE_H
#define TREE_H

#include <fts.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree[64];

/* Make a file below the tree, with the directories on its way. */
static inline void tree_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	for (char *slash = path + strlen(tree) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	if (name[strlen(name) - 1] == '/')
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline int tree_setup(void **state)
{
	(void)state;
	strcpy(tree, "/tmp/lt-test-XXXXXX");
	return mkdtemp(tree) ? 0 : -1;
}

static inline int tree_teardown(void **state)
{
	char *roots[] = { tree, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	(void)state;
	while (fts && (entry = fts_read(fts)))
		if (entry->fts_info != FTS_D)
			remove(entry->fts_path);
	if (fts)
		fts_close(fts);
	return 0;
}

#endif /* TREE_H */
