/* SPDX-License-Identifier: GPL-2.0 */
/* RCU for the benchmark. */
#ifndef BENCH_RCU_H
#define BENCH_RCU_H

/* The calling thread is outside all read sides. */
void bench_quiescent(void);

#endif /* BENCH_RCU_H */
