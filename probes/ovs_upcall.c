// SPDX-License-Identifier: GPL-2.0
/*
 * Upcalls of Open vSwitch: from the moment the datapath has no flow for a packet and asks
 * userspace (tracepoint ovs_dp_upcall) until userspace sends the packet back to be executed
 * (ovs_packet_cmd_execute()).
 *
 * Stages: install (until userspace hands over a flow for packets like this one,
 * ovs_flow_cmd_new()) and execute (from there on).
 *
 * What comes back is another sk_buff, so the key is made from what is in the packet: addresses,
 * protocol and ports, the IP id, and the begin of what IP carries, without checksums, lengths and
 * flags, which change on the way when the packet is segmented and its checksum is filled in. It
 * is hashed with a secret, because outsiders choose it. A packet that is equal in all of this to
 * one in flight takes its place (replaced).
 *
 * A flow that is installed names no packet. It carries the key that the packet was sent up with:
 * the stage is that of the newest packet in flight with the same addresses, protocol and ports.
 * A flow without actions drops, and then userspace does not send the packet back: the operation
 * ends with the install (dropped=1).
 *
 * An upcall that is lost, or that userspace answers with no packet, as samples and its own
 * protocols, has no end: timeout_us reports it and gc_ms gives it up. An end without begin
 * (orphan_ends) is a packet that userspace made, or a further segment of one that it got whole.
 *
 * The headers come from outsiders: each is copied before it is looked at.
 */
#include "latency_tracker.h"
#include "latency_tracker_flow.h"
#include "compat/kprobes.h"
#include "compat/openvswitch.h"

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/openvswitch.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#define OVS_STAGE_INSTALL	0
/* Tags of a frame that are gone through. */
#define OVS_VLANS		2
/* What IP carries and the key has of it: less than a segment has at least. */
#define OVS_CONTENT		32
/* Where the newest packets are noted, by flow; a cache line each. */
#define OVS_SETS		1024
#define OVS_WAYS		8

/**
 * struct ovs_id - what tells packets from each other; hashed, so it has no holes
 * @saddr:   source, or of what is no IP the MAC addresses of the frame
 * @daddr:   destination
 * @sport:   source port
 * @dport:   destination port
 * @type:    Ethernet type
 * @proto:   transport protocol
 */
struct ovs_id {
	struct in6_addr saddr;
	struct in6_addr daddr;
	u16 sport;
	u16 dport;
	__be16 type;
	u16 proto;
};

/**
 * struct ovs_content - what tells packets of one flow from each other; hashed likewise
 * @flow:    hash of its struct ovs_id
 * @id:      IP id and fragment offset as in the IPv4 header; 0 otherwise
 * @content: the begin of what IP carries; of what is no IP, of what the frame carries
 * @pad:     0
 */
struct ovs_content {
	u64 flow;
	u16 id[2];
	u8 content[OVS_CONTENT];
	u8 pad[4];
};

static_assert(sizeof(struct ovs_content) == 48);
static_assert(sizeof(struct ovs_id) == 40);

/**
 * struct ovs_packet - a packet, as the datapath sends it up or as it comes back
 * @skb:     NULL for one that comes back, all of which is in @data
 * @data:    its frame
 * @linear:  bytes that can be read at @data
 * @network: where the network header begins
 * @type:    Ethernet type of that
 * @flow:    what the headers say
 */
struct ovs_packet {
	const struct sk_buff *skb;
	const u8 *data;
	unsigned int linear;
	unsigned int network;
	__be16 type;
	struct latency_tracker_flow flow;
};

/**
 * struct ovs_upcall - what is noted of an upcall
 * @flow:       what the packet's headers say
 * @ifname:     interface that it came in on
 * @ifindex:    of that
 * @netns:      inode of the network namespace of that
 * @dp_ifindex: of the datapath; 0: the interface is the datapath's own, it is known at the end
 * @len:        bytes
 */
struct ovs_upcall {
	struct latency_tracker_flow flow;
	char ifname[IFNAMSIZ];
	u32 ifindex;
	u32 netns;
	u32 dp_ifindex;
	u32 len;
};

