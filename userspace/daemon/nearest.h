/* SPDX-License-Identifier: GPL-2.0 */
/* Which known word somebody may have meant. */
#ifndef LT_NEAREST_H
#define LT_NEAREST_H

/**
 * struct lt_nearest - the best of the words that were offered
 * @wanted: what was written
 * @word: the best so far, NULL for none
 * @distance: how many letters it is away
 */
struct lt_nearest {
	const char *wanted;
	const char *word;
	unsigned int distance;
};

/**
 * lt_nearest_offer() - offer a word
 * @nearest: begins with @wanted alone
 * @word: known word, must outlive @nearest
 *
 * Distance is the number of letters to insert, remove or replace. A word that shares less than a
 * third of its letters with @wanted is no help and not taken.
 */
void lt_nearest_offer(struct lt_nearest *nearest, const char *word);

#endif /* LT_NEAREST_H */
