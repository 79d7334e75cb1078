/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of a configuration file: INI, read by libinih.
 *
 *	[daemon]
 *	rate-ms = 500		; the words of the command line
 *	events = sched_*,
 *	  block_*		; a list goes on in a line that begins with a blank
 *	[trackers]
 *	block = threshold_us=10000
 *
 * libinih finds words, values and comments. Which line it is at, and which lines it could make
 * nothing of, it does not tell; the reader that hands it the lines keeps count of both.
 */
#ifndef LT_CONFIG_FILE_H
#define LT_CONFIG_FILE_H

#include "config.h"

/**
 * lt_config_parse() - read the text of a file
 * @config: its opts are set already, and path names the file in messages
 * @text: any bytes
 * @len: number of bytes
 * @say: told of each mistake as "FILE:LINE: what is wrong and what would be right"
 *
 * Return: number of mistakes; with any, what @config holds is of no use but can be freed.
 */
unsigned int lt_config_parse(struct lt_config *config, const char *text, size_t len,
			     lt_config_say_fn say);

#endif /* LT_CONFIG_FILE_H */