static_assert(sizeof(struct ovs_upcall) <= LATENCY_TRACKER_PRIV_MAX);

/**
 * struct ovs_answer - what userspace sent
 * @info:    message
 * @dropped: it was a flow that drops
 */
struct ovs_answer {
	const struct genl_info *info;
	bool dropped;
};

/* Written once, before the hooks are attached. */
static siphash_key_t ovs_secret __read_mostly;

/*
 * The newest packets, newest first, in the set of their flow: the key less the hash of the flow.
 * Written and read by anybody. With the hash of another flow it is no key in flight, and what is
 * lost here, since too many are in flight or two CPUs write at once, is a stage that is not seen.
 */
static u64 ovs_newest[OVS_SETS][OVS_WAYS];

static void ovs_newest_add(u64 flow, u64 content)
{
	u64 *way = ovs_newest[flow % OVS_SETS];
	unsigned int i;

	for (i = OVS_WAYS - 1; i; i--)
		WRITE_ONCE(way[i], READ_ONCE(way[i - 1]));
	WRITE_ONCE(way[0], content);
}

/* Copy from the packet. Return: the bytes that there are. */
static unsigned int ovs_copy(const struct ovs_packet *p, unsigned int at, void *to,
			     unsigned int len)
{
	unsigned int all = p->skb ? p->skb->len : p->linear;

	if (at >= all)
		return 0;
	len = min(len, all - at);
	if (at + len <= p->linear)
		memcpy(to, p->data + at, len);
	else if (!p->skb || skb_copy_bits(p->skb, at, to, len))
		return 0;
	return len;
}

/* Go through the Ethernet header; a frame of layer 3 has none, and @type says what it is. */
static void ovs_parse(struct ovs_packet *p, __be16 type)
{
	unsigned int i;

	p->network = 0;
	if (!type) {
		p->network = 2 * ETH_ALEN;
		for (i = 0; i <= OVS_VLANS; i++) {
			if (ovs_copy(p, p->network, &type, sizeof(type)) != sizeof(type))
				type = 0;
			p->network += sizeof(type);
			if (!eth_type_vlan(type))
				break;
			p->network += VLAN_HLEN - sizeof(type);
		}
	}
	p->type = type;
	p->network = min(p->network, p->linear);
	latency_tracker_flow_parse(&p->flow, type, p->data + p->network, p->linear - p->network);
}

static u64 ovs_hash_id(const struct ovs_id *id)
{
	return siphash(id, sizeof(*id), &ovs_secret);
}

static u64 ovs_hash_flow(const struct ovs_packet *p)
{
	struct ovs_id id = { .type = p->type };

	if (p->flow.version) {
		id.saddr = p->flow.saddr;
		id.daddr = p->flow.daddr;
		id.proto = p->flow.proto;
	} else if (p->network >= ETH_HLEN) {
		ovs_copy(p, 0, &id.saddr, 2 * ETH_ALEN);
	}
	if (p->flow.ports) {
		id.sport = p->flow.sport;
		id.dport = p->flow.dport;
	}
	return ovs_hash_id(&id);
}

/* Checksums may be filled in later; a packet may be cut into segments. */
static void ovs_blank(u8 *content, u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		content[13] = 0;
		memset(content + 16, 0, 2);
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		memset(content + 4, 0, 4);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		memset(content + 2, 0, 2);
		break;
	case IPPROTO_SCTP:
		memset(content + 8, 0, 4);
		break;
	}
}

static u64 ovs_hash_content(const struct ovs_packet *p, u64 flow)
{
	struct ovs_content c = { .flow = flow };
	unsigned int at = p->flow.transport;

	if (p->flow.version == 4) {
		ovs_copy(p, p->network + offsetof(struct iphdr, id), c.id, sizeof(c.id));
		at = at ?: sizeof(struct iphdr);
	} else if (p->flow.version == 6) {
		at = at ?: sizeof(struct ipv6hdr);
	}
	ovs_copy(p, p->network + at, c.content, sizeof(c.content));
	if (p->flow.transport)
		ovs_blank(c.content, p->flow.proto);
	return siphash(&c, sizeof(c), &ovs_secret);
}

