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
 *
 * The headers come from outsiders: nothing is read but what is in the linear part of the
 * packet, and each header is copied before it is looked at.
 */
#include "latency_tracker.h"
#include "compat/skbuff.h"

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/topology.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <trace/events/net.h>

#define BACKLOG_STAGE_RECEIVE	0
/* Extension headers of IPv6 that are gone through. */
#define BACKLOG_EXTENSIONS	8

/**
 * struct backlog_flow - what the headers say
 * @saddr:   source; of IPv4 as ::ffff:a.b.c.d
 * @daddr:   destination
 * @sport:   source port
 * @dport:   destination port
 * @version: 4 or 6; 0: the header is not in the linear part, or is none
 * @proto:   transport protocol
 * @ports:   @sport and @dport are known
 */
struct backlog_flow {
	struct in6_addr saddr;
	struct in6_addr daddr;
	u16 sport;
	u16 dport;
	u8 version;
	u8 proto;
	bool ports;
};

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
	struct backlog_flow flow;
	char ifname[IFNAMSIZ];
	u32 ifindex;
	u32 netns;
	u32 qlen;
	u32 target;
};

static_assert(sizeof(struct backlog_packet) <= LATENCY_TRACKER_PRIV_MAX);

/* Copy a header at an offset. Return: false if it is not in the linear part as a whole. */
static bool backlog_header(const struct sk_buff *skb, unsigned int at, void *to, unsigned int len)
{
	unsigned int linear = skb_headlen(skb);

	if (at > linear || len > linear - at)
		return false;
	memcpy(to, skb->data + at, len);
	return true;
}

static void backlog_parse_ports(struct backlog_flow *flow, const struct sk_buff *skb,
				unsigned int at)
{
	__be16 ports[2];

	switch (flow->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		break;
	default:
		return;
	}
	if (!backlog_header(skb, at, ports, sizeof(ports)))
		return;
	flow->sport = ntohs(ports[0]);
	flow->dport = ntohs(ports[1]);
	flow->ports = true;
}

static void backlog_parse_ipv4(struct backlog_flow *flow, const struct sk_buff *skb)
{
	struct iphdr ip;

	if (!backlog_header(skb, 0, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return;
	flow->version = 4;
	flow->proto = ip.protocol;
	ipv6_addr_set_v4mapped(ip.saddr, &flow->saddr);
	ipv6_addr_set_v4mapped(ip.daddr, &flow->daddr);
	/* Only the first fragment has ports. */
	if (!(ip.frag_off & htons(IP_OFFSET)))
		backlog_parse_ports(flow, skb, ip.ihl * 4);
}

/* Length of an extension header; 0: it is none, or nothing that has ports follows. */
static unsigned int backlog_extension(u8 type, const u8 *ext)
{
	switch (type) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return (ext[1] + 1) * 8;
	case IPPROTO_AH:
		return (ext[1] + 2) * 4;
	case IPPROTO_FRAGMENT:
		return ((ext[2] << 8 | ext[3]) & IP6_OFFSET) ? 0 : 8;
	}
	return 0;
}

static void backlog_parse_ipv6(struct backlog_flow *flow, const struct sk_buff *skb)
{
	unsigned int i, len, at = sizeof(struct ipv6hdr);
	struct ipv6hdr ip;
	u8 ext[8];

	if (!backlog_header(skb, 0, &ip, sizeof(ip)) || ip.version != 6)
		return;
	flow->version = 6;
	flow->proto = ip.nexthdr;
	flow->saddr = ip.saddr;
	flow->daddr = ip.daddr;
	for (i = 0; i < BACKLOG_EXTENSIONS; i++) {
		if (!ipv6_ext_hdr(flow->proto) || !backlog_header(skb, at, ext, sizeof(ext)))
			break;
		len = backlog_extension(flow->proto, ext);
		/* Of a later fragment this is the protocol all the same. */
		if (len || flow->proto == IPPROTO_FRAGMENT)
			flow->proto = ext[0];
		if (!len)
			return;
		at += len;
	}
	backlog_parse_ports(flow, skb, at);
}

/* At enqueue the packet begins with its network header, which may not be noted in it yet. */
static void backlog_parse(struct backlog_flow *flow, const struct sk_buff *skb)
{
	flow->version = 0;
	flow->ports = false;
	if (skb->protocol == htons(ETH_P_IP))
		backlog_parse_ipv4(flow, skb);
	else
		backlog_parse_ipv6(flow, skb);
}

static void backlog_text_addr(struct latency_tracker_text *text, const char *name,
			      const struct backlog_flow *flow, const struct in6_addr *addr)
{
	char buf[48];

	if (flow->version == 4)
		snprintf(buf, sizeof(buf), "%pI4", &addr->s6_addr32[3]);
	else
		snprintf(buf, sizeof(buf), "%pI6c", addr);
	latency_tracker_text_str(text, name, buf);
}

static const struct {
	const char *name;
	u8 proto;
} backlog_protos[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "icmp", IPPROTO_ICMP },
	{ "icmp6", IPPROTO_ICMPV6 },
};

