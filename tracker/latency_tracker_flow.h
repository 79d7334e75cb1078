/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets, for probes that follow them: what their headers say, filters by it, and
 * interfaces of all network namespaces as labels.
 *
 * The headers come from outsiders: nothing is read but what the caller says is there,
 * and each header is copied before it is looked at. Parsing, filtering and text may be
 * called in any context.
 */
#ifndef LATENCY_TRACKER_FLOW_H
#define LATENCY_TRACKER_FLOW_H

#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/types.h>

#include "latency_tracker.h"

/**
 * struct latency_tracker_flow - what the headers of a packet say
 * @saddr:     source; of IPv4 as ::ffff:a.b.c.d
 * @daddr:     destination
 * @sport:     source port
 * @dport:     destination port
 * @transport: where the transport header begins, from the network header on; 0: not known,
 *             or a fragment that has none
 * @version:   4 or 6; 0: the network header is not there as a whole, or is none
 * @proto:     transport protocol
 * @ports:     @sport and @dport are known
 */
struct latency_tracker_flow {
	struct in6_addr saddr;
	struct in6_addr daddr;
	u16 sport;
	u16 dport;
	u16 transport;
	u8 version;
	u8 proto;
	bool ports;
};

void latency_tracker_flow_parse(struct latency_tracker_flow *flow, __be16 protocol,
				const void *data, unsigned int len);
void latency_tracker_text_flow(struct latency_tracker_text *text,
			       const struct latency_tracker_flow *flow);

/**
 * latency_tracker_ifname() - copy the name of an interface
 * @name: IFNAMSIZ bytes
 * @dev:  interface
 *
 * A rename may tear the name, the last byte stays NUL.
 */
static inline void latency_tracker_ifname(char *name, const struct net_device *dev)
{
	memcpy(name, dev->name, IFNAMSIZ - 1);
	name[IFNAMSIZ - 1] = '\0';
}

/**
 * latency_tracker_if_label() - an interface as label of a dimension
 * @netns:   inode of its network namespace
 * @ifindex: of one namespace only: the label has both
 */
static inline u64 latency_tracker_if_label(u32 netns, u32 ifindex)
{
	return (u64)netns << 32 | ifindex;
}

void latency_tracker_if_format(char *buf, size_t size, u64 label);

/**
 * struct latency_tracker_net - a filter by address
 * @addr:    as in struct latency_tracker_flow
 * @prefix:  bits of it
 * @version: 4 or 6; 0: no filter. Nobody looks at the others while they change.
 * @text:    the parameter
 */
struct latency_tracker_net {
	struct in6_addr addr;
	unsigned int prefix;
	u8 version;
	char text[48];
};

/**
 * struct latency_tracker_flow_filter - the filters that LATENCY_TRACKER_FLOW_PARAMS() declares
 * @saddr:      source
 * @daddr:      destination
 * @sport:      source port; 0: no filter
 * @dport:      destination port; 0: no filter
 * @proto:      the protocol + 1; 0: no filter
 * @proto_text: the parameter
 * @ifname:     interface; empty: no filter
 */
struct latency_tracker_flow_filter {
	struct latency_tracker_net saddr;
	struct latency_tracker_net daddr;
	u64 sport;
	u64 dport;
	unsigned int proto;
	char proto_text[8];
	char ifname[IFNAMSIZ];
};

/* Their numbers; latency_tracker_probe.filters begins with the names. */
enum {
	LATENCY_TRACKER_FLOW_IFNAME = LATENCY_TRACKER_FILTER_OWN,
	LATENCY_TRACKER_FLOW_SADDR,
	LATENCY_TRACKER_FLOW_DADDR,
	LATENCY_TRACKER_FLOW_SPORT,
	LATENCY_TRACKER_FLOW_DPORT,
	LATENCY_TRACKER_FLOW_PROTO,
	LATENCY_TRACKER_FLOW_OWN,
};

#define LATENCY_TRACKER_FLOW_FILTERS	"ifname", "saddr", "daddr", "sport", "dport", "proto"

bool latency_tracker_flow_filtering(const struct latency_tracker_flow_filter *filter);
bool latency_tracker_flow_wants(struct latency_tracker_probe *probe,
				const struct latency_tracker_flow_filter *filter,
				const struct latency_tracker_flow *flow, const char *ifname);
int latency_tracker_flow_parse_net(const struct latency_tracker_param *param, const char *val);
int latency_tracker_flow_parse_proto(const struct latency_tracker_param *param, const char *val);

#define LATENCY_TRACKER_FLOW_NET_EXPECT	"an IPv4 or IPv6 address such as 10.0.0.0/8 or fe80::1"

/**
 * LATENCY_TRACKER_FLOW_PARAMS() - ifname, saddr, daddr, sport, dport and proto
 * @_probe:  struct latency_tracker_probe
 * @_filter: struct latency_tracker_flow_filter
 */
#define LATENCY_TRACKER_FLOW_PARAMS(_probe, _filter)					\
	/* The build fails if it is something else. */					\
	static struct latency_tracker_flow_filter * const __maybe_unused		\
		__lt_flow_filter = &(_filter);						\
	LATENCY_TRACKER_PARAM_PARSED(_probe, ifname, (_filter).ifname, NULL, NULL, "",	\
		"only packets received on the interface of this name; empty: all");	\
	LATENCY_TRACKER_PARAM_PARSED(_probe, saddr, (_filter).saddr.text,		\
		latency_tracker_flow_parse_net, &(_filter).saddr,			\
		LATENCY_TRACKER_FLOW_NET_EXPECT,					\
		"only packets from this address or network, such as 10.0.0.0/8; empty: all"); \
	LATENCY_TRACKER_PARAM_PARSED(_probe, daddr, (_filter).daddr.text,		\
		latency_tracker_flow_parse_net, &(_filter).daddr,			\
		LATENCY_TRACKER_FLOW_NET_EXPECT,					\
		"only packets to this address or network, such as fe80::1; empty: all"); \
	LATENCY_TRACKER_PARAM_NUMBER(_probe, sport, (_filter).sport, 0, U16_MAX, 0644,	\
		"only packets from this port; 0: all");					\
	LATENCY_TRACKER_PARAM_NUMBER(_probe, dport, (_filter).dport, 0, U16_MAX, 0644,	\
		"only packets to this port; 0: all");					\
	LATENCY_TRACKER_PARAM_PARSED(_probe, proto, (_filter).proto_text,		\
		latency_tracker_flow_parse_proto, &(_filter).proto,			\
		"one of tcp, udp, icmp, icmp6, or a number from 0 to 255",		\
		"only packets of this protocol: tcp, udp, icmp, icmp6 or a number; empty: all")

#endif /* LATENCY_TRACKER_FLOW_H */