static const char * const ovs_stage_names[] = { "install", "execute" };

/* The datapath that an answer is for: the interface of the same name. */
static u64 ovs_answer_dp(const struct ovs_answer *answer)
{
	struct genl_info *info = (struct genl_info *)answer->info;
	/* genl_info_userhdr() came with 6.6, for what was a field. */
	const struct ovs_header *header = genlmsg_data(info->genlhdr);

	return latency_tracker_if_label(genl_info_net(info)->ns.inum, header->dp_ifindex);
}

static u64 ovs_label_dp(const struct latency_tracker_event *ev,
			const struct latency_tracker_end *end)
{
	return ovs_answer_dp(end->data);
}

static const struct latency_tracker_dim ovs_dims[] = {
	{ .name = "dp", .series = 32, .at_end = ovs_label_dp, .format = latency_tracker_if_format },
};

static void ovs_text_answer(struct latency_tracker_text *text, const struct ovs_answer *answer)
{
	latency_tracker_text_u64(text, "dropped", answer->dropped);
	latency_tracker_text_u64(text, "handler_tid", current->pid);
	latency_tracker_text_str(text, "handler", current->comm);
}

static void ovs_format(struct latency_tracker_text *text, const struct latency_tracker_hit *hit)
{
	const struct ovs_upcall *u = latency_tracker_event_priv(hit->tracker, hit->event);
	const struct ovs_answer *answer = hit->data;
	char dp[IFNAMSIZ + 16];

	if (answer || u->dp_ifindex) {
		latency_tracker_if_format(dp, sizeof(dp), answer ? ovs_answer_dp(answer) :
					  latency_tracker_if_label(u->netns, u->dp_ifindex));
		latency_tracker_text_str(text, "dp", dp);
	}
	latency_tracker_text_str(text, "ifname", u->ifname);
	latency_tracker_text_u64(text, "ifindex", u->ifindex);
	latency_tracker_text_u64(text, "netns", u->netns);
	latency_tracker_text_u64(text, "len", u->len);
	latency_tracker_text_flow(text, &u->flow);
	if (answer)
		ovs_text_answer(text, answer);
	latency_tracker_text_stages(text, hit);
}

static const char * const ovs_filters[] = { LATENCY_TRACKER_FLOW_FILTERS, NULL };

static struct latency_tracker_flow_filter ovs_filter;

static void ovs_apply(struct latency_tracker_probe *probe)
{
	static bool secret;

	if (!secret)
		get_random_bytes(&ovs_secret, sizeof(ovs_secret));
	secret = true;
	WRITE_ONCE(probe->own_filtering, latency_tracker_flow_filtering(&ovs_filter));
}

static struct latency_tracker_probe ovs_upcall = {
	.config = {
		.name = "ovs_upcall",
		.owner = THIS_MODULE,
		.key_size = sizeof(u64),
		.priv_size = sizeof(struct ovs_upcall),
		.stages = 1,
		.stage_names = ovs_stage_names,
		.dims = ovs_dims,
		.nr_dims = ARRAY_SIZE(ovs_dims),
		.format = ovs_format,
	},
	.module = "openvswitch",
	.filters = ovs_filters,
	.apply = ovs_apply,
	.set = {
		.threshold_us = 10000,
		.max_events = 65536,
		.rate_limit_ms = 1000,
		.enabled = 1,
		.gc_ms = 10000,
	},
};

static bool ovs_wants(const struct ovs_packet *p)
{
	if (!latency_tracker_probe_wants(&ovs_upcall, current))
		return false;
	return likely(!READ_ONCE(ovs_upcall.own_filtering)) ||
	       latency_tracker_flow_wants(&ovs_upcall, &ovs_filter, &p->flow, p->skb->dev->name);
}

