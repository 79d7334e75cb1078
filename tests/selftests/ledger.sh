#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The ledger: what begins is accounted for, whatever becomes of it. Ground truth: operations of a known
# number on a device that answers late, counted by fio.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

DELAY_MS=1500
MAX=16
DEPTH=48

devices() {
	brd_load 1 64 && dm_delay lt-late /dev/ram0 "$DELAY_MS"
}

# late_reads NUMBER: so many at once.
late_reads() {
	fio --name=late --filename=/dev/mapper/lt-late --rw=read --bs=4k --direct=1 --ioengine=libaio \
		--iodepth="$1" --iodepth_batch="$1" --number_ios="$1" --output="$T_TMP/fio" >/dev/null 2>&1
}

balance() {
	wait_for 60 ledger_idle "$1" && ledger_balances "$1"
}

ends_only() {
	local before orphans
	# Enabled in the middle of the operation: its end has no begin.
	lt_load block threshold_us=1000 rate_limit_ms=0 comm=dd enabled=0 || return
	dd if=/dev/mapper/lt-late of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &
	before=$!
	sleep 0.5
	param block enabled 1 || return
	wait "$before"
	orphans=$(stat_of block orphan_ends)
	expect_in "orphan_ends" "$orphans" 1 "" &&
		expect_eq "matched" "$(stat_of block matched)" 0 &&
		expect_eq "hits" "$(stat_of block hits)" 0
}

exhausted() {
	lt_unload block || return
	lt_load block threshold_us=1000 rate_limit_ms=0 max_events="$MAX" comm=fio || return
	late_reads "$DEPTH" || { t_diag "$(tail -n 2 "$T_TMP/fio")"; return 1; }
	balance block || return
	ledger block
	expect_eq "capacity" "${LEDGER[capacity]}" "$MAX" &&
		expect_in "dropped_full" "${LEDGER[dropped_full]}" $((DEPTH - MAX)) "" &&
		expect_in "matched" "${LEDGER[matched]}" "$MAX" ""
}

every_drop_counted() {
	# What fio asked for has either been matched or dropped.
	expect_in "matched + dropped" "$((LEDGER[matched] + LEDGER[dropped_full]))" "$DEPTH" "" &&
		expect_eq "begins" "${LEDGER[begins]}" $((LEDGER[matched] + LEDGER[dropped_full] +
			LEDGER[replaced] + LEDGER[cancelled]))
}

room() {
	lt_unload block || return
	lt_load block threshold_us=1000 rate_limit_ms=0 max_events=65536 comm=fio || return
	late_reads "$DEPTH" || return
	balance block || return
	ledger block
	expect_eq "dropped_full" "${LEDGER[dropped_full]}" 0 &&
		expect_in "matched" "${LEDGER[matched]}" "$DEPTH" ""
}

matched_is_histogram() {
	local count
	count=$(awk '$1 == "series" && $2 == "total" { print $4 }' "$DEBUG/block/histogram")
	ledger block
	expect_eq "count of the histogram" "$count" $((LEDGER[matched] - LEDGER[negative_deltas]))
}

two_trackers() {
	lt_load wakeup threshold_us=100000 rate_limit_ms=0 || return
	late_reads 8 || return
	stress-ng --switch 2 --timeout 3s >/dev/null 2>&1
	balance block || return
	ledger_balances wakeup || return
	ledger wakeup
	expect_in "wake-ups matched" "${LEDGER[matched]}" 100 "" &&
		expect_eq "negative deltas" "${LEDGER[negative_deltas]}" 0
}

seen() {
	lt_unload wakeup || return
	lt_load wakeup threshold_us=100000 comm=no-such-task || return
	stress-ng --switch 1 --timeout 1s >/dev/null 2>&1
	ledger wakeup
	expect_eq "begins" "${LEDGER[begins]}" 0 &&
		expect_in "filtered" "${LEDGER[filtered]}" 100 "" &&
		expect_eq "seen" "${LEDGER[seen]}" "${LEDGER[filtered]}"
}

t_case "a device that answers late" devices
t_case "an end without begin is counted and nothing else" ends_only
t_case "a full pool drops what does not fit" exhausted
t_case "every drop is counted" every_drop_counted
t_case "with room nothing is dropped" room
t_case "the histogram counts what has matched" matched_is_histogram
t_case "two trackers, each with a ledger of its own" two_trackers
t_case "what a filter turns away is seen and counted" seen
t_run
