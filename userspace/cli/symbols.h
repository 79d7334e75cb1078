/* SPDX-License-Identifier: GPL-2.0 */
/* Names for addresses in user space. */
#ifndef CLI_SYMBOLS_H
#define CLI_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct lt_record;

/**
 * cli_symbol() - name the function at an address of the process that a hit is about
 * @rec: hit
 * @addr: inside the function; for a return address, the one before it
 * @buf: receives the name of the function; "[FILE]" where the file has no symbol for it;
 *	"[unknown]" when the process is gone, may not be looked at, or has nothing there
 * @size: room
 *
 * Reads the symbol tables of the files that the process has mapped, with libdw, and keeps them.
 */
void cli_symbol(const struct lt_record *rec, uint64_t addr, char *buf, size_t size);

#endif /* CLI_SYMBOLS_H */
