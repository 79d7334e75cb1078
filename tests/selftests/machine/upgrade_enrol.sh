#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Secure Boot, and nobody has enrolled the key that DKMS signs with: what a user meets, and what the README has
# them do about it, up to the reboot. There somebody must type (lab/upgrade.sh does).
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source=tests/selftests/machine/secure.lib
. ./machine/secure.lib

unknown_key() {
	refused "Loading of module with unavailable key"
}

diagnosed() {
	says 0 "is not enrolled" mokutil --test-key "$CERT" &&
		doctor_says missing "the kernel takes signed modules only, and does not trust DKMS's key > mokutil --import $CERT, reboot"
}

import() {
	printf '%s\n' "$LT_MOK_PASSWORD" "$LT_MOK_PASSWORD" | mokutil --import "$CERT" >"$T_TMP/mokutil" 2>&1 ||
		{ sed 's/^/# mokutil: /' "$T_TMP/mokutil"; return 1; }
	says 0 "CN ?= ?DKMS module signing key" mokutil --list-new
}

[[ -n ${LT_MOK_PASSWORD:-} ]] || t_skip_all "LT_MOK_PASSWORD is not set: nobody would type it after the reboot"

t_case "the kernel is locked down by Secure Boot" locked_down
t_case "load: what DKMS has signed is refused, with the remedy" unknown_key
t_case "doctor: the key is not enrolled, and how to enrol it" diagnosed
t_case "mokutil --import" import
t_run