static void backlog_text_flow(struct latency_tracker_text *text, const struct backlog_flow *flow)
{
	unsigned int i;

	if (!flow->version)
		return;
	for (i = 0; i < ARRAY_SIZE(backlog_protos); i++)
		if (backlog_protos[i].proto == flow->proto)
			break;
	if (i < ARRAY_SIZE(backlog_protos))
		latency_tracker_text_str(text, "proto", backlog_protos[i].name);
	else
		latency_tracker_text_u64(text, "proto", flow->proto);
	backlog_text_addr(text, "saddr", flow, &flow->saddr);
	backlog_text_addr(text, "daddr", flow, &flow->daddr);
	if (!flow->ports)
		return;
	latency_tracker_text_u64(text, "sport", flow->sport);
	latency_tracker_text_u64(text, "dport", flow->dport);
}

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
	backlog_text_flow(text, &p->flow);
	backlog_text_way(text, hit);
	latency_tracker_text_stages(text, hit);
}

static const char * const backlog_stage_names[] = { "queue", "receive" };

/* A rename may tear the name, the last byte stays NUL. */
static void backlog_ifname(char *name, const struct net_device *dev)
{
	memcpy(name, dev->name, IFNAMSIZ - 1);
	name[IFNAMSIZ - 1] = '\0';
}

/* An index is of one namespace only: the label has both. */
static u64 backlog_label_if(const struct backlog_packet *p)
{
	return (u64)p->netns << 32 | p->ifindex;
}

static bool backlog_find_if(char *name, u32 netns, int ifindex, bool *init)
{
	struct net_device *dev = NULL;
	struct net *net;

	rcu_read_lock();
	for_each_net_rcu(net) {
		if (net->ns.inum != netns)
			continue;
		dev = dev_get_by_index_rcu(net, ifindex);
		if (dev)
			backlog_ifname(name, dev);
		*init = net_eq(net, &init_net);
		break;
	}
	rcu_read_unlock();
	return dev;
}

/* "eth0" in the first namespace, "eth0@4026532290" in others, a number if it has gone. */
static void backlog_format_if(char *buf, size_t size, u64 label)
{
	u32 netns = label >> 32, ifindex = label;
	char name[IFNAMSIZ];
	bool init = false;

	if (!backlog_find_if(name, netns, ifindex, &init))
		snprintf(name, sizeof(name), "%u", ifindex);
	if (init)
		strscpy(buf, name, size);
	else
		snprintf(buf, size, "%s@%u", name, netns);
}

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
	[BACKLOG_DIM_IF] = { .name = "ifname", .series = 32, .format = backlog_format_if },
	[BACKLOG_DIM_CPUS] = { .name = "cpus", .series = LATENCY_TRACKER_SERIES_MAX,
			       .at_end = backlog_label_cpus, .format = backlog_format_cpus },
};

enum {
	BACKLOG_FILTER_NOT_IP = LATENCY_TRACKER_FILTER_OWN,
	BACKLOG_FILTER_IFNAME,
	BACKLOG_FILTER_SADDR,
	BACKLOG_FILTER_DADDR,
	BACKLOG_FILTER_SPORT,
	BACKLOG_FILTER_DPORT,
	BACKLOG_FILTER_PROTO,
};

