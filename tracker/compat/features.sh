#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# features.sh SYMVERS FEATURES.C COMPILER ARGUMENT…: prints as a header what the kernel has: the tests in
# FEATURES.C that compile, and what modules may call by SYMVERS, the kernel's Module.symvers.
set -eu
symvers=$1
tests=$2
shift 2

# Not in Debian's 5.10 and 6.1.
! grep -qw stack_trace_save_tsk "$symvers" || echo "#define LT_HAVE_STACK_TRACE_SAVE_TSK 1"

# A compiler that cannot even compile nothing would say that the kernel has nothing.
"$@" -fsyntax-only "$tests"
# clang would go on where gcc stops.
set -- "$@" -fsyntax-only -Werror=incompatible-pointer-types -Werror=implicit-function-declaration
# shellcheck disable=SC2016 # expanded by the inner shell
sed -n 's/^#ifdef TRY_//p' "$tests" | xargs -P "$(nproc)" -I {} sh -c '
	test=$1 name=$2
	shift 2
	! "$@" "-DTRY_$name" "$test" 2>/dev/null || echo "#define $name 1"' sh "$tests" {} "$@" | sort
