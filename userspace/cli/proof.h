/* SPDX-License-Identifier: GPL-2.0 */
/* How "snapshots show" shows one snapshot. */
#ifndef CLI_PROOF_H
#define CLI_PROOF_H

struct lt_snapshot;

/** cli_proof_print() - print the hit, the proof and the path of a snapshot for people. */
void cli_proof_print(const struct lt_snapshot *snapshot);

#endif /* CLI_PROOF_H */