static const char * const backlog_filters[] = {
	"not_ip", "ifname", "saddr", "daddr", "sport", "dport", "proto", NULL,
};

/**
 * struct backlog_net - a filter by address
 * @addr:    as in struct backlog_flow
 * @prefix:  bits of it
 * @version: 4 or 6; 0: no filter. Nobody looks at the others while they change.
 */
struct backlog_net {
	struct in6_addr addr;
	unsigned int prefix;
	u8 version;
};

static struct backlog_net backlog_saddr, backlog_daddr;
static char backlog_ifname_text[IFNAMSIZ];
static u64 backlog_sport, backlog_dport;
/* The protocol + 1; 0: no filter. */
static unsigned int backlog_proto;

static void backlog_apply(struct latency_tracker_probe *probe)
{
	WRITE_ONCE(probe->own_filtering, backlog_ifname_text[0] || backlog_saddr.version ||
		   backlog_daddr.version || backlog_sport || backlog_dport || backlog_proto);
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

static bool backlog_net_has(const struct backlog_net *net, const struct backlog_flow *flow,
			    const struct in6_addr *addr)
{
	/* Pairs with the release in backlog_parse_net(). */
	u8 version = smp_load_acquire(&net->version);

	return !version || (version == flow->version &&
			    ipv6_prefix_equal(addr, &net->addr, net->prefix));
}

static bool backlog_port_is(const u64 *wanted, const struct backlog_flow *flow, u16 port)
{
	u64 want = READ_ONCE(*wanted);

	return !want || (flow->ports && port == want);
}

/* What cannot be read in the headers is not what was asked for. */
static noinline bool backlog_filter(const struct sk_buff *skb, const struct backlog_flow *flow)
{
	unsigned int proto = READ_ONCE(backlog_proto);

	if (backlog_ifname_text[0] && strncmp(backlog_ifname_text, skb->dev->name, IFNAMSIZ))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_IFNAME);
	if (!backlog_net_has(&backlog_saddr, flow, &flow->saddr))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_SADDR);
	if (!backlog_net_has(&backlog_daddr, flow, &flow->daddr))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_DADDR);
	if (!backlog_port_is(&backlog_sport, flow, flow->sport))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_SPORT);
	if (!backlog_port_is(&backlog_dport, flow, flow->dport))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_DPORT);
	if (proto && !(flow->version && proto == flow->proto + 1))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_PROTO);
	return true;
}

static bool backlog_wants(const struct sk_buff *skb, struct backlog_flow *flow)
{
	if (!latency_tracker_probe_wants(&backlog, current))
		return false;
	if (skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6))
		return latency_tracker_probe_reject(&backlog, BACKLOG_FILTER_NOT_IP);
	backlog_parse(flow, skb);
	return likely(!READ_ONCE(backlog.own_filtering)) || backlog_filter(skb, flow);
}

static u64 backlog_key(const struct sk_buff *skb)
{
	return (unsigned long)skb;
}

static void backlog_begin(const struct sk_buff *skb, unsigned int cpu)
{
	struct latency_tracker_event *ev;
	struct backlog_packet *p;
	struct backlog_flow flow;

	if (!backlog_wants(skb, &flow))
		return;
	ev = latency_tracker_probe_begin(&backlog, current);
	if (unlikely(!ev))
		return;
	p = latency_tracker_event_priv(backlog.tracker, ev);
	p->flow = flow;
	backlog_ifname(p->ifname, skb->dev);
	p->ifindex = skb->dev->ifindex;
	p->netns = dev_net(skb->dev)->ns.inum;
	p->target = cpu;
	p->qlen = skb_queue_len_lockless(&per_cpu(softnet_data, cpu).input_pkt_queue);
	latency_tracker_event_label(backlog.tracker, ev, BACKLOG_DIM_IF, backlog_label_if(p));
	latency_tracker_event_commit_int(backlog.tracker, ev, backlog_key(skb));
}

