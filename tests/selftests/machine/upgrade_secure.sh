#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Secure Boot: the kernel is locked down, trusts the key that DKMS signs with, and takes what that has signed
# (upgrade.sh loads it). What nobody or a stranger has signed is refused, and the user is told what to do.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"

CERT=/var/lib/dkms/mok.pub
UPDATES=/lib/modules/$(uname -r)/updates/dkms
REFUSED=/refused
SECURITY=/sys/kernel/security

locked_down() {
	mountpoint -q "$SECURITY" || { mount -t securityfs securityfs "$SECURITY" && t_undo umount "$SECURITY"; } || return
	expect_re "lockdown" "$(<"$SECURITY/lockdown")" ".*\[(integrity|confidentiality)\].*" || return
	mkdir -p /sys/firmware/efi/efivars
	mountpoint -q /sys/firmware/efi/efivars || mount -t efivarfs efivarfs /sys/firmware/efi/efivars || return
	says 0 "SecureBoot enabled" mokutil --sb-state
}

# doctor_says VERDICT TEXT: of signatures.
doctor_says() {
	expect_re "doctor" "$(latency-tracker doctor | grep -A1 ' signatures ' | tr -s ' \n' ' ')" "$1 signatures $2.*"
}

trusted() {
	says 1 "is already enrolled" mokutil --test-key "$CERT" &&
		doctor_says ok "signed modules only, and DKMS's key is trusted"
}

# refused KIND WORDS: the core of that kind in the place of DKMS's, which comes back. The words are the kernel's.
refused() {
	local status
	cp -a "$UPDATES/latency_tracker.ko.xz" "$T_TMP/" && cp "$REFUSED/$1/latency_tracker.ko.xz" "$UPDATES/" || return
	klog_mark
	says 1 "could not insert.*signed with a key it trusts.*mokutil --import $CERT.*Enroll MOK" \
		latency-tracker load block threshold_us=5000
	status=$?
	cp -a "$T_TMP/latency_tracker.ko.xz" "$UPDATES/"
	! lt_loaded || { t_diag "it was loaded"; return 1; }
	((status == 0)) && expect_re "kernel log" "$(klog)" ".*$2 is rejected.*"
}

# A key that is not enrolled, as DKMS's is on a new machine.
not_enrolled() {
	cp -a "$CERT" "$T_TMP/" && cp "$REFUSED/stranger.pub" "$CERT" || return
	doctor_says missing "the kernel takes signed modules only, and does not trust DKMS's key > mokutil --import $CERT, reboot"
	local status=$?
	cp -a "$T_TMP/mok.pub" "$CERT"
	return "$status"
}

[[ -e $REFUSED ]] || t_skip_all "not on the machine that lab/upgrade.sh has made"

t_case "the kernel is locked down by Secure Boot" locked_down
t_case "it trusts DKMS's key, and the doctor says so" trusted
t_case "a module without a signature is refused, with the remedy" refused unsigned "Loading of unsigned module"
t_case "one that a stranger has signed is refused, with the remedy" refused stranger "Loading of module with unavailable key"
t_case "a key that is not enrolled: the doctor says how to enrol it" not_enrolled
t_run
