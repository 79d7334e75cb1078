/* SPDX-License-Identifier: GPL-2.0 */
/* Which format a client wants: the header Accept of HTTP. */
#ifndef LT_ACCEPT_H
#define LT_ACCEPT_H

#include "exposition.h"

/**
 * lt_accept_format() - choose between the two formats
 * @accept: value of the header; NULL: there is none
 *
 * OpenMetrics is for clients that name it, in version 1.0.0 or in none, and want nothing else
 * more. All others get the text format, those too that accept neither: a wrong format that can
 * be read is of more use than an error.
 */
enum lt_metrics_format lt_accept_format(const char *accept);

/** lt_accept_type() - Return: the Content-Type of a format. */
const char *lt_accept_type(enum lt_metrics_format format);

#endif /* LT_ACCEPT_H */
