#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The metrics of a running kernel in a real Prometheus: what it says is what the ledger says, and the
# alerts fire that need a real disk or a real hit.
# timeout=420
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib

# shellcheck disable=SC2034 # for the libraries
BACKEND="exec" PROM_RULES=/share/src/userspace/prometheus/latency-tracker.rules.yml PROM_LOG=$T_TMP/prometheus.log
PORT=9745
# shellcheck source=tests/selftests/prometheus.lib
. ./prometheus.lib

# A file system of 1 MiB, which can be filled.
setup() {
	mkdir "$STATE" && mount -t tmpfs -o size=1m tmpfs "$STATE" && t_undo umount --lazy "$STATE" &&
		devices && load && t_undo daemon_end &&
		daemon_start --exec=/bin/true --rate-ms=0 --min-free-mb=0 --metrics="$PORT"
}

target_is_up() {
	[[ $(prom_api targets) == 'up ' ]] && prom_api within 1 1000000 'count_over_time(up[1h])'
}

scraped() {
	prom_start "$PORT" && t_undo prom_end && wait_for 120 prom_ready && wait_for 60 target_is_up && return
	tail -n 5 "$PROM_DIR/log" | sed 's/^/# prometheus: /'
	return 1
}

# is_in_ledger METRIC STAT
is_in_ledger() {
	wait_for 30 prom_is "latency_tracker_$1{tracker=\"block\"}" "$(stat_of block "$2")" && return
	t_diag "$1: $(prom_api query "latency_tracker_$1"), the ledger has $2 $(stat_of block "$2")"
	return 1
}

# A tracker that is off stands still.
same_as_ledger() {
	local pair
	slow_io 7 && dd if=/dev/ram0 of=/dev/null bs=4k count=300 iflag=direct status=none &&
		param block enabled 0 && wait_for 10 ledger_idle block &&
		expect_eq "hits" "$(stat_of block hits)" 7 || return
	for pair in begins_total:begins matched_total:matched hits_total:hits latency_seconds_count:matched \
		in_flight:in_flight; do
		is_in_ledger "${pair%:*}" "${pair#*:}" || return
	done
	param block enabled 1
}

exemplar() {
	local name
	prom_has_exemplars || t_skip "Prometheus keeps no exemplars before 2.27" || return
	name=$(snapshot_of "$SECTOR") || return
	prom_api exemplars latency_tracker_latency_seconds_bucket | grep -qF "{\"snapshot\":\"$name\"}" && return
	t_diag "no exemplar is $name: $(prom_api exemplars latency_tracker_latency_seconds_bucket)"
	return 1
}

hits_fire() {
	slow_io && wait_for 30 prom_fires LatencyTrackerHits
}

# Not even the journal can be written: its lines wait in memory. With room for them all is well again.
disk_full() {
	dd if=/dev/zero of="$STATE/fill" bs=4k status=none 2>/dev/null
	slow_io 16 || return
	wait_for 30 daemon_log_quietly "hits are kept in memory" || { daemon_said; return 1; }
	wait_for 30 prom_fires LatencyTrackerJournalBlocked && rm "$STATE/fill" && slow_io &&
		wait_for 30 journalled "$SECTOR" && wait_for 60 is_quiet LatencyTrackerJournalBlocked
}

is_quiet() {
	! prom_fires "$1"
}

command -v prometheus >/dev/null || t_skip_all "there is no Prometheus here"

t_case "a daemon with metrics" setup
t_case "Prometheus scrapes it" scraped
t_case "what it knows is what the ledger says" same_as_ledger
t_case "the exemplar is the last snapshot" exemplar
t_case "hits: the alert fires" hits_fire
t_case "disk full: the alert fires, and ends" disk_full
t_case "end of the daemon" daemon_stop
t_case "nobody answers: the alert fires" wait_for 60 prom_fires LatencyTrackerDaemonDown
t_run
