/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Socket buffers: the arguments of the tracepoints kfree_skb and consume_skb (features.c).
 */
#ifndef LT_COMPAT_SKBUFF_H
#define LT_COMPAT_SKBUFF_H

#include <linux/skbuff.h>
#include <trace/events/skb.h>

#if defined(LT_KFREE_SKB_CONST_SOCK)
#define LT_KFREE_SKB_ARGS						\
	struct sk_buff *skb, void *location, enum skb_drop_reason reason, \
	const struct sock *rx_sk
#elif defined(LT_KFREE_SKB_SOCK)
#define LT_KFREE_SKB_ARGS						\
	struct sk_buff *skb, void *location, enum skb_drop_reason reason, \
	struct sock *rx_sk
#elif defined(LT_KFREE_SKB_REASON)
#define LT_KFREE_SKB_ARGS						\
	struct sk_buff *skb, void *location, enum skb_drop_reason reason
#else
#define LT_KFREE_SKB_ARGS	struct sk_buff *skb, void *location
#endif

#ifdef LT_CONSUME_SKB_LOCATION
#define LT_CONSUME_SKB_ARGS	struct sk_buff *skb, void *location
#else
#define LT_CONSUME_SKB_ARGS	struct sk_buff *skb
#endif

#endif /* LT_COMPAT_SKBUFF_H */