/* enqueue_to_backlog(skb, cpu, qtail) */
static int backlog_enqueue(struct kprobe *kp, struct pt_regs *regs)
{
	backlog_begin((const struct sk_buff *)regs_get_kernel_argument(regs, 0),
		      regs_get_kernel_argument(regs, 1));
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
	const struct sk_buff *skb = (const struct sk_buff *)regs_get_kernel_argument(regs, 0);
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

/* Addresses as in "10.0.0.0/8" and "fe80::1". */
static int backlog_parse_addr(struct backlog_net *net, const char *val)
{
	const char *end;
	__be32 addr;

	if (in4_pton(val, -1, (u8 *)&addr, '/', &end)) {
		ipv6_addr_set_v4mapped(addr, &net->addr);
		net->version = 4;
		net->prefix = 32;
	} else if (in6_pton(val, -1, net->addr.s6_addr, '/', &end)) {
		net->version = 6;
		net->prefix = 128;
	} else {
		return -EINVAL;
	}
	if (*end == '/') {
		unsigned int prefix;

		if (kstrtouint(end + 1, 10, &prefix) || prefix > net->prefix)
			return -EINVAL;
		net->prefix = prefix;
	}
	if (net->version == 4)
		net->prefix += 96;
	return 0;
}

static int backlog_parse_net(const struct latency_tracker_param *param, const char *val)
{
	struct backlog_net *net = param->data;
	struct backlog_net new = { .version = 0 };

	if (*val && backlog_parse_addr(&new, val))
		return -EINVAL;
	/* Nobody looks at the address while it changes; there is no filter for a moment. */
	WRITE_ONCE(net->version, 0);
	synchronize_rcu();
	net->addr = new.addr;
	net->prefix = new.prefix;
	/* Pairs with the acquire in backlog_net_has(). */
	smp_store_release(&net->version, new.version);
	return 0;
}

static int backlog_parse_proto(const struct latency_tracker_param *param, const char *val)
{
	unsigned int i;
	u8 proto;

	if (!*val) {
		WRITE_ONCE(backlog_proto, 0);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(backlog_protos); i++)
		if (!strcmp(val, backlog_protos[i].name))
			break;
	if (i < ARRAY_SIZE(backlog_protos))
		proto = backlog_protos[i].proto;
	else if (kstrtou8(val, 10, &proto))
		return -EINVAL;
	WRITE_ONCE(backlog_proto, proto + 1);
	return 0;
}

static char backlog_saddr_text[48], backlog_daddr_text[48], backlog_proto_text[8];

#define BACKLOG_NET_EXPECTED "an IPv4 or IPv6 address such as 10.0.0.0/8 or fe80::1"

LATENCY_TRACKER_PARAM_PARSED(backlog, ifname, backlog_ifname_text, NULL, NULL, "",
			     "only packets received on the interface of this name; empty: all");
LATENCY_TRACKER_PARAM_PARSED(backlog, saddr, backlog_saddr_text, backlog_parse_net,
			     &backlog_saddr, BACKLOG_NET_EXPECTED,
			     "only packets from this address or network, such as 10.0.0.0/8; empty: all");
LATENCY_TRACKER_PARAM_PARSED(backlog, daddr, backlog_daddr_text, backlog_parse_net,
			     &backlog_daddr, BACKLOG_NET_EXPECTED,
			     "only packets to this address or network, such as fe80::1; empty: all");
LATENCY_TRACKER_PARAM_NUMBER(backlog, sport, backlog_sport, 0, U16_MAX, 0644,
			     "only packets from this port; 0: all");
LATENCY_TRACKER_PARAM_NUMBER(backlog, dport, backlog_dport, 0, U16_MAX, 0644,
			     "only packets to this port; 0: all");
LATENCY_TRACKER_PARAM_PARSED(backlog, proto, backlog_proto_text, backlog_parse_proto, NULL,
			     "one of tcp, udp, icmp, icmp6, or a number from 0 to 255",
			     "only packets of this protocol: tcp, udp, icmp, icmp6 or a number; empty: all");

LATENCY_TRACKER_PROBE(backlog, backlog_hooks, "Reports packets that wait too long in a backlog");
