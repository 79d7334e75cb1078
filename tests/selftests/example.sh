#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The probe that probes/README.md shows: interrupt handlers. Ground truth: the kernel's own count of what it
# traces in the meantime, switched on before and after the probe, and /proc/interrupts.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

FIELDS=(irq name handled delta_us)

# witness NAME: counts entries into handlers.
witness() {
	local dir=$TRACEFS/instances/lt-selftest-$1
	mkdir "$dir" && t_undo rmdir "$dir" && echo 1 >"$dir/events/irq/irq_handler_entry/enable"
}

entries() {
	sed -n 's/^# entries-in-buffer.*: [0-9]*\/\([0-9]*\) .*/\1/p' "$TRACEFS/instances/lt-selftest-$1/trace"
}

need() {
	modprobe -n latency_tracker_irq 2>/dev/null || t_skip "latency_tracker_irq is not built (LT_TEST=1)" || return
	DISK=$(lsblk -dno NAME,TYPE | awk '$2 == "disk" && $1 ~ /^(vd|sd|nvme)/ { print "/dev/" $1; exit }')
	[[ -n $DISK ]] || t_skip "no disk that interrupts"
}

handlers() {
	witness a && lt_load irq threshold_us=1 rate_limit_ms=0 && witness b || return
	dd if="$DISK" of=/dev/null bs=4k count=100 iflag=direct status=none || return
	echo 0 >"$TRACEFS/instances/lt-selftest-b/events/irq/irq_handler_entry/enable"
	param irq enabled 0 && wait_for 5 ledger_idle irq && ledger irq || return
	echo 0 >"$TRACEFS/instances/lt-selftest-a/events/irq/irq_handler_entry/enable"
	t_diag "handlers: $(entries a) before us, ${LEDGER[begins]} here, $(entries b) after us"
	expect_in "begins" "${LEDGER[begins]}" "$(entries b)" "$(entries a)" &&
		expect_in "after us" "$(entries b)" 100 &&
		expect_eq "matched" "${LEDGER[matched]}" "${LEDGER[begins]}"
}

series() {
	local sum
	sum=$(awk '$1 == "series" && $2 ~ /^irq=/ { n += $4 } END { print n }' "$DEBUG/irq/histogram")
	expect_eq "by interrupt, together" "$sum" "${LEDGER[matched]}"
}

# shown NUMBER NAME: as an interrupt, or as one that CPUs send to each other, of which only the name is shown.
shown() {
	grep -Eq "^ *($1:.* ${2//./\\.}|$2[0-9]+:)" /proc/interrupts && return
	t_diag "/proc/interrupts has no $1 of $2"
	return 1
}

hits() {
	local irq name handled
	hits_read "$T_TMP/hits" && hits_list "$T_TMP/hits" || return
	expect_in "hits" "$(wc -l <"$T_TMP/hits.list")" 1 || return
	while IFS=$'\t' read -r irq name handled; do
		expect_re "handled" "$handled" '[01]' && shown "$irq" "$name" || return
	done < <(cut -f 3-5 "$T_TMP/hits.list" | sort -u)
}

t_case "the module, and a disk that interrupts" need
t_case "each handler begins and ends, as the kernel's trace counts them" handlers
t_case "a histogram for each interrupt" series
t_case "fields of the hits, as in /proc/interrupts" hits
t_run
