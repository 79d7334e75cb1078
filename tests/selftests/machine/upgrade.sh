#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A machine with our packages, whose modules DKMS has made for the kernel that runs: loaded as the README
# has it, they report a slow request. The lab boots it before and after an upgrade (lab/upgrade.sh).
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"

KVER=$(uname -r)
DELAY_MS=20

from_dkms() {
	local probe
	# What the lab has installed last; elsewhere it is whatever runs.
	expect_eq "kernel" "$KVER" "$(cat /etc/lt-lab/kernel 2>/dev/null || echo "$KVER")" || return
	for probe in "${LT_PROBES[@]}"; do
		expect_re "module of $probe" "$(modinfo -n "latency_tracker_$probe")" \
			"/lib/modules/${KVER//+/\\+}/updates/dkms/latency_tracker_$probe\.ko.*" || return
	done
}

# A null_blk device answers from a timer. Read once before, since the first to open it looks for partitions.
read_slowly() {
	dd if=/dev/nullb0 of=/dev/null bs=4k count=1 iflag=direct status=none
}

slow_device() {
	mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=$((DELAY_MS * MS)) gb=1 && read_slowly
}

hit() {
	modprobe latency_tracker_block threshold_us=5000 comm=dd && read_slowly && hits_read "$T_TMP/hits" &&
		expect_eq "hits" "$(hits_count "$T_TMP/hits" '/ disk=nullb0 .* op=read /')" 1 && lt_unload
}

others() {
	latency-tracker load offcpu threshold_us=1000000 && modprobe --all "${LT_PROBES[@]/#/latency_tracker_}" &&
		expect_eq "probes" "$(lt_probes | paste -sd' ')" "$(printf '%s\n' "${LT_PROBES[@]}" | sort | paste -sd' ')" &&
		expect_eq "latency-tracker list" "$(latency-tracker list | awk 'NR > 1 { print $1 }' | sort | paste -sd' ')" \
			"$(lt_probes | paste -sd' ')"
}

t_case "modules of $KVER, made by DKMS" from_dkms
t_case "a device that takes $DELAY_MS ms" slow_device
t_case "modprobe latency_tracker_block: one slow request, one hit" hit
t_case "all other probes" others
t_run
