// SPDX-License-Identifier: GPL-2.0
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend.h"

#define CONTROL_PORT	"5342"
#define CONNECT_MS	2000
#define HOST_MAX	256

struct address {
	int family;
	char host[HOST_MAX];
	char port[8];
};

/* The part behind "net://" or "net6://"; NULL for anything else. */
static const char *skip_scheme(const char *text, int *family)
{
	*family = AF_INET;
	if (!strncmp(text, "net://", 6))
		return text + 6;
	*family = AF_INET6;
	return strncmp(text, "net6://", 7) ? NULL : text + 7;
}

static bool copy(char *to, size_t size, const char *from, size_t len)
{
	if (!len || len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static bool parse_port(const char *text, struct address *address)
{
	size_t len;

	if (*text != ':')
		return true;
	len = strspn(++text, "0123456789");
	return copy(address->port, sizeof(address->port), text, len) &&
	       (!text[len] || strchr(":/", text[len]));
}

static bool parse(const char *text, struct address *address)
{
	const char *host = skip_scheme(text, &address->family), *end;

	if (!host)
		return false;
	snprintf(address->port, sizeof(address->port), CONTROL_PORT);
	if (*host != '[') {
		end = host + strcspn(host, ":/");
		return copy(address->host, HOST_MAX, host, end - host) && parse_port(end, address);
	}
	end = strchr(++host, ']');
	return end && copy(address->host, HOST_MAX, host, end - host) &&
	       (!end[1] || strchr(":/", end[1])) && parse_port(end + 1, address);
}

bool lt_relay_is_url(const char *text)
{
	struct address address;

	return parse(text, &address);
}

static int wait_connected(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int ret = poll(&poll_fd, 1, CONNECT_MS), err = 0;

	if (ret <= 0)
		return ret ? -errno : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err;
}

static int try_connect(const struct addrinfo *info)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, info->ai_addr, info->ai_addrlen))
		ret = errno == EINPROGRESS ? wait_connected(fd) : -errno;
	close(fd);
	return ret;
}

int lt_relay_reach(const char *url, char *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *info;
	struct address address;
	int ret;

	if (!parse(url, &address))
		return -EINVAL;
	hints.ai_family = address.family;
	ret = getaddrinfo(address.host, address.port, &hints, &info);
	if (ret) {
		lt_why(why, "%s: %s", address.host, gai_strerror(ret));
		return -EHOSTUNREACH;
	}
	ret = try_connect(info);
	freeaddrinfo(info);
	if (ret)
		lt_why(why, "no lttng-relayd answers on %s port %s: %s", address.host, address.port,
		       strerror(-ret));
	return ret;
}
