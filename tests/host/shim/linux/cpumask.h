/* SPDX-License-Identifier: GPL-2.0 */
/* Shim: CPUs and NUMA nodes; tests say how many there are. */
#ifndef SHIM_LINUX_CPUMASK_H
#define SHIM_LINUX_CPUMASK_H

#include <linux/types.h>

typedef struct { unsigned long bits; } nodemask_t;
struct cpumask { unsigned long bits; };

extern unsigned int shim_nr_cpus;
extern unsigned int nr_node_ids;
extern nodemask_t node_online_map;
extern __thread unsigned int shim_cpu;
extern __thread unsigned int shim_node;

#define num_possible_cpus()	shim_nr_cpus
#define raw_smp_processor_id()	shim_cpu
#define numa_node_id()		((int)shim_node)
#define cpu_to_node(cpu)	((int)((cpu) % nr_node_ids))
#define for_each_possible_cpu(cpu)						\
	for ((cpu) = 0; (unsigned int)(cpu) < shim_nr_cpus; (cpu)++)

#define nodes_weight(mask)	__builtin_popcountl((mask).bits)
#define first_node(mask)	__builtin_ctzl((mask).bits)
#define for_each_node_mask(nid, mask)						\
	for ((nid) = shim_next_node(0, &(mask)); (unsigned int)(nid) < nr_node_ids;	\
	     (nid) = shim_next_node((nid) + 1, &(mask)))

static inline int shim_next_node(unsigned int nid, const nodemask_t *mask)
{
	while (nid < nr_node_ids && !(mask->bits & 1UL << nid))
		nid++;
	return nid;
}

#endif /* SHIM_LINUX_CPUMASK_H */
