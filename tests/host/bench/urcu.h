/* SPDX-License-Identifier: GPL-2.0 */
/* liburcu's cds_lfht, behind names that do not collide with the kernel's. */
#ifndef BENCH_URCU_H
#define BENCH_URCU_H

void bench_urcu_create(unsigned int buckets, unsigned long live, unsigned int threads);
void bench_urcu_destroy(void);

/* One of these in each thread that runs pairs. */
void bench_urcu_enter(void);
void bench_urcu_exit(void);

/* How many keys, from @key on, each thread uses in turn. */
#define BENCH_KEYS	64

/* Add a key, look it up and delete it, @n times; @unique: add_unique. */
void bench_urcu_pairs(unsigned int thread, unsigned long key, unsigned long n, int unique);

#endif /* BENCH_URCU_H */
