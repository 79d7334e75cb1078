#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The daemon with LTTng: what it saves is read again with babeltrace2.
# timeout=360
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib
# shellcheck source=tests/selftests/lttng.lib
. ./lttng.lib

# our_event FIELDS: the event of the hit on SECTOR in the trace that was looked at last.
our_event() {
	grep -qE -- "latency_tracker_hit: .*$1" "$T_TMP/trace.txt" && return
	t_diag "no event of the hit with /$1/: $(grep -m 3 latency_tracker_hit "$T_TMP/trace.txt")"
	return 1
}

# All that a record has, but its time, which is the event's.
in_the_trace() {
	daemon_log "hits are recorded as the event latency_tracker_hit" && let_pass && one_request &&
		our_event "seq = [0-9]+, begin = [0-9]+, delta = [0-9]+, limit = $((DELAY_MS * MS / 2)), \
cpu_begin = [0-9]+, cpu_end = [0-9]+, pid = [0-9]+, tid = [0-9]+, reason = \( \"threshold\" : .*\), \
comm = \"dd\", tracker = \"block\", fields = \" dev=[0-9:]+ .*sector=$SECTOR "
}

# Without our module: modprobe is made to fail, as where it is not installed.
by_probe() {
	local conf=/run/modprobe.d/lt-selftest.conf
	mkdir -p "${conf%/*}" && t_undo rm -f "$conf" && modprobe -r lttng-probe-latency-tracker &&
		echo "install lttng-probe-latency-tracker /bin/false" >"$conf" && daemon_start &&
		daemon_log "hits are recorded by a kernel probe" && one_request &&
		our_event "ip = 0x" && daemon_stop && rm "$conf"
}

not_wanted() {
	local name
	daemon_start --events='sched_switch,block_*' && slow_io && name=$(snapshot_of "$SECTOR") &&
		snapshots_wait && expect_eq "events of hits" \
		"$(trace_text "$STATE/snapshots/$name" | grep -c latency_tracker_hit)" 0 &&
		grep -q '"hit_event": *null' "$STATE/snapshots/$name/proof.json" && daemon_stop
}

# LTTng finds the tracepoint by its name: our modules may go and come while somebody records it.
come_and_go() {
	local out=$T_TMP/own
	modprobe lttng-probe-latency-tracker && t_undo own_lttng destroy lt-own &&
		own_lttng create lt-own --snapshot --output="$out" &&
		own_lttng enable-event --kernel latency_tracker_hit && own_lttng start &&
		slow_io && lt_unload && load && slow_io &&
		own_lttng snapshot record && own_lttng destroy lt-own || return
	expect_eq "sectors of the hits in the trace" \
		"$(babeltrace2 "$out" | sed -n 's/.*latency_tracker_hit: .* sector=\([0-9]*\) .*/\1/p' | paste -sd' ')" \
		"$((SECTOR - 8)) $SECTOR"
}

own_lttng() {
	lttng --no-sessiond --quiet "$@"
}

# A session daemon that dies takes the session along; the next hit gets a new one.
sessiond_lost() {
	local pid
	let_pass && pid=$(<"$SESSIOND_PID") && kill -KILL "$pid" && wait_for 20 is_gone "$pid" || return
	slow_io && wait_for 60 journalled "$SECTOR" || return
	wait_for 90 daemon_log_quietly "was lost and has been made anew" || { daemon_said; return 1; }
	let_pass && one_request
}

! why=$(lttng_absent) || t_skip_all "no LTTng: $why"
t_undo sessiond_end
# Before that: it would keep the session daemon from unloading LTTng's modules.
t_undo modprobe -r lttng-probe-latency-tracker

t_case "without our module it says so" not_loaded
t_case "starts a session of its own" start
t_case "a slow request: proof and trace agree" one_request
t_case "the hit is an event among the others" in_the_trace
t_case "a slow bio: proof and trace agree" one_bio
t_case "hits that come together share one snapshot" shared
t_case "one snapshot a second" rate
t_case "every hit is in the journal once" journal_complete
t_case "killed in the middle of a snapshot" kill_midway
t_case "the next one takes over" take_over
t_case "nothing is journalled twice or lost" journal_complete
t_case "and saves the next hit" one_request
t_case "a session daemon that dies is replaced" sessiond_lost
t_case "SIGTERM leaves no session" stop
t_case "without our module a kernel probe marks the hit" by_probe
t_case "events that are not wanted are not there" not_wanted
t_case "latency_tracker goes and comes under a session" come_and_go
t_case "start again" daemon_start
t_case "no room for a trace: the snapshot failed" no_room
t_case "no room for the journal: hits wait" full
t_case "the journal is whole in the end" full_end
t_run
