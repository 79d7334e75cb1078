/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint ovs_dp_upcall, since commit c4ab7b56be0f (5.14). Kernel headers do not ship
 * net/openvswitch/openvswitch_trace.h, so no build can compare a callback with it: this is its
 * prototype as of 6.12. Of what it hands over only the packet is public.
 */
#ifndef LT_COMPAT_OPENVSWITCH_H
#define LT_COMPAT_OPENVSWITCH_H

#include <linux/skbuff.h>

struct datapath;
struct dp_upcall_info;
struct sw_flow_key;

#define LT_OVS_DP_UPCALL_ARGS						\
	struct datapath *dp, struct sk_buff *skb,			\
	const struct sw_flow_key *key, const struct dp_upcall_info *upcall_info

#endif /* LT_COMPAT_OPENVSWITCH_H */
