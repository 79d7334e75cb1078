#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The daemon with ftrace, and all that does not depend on who keeps the trace.
# timeout=240
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib
# For its session daemon; what is about the back end is said again below.
# shellcheck source=tests/selftests/lttng.lib
. ./lttng.lib

# shellcheck disable=SC2034 # for the library
BACKEND=ftrace
GROUP=4242
NOBODY=(setpriv --reuid=65534 --regid=65534)
HIDE=/etc/modprobe.d/lt-selftest.conf

recorders() {
	(cd "$TRACEFS"/instances && printf '%s\n' *) | grep -vx '\*' 
}

recorder_of() {
	echo latency-trackerd
}

# What the kernel itself printed.
trace_text() {
	grep -v '^#' "$1/trace.txt"
}

# trace.dat: trace-cmd reads as many events from it as the proof counts, and the request among them.
trace_dat() {
	local name dir
	let_pass && slow_io && name=$(snapshot_of "$SECTOR") && snapshots_wait || return
	dir=$STATE/snapshots/$name
	wait_for 60 test -s "$dir/trace.dat" || { daemon_said; return 1; }
	trace-cmd report -i "$dir/trace.dat" 2>"$T_TMP/report.err" | grep -E '^ *[^ ].*-[0-9]+ +\[[0-9]+\]' \
		>"$T_TMP/report" || { t_diag "trace-cmd: $(<"$T_TMP/report.err")"; return 1; }
	t_diag "trace-cmd report: $(wc -l <"$T_TMP/report") events, trace.dat has $(stat -c %s "$dir/trace.dat") bytes"
	expect_eq "events" "$(wc -l <"$T_TMP/report")" "$(jq .events "$dir/proof.json")" &&
		expect_in "begin and end of the request" \
			"$(grep -cE "block_rq_(issue|complete): .* $SECTOR \+ 8 " "$T_TMP/report")" 2
}

# nobody_reads [SETPRIV-OPTION…]: as an ordinary user.
nobody_reads() {
	"${NOBODY[@]}" "$@" dd if="$PROC" of=/dev/null bs=8k count=1 iflag=nonblock status=none 2>&1
}

unprivileged() {
	local dir=$T_TMP/nobody
	chmod 711 "$T_TMP" && mkdir "$dir" && chown 65534:65534 "$dir" || return
	expect_re "reading without a group" "$(nobody_reads --clear-groups)" ".*Permission denied" &&
		daemon_fails "only root may read it; run as root or with CAP_DAC_READ_SEARCH.*" \
			"${NOBODY[@]}" --clear-groups latency-trackerd --backend=ftrace --output="$dir"
}

# With the group the stream is open, and the tracer is what is missing.
group() {
	local dir=$T_TMP/nobody
	lt_unload && lt_core gid="$GROUP" && load || return
	expect_eq "group of the file" "$(stat -c '%a %g' "$PROC")" "440 $GROUP" && slow_io &&
		expect_eq "reading with the group" "$(nobody_reads --groups="$GROUP")" "" &&
		expect_re "reading without it" "$(nobody_reads --clear-groups)" ".*Permission denied" &&
		daemon_fails "join the group .*$GROUP.*, or run as root or with CAP_DAC_READ_SEARCH" \
			"${NOBODY[@]}" --clear-groups latency-trackerd --backend=ftrace --output="$dir" &&
		daemon_fails "instances: Permission denied: run as root, or give a group write access.*" \
			"${NOBODY[@]}" --groups="$GROUP" latency-trackerd --backend=ftrace --output="$dir" &&
		daemon_fails "LTTng's kernel tracer is for root and, where root's lttng-sessiond runs, .*" \
			"${NOBODY[@]}" --groups="$GROUP" latency-trackerd --backend=lttng --output="$dir"
}

# Those that others stand on go last.
lttng_unload() {
	local module try
	sessiond_end || return
	for try in {1..10}; do
		for module in /sys/module/lttng_*; do
			rmmod "${module##*/}" 2>"$T_TMP/rmmod"
		done
		[[ -e /sys/module/lttng_tracer ]] || return 0
	done
	sed 's/^/# /' "$T_TMP/rmmod"
	return 1
}

# Without LTTng's modules, however this machine came by them.
no_lttng() {
	[[ ! -e /sys/module/lttng_tracer ]] || lttng_unload || return
	echo "install lttng-tracer /bin/false" >"$HIDE" && t_undo rm -f "$HIDE" || return
	STATE=$T_TMP/auto
	daemon_fails "back end lttng cannot be used: the kernel module lttng-tracer .*" \
		latency-trackerd --backend=lttng --output="$STATE" || return
	BACKEND=auto daemon_start || return
	daemon_log "back end lttng cannot be used, trying ftrace: the kernel module lttng-tracer" &&
		daemon_log "back end: ftrace" && one_request
	daemon_stop && rm -f "$HIDE" && STATE=$T_TMP/state
}

# What the disk has is less than must stay free: no directory, but the hit is journalled.
min_free() {
	local name
	daemon_start && slow_io && name=$(snapshot_of "$SECTOR") || return
	wait_for 30 daemon_log_quietly "snapshot $name: failed: less than --min-free-mb" &&
		expect_fail "there is a directory" test -e "$STATE/snapshots/$name" && daemon_stop
}

t_case "without our module it says so" not_loaded
t_case "starts an instance of its own" start
t_case "a slow request: proof and trace agree" one_request
t_case "a slow bio: proof and trace agree" one_bio
t_case "trace.dat is what trace-cmd reads" trace_dat
t_case "hits that come together share one snapshot" shared
t_case "one snapshot a second" rate
t_case "every hit is in the journal once" journal_complete
t_case "a second daemon on the same directory refuses" second_daemon
t_case "killed in the middle of a snapshot" kill_midway
t_case "the next one takes over" take_over
t_case "nothing is journalled twice or lost" journal_complete
t_case "and saves the next hit" one_request
t_case "SIGTERM leaves no instance" stop
t_case "no permission: says whose is missing" unprivileged
t_case "with the group of the parameter gid" group
t_case "without LTTng's modules --backend=auto takes ftrace and says why" no_lttng
t_case "start again" daemon_start
t_case "no room for a trace: the snapshot failed" no_room
t_case "no room for the journal: hits wait" full
t_case "the journal is whole in the end" full_end
t_case "less room than must stay free" min_free
t_run
