/* SPDX-License-Identifier: GPL-2.0 */
/* Each program of interleavings has one table of cases. */
#ifndef IL_CASES_H
#define IL_CASES_H

#include <stdlib.h>

#include "sched.h"

extern const struct il_case il_cases[];
extern const unsigned int il_nr_cases;

#endif /* IL_CASES_H */
