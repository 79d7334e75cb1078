#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The README's own words, typed one after the other on a machine that has our packages and nothing else of
# ours: each line of the block behind "Then:". What does not end by itself gets Ctrl-C.
# timeout=300
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"

DELAY_MS=20
TYPED=$T_TMP/typed

# Without the remarks.
lines() {
	awk '/^Then:$/ { on = 1 } on && /^```/ { if (block++) exit; next } block { sub(/ +# .*/, ""); print }' \
		../README.md ../../README.md 2>/dev/null
}

# Slow requests until the end.
load() {
	mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=$((DELAY_MS * MS)) gb=1 &&
		mkdir "$TYPED" || return
	while dd if=/dev/nullb0 of=/dev/null bs=4k count=1 iflag=direct status=none; do
		sleep 0.2
	done &
	t_undo kill $!
}

end_daemon() {
	kill "$(</var/lib/latency-tracker/daemon.pid)"
}

# in_background LINE: what it starts stays.
in_background() {
	t_undo end_daemon
	(cd "$TYPED" && bash -c "$1") >"$T_TMP/background" 2>&1 </dev/null
	wait_for 30 test -s /var/lib/latency-tracker/journal.jsonl && return
	sed 's/^/# it said: /' "$T_TMP/background"
	return 1
}

typed() {
	local status
	[[ $1 != *'&' ]] || { in_background "$1"; return; }
	TERM=linux script --quiet --return --log-out "$T_TMP/said" --command \
		"cd $TYPED && timeout --foreground --preserve-status --signal=INT 8 bash -c ${1@Q}" </dev/null >/dev/null
	status=$?
	((status != 0 && status != 130)) || return 0
	t_diag "exit $status"
	tr -d '\r' <"$T_TMP/said" | tail -n 20 | sed 's/^/# it said: /'
	return 1
}

# What some of them leave.
traces() {
	expect_re "hits.svg" "$(head -c 200 "$TYPED/hits.svg" | tr '\n' ' ')" ".*<svg.*" &&
		expect_re "latency-tracker snapshots" "$(latency-tracker snapshots)" ".*-block-[0-9]+ +block .*" &&
		expect_eq "threshold" "$(param block threshold_us)" 2000
}

t_case "slow requests" load
while IFS= read -r line; do
	t_case "$line" typed "$line"
done < <(lines)
t_case "flame graph, snapshot and threshold are there" traces
t_run
