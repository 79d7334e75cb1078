#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The daemon with LTTng: what it saves is read again with babeltrace2.
# timeout=240
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib

# shellcheck disable=SC2034 # for the library
BACKEND=lttng
SESSIOND_PID=/run/lttng/lttng-sessiond.pid

recorders() {
	lttng --mi=xml list 2>/dev/null | grep -o '<name>latency-trackerd-[0-9]*' | cut -d'>' -f2
}

recorder_of() {
	echo "latency-trackerd-$1"
}

# Raw clock values: LTTng's clock is CLOCK_MONOTONIC in nanoseconds.
trace_text() {
	babeltrace2 --clock-cycles "$1/trace"
}

# The one that the daemon started.
sessiond_end() {
	[[ ! -s $SESSIOND_PID ]] || kill "$(<"$SESSIOND_PID")" || return 0
	wait_for 30 test ! -e "$SESSIOND_PID"
}

# A session daemon that dies takes the session along; the next hit gets a new one.
sessiond_lost() {
	local pid
	let_pass && pid=$(<"$SESSIOND_PID") && kill -KILL "$pid" && wait_for 20 is_gone "$pid" || return
	slow_io && wait_for 60 journalled "$SECTOR" || return
	wait_for 90 daemon_log_quietly "was lost and has been made anew" || { daemon_said; return 1; }
	let_pass && one_request
}

status=$(cat /etc/lt-lab/lttng-status 2>/dev/null)
[[ -z $status || $status == ok* ]] || t_skip_all "no LTTng: $status"
t_undo sessiond_end

t_case "without our module it says so" not_loaded
t_case "starts a session of its own" start
t_case "a slow request: proof and trace agree" one_request
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
t_case "start again" daemon_start
t_case "no room for a trace: the snapshot failed" no_room
t_case "no room for the journal: hits wait" full
t_case "the journal is whole in the end" full_end
t_run
