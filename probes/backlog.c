// SPDX-License-Identifier: GPL-2.0
/*
 * The receive backlog of a CPU: from the moment a packet is put into it (by RPS, loopback,
 * veth, an internal port of Open vSwitch, ...) until IPv4 or IPv6 gets it.
 *
 * Stages: queue (enqueue_to_backlog() to __netif_receive_skb(), the hop to the softirq of
 * another CPU) and receive (from there to ip_rcv() or ipv6_rcv()).
 *
 * A packet that does not get that far is cancelled when it is freed: the backlog was full,
 * or somebody else took it. One that goes through a second backlog, as behind a bridge,
 * begins anew there (replaced). Behind a bridge or the like the stage is that of its last
 * device. An end without begin (orphan_ends) is a packet that did not come through a backlog.
 */
#include "latency_tracker.h"
#include "latency_tracker_flow.h"
#include "compat/kprobes.h"
#include "compat/skbuff.h"

#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/topology.h>
#include <net/net_namespace.h>
#include <trace/events/net.h>

#define BACKLOG_STAGE_RECEIVE	0

/**
 * struct backlog_packet - what is noted of a packet when it is enqueued
 * @flow:    what its headers say
 * @ifname:  of the interface
 * @ifindex: of the interface
 * @netns:   inode of the interface's network namespace
 * @qlen:    packets before it in the backlog
 * @target:  CPU whose backlog it is
 */
struct backlog_packet {
	struct latency_tracker_flow flow;
	char ifname[IFNAMSIZ];
	u32 ifindex;
	u32 netns;
	u32 qlen;
	u32 target;
};

static_assert(sizeof(struct backlog_packet) <= LATENCY_TRACKER_PRIV_MAX);

static void backlog_text_way(struct latency_tracker_text *text,
			     const struct latency_tracker_hit *hit)
{
	const struct latency_tracker_stage *receive;
	unsigned int from = hit->event->cpu, to;

	receive = latency_tracker_event_stages(hit->tracker, hit->event) + BACKLOG_STAGE_RECEIVE;
	if (!READ_ONCE(receive->ns))
		return;
	to = READ_ONCE(receive->cpu);
	latency_tracker_text_u64(text, "cpu_receive", to);
	latency_tracker_text_u64(text, "migrated", to != from);
	latency_tracker_text_u64(text, "node_crossed", cpu_to_node(to) != cpu_to_node(from));
}

static void backlog_format(struct latency_tracker_text *text,
			   const struct latency_tracker_hit *hit)
{
	const struct backlog_packet *p = latency_tracker_event_priv(hit->tracker, hit->event);

	latency_tracker_text_str(text, "ifname", p->ifname);
	latency_tracker_text_u64(text, "ifindex", p->ifindex);
	latency_tracker_text_u64(text, "netns", p->netns);
	latency_tracker_text_u64(text, "cpu_target", p->target);
	latency_tracker_text_u64(text, "qlen", p->qlen);
	latency_tracker_text_flow(text, &p->flow);
	backlog_text_way(text, hit);
	latency_tracker_text_stages(text, hit);
}

static const char * const backlog_stage_names[] = { "queue", "receive" };

static u64 backlog_label_cpus(const struct latency_tracker_event *ev,
			      const struct latency_tracker_end *end)
{
	return (u64)ev->cpu << 32 | raw_smp_processor_id();
}

static void backlog_format_cpus(char *buf, size_t size, u64 label)
{
	snprintf(buf, size, "%u-%u", (u32)(label >> 32), (u32)label);
}

enum { BACKLOG_DIM_IF, BACKLOG_DIM_CPUS };

static const struct latency_tracker_dim backlog_dims[] = {
	[BACKLOG_DIM_IF] = { .name = "ifname", .series = 32, .format = latency_tracker_if_format },
	[BACKLOG_DIM_CPUS] = { .name = "cpus", .series = LATENCY_TRACKER_SERIES_MAX,
			       .at_end = backlog_label_cpus, .format = backlog_format_cpus },
};

#define BACKLOG_FILTER_NOT_IP	LATENCY_TRACKER_FLOW_OWN

static const char * const backlog_filters[] = { LATENCY_TRACKER_FLOW_FILTERS, "not_ip", NULL };

static struct latency_tracker_flow_filter backlog_flow_filter;

static void backlog_apply(struct latency_tracker_probe *probe)
{
	WRITE_ONCE(probe->own_filtering, latency_tracker_flow_filtering(&backlog_flow_filter));
}

