// SPDX-License-Identifier: GPL-2.0
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

static bool parse_port(const char *text, in_port_t *port)
{
	uint64_t number;

	if (lt_text_u64(text, strlen(text), &number) || number > UINT16_MAX)
		return false;
	*port = htons(number);
	return true;
}

static bool parse_host(const char *host, bool bracketed, struct sockaddr_storage *address)
{
	if (bracketed) {
		address->ss_family = AF_INET6;
		return inet_pton(AF_INET6, host, &((struct sockaddr_in6 *)address)->sin6_addr) == 1;
	}
	address->ss_family = AF_INET;
	return inet_pton(AF_INET, host, &((struct sockaddr_in *)address)->sin_addr) == 1;
}

int lt_address_parse(const char *text, struct sockaddr_storage *address)
{
	const char *colon = strrchr(text, ':'), *end = colon, *host = text;
	bool bracketed = colon && colon - text >= 2 && *text == '[' && colon[-1] == ']';
	char copy[INET6_ADDRSTRLEN] = "127.0.0.1";
	in_port_t port;

	if (bracketed) {
		host++;
		end--;
	}
	if (colon) {
		if (end - host >= (ptrdiff_t)sizeof(copy))
			return -EINVAL;
		snprintf(copy, sizeof(copy), "%.*s", (int)(end - host), host);
	}
	*address = (struct sockaddr_storage){ 0 };
	if (!parse_host(copy, bracketed, address) || !parse_port(colon ? colon + 1 : text, &port))
		return -EINVAL;
	if (bracketed)
		((struct sockaddr_in6 *)address)->sin6_port = port;
	else
		((struct sockaddr_in *)address)->sin_port = port;
	return 0;
}

socklen_t lt_address_len(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						sizeof(struct sockaddr_in);
}

const char *lt_address_format(const struct sockaddr_storage *address,
			      char text[LT_ADDRESS_TEXT_MAX])
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	bool bracketed = address->ss_family == AF_INET6;
	char host[INET6_ADDRSTRLEN] = "?";

	inet_ntop(address->ss_family, bracketed ? (const void *)&six->sin6_addr : &four->sin_addr,
		  host, sizeof(host));
	snprintf(text, LT_ADDRESS_TEXT_MAX, bracketed ? "[%s]:%u" : "%s:%u", host,
		 ntohs(bracketed ? six->sin6_port : four->sin_port));
	return text;
}
