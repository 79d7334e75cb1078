#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a real-time task feels of us: cyclictest while hackbench keeps all processors busy, in turn without our modules
# and with all probes, which hit, take stacks and wake a reader. The worst latencies of both are printed, and judged
# by nobody: they are those of this machine. What must hold, above all on PREEMPT_RT: both programs are content, the
# kernel has nothing to say (the last case), and ledgers balance.
# timeout=300
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

ROUNDS=2
ROUND_SECONDS=8

need() {
	local tool
	for tool in cyclictest hackbench; do
		[[ -x $(command -v "$tool") ]] || t_skip "no $tool" || return
	done
	if is_rt; then
		t_diag "a kernel with PREEMPT_RT"
	else
		t_diag "a kernel without PREEMPT_RT"
	fi
}

# Again and again, until cyclictest is gone; leaves how often in a file.
hackbench_beside() {
	local runs=0
	until is_gone "$1"; do
		hackbench --groups 2 --fds 5 --loops 50 >"$T_TMP/hackbench" 2>&1 || return
		runs=$((runs + 1))
	done
	echo "$runs" >>"$T_TMP/runs"
}

# measure NAME: one round, its lines of cyclictest into a file of that name.
measure() {
	local cyclictest status=0
	cyclictest --quiet --mlockall --smp --priority=80 --interval=1000 --duration="${ROUND_SECONDS}s" \
		>"$T_TMP/cyclictest" 2>&1 &
	cyclictest=$!
	t_undo kill "$cyclictest"
	hackbench_beside "$cyclictest" || { t_diag "hackbench: $(tail -n 1 "$T_TMP/hackbench")"; return 1; }
	wait "$cyclictest" || status=$?
	grep '^T:' "$T_TMP/cyclictest" >>"$T_TMP/$1"
	((status == 0)) || sed 's/^/# cyclictest: /' "$T_TMP/cyclictest"
	expect_eq "exit status of cyclictest" "$status" 0
}

all_load() {
	local probe
	for probe in "${LT_PROBES[@]}"; do
		lt_load "$probe" threshold_us=1000 timeout_us=200000 stack=1 rate_limit_ms=10 max_events=4096 || return
	done
}

each_had_some() {
	local probe status=0
	for probe in wakeup offcpu syscall softirq; do
		ledger "$probe"
		t_diag "$probe: begins ${LEDGER[begins]} hits ${LEDGER[hits]} timed_out ${LEDGER[timed_out]}"
		expect_in "begins of $probe" "${LEDGER[begins]}" 100 || status=1
	done
	return "$status"
}

in_turn() {
	local round reader
	for ((round = 0; round < ROUNDS; round++)); do
		measure without && all_load || return
		cat "$PROC" >/dev/null &
		reader=$!
		t_undo kill "$reader"
		measure with && each_had_some || return
		kill "$reader"
		wait "$reader" 2>/dev/null
		lt_unload || return
	done
	expect_eq "rounds with hackbench" "$(grep -c '^[1-9]' "$T_TMP/runs")" $((2 * ROUNDS))
}

# Of each CPU and round one line with cycles, and the worst of all.
figures() {
	local name threads cycles least average worst status=0
	for name in without with; do
		read -r threads cycles least average worst < <(awk '{
			for (i = 1; i < NF; i++)
				value[$i] = $(i + 1)
			cycles += value["C:"]
			sum += value["C:"] * value["Avg:"]
			if (NR == 1 || value["C:"] < least)
				least = value["C:"]
			if (value["Max:"] > worst)
				worst = value["Max:"]
		}
		END { print NR, cycles + 0, least + 0, cycles ? int(sum / cycles) : 0, worst + 0 }' "$T_TMP/$name")
		t_diag "cyclictest $name our modules: worst latency $worst us, average $average us, $cycles cycles"
		expect_eq "threads $name our modules" "$threads" $((ROUNDS * $(nproc))) || status=1
		expect_in "cycles of the thread with the fewest" "$least" 1 || status=1
	done
	return "$status"
}

t_case "cyclictest and hackbench" need
t_case "$ROUNDS rounds of both without our modules and with all probes, ledgers balance" in_turn
t_case "worst latencies without and with our modules" figures
t_run
