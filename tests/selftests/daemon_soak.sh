#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fifty hits a second and a back end that is slow: no hit is lost, and the daemon stays small and quiet.
# LT_SOAK_SECONDS says how long (20).
# timeout=900
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib

# shellcheck disable=SC2034 # for the library
BACKEND="exec"
SOAK=${LT_SOAK_SECONDS:-20}
RATE=50
READERS=()
TICKS=$(getconf CLK_TCK)

# ticks PID: of CPU time that a process has had.
ticks() {
	local stat
	stat=$(<"/proc/$1/stat")
	# shellcheck disable=SC2086 # the words behind the name, which may have blanks
	set -- ${stat##*) }
	echo $((${12} + ${13}))
}

rss_kb() {
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

setup() {
	devices && load && t_undo daemon_end && t_undo readers_stop &&
		daemon_start --exec="/bin/sleep 3" --rate-ms=100 --max-snapshots=20 --journal-mb=0
}

readers_start() {
	local i
	# Two that wait for DELAY_MS each read are a hundred a second at most.
	for i in 0 1; do
		dd if="$SLOW" of=/dev/null bs=4k skip=$((i * 100000)) count=100000 iflag=direct \
			status=none &
		READERS+=($!)
	done
}

readers_stop() {
	((${#READERS[@]} == 0)) || { kill "${READERS[@]}"; wait "${READERS[@]}"; }
	READERS=()
} 2>/dev/null

# Memory is compared when the daemon has seen and done everything once.
soak() {
	local began hits rss_early rss_late seconds
	readers_start
	sleep $((SOAK / 4 + 5))
	rss_early=$(rss_kb "$DAEMON")
	began=$(now_ms)
	hits=$(stat_of block hits)
	sleep $((SOAK - SOAK / 4))
	rss_late=$(rss_kb "$DAEMON")
	seconds=$((($(now_ms) - began) / 1000))
	hits=$((($(stat_of block hits) - hits) / seconds))
	readers_stop
	t_diag "$hits hits a second for $seconds s, memory $rss_early KiB and then $rss_late KiB"
	expect_in "hits a second" "$hits" "$RATE" "" &&
		expect_in "growth in KiB" $((rss_late - rss_early)) "" 512
}

journalled_all() {
	wait_for 60 journal_has_last || return
	jq -es --argjson hits "$(stat_of block hits)" \
		'[.[] | select(has("seq")) | .seq] == [range($hits)] and all(has("lost") | not)' \
		"$STATE/journal.jsonl" >/dev/null && return
	t_diag "journal: $(grep -c '"seq":' "$STATE/journal.jsonl") hits, $(grep -c '"lost":' "$STATE/journal.jsonl") gaps"
	return 1
}

# The back end was slower than the hits came: most share or have none, and some were taken.
slow_back_end() {
	local snapshots hits
	snapshots=$(jq -s '[.[].snapshot // empty] | unique | length' "$STATE/journal.jsonl")
	hits=$(stat_of block hits)
	t_diag "$snapshots snapshots for $hits hits"
	expect_in "snapshots" "$snapshots" 2 $((SOAK / 2 + 10)) && daemon_log "snapshot .* taken"
}

idle() {
	local before after
	snapshots_wait && wait_for 10 ledger_idle block && sleep 2
	before=$(ticks "$DAEMON")
	sleep 10
	after=$(ticks "$DAEMON")
	t_diag "$((after - before)) ticks of $((10 * TICKS)) while nothing happens"
	expect_in "ticks of CPU in 10 s, in a hundredth of a core" $((after - before)) 0 $((TICKS / 10))
}

t_case "setup" setup
t_case "$RATE hits a second for $SOAK s: memory stays flat" soak
t_case "every hit is in the journal, in order" journalled_all
t_case "though snapshots are slow" slow_back_end
t_case "nothing happens: next to no CPU time" idle
t_case "end" daemon_stop
t_run
