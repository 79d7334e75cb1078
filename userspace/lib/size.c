// SPDX-License-Identifier: GPL-2.0
#include "size.h"

#include <fts.h>
#include <stddef.h>
#include <sys/stat.h>

uint64_t lt_size_of_tree(char *path)
{
	char *roots[] = { path, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	uint64_t size = 0;
	FTSENT *entry;

	if (!tree)
		return 0;
	while ((entry = fts_read(tree)))
		if (entry->fts_info == FTS_F)
			size += entry->fts_statp->st_size;
	fts_close(tree);
	return size;
}
