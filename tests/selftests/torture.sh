#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# latency_tracker_test.ko tortures the engine from threads, softirqs, hardirqs and NMIs at once. Its own
# results are this program's cases; from the environment: LT_TORTURE_SECONDS, LT_TORTURE_PAIRS,
# LT_TORTURE_CASE and LT_TORTURE_NMI.
# timeout=600
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

TEST_SECONDS=${LT_TORTURE_SECONDS:-20}
TEST_PAIRS=${LT_TORTURE_PAIRS:-2000000}
TEST_CASE=${LT_TORTURE_CASE:-}
TEST_NMI=${LT_TORTURE_NMI:-1}
RESULTS=/sys/kernel/debug/latency_tracker_test/results

load() {
	modprobe latency_tracker_test "seconds=$TEST_SECONDS" "pairs=$TEST_PAIRS" "nmi=$TEST_NMI" \
		${TEST_CASE:+"case=$TEST_CASE"}
}

# All lines but "# running", indented: a subtest.
results() {
	sed '/^# running$/d; s/^/  /' "$RESULTS"
}

# Every half minute: how far the trackers under test are.
progress() {
	((SECONDS >= NEXT)) || return 0
	NEXT=$((SECONDS + 30))
	awk '$1 == "matched" { n += $2 } END { print "  # so far " n + 0 " pairs in this case" }' \
		"$DEBUG"/test*/stats 2>/dev/null
}

# Print what is new, until the module has done all; it watches over its own progress.
follow() {
	local shown=0 now last NEXT=$((SECONDS + 30))
	while :; do
		last=$(tail -n 1 "$RESULTS") || return
		now=$(results) || return
		tail -n +$((shown + 1)) <<<"$now"
		shown=$(wc -l <<<"$now")
		[[ $last == '# running' ]] || break
		progress
		cat "$DEBUG"/test*/{stats,histogram,pending} >/dev/null 2>&1
		sleep 2
	done
}

# As many results as planned, none of them bad.
content() {
	local plan ok bad
	plan=$(sed -n 's/^1\.\.//p' "$RESULTS")
	ok=$(grep -c '^ok ' "$RESULTS")
	bad=$(grep -c '^not ok ' "$RESULTS")
	expect_eq "failed cases" "$bad" 0 && expect_eq "cases that passed" "$ok" "$plan" &&
		expect_in "plan" "$plan" 1
}

# Somebody reads the hits meanwhile, as fast as they come, and looks at all there is to see.
cases() {
	local reader status
	cat "$PROC" >/dev/null &
	reader=$!
	follow && content
	status=$?
	kill "$reader"
	wait "$reader" 2>/dev/null
	return "$status"
}

# Operations that really ran in an NMI, and how many NMIs that took.
nmis() {
	local operations count
	! grep -q '^# NMIs cannot be sent' "$RESULTS" || t_skip "no way to send an NMI here" || return
	read -r operations count < <(awk '/^# operations: / {
		for (i = 1; i < NF; i++)
			if ($i == "nmi") { ops += $(i + 1); nmis += $(i + 3) }
	}
	END { print ops + 0, nmis + 0 }' "$RESULTS")
	t_diag "$operations operations in $count NMIs"
	expect_in "NMIs" "$count" 1
}

# Unloading in the middle of a round: all contexts stop, and no tracker is left.
interrupted() {
	rmmod latency_tracker_test &&
		modprobe latency_tracker_test seconds=3600 pairs=0 "nmi=$TEST_NMI" 'case=four trackers' || return
	sleep 2
	expect_eq "last line" "$(tail -n 1 "$RESULTS")" "# running"
	rmmod latency_tracker_test || return
	expect_eq "trackers left" "$(ls -d "$DEBUG"/test* 2>/dev/null)" ""
}

refused() {
	expect_fail "seconds=0" modprobe latency_tracker_test seconds=0 &&
		expect_fail "no such case" modprobe latency_tracker_test case=nonsense &&
		expect_fail "too many threads" modprobe latency_tracker_test threads=257
}

t_case "load" load
t_case "all contexts at once, $TEST_SECONDS s and $TEST_PAIRS pairs" cases
t_case "operations ran in NMIs" nmis
t_case "unload while it runs" interrupted
t_case "parameters out of range are refused" refused
t_run
