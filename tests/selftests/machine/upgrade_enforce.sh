#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# module.sig_enforce without UEFI: no key can be enrolled, so that nothing of DKMS is taken. It is switched on for good,
# until the machine is booted again.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source=tests/selftests/machine/secure.lib
. ./machine/secure.lib

ENFORCE=/sys/module/module/parameters/sig_enforce

before() {
	expect_eq "sig_enforce" "$(<"$ENFORCE")" N && doctor_says ok "unsigned modules are taken"
}

enforced() {
	echo Y >"$ENFORCE" && refused "Loading of module with unavailable key"
}

no_way() {
	doctor_says missing "the kernel takes signed modules only, and does not trust DKMS's key > boot without module.sig_enforce"
}

[[ ! -e /sys/firmware/efi ]] || t_skip_all "a machine with UEFI"
[[ -e /etc/lt-lab ]] || t_skip_all "only in the lab: it cannot be undone"

t_case "at first, doctor: unsigned modules are taken" before
t_case "module.sig_enforce: what DKMS has signed is refused" enforced
t_case "doctor: without UEFI there is no other way than without it" no_way
t_run
