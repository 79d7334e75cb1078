#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Secure Boot, and the key that DKMS signs with is enrolled: what it has signed is loaded (upgrade.sh does that), what
# nobody or a stranger has signed is refused.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source=tests/selftests/machine/secure.lib
. ./machine/secure.lib

REFUSED=/refused

trusted() {
	says 1 "is already enrolled" mokutil --test-key "$CERT" &&
		doctor_says ok "signed modules only, and DKMS's key is trusted"
}

# instead KIND WORDS: the core of that kind in the place of DKMS's, which comes back.
instead() {
	local status
	cp -a "$UPDATES/latency_tracker.ko.xz" "$T_TMP/" && cp "$REFUSED/$1/latency_tracker.ko.xz" "$UPDATES/" || return
	refused "$2"
	status=$?
	cp -a "$T_TMP/latency_tracker.ko.xz" "$UPDATES/"
	return "$status"
}

[[ -e $REFUSED ]] || t_skip_all "not on the machine that lab/upgrade.sh has made"

t_case "the kernel is locked down by Secure Boot" locked_down
t_case "it trusts DKMS's key, and the doctor says so" trusted
t_case "a module without a signature is refused, with the remedy" instead unsigned "Loading of unsigned module"
t_case "one that a stranger has signed is refused, with the remedy" instead stranger \
	"Loading of module with unavailable key"
t_run