/* Where a packet came from. The datapath is above all its interfaces but those of its own. */
static void ovs_note(struct ovs_upcall *u, const struct sk_buff *skb)
{
	struct net_device *dev = skb->dev, *dp;

	latency_tracker_ifname(u->ifname, dev);
	u->ifindex = dev->ifindex;
	u->netns = dev_net(dev)->ns.inum;
	u->len = skb->len;
	rcu_read_lock();
	dp = netdev_master_upper_dev_get_rcu(dev);
	u->dp_ifindex = dp ? dp->ifindex : 0;
	rcu_read_unlock();
}

/* The frame begins where the packet's data does: that is how userspace gets it. */
static void ovs_begin(void *probe, LT_OVS_DP_UPCALL_ARGS)
{
	struct ovs_packet p = { .skb = skb, .data = skb->data, .linear = skb_headlen(skb) };
	struct latency_tracker_event *ev;
	struct ovs_upcall *u;
	u64 flow, content;

	ovs_parse(&p, skb->dev->type == ARPHRD_ETHER ? 0 : skb->protocol);
	if (!ovs_wants(&p))
		return;
	flow = ovs_hash_flow(&p);
	content = ovs_hash_content(&p, flow);
	ev = latency_tracker_probe_begin(&ovs_upcall, current);
	if (unlikely(!ev))
		return;
	u = latency_tracker_event_priv(ovs_upcall.tracker, ev);
	u->flow = p.flow;
	ovs_note(u, skb);
	ovs_newest_add(flow, content);
	latency_tracker_event_commit_int(ovs_upcall.tracker, ev, flow + content);
}

/* An attribute of a flow's key that is as long as it should be, or NULL. */
static const void *ovs_attr(const struct nlattr *key, int type, unsigned int len)
{
	const struct nlattr *a = nla_find_nested(key, type);

	return a && nla_len(a) >= len ? nla_data(a) : NULL;
}

static void ovs_key_ip(struct ovs_id *id, const struct nlattr *key)
{
	const struct ovs_key_ipv4 *ip4;
	const struct ovs_key_ipv6 *ip6;

	ip4 = ovs_attr(key, OVS_KEY_ATTR_IPV4, sizeof(*ip4));
	ip6 = ovs_attr(key, OVS_KEY_ATTR_IPV6, sizeof(*ip6));
	if (ip4) {
		ipv6_addr_set_v4mapped(ip4->ipv4_src, &id->saddr);
		ipv6_addr_set_v4mapped(ip4->ipv4_dst, &id->daddr);
		id->proto = ip4->ipv4_proto;
	} else if (ip6) {
		memcpy(&id->saddr, ip6->ipv6_src, sizeof(id->saddr));
		memcpy(&id->daddr, ip6->ipv6_dst, sizeof(id->daddr));
		id->proto = ip6->ipv6_proto;
	}
}

static void ovs_key_ports(struct ovs_id *id, const struct nlattr *key)
{
	/* struct ovs_key_udp and ovs_key_sctp have the same two fields. */
	const struct ovs_key_tcp *ports;

	ports = ovs_attr(key, OVS_KEY_ATTR_TCP, sizeof(*ports)) ?:
		ovs_attr(key, OVS_KEY_ATTR_UDP, sizeof(*ports)) ?:
		ovs_attr(key, OVS_KEY_ATTR_SCTP, sizeof(*ports));
	if (!ports)
		return;
	id->sport = ntohs(ports->tcp_src);
	id->dport = ntohs(ports->tcp_dst);
}

/* The key of a flow as that of the packets, in what ovs_hash_flow() looks at. */
static void ovs_key(struct ovs_id *id, const struct nlattr *key)
{
	const struct ovs_key_ethernet *eth = ovs_attr(key, OVS_KEY_ATTR_ETHERNET, sizeof(*eth));
	const struct nlattr *inner;
	const __be16 *type;
	unsigned int i;

	/* Below a tag the rest of the key is nested. */
	for (i = 0; i < OVS_VLANS; i++) {
		inner = nla_find_nested(key, OVS_KEY_ATTR_ENCAP);
		if (!inner)
			break;
		key = inner;
	}
	type = ovs_attr(key, OVS_KEY_ATTR_ETHERTYPE, sizeof(*type));
	if (type)
		id->type = *type;
	ovs_key_ip(id, key);
	ovs_key_ports(id, key);
	if (!eth || id->type == htons(ETH_P_IP) || id->type == htons(ETH_P_IPV6))
		return;
	memcpy(id->saddr.s6_addr, eth->eth_dst, ETH_ALEN);
	memcpy(id->saddr.s6_addr + ETH_ALEN, eth->eth_src, ETH_ALEN);
}

