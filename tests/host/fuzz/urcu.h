/* SPDX-License-Identifier: GPL-2.0 */
/* The oracle: liburcu's cds_lfht, behind names that do not collide with the kernel's. */
#ifndef FUZZ_URCU_H
#define FUZZ_URCU_H

/* Values are numbers of items; -1: none. */
void oracle_create(void);
void oracle_destroy(void);
int oracle_add(unsigned long hash, unsigned long key, int value);
/* Adds unless the key is there. Returns the value that is there then. */
int oracle_add_unique(unsigned long hash, unsigned long key, int value);
/* Returns the value that was replaced. */
int oracle_replace(unsigned long hash, unsigned long key, int value);
/* Deletes the entry with this value. Returns 0 if it was there. */
int oracle_delete(int value);
int oracle_has(unsigned long hash, unsigned long key);
unsigned long oracle_count(void);
void oracle_resize(unsigned long buckets);

#endif /* FUZZ_URCU_H */
