/* SPDX-License-Identifier: GPL-2.0 */
/* A socket that waits for connections. */
#ifndef LT_LISTEN_H
#define LT_LISTEN_H

/**
 * lt_listen() - listen on an address
 * @where: as for lt_address_parse()
 *
 * Logs the URL of the metrics, or why there is no socket and what to do.
 *
 * Return: a descriptor, O_NONBLOCK, or a negative errno.
 */
int lt_listen(const char *where);

#endif /* LT_LISTEN_H */
