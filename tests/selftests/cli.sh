#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The command line: what it prints against the kernel's own files, its exit codes and messages.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib

# shellcheck disable=SC2034 # for the library
BACKEND=ftrace
NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)
HITS=12

# lt NAME ARG…: what it prints on standard output is in a file.
lt() {
	timeout 60 latency-tracker "${@:2}" >"$T_TMP/$1" 2>"$T_TMP/$1.err" && return
	t_diag "latency-tracker ${*:2}: exit $?: $(<"$T_TMP/$1.err")"
	return 1
}

check() {
	./cli_check.py "$@"
}

not_loaded_at_all() {
	local command
	for command in list watch hist stacks export; do
		says 3 "No latency_tracker module is loaded. Load a probe.*modprobe" \
			latency-tracker "$command" || return
	done
	# shellcheck disable=SC2119 # no parameters
	lt_core && says 3 "The core is loaded, but no probe is" latency-tracker list &&
		says 3 "The core is loaded, but no probe is" latency-tracker hist
}

usage() {
	local args
	says 2 "Usage: latency-tracker COMMAND" latency-tracker &&
		says 0 "Exit status: 0 fine" latency-tracker --help &&
		says 0 "latency-tracker [0-9]+\.[0-9]+" latency-tracker --version || return
	for args in nonsense --nonsense "list more" "watch -n 0" "watch -n x" "watch -p -1" "watch --nonsense" \
		"hist -m -N" "hist block 0" "hist block 1 0" "hist block 1 1 1" "stacks -f -j" \
		"stacks -k x" "stacks block x" "snapshots hide" "snapshots show" "export block"; do
		# shellcheck disable=SC2086 # several words
		says 2 "(Try 'latency-tracker|Commands:)" latency-tracker $args || return
	done
}

prepare() {
	devices && load && slow_io "$HITS" &&
		dd if=/dev/ram0 of=/dev/null bs=4k count=500 iflag=direct status=none &&
		wait_for 10 ledger_idle block && expect_eq "hits" "$(stat_of block hits)" "$HITS"
}

list() {
	lt_load wakeup threshold_us=1000000000 || return
	cp "$DEBUG/block/stats" "$T_TMP/before"
	lt list list && lt list.json list -j && cp "$DEBUG/block/stats" "$T_TMP/after" &&
		check list "$T_TMP/list" "$T_TMP/list.json" "$T_TMP/before" "$T_TMP/after" &&
		expect_eq "trackers" "$(awk 'NR > 1 { print $1 }' "$T_TMP/list" | paste -sd' ')" "block wakeup" &&
		lt_unload wakeup
}

watch_all() {
	hits_read "$T_TMP/ring"
	lt all watch --all -n "$HITS" && lt all.json watch -a -j -n "$HITS" &&
		check watch "$T_TMP/all" "$T_TMP/all.json" "$T_TMP/ring" && lt ms watch -a -m -n 1 &&
		expect_eq "milliseconds" "$(awk 'NR == 2 { print $5 }' "$T_TMP/ms")" \
			"$(./records.py list "$T_TMP/ring" delta_us | awk 'NR == 1 { printf "%.3f", $1 / 1000 }')"
}

watch_some() {
	local pid
	pid=$(./records.py list "$T_TMP/ring" pid | sed -n 3p)
	lt pid watch -a -j -n 1 -p "$pid" &&
		expect_eq "hits of one process" "$(grep -c "\"pid\":$pid," "$T_TMP/pid")" 1 &&
		expect_eq "its number" "$(grep -o '"seq":[0-9]*' "$T_TMP/pid")" '"seq":2' &&
		lt some watch -a -n 2 block && expect_eq "lines" "$(wc -l <"$T_TMP/some")" 3
}

in_group() {
	echo "$BASHPID" >"$1/cgroup.procs" && shift && "$@"
}

# The kernel's ids of cgroups, and one that comes while they are watched.
watch_cgroup() {
	local group=/sys/fs/cgroup/lt-cli
	mkdir "$group" && t_undo rmdir "$group" && watching grouped -n 2 -c /lt-cli && slow_io &&
		mkdir "$group/below" && t_undo rmdir "$group/below" || return
	(in_group "$group/below" slow_io) && (in_group "$group" slow_io 2) && wait "$WATCH" &&
		expect_eq "lines" "$(wc -l <"$T_TMP/grouped")" 3 &&
		expect_re "the first" "$(sed -n 2p "$T_TMP/grouped")" ".* sector=$((SECTOR + 8)) .*"
}

# watching NAME ARG…: in the background, from now on; sets WATCH.
watching() {
	latency-tracker watch "${@:2}" >"$T_TMP/$1" 2>"$T_TMP/$1.err" &
	WATCH=$!
	wait_for 20 in_state "$WATCH" S
}

