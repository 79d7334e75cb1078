// SPDX-License-Identifier: GPL-2.0
/* What the headers of packets say, and filters by it; see latency_tracker_flow.h. */
#include <linux/export.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "latency_tracker_flow.h"

/* Extension headers of IPv6 that are gone through. */
#define LT_FLOW_EXTENSIONS	8

/* The part of a packet that can be read, from the network header on. */
struct lt_packet {
	const u8 *data;
	unsigned int len;
};

/* Copy a header at an offset. Return: false if it is not there as a whole. */
static bool lt_header(const struct lt_packet *packet, unsigned int at, void *to, unsigned int len)
{
	if (at > packet->len || len > packet->len - at)
		return false;
	memcpy(to, packet->data + at, len);
	return true;
}

static void lt_parse_transport(struct latency_tracker_flow *flow, const struct lt_packet *packet,
			       unsigned int at)
{
	__be16 ports[2];

	flow->transport = at;
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
	if (!lt_header(packet, at, ports, sizeof(ports)))
		return;
	flow->sport = ntohs(ports[0]);
	flow->dport = ntohs(ports[1]);
	flow->ports = true;
}

static void lt_parse_ipv4(struct latency_tracker_flow *flow, const struct lt_packet *packet)
{
	struct iphdr ip;

	if (!lt_header(packet, 0, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return;
	flow->version = 4;
	flow->proto = ip.protocol;
	ipv6_addr_set_v4mapped(ip.saddr, &flow->saddr);
	ipv6_addr_set_v4mapped(ip.daddr, &flow->daddr);
	/* Only the first fragment has ports. */
	if (!(ip.frag_off & htons(IP_OFFSET)))
		lt_parse_transport(flow, packet, ip.ihl * 4);
}

/* Length of an extension header; 0: it is none, or nothing that has ports follows. */
static unsigned int lt_extension(u8 type, const u8 *ext)
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

static void lt_parse_ipv6(struct latency_tracker_flow *flow, const struct lt_packet *packet)
{
	unsigned int i, len, at = sizeof(struct ipv6hdr);
	struct ipv6hdr ip;
	u8 ext[8];

	if (!lt_header(packet, 0, &ip, sizeof(ip)) || ip.version != 6)
		return;
	flow->version = 6;
	flow->proto = ip.nexthdr;
	flow->saddr = ip.saddr;
	flow->daddr = ip.daddr;
	for (i = 0; i < LT_FLOW_EXTENSIONS; i++) {
		if (!ipv6_ext_hdr(flow->proto) || !lt_header(packet, at, ext, sizeof(ext)))
			break;
		len = lt_extension(flow->proto, ext);
		/* Of a later fragment this is the protocol all the same. */
		if (len || flow->proto == IPPROTO_FRAGMENT)
			flow->proto = ext[0];
		if (!len)
			return;
		at += len;
	}
	lt_parse_transport(flow, packet, at);
}

/**
 * latency_tracker_flow_parse() - read the headers of a packet
 * @flow:     filled in; @version 0 if it is no IP
 * @protocol: of the network header, an Ethernet type
 * @data:     the network header and what follows
 * @len:      bytes that can be read there
 */
void latency_tracker_flow_parse(struct latency_tracker_flow *flow, __be16 protocol,
				const void *data, unsigned int len)
{
	const struct lt_packet packet = { data, len };

	flow->transport = 0;
	flow->version = 0;
	flow->ports = false;
	if (protocol == htons(ETH_P_IP))
		lt_parse_ipv4(flow, &packet);
	else if (protocol == htons(ETH_P_IPV6))
		lt_parse_ipv6(flow, &packet);
}
EXPORT_SYMBOL_GPL(latency_tracker_flow_parse);

static void lt_text_addr(struct latency_tracker_text *text, const char *name,
			 const struct latency_tracker_flow *flow, const struct in6_addr *addr)
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
} lt_protos[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "icmp", IPPROTO_ICMP },
	{ "icmp6", IPPROTO_ICMPV6 },
};

/**
 * latency_tracker_text_flow() - proto, saddr, daddr, sport and dport, as far as known
 * @text: of a hit
 * @flow: flow
 */
void latency_tracker_text_flow(struct latency_tracker_text *text,
			       const struct latency_tracker_flow *flow)
{
	unsigned int i;

	if (!flow->version)
		return;
	for (i = 0; i < ARRAY_SIZE(lt_protos); i++)
		if (lt_protos[i].proto == flow->proto)
			break;
	if (i < ARRAY_SIZE(lt_protos))
		latency_tracker_text_str(text, "proto", lt_protos[i].name);
	else
		latency_tracker_text_u64(text, "proto", flow->proto);
	lt_text_addr(text, "saddr", flow, &flow->saddr);
	lt_text_addr(text, "daddr", flow, &flow->daddr);
	if (!flow->ports)
		return;
	latency_tracker_text_u64(text, "sport", flow->sport);
	latency_tracker_text_u64(text, "dport", flow->dport);
}
EXPORT_SYMBOL_GPL(latency_tracker_text_flow);

static bool lt_find_if(char *name, u32 netns, int ifindex, bool *init)
{
	struct net_device *dev = NULL;
	struct net *net;

	rcu_read_lock();
	for_each_net_rcu(net) {
		if (net->ns.inum != netns)
			continue;
		dev = dev_get_by_index_rcu(net, ifindex);
		if (dev)
			latency_tracker_ifname(name, dev);
		*init = net_eq(net, &init_net);
		break;
	}
	rcu_read_unlock();
	return dev;
}

