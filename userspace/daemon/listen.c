// SPDX-License-Identifier: GPL-2.0
#include "listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "log.h"

#define BACKLOG 16

static const char *remedy(int err)
{
	switch (err) {
	case EADDRINUSE:
		return "another program listens there: end it or choose another port"
		       " (ss -ltnp shows which one it is)";
	case EACCES:
	case EPERM:
		return "choose a port above 1023, or give the daemon CAP_NET_BIND_SERVICE";
	case EADDRNOTAVAIL:
		return "this machine has no such address: choose one of those that"
		       " \"ip address\" shows";
	case EAFNOSUPPORT:
		return "this machine does not have that protocol, or the systemd unit forbids it"
		       " (RestrictAddressFamilies=)";
	default:
		return "choose another address or port, or --metrics=none";
	}
}

static int set_up(int fd, const struct sockaddr_storage *address)
{
	int on = 1;

	/* The ends of old connections must not keep a daemon that is restarted from its port. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return -errno;
	if (address->ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
		return -errno;
	if (bind(fd, (const struct sockaddr *)address, lt_address_len(address)) ||
	    listen(fd, BACKLOG))
		return -errno;
	return 0;
}

/* The port may be one that the kernel has chosen. */
static void announce(int fd, struct sockaddr_storage *address)
{
	socklen_t len = sizeof(*address);
	char text[LT_ADDRESS_TEXT_MAX];

	getsockname(fd, (struct sockaddr *)address, &len);
	lt_info("metrics: http://%s/metrics", lt_address_format(address, text));
}

int lt_listen(const char *where)
{
	struct sockaddr_storage address;
	char text[LT_ADDRESS_TEXT_MAX];
	int fd, ret = lt_address_parse(where, &address);

	if (ret)
		return ret;
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ret = fd < 0 ? -errno : set_up(fd, &address);
	if (!ret) {
		announce(fd, &address);
		return fd;
	}
	lt_error("metrics: cannot listen on %s: %s: %s", lt_address_format(&address, text),
		 strerror(-ret), remedy(-ret));
	if (fd >= 0)
		close(fd);
	return ret;
}
