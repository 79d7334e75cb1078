/* SPDX-License-Identifier: GPL-2.0 */
/* Where to listen: "PORT", "127.0.0.1:PORT" or "[::1]:PORT". */
#ifndef LT_ADDRESS_H
#define LT_ADDRESS_H

#include <sys/socket.h>

/* Room for lt_address_format(). */
#define LT_ADDRESS_TEXT_MAX 64

/**
 * lt_address_parse() - read an address and a port
 * @text: a port, which means 127.0.0.1, or an IPv4 address or an IPv6 address in brackets, and
 *	a port behind a colon; names of machines are not looked up
 * @address: receives it
 *
 * Port 0 is one that the kernel chooses.
 *
 * Return: 0 or -EINVAL.
 */
int lt_address_parse(const char *text, struct sockaddr_storage *address);

/** lt_address_len() - Return: what bind() takes for its length. */
socklen_t lt_address_len(const struct sockaddr_storage *address);

/** lt_address_format() - the reverse of lt_address_parse(), always with address; Return: @text. */
const char *lt_address_format(const struct sockaddr_storage *address,
			      char text[LT_ADDRESS_TEXT_MAX]);

#endif /* LT_ADDRESS_H */
