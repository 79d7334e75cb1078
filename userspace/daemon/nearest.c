// SPDX-License-Identifier: GPL-2.0
#include "nearest.h"

#include <stddef.h>
#include <string.h>

/* Longer than every word of ours; longer ones are not compared. */
#define WORD_MAX	48

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of his table at a time. */
static unsigned int distance_of(const char *a, const char *b, size_t len)
{
	unsigned int row[WORD_MAX + 1];

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		unsigned int diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			unsigned int above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[len];
}

void lt_nearest_offer(struct lt_nearest *nearest, const char *word)
{
	size_t wanted_len = strlen(nearest->wanted), len = strlen(word);
	size_t longer = len > wanted_len ? len : wanted_len;
	unsigned int distance;

	if (longer > WORD_MAX)
		return;
	distance = distance_of(nearest->wanted, word, len);
	if (3 * distance > 2 * longer || (nearest->word && distance >= nearest->distance))
		return;
	nearest->word = word;
	nearest->distance = distance;
}
