/* SPDX-License-Identifier: GPL-2.0 */
/* What the exact cases have in common. */
#ifndef LT_TEST_EXACT_H
#define LT_TEST_EXACT_H

#include "test.h"

#define OK	LATENCY_TRACKER_OK
#define FULL	LATENCY_TRACKER_FULL
#define NOENT	LATENCY_TRACKER_NOENT
#define EXISTS	LATENCY_TRACKER_EXISTS
#define INVAL	LATENCY_TRACKER_INVAL

/* exact.c */
struct latency_tracker *lt_exact_make(struct latency_tracker_config *config);
int lt_exact_in(struct latency_tracker *t, u64 key);
int lt_exact_out(struct latency_tracker *t, u64 key);
int lt_exact_in_priv(struct latency_tracker *t, u64 key, u64 priv);
void lt_exact_ledger(struct latency_tracker *t, const struct latency_tracker_ledger *want);

/* pool.c */
void lt_exact_pool(void);
void lt_exact_growth(void);
void lt_exact_reference(void);

#endif /* LT_TEST_EXACT_H */
