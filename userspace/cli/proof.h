/* SPDX-License-Identifier: GPL-2.0 */
/* One snapshot: proof.c shows it to people, show.c to programs, and finds it by its name. */
#ifndef CLI_PROOF_H
#define CLI_PROOF_H

#include <stdbool.h>
#include <stddef.h>

struct lt_snapshot;

/** cli_proof_print() - print the hit, the proof and the path of a snapshot for people. */
void cli_proof_print(const struct lt_snapshot *snapshot);

/** cli_proof_json() - print all of a snapshot as JSON on one line; Return: exit code. */
int cli_proof_json(const struct lt_snapshot *snapshot);

/**
 * cli_proof_show() - find a snapshot by its name and print it
 * @dir: state directory of the daemon
 * @names: all names
 * @count: number of them
 * @meant: the name, or a beginning that only one has
 * @json: as cli_proof_json(), not as cli_proof_print()
 *
 * Return: exit code.
 */
int cli_proof_show(const char *dir, char **names, size_t count, const char *meant, bool json);

/** cli_proof_path() - print the path of one; arguments and return value as above. */
int cli_proof_path(const char *dir, char **names, size_t count, const char *meant);

/** cli_proof_remove() - remove one; arguments and return value as above. */
int cli_proof_remove(const char *dir, char **names, size_t count, const char *meant);

#endif /* CLI_PROOF_H */
