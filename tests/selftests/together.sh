#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All probes at once, each with its load, a reader, and stacks with each hit, for LT_STRESS_SECONDS (10): nothing is
# lost from a ledger, nothing hangs, the kernel has nothing to say.
# timeout=240
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

SECONDS_LONG=${LT_STRESS_SECONDS:-10}

all_load() {
	local probe
	mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=2000000 gb=1 || return
	for probe in "${LT_PROBES[@]}"; do
		lt_load "$probe" threshold_us=1000 timeout_us=200000 stack=1 rate_limit_ms=10 max_events=4096 || return
	done
}

listens() {
	[[ -n $(ss -Hltn "sport = :$1") ]]
}

# Pipes, switches and futexes for the scheduler, sockets over the loopback device for the backlog, timers, forks.
stress() {
	local reader fio iperf3 status=0
	ip link set lo up
	cat /proc/latency_tracker >/dev/null &
	reader=$!
	t_undo kill "$reader"
	fio --direct=1 --ioengine=libaio --rw=randrw --bs=4k --time_based --runtime="$SECONDS_LONG" --name=disk \
		--filename=/dev/nullb0 --iodepth=8 >"$T_TMP/fio" 2>&1 &
	fio=$!
	iperf3 --server --one-off --bind 127.0.0.1 >"$T_TMP/iperf3-server" 2>&1 &
	t_undo kill $!
	wait_for 10 listens 5201 && iperf3 --client 127.0.0.1 --time "$SECONDS_LONG" --parallel 2 >"$T_TMP/iperf3" 2>&1 &
	iperf3=$!
	stress-ng --switch 1 --pipe 1 --futex 1 --udp 1 --sock 1 --timer 1 --fork 1 --timeout "${SECONDS_LONG}s" \
		>"$T_TMP/stress" 2>&1 || status=1
	wait "$fio" || status=1
	wait "$iperf3" || status=1
	((status == 0)) || sed 's/^/# /' "$T_TMP/stress" "$T_TMP/fio" "$T_TMP"/iperf3*
	kill "$reader"
	return "$status"
}

# openvswitch is not there: its probe waits for it.
each_had_some() {
	local probe status=0
	for probe in "${LT_PROBES[@]}"; do
		ledger "$probe"
		t_diag "$probe: begins ${LEDGER[begins]} matched ${LEDGER[matched]} hits ${LEDGER[hits]} timed_out ${LEDGER[timed_out]}" \
			"dropped ${LEDGER[dropped_full]}"
		[[ $probe == ovs_upcall ]] || expect_in "begins of $probe" "${LEDGER[begins]}" 100 || status=1
	done
	return "$status"
}

all_unload() {
	lt_unload
}

t_case "all probes are loaded" all_load
t_case "$SECONDS_LONG s of load for all of them" stress
t_case "each has tracked its operations" each_had_some
t_case "ledgers balance, all are unloaded" all_unload
t_run
