// SPDX-License-Identifier: GPL-2.0
/* The list stands alone so that tests can put other back ends in its place. */
#include "backend.h"

const struct lt_backend *const lt_backends[] = {
	&lt_backend_lttng,
	&lt_backend_ftrace,
	&lt_backend_exec,
	NULL,
};