/**
 * latency_tracker_if_format() - write latency_tracker_if_label() as text
 * @buf:   text
 * @size:  of @buf
 * @label: label
 *
 * "eth0" in the first namespace, "eth0@4026532290" in others, a number if it has gone.
 */
void latency_tracker_if_format(char *buf, size_t size, u64 label)
{
	u32 netns = label >> 32, ifindex = label;
	char name[IFNAMSIZ];
	bool init = false;

	if (!lt_find_if(name, netns, ifindex, &init))
		snprintf(name, sizeof(name), "%u", ifindex);
	if (init)
		strscpy(buf, name, size);
	else
		snprintf(buf, size, "%s@%u", name, netns);
}
EXPORT_SYMBOL_GPL(latency_tracker_if_format);

/**
 * latency_tracker_flow_filtering() - whether one of the filters is in use
 * @filter: filters
 */
bool latency_tracker_flow_filtering(const struct latency_tracker_flow_filter *filter)
{
	return filter->ifname[0] || filter->saddr.version || filter->daddr.version ||
	       filter->sport || filter->dport || filter->proto;
}
EXPORT_SYMBOL_GPL(latency_tracker_flow_filtering);

static bool lt_net_has(const struct latency_tracker_net *net,
		       const struct latency_tracker_flow *flow, const struct in6_addr *addr)
{
	/* Pairs with the release in latency_tracker_flow_parse_net(). */
	u8 version = smp_load_acquire(&net->version);

	return !version || (version == flow->version &&
			    ipv6_prefix_equal(addr, &net->addr, net->prefix));
}

static bool lt_port_is(const u64 *wanted, const struct latency_tracker_flow *flow, u16 port)
{
	u64 want = READ_ONCE(*wanted);

	return !want || (flow->ports && port == want);
}

/**
 * latency_tracker_flow_wants() - whether a packet passes the filters
 * @probe:  counts what is turned away
 * @filter: filters
 * @flow:   what its headers say; what cannot be read there is not what was asked for
 * @ifname: interface
 */
bool latency_tracker_flow_wants(struct latency_tracker_probe *probe,
				const struct latency_tracker_flow_filter *filter,
				const struct latency_tracker_flow *flow, const char *ifname)
{
	unsigned int proto = READ_ONCE(filter->proto);

	if (filter->ifname[0] && strncmp(filter->ifname, ifname, IFNAMSIZ))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FLOW_IFNAME);
	if (!lt_net_has(&filter->saddr, flow, &flow->saddr))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FLOW_SADDR);
	if (!lt_net_has(&filter->daddr, flow, &flow->daddr))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FLOW_DADDR);
	if (!lt_port_is(&filter->sport, flow, flow->sport))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FLOW_SPORT);
	if (!lt_port_is(&filter->dport, flow, flow->dport))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FLOW_DPORT);
	if (proto && !(flow->version && proto == flow->proto + 1))
		return latency_tracker_probe_reject(probe, LATENCY_TRACKER_FLOW_PROTO);
	return true;
}
EXPORT_SYMBOL_GPL(latency_tracker_flow_wants);

/* Addresses as in "10.0.0.0/8" and "fe80::1". */
static int lt_parse_addr(struct latency_tracker_net *net, const char *val)
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

/**
 * latency_tracker_flow_parse_net() - a filter by address or network
 * @param: its data is a struct latency_tracker_net
 * @val:   address, with or without a prefix length; empty: no filter
 *
 * Return: 0 or -EINVAL.
 */
int latency_tracker_flow_parse_net(const struct latency_tracker_param *param, const char *val)
{
	struct latency_tracker_net *net = param->data;
	struct latency_tracker_net new = { .version = 0 };

	if (*val && lt_parse_addr(&new, val))
		return -EINVAL;
	/* Nobody looks at the address while it changes; there is no filter for a moment. */
	WRITE_ONCE(net->version, 0);
	synchronize_rcu();
	net->addr = new.addr;
	net->prefix = new.prefix;
	/* Pairs with the acquire in lt_net_has(). */
	smp_store_release(&net->version, new.version);
	return 0;
}
EXPORT_SYMBOL_GPL(latency_tracker_flow_parse_net);

/**
 * latency_tracker_flow_parse_proto() - a filter by protocol
 * @param: its data is latency_tracker_flow_filter.proto
 * @val:   name or number; empty: no filter
 *
 * Return: 0 or -EINVAL.
 */
int latency_tracker_flow_parse_proto(const struct latency_tracker_param *param, const char *val)
{
	unsigned int *wanted = param->data;
	unsigned int i;
	u8 proto;

	if (!*val) {
		WRITE_ONCE(*wanted, 0);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(lt_protos); i++)
		if (!strcmp(val, lt_protos[i].name))
			break;
	if (i < ARRAY_SIZE(lt_protos))
		proto = lt_protos[i].proto;
	else if (kstrtou8(val, 10, &proto))
		return -EINVAL;
	WRITE_ONCE(*wanted, proto + 1);
	return 0;
}
EXPORT_SYMBOL_GPL(latency_tracker_flow_parse_proto);