static struct latency_tracker_probe backlog = {
	.config = {
		.name = "backlog",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.priv_size = sizeof(struct backlog_packet),
		.stages = 1,
		.stage_names = backlog_stage_names,
		.dims = backlog_dims,
		.nr_dims = ARRAY_SIZE(backlog_dims),
		.format = backlog_format,
	},
	.filters = backlog_filters,
	.apply = backlog_apply,
	.set = {
		.threshold_us = 5000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
		.gc_ms = 60000,
	},
};

/* At enqueue the packet begins with its network header, which may not be noted in it yet. */
static bool backlog_wants(const struct sk_buff *skb, struct latency_tracker_flow *flow)
{
	if (!latency_tracker_probe_wants(&backlog, current))
		return false;
	if (skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_NOT_IP);
	latency_tracker_flow_parse(flow, skb->protocol, skb->data, skb_headlen(skb));
	return likely(!READ_ONCE(backlog.own_filtering)) ||
	       latency_tracker_flow_wants(&backlog, &backlog_flow_filter, flow, skb->dev->name);
}

static u64 backlog_key(const struct sk_buff *skb)
{
	return (unsigned long)skb;
}

static void backlog_begin(const struct sk_buff *skb, unsigned int cpu)
{
	struct latency_tracker_event *ev;
	struct backlog_packet *p;
	struct latency_tracker_flow flow;

	if (!backlog_wants(skb, &flow))
		return;
	ev = latency_tracker_probe_begin(&backlog, current);
	if (unlikely(!ev))
		return;
	p = latency_tracker_event_priv(backlog.tracker, ev);
	p->flow = flow;
	latency_tracker_ifname(p->ifname, skb->dev);
	p->ifindex = skb->dev->ifindex;
	p->netns = dev_net(skb->dev)->ns.inum;
	p->target = cpu;
	p->qlen = skb_queue_len_lockless(&per_cpu(softnet_data, cpu).input_pkt_queue);
	latency_tracker_event_label(backlog.tracker, ev, BACKLOG_DIM_IF,
				    latency_tracker_if_label(p->netns, p->ifindex));
	latency_tracker_event_commit_int(backlog.tracker, ev, backlog_key(skb));
}

/* enqueue_to_backlog(skb, cpu, qtail) */
static int backlog_enqueue(struct kprobe *kp, struct pt_regs *regs)
{
	backlog_begin((const struct sk_buff *)lt_regs_argument(regs, 0),
		      lt_regs_argument(regs, 1));
	return 0;
}

static void backlog_receive(void *probe, struct sk_buff *skb)
{
	latency_tracker_event_stage_int(backlog.tracker, backlog_key(skb), BACKLOG_STAGE_RECEIVE);
}

LATENCY_TRACKER_HOOK_CHECK(netif_receive_skb, backlog_receive)

/* ip_rcv(skb, ...), ipv6_rcv(skb, ...) */
static int backlog_rcv(struct kprobe *kp, struct pt_regs *regs)
{
	const struct sk_buff *skb = (const struct sk_buff *)lt_regs_argument(regs, 0);
	const struct latency_tracker_end end = { 0 };

	latency_tracker_event_end_int(backlog.tracker, backlog_key(skb), &end);
	return 0;
}

static void backlog_kfree(void *probe, LT_KFREE_SKB_ARGS)
{
	latency_tracker_event_cancel_int(backlog.tracker, backlog_key(skb));
}

LATENCY_TRACKER_HOOK_CHECK(kfree_skb, backlog_kfree)

static void backlog_consume(void *probe, LT_CONSUME_SKB_ARGS)
{
	latency_tracker_event_cancel_int(backlog.tracker, backlog_key(skb));
}

LATENCY_TRACKER_HOOK_CHECK(consume_skb, backlog_consume)

static struct latency_tracker_hook backlog_hooks[] = {
	{ .name = "ip_rcv", .enter = backlog_rcv },
	{ .name = "ipv6_rcv", .enter = backlog_rcv, .instead = "load the module ipv6 first" },
	{ .name = "kfree_skb", .probe = backlog_kfree },
	{ .name = "consume_skb", .probe = backlog_consume },
	{ .name = "netif_receive_skb", .probe = backlog_receive },
	{ .name = "enqueue_to_backlog", .enter = backlog_enqueue,
	  .instead = "use the tracepoints netif_rx and netif_receive_skb" },
};

LATENCY_TRACKER_FLOW_PARAMS(backlog, backlog_flow_filter);

LATENCY_TRACKER_PROBE(backlog, backlog_hooks, "Reports packets that wait too long in a backlog");