# Only what happens from now on, and each hit as it comes.
watch_live() {
	local status
	watching live && wait_for 20 test -s "$T_TMP/live" && slow_io 2 &&
		wait_for 20 live_lines 3 || return
	kill -TERM "$WATCH"
	wait "$WATCH"
	status=$?
	expect_eq "exit status" "$status" 0 && expect_eq "lines" "$(wc -l <"$T_TMP/live")" 3 &&
		expect_re "sector" "$(tail -n 1 "$T_TMP/live")" ".* sector=$SECTOR .*" &&
		expect_re "summary" "$(<"$T_TMP/live.err")" "2 hits, longest [0-9.]+ m?s, 0 lost"
}

live_lines() {
	(($(wc -l <"$T_TMP/live") >= $1))
}

watch_other() {
	watching other nonsense && slow_io || return
	wait_for 10 grep -q "no tracker 'nonsense' is loaded now" "$T_TMP/other.err"
	kill -TERM "$WATCH" && wait "$WATCH" && expect_eq "lines" "$(wc -l <"$T_TMP/other")" 1
}

# A tracker that is off stands still.
hist() {
	param block enabled 0 && wait_for 10 ledger_idle block && cp "$DEBUG/block/histogram" "$T_TMP/histogram" &&
		lt nsecs hist -N block && lt usecs hist block && lt hist.json hist -j block &&
		check hist "$T_TMP/nsecs" "$T_TMP/usecs" "$T_TMP/hist.json" "$T_TMP/histogram" &&
		lt total hist -m -s total && expect_eq "series" "$(grep -c '^series' "$T_TMP/total")" 1 &&
		lt disk hist -d 'ram*' && expect_eq "of a disk" "$(grep '^series' "$T_TMP/disk")" "series = dev=1:0 (ram0)" &&
		says 3 "there is no tracker 'nonsense'. Loaded: block" latency-tracker hist nonsense
}

export_names() {
	sed 's/ [^ ]*$//' "$1"
}

# Ends without a begin are counted even while it is off: values may differ a moment later.
export_all() {
	cp "$DEBUG/block/stats" "$T_TMP/stats" && lt metrics export &&
		check export "$T_TMP/metrics" "$T_TMP/histogram" "$T_TMP/stats" &&
		lt none export -o "$T_TMP/block.prom" &&
		expect_eq "names in the file" "$(export_names "$T_TMP/block.prom")" "$(export_names "$T_TMP/metrics")"
}

# Whatever was measured before is not in it, and the last interval is shown when it is ended.
hist_interval() {
	local status
	param block enabled 1
	latency-tracker hist -s total block 1 >"$T_TMP/interval" &
	wait_for 30 test -s "$T_TMP/interval" && slow_io 20 && sleep 1.5 && slow_io 5 || return
	kill -TERM $!
	wait $!
	status=$?
	expect_eq "exit status" "$status" 0 && check interval "$T_TMP/interval" 25 &&
		lt twice hist block 0.2 2 && expect_eq "intervals" "$(grep -c '^tracker = block' "$T_TMP/twice")" 2
}

snapshots() {
	local name
	says 3 "No snapshot in $STATE" latency-tracker snapshots -d "$STATE" || return
	daemon_start --once && slow_io || return
	wait "$DAEMON" || { daemon_said; return 1; }
	DAEMON=
	name=$(snapshot_of "$SECTOR")
	lt snapshots snapshots -d "$STATE" && lt show snapshots -d "$STATE" show "${name%-*}" &&
		lt snapshots.json snapshots -j -d "$STATE" &&
		check snapshots "$T_TMP/snapshots" "$T_TMP/show" "$T_TMP/snapshots.json" "$STATE/snapshots/$name" &&
		says 3 "there is no snapshot 'nonsense'" latency-tracker snapshots -d "$STATE" show nonsense
}

unprivileged() {
	says 1 "cannot open $PROC: Permission denied.*Only root may read it now.*gid" \
		"${NOBODY[@]}" latency-tracker watch &&
		says 1 "cannot read $DEBUG: Permission denied.*run as root" \
			"${NOBODY[@]}" latency-tracker list &&
		says 1 "cannot read .*: Permission denied" \
			"${NOBODY[@]}" latency-tracker snapshots -d "$STATE"
}

# A full disk must not pass for success.
no_output() {
	local status
	latency-tracker list >/dev/full 2>"$T_TMP/full"
	status=$?
	expect_eq "exit status" "$status" 1 && expect_re "message" "$(<"$T_TMP/full")" ".*cannot write.*"
}

t_case "nothing is loaded: exit 3 and how to load it" not_loaded_at_all
t_case "wrong usage: exit 2" usage
t_case "some slow requests, many fast ones" prepare
t_case "list: the ledger" list
t_case "watch --all: the records of the ring" watch_all
t_case "watch: of one process, of one tracker, so many" watch_some
t_case "watch: hits as they come, and a summary" watch_live
t_case "watch: of one cgroup and those below it" watch_cgroup
t_case "watch: waits for a tracker that is not there" watch_other
t_case "hist: the histogram of the kernel" hist
t_case "export: the histogram and the ledger of the kernel" export_all
t_case "hist: what is added in each interval" hist_interval
t_case "snapshots: what the daemon saved" snapshots
t_case "an ordinary user is told what is missing" unprivileged
t_case "output that cannot be written: exit 1" no_output
t_run
