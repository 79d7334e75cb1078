// SPDX-License-Identifier: GPL-2.0
/* The oracle over cds_lfht; see fuzz/urcu.h. */
#include <urcu/urcu-memb.h>
#include <urcu/rculfhash.h>

#include <stdlib.h>

#include "urcu.h"

#define VALUES	1024

static struct entry {
	struct cds_lfht_node node;
	unsigned long hash;
	unsigned long key;
	int in;
} entries[VALUES];

static struct cds_lfht *ht;

static int match(struct cds_lfht_node *node, const void *key)
{
	return caa_container_of(node, struct entry, node)->key == *(const unsigned long *)key;
}

void oracle_create(void)
{
	int i;

	ht = cds_lfht_new_flavor(4, 1, 0, 0, &urcu_memb_flavor, NULL);
	if (!ht)
		abort();
	for (i = 0; i < VALUES; i++)
		entries[i].in = 0;
}

void oracle_destroy(void)
{
	int i;

	for (i = 0; i < VALUES; i++)
		oracle_delete(i);
	/* Entries are used again by the next table only. */
	urcu_memb_synchronize_rcu();
	if (cds_lfht_destroy(ht, NULL))
		abort();
}

static struct entry *prepare(unsigned long hash, unsigned long key, int value)
{
	struct entry *entry = &entries[value];

	if (entry->in)
		abort();
	entry->hash = hash;
	entry->key = key;
	cds_lfht_node_init(&entry->node);
	return entry;
}

int oracle_add(unsigned long hash, unsigned long key, int value)
{
	struct entry *entry = prepare(hash, key, value);

	urcu_memb_read_lock();
	cds_lfht_add(ht, hash, &entry->node);
	urcu_memb_read_unlock();
	entry->in = 1;
	return value;
}

int oracle_add_unique(unsigned long hash, unsigned long key, int value)
{
	struct entry *entry = prepare(hash, key, value), *there;

	urcu_memb_read_lock();
	there = caa_container_of(cds_lfht_add_unique(ht, hash, match, &key, &entry->node),
				 struct entry, node);
	urcu_memb_read_unlock();
	there->in = 1;
	return there - entries;
}

int oracle_replace(unsigned long hash, unsigned long key, int value)
{
	struct entry *entry = prepare(hash, key, value), *old;
	struct cds_lfht_node *node;

	urcu_memb_read_lock();
	node = cds_lfht_add_replace(ht, hash, match, &key, &entry->node);
	urcu_memb_read_unlock();
	entry->in = 1;
	if (!node)
		return -1;
	old = caa_container_of(node, struct entry, node);
	old->in = 0;
	return old - entries;
}

int oracle_delete(int value)
{
	int err;

	if (!entries[value].in)
		return -1;
	urcu_memb_read_lock();
	err = cds_lfht_del(ht, &entries[value].node);
	urcu_memb_read_unlock();
	entries[value].in = 0;
	return err;
}

int oracle_has(unsigned long hash, unsigned long key)
{
	struct cds_lfht_iter iter;
	int has;

	urcu_memb_read_lock();
	cds_lfht_lookup(ht, hash, match, &key, &iter);
	has = cds_lfht_iter_get_node(&iter) != NULL;
	urcu_memb_read_unlock();
	return has;
}

unsigned long oracle_count(void)
{
	struct cds_lfht_iter iter;
	unsigned long n = 0;

	urcu_memb_read_lock();
	for (cds_lfht_first(ht, &iter); cds_lfht_iter_get_node(&iter); cds_lfht_next(ht, &iter))
		n++;
	urcu_memb_read_unlock();
	return n;
}

void oracle_resize(unsigned long buckets)
{
	cds_lfht_resize(ht, buckets);
}