static void ovs_end(u64 key, const struct genl_info *info, bool dropped)
{
	const struct ovs_answer answer = { .info = info, .dropped = dropped };
	const struct latency_tracker_end end = { .data = &answer };

	latency_tracker_event_end_int(ovs_upcall.tracker, key, &end);
}

/* The newest packet of a flow passes the stage. Return: its key; 0: none is known. */
static u64 ovs_installed(u64 flow)
{
	const u64 *way = ovs_newest[flow % OVS_SETS];
	unsigned int i;

	for (i = 0; i < OVS_WAYS; i++) {
		u64 key = flow + READ_ONCE(way[i]);

		if (latency_tracker_event_stage_int(ovs_upcall.tracker, key, OVS_STAGE_INSTALL) ==
		    LATENCY_TRACKER_OK)
			return key;
	}
	return 0;
}

/* ovs_flow_cmd_new(skb, info) */
static int ovs_install(struct kprobe *kp, struct pt_regs *regs)
{
	const struct genl_info *info = (void *)lt_regs_argument(regs, 1);
	struct nlattr **a = info->attrs;
	struct ovs_id id = { .type = 0 };
	u64 key;

	if (!a[OVS_FLOW_ATTR_KEY] || !a[OVS_FLOW_ATTR_ACTIONS] || a[OVS_FLOW_ATTR_PROBE])
		return 0;
	ovs_key(&id, a[OVS_FLOW_ATTR_KEY]);
	key = ovs_installed(ovs_hash_id(&id));
	if (key && !nla_len(a[OVS_FLOW_ATTR_ACTIONS]))
		ovs_end(key, info, true);
	return 0;
}

/* ovs_packet_cmd_execute(skb, info) */
static int ovs_execute(struct kprobe *kp, struct pt_regs *regs)
{
	const struct genl_info *info = (void *)lt_regs_argument(regs, 1);
	struct nlattr **a = info->attrs;
	struct ovs_packet p = { .skb = NULL };
	const __be16 *type = NULL;
	u64 flow;

	if (!a[OVS_PACKET_ATTR_PACKET] || !a[OVS_PACKET_ATTR_KEY] || a[OVS_PACKET_ATTR_PROBE])
		return 0;
	p.data = nla_data(a[OVS_PACKET_ATTR_PACKET]);
	p.linear = nla_len(a[OVS_PACKET_ATTR_PACKET]);
	if (!nla_find_nested(a[OVS_PACKET_ATTR_KEY], OVS_KEY_ATTR_ETHERNET))
		type = ovs_attr(a[OVS_PACKET_ATTR_KEY], OVS_KEY_ATTR_ETHERTYPE, sizeof(*type));
	ovs_parse(&p, type ? *type : 0);
	flow = ovs_hash_flow(&p);
	ovs_end(flow + ovs_hash_content(&p, flow), info, false);
	return 0;
}

static struct latency_tracker_hook ovs_hooks[] = {
	{ .name = "ovs_packet_cmd_execute", .enter = ovs_execute,
	  .instead = "use the tracepoint ovs_do_execute_action" },
	{ .name = "ovs_flow_cmd_new", .enter = ovs_install,
	  .instead = "use the tracepoint ovs_do_execute_action" },
	{ .name = "ovs_dp_upcall", .probe = ovs_begin,
	  .instead = "Linux 5.10 has none; use a kprobe event on the function of this name" },
};

LATENCY_TRACKER_FLOW_PARAMS(ovs_upcall, ovs_filter);

LATENCY_TRACKER_PROBE(ovs_upcall, ovs_hooks, "Reports upcalls of Open vSwitch that take too long");
