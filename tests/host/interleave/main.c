// SPDX-License-Identifier: GPL-2.0
/* Runs all cases of a program, or those whose name contains the argument. */
#include "cases.h"

int main(int argc, char **argv)
{
	return il_main(il_cases, il_nr_cases, argc, argv);
}
