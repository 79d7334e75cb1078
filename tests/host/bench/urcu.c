// SPDX-License-Identifier: GPL-2.0
/*
 * The peer: liburcu's cds_lfht with nodes made beforehand, flavour QSBR, inlined (the
 * licence allows it: ours is GPL).
 */
#define _LGPL_SOURCE
#include <urcu/urcu-qsbr.h>
#include <urcu/rculfhash.h>

#include <stdint.h>
#include <stdlib.h>

#include "urcu.h"

/* Nodes of a thread are used in turn; once around a grace period is waited for. */
#define NODES	(1UL << 16)

struct entry {
	struct cds_lfht_node node;
	uint64_t key;
	uint64_t begin;
} __attribute__((aligned(64)));

static struct cds_lfht *ht;
static struct entry *resident;
static struct entry *entries[64];
static unsigned long position[64];
static unsigned long nr_resident;
static unsigned int nr_threads;

/* The hash that ours uses. */
static unsigned long hash_of(uint64_t key)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> 32;
}

static int match(struct cds_lfht_node *node, const void *key)
{
	return caa_container_of(node, struct entry, node)->key == *(const uint64_t *)key;
}

void bench_urcu_create(unsigned int buckets, unsigned long live, unsigned int threads)
{
	unsigned long i;

	urcu_qsbr_register_thread();
	ht = cds_lfht_new_flavor(buckets, buckets, buckets, 0, &urcu_qsbr_flavor, NULL);
	resident = aligned_alloc(64, live * sizeof(*resident));
	if (!ht || !resident)
		abort();
	nr_resident = live;
	nr_threads = threads;
	for (i = 0; i < live; i++) {
		resident[i].key = i;
		cds_lfht_node_init(&resident[i].node);
		cds_lfht_add(ht, hash_of(i), &resident[i].node);
	}
	for (i = 0; i < threads; i++) {
		entries[i] = aligned_alloc(64, NODES * sizeof(struct entry));
		position[i] = 0;
		if (!entries[i])
			abort();
	}
	urcu_qsbr_thread_offline();
}

void bench_urcu_destroy(void)
{
	unsigned long i;

	urcu_qsbr_thread_online();
	for (i = 0; i < nr_resident; i++)
		cds_lfht_del(ht, &resident[i].node);
	urcu_qsbr_unregister_thread();
	if (cds_lfht_destroy(ht, NULL))
		abort();
	free(resident);
	for (i = 0; i < nr_threads; i++)
		free(entries[i]);
}

void bench_urcu_enter(void)
{
	urcu_qsbr_register_thread();
}

void bench_urcu_exit(void)
{
	urcu_qsbr_unregister_thread();
}

static void pair(struct entry *entry, uint64_t key, int unique)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	entry->key = key;
	cds_lfht_node_init(&entry->node);
	if (unique) {
		if (cds_lfht_add_unique(ht, hash_of(key), match, &key, &entry->node) !=
		    &entry->node)
			abort();
	} else {
		cds_lfht_add(ht, hash_of(key), &entry->node);
	}
	cds_lfht_lookup(ht, hash_of(key), match, &key, &iter);
	node = cds_lfht_iter_get_node(&iter);
	if (!node || cds_lfht_del(ht, node))
		abort();
}

void bench_urcu_pairs(unsigned int thread, unsigned long key, unsigned long n, int unique)
{
	unsigned long at = position[thread];

	urcu_qsbr_thread_online();
	while (n--) {
		urcu_qsbr_read_lock();
		pair(&entries[thread][at], key + n % BENCH_KEYS, unique);
		urcu_qsbr_read_unlock();
		if (!(n & 255))
			urcu_qsbr_quiescent_state();
		if (++at == NODES) {
			at = 0;
			urcu_qsbr_synchronize_rcu();
		}
	}
	position[thread] = at;
	/* Nobody waits for a thread that waits for others. */
	urcu_qsbr_thread_offline();
}
