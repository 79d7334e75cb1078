#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loading and unloading a probe at a bad moment: while an I/O is in flight, under a reader of the
# stream, while its files are being read.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

# One I/O of 1.5 s.
slow_read() {
	exec dd if=/dev/mapper/lt-slow of=/dev/null bs=4k count=1 iflag=direct status=none
}

# dd waits for a device that takes long; the probe goes meanwhile.
slow_dd() {
	brd_load 1 16 && dm_delay lt-slow /dev/ram0 1500 && lt_load block threshold_us=1000 comm=dd
}

in_flight() {
	[[ $(stat_of block in_flight) == "$1" ]]
}

unload_in_flight() {
	local dd
	slow_dd || return
	slow_read &
	dd=$!
	wait_for 5 in_flight 1 && ledger_balances block && rmmod latency_tracker_block || return
	kill -0 "$dd" || { t_diag "the I/O was over before the probe was unloaded"; return 1; }
	wait "$dd"
}

# The end of an operation that began before the probe was there.
end_without_begin() {
	local dd
	lt_unload || return
	slow_read &
	dd=$!
	wait_for 5 in_state "$dd" D && lt_load block threshold_us=1 comm=dd || return
	kill -0 "$dd" || { t_diag "the I/O was over before the probe was loaded"; return 1; }
	wait "$dd"
	ledger block
	expect_in "orphan_ends" "${LEDGER[orphan_ends]}" 1 &&
		expect_eq "begins" "${LEDGER[begins]}" 0 &&
		expect_eq "matched" "${LEDGER[matched]}" 0 &&
		expect_eq "hits" "${LEDGER[hits]}" 0 && ledger_balances block
}

# A reader keeps the core, not the probe; what it reads goes on with the next one.
unload_under_reader() {
	local cat
	lt_unload && lt_load block threshold_us=1000 rate_limit_ms=0 comm=dd || return
	cat "$PROC" >"$T_TMP/stream" &
	cat=$!
	wait_for 5 in_state "$cat" S || return
	(slow_read)
	wait_for 5 test -s "$T_TMP/stream" && rmmod latency_tracker_block &&
		expect_fail "unloading the core under a reader" rmmod latency_tracker &&
		lt_load block threshold_us=1000 rate_limit_ms=0 comm=dd || return
	(slow_read)
	wait_for 5 two_records
	kill "$cat"
	wait "$cat" 2>/dev/null
	expect_eq "records" "$(./records.py check "$T_TMP/stream")" "records 2 lost 0"
}

two_records() {
	[[ $(wc -l <"$T_TMP/stream") == 2 ]]
}

# While its files are being read.
unload_under_stats() {
	local i reader
	(while sleep 0.02; do cat "$DEBUG"/block/* "$DEBUG"/ring /sys/module/latency_tracker_block/parameters/*; done) \
		>/dev/null 2>&1 &
	reader=$!
	t_undo kill "$reader"
	for i in {1..6}; do
		lt_load block threshold_us=1 timeout_us=1000 stack=1 || break
		sleep 0.$((i % 3))
		rmmod latency_tracker_block || break
	done
	kill "$reader"
	wait "$reader" 2>/dev/null
	expect_eq "last round" "$i" 6 && expect_eq "probes" "$(lt_probes)" ""
}

t_case "unload with an I/O in flight" unload_in_flight
t_case "load with an I/O in flight: its end is counted, nothing else" end_without_begin
t_case "unload and load under a reader" unload_under_reader
t_case "unload while stats and parameters are read" unload_under_stats
t_run
