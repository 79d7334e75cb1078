/* SPDX-License-Identifier: GPL-2.0 */
/* What every test of the daemon includes: cmocka, and a directory of its own. */
#ifndef LT_TEST_H
#define LT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fileutil.h"
#include "remove.h"

/* Makes a directory for one test; *state is its path. */
static inline int make_dir(void **state)
{
	char *path = strdup("/tmp/lt-daemon-XXXXXX");

	*state = path;
	return path && mkdtemp(path) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	char *path = *state;
	int ret = lt_remove_tree(-1, path);	/* absolute: the descriptor does not matter */

	free(path);
	return ret;
}

#endif /* LT_TEST_H */
