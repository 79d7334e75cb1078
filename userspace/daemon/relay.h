/* SPDX-License-Identifier: GPL-2.0 */
/* Where lttng-relayd is, as LTTng writes it: net://HOST[:CONTROL[:DATA]][/NAME]. */
#ifndef LT_RELAY_H
#define LT_RELAY_H

#include <stdbool.h>

/** lt_relay_is_url() - Return: whether a text is such an address, net: or net6:, and complete. */
bool lt_relay_is_url(const char *text);

/**
 * lt_relay_reach() - does somebody listen there?
 * @url: lt_relay_is_url()
 * @why: of size LT_WHY_MAX, receives the reason when not
 *
 * The session daemon connects with the patience of TCP, and answers nobody meanwhile: an absent
 * relay must be found out before it is asked. Waits up to two seconds, apart from the name service.
 *
 * Return: 0 or a negative errno.
 */
int lt_relay_reach(const char *url, char *why);

#endif /* LT_RELAY_H */
