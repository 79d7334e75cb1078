#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The daemon's configuration file: what --check finds, the trackers that it loads, SIGHUP.
# timeout=240
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib

# shellcheck disable=SC2034 # for the library
BACKEND=ftrace
CONF=$T_TMP/latency-trackerd.conf

recorders() {
	(cd "$TRACEFS"/instances && printf '%s\n' *) | grep -vx '\*'
}

# config LINE…: the file, from now on.
config() {
	printf '%s\n' "$@" >"$CONF"
}

# checks STATUS REGEX: what --check says of it.
checks() {
	local said status
	said=$(latency-trackerd --config="$CONF" --check 2>&1)
	status=$?
	expect_eq "exit status" "$status" "$1" && expect_re "what it says" "${said//$'\n'/ | }" "$2"
}

check_only() {
	config "[daemon]" "rate-ms = 500" "rate = 1" "num-subbuf = three" "max-snapshots" "[trackers]" "block = threshold_us" &&
		checks 2 ".*$CONF:3: .*rate-ms.*$CONF:4: .*num-subbuf.*$CONF:5: .*$CONF:7: .*" &&
		config "[daemon]" "rate-ms = 500" "[trackers]" "block = threshold_us=10000 comm=dd" &&
		checks 0 ".*rate-ms = 500.*" && rm "$CONF" && checks 2 ".*No such file.*" &&
		expect_eq "modules" "$(lt_probes)" ""
}

# Both trackers are loaded by the daemon; the module does not want one of them, which is said and no harm.
loads() {
	devices && config "[daemon]" "rate-ms = 500" "verbose = yes" "[trackers]" \
		"block = threshold_us=$((DELAY_MS * 500)) comm=dd rate_limit_ms=0" "wakeup = threshold_us=0" &&
		daemon_start --config="$CONF" || return
	daemon_log "tracker block is loaded" && daemon_log "tracker wakeup is not loaded: " &&
		expect_eq "loaded" "$(lt_probes)" block &&
		expect_eq "threshold" "$(param block threshold_us)" $((DELAY_MS * 500)) && slow_io &&
		wait_for 60 journalled "$SECTOR"
}

# What can be taken over is, what cannot is named, and a file with a mistake changes nothing.
reload() {
	config "[daemon]" "rate-ms = 0" "buffer-kb = 4096" "verbose = yes" "[trackers]" \
		"block = threshold_us=$((DELAY_MS * 500)) comm=dd rate_limit_ms=0" "wakeup = threshold_us=0" &&
		kill -HUP "$DAEMON" && wait_for 20 grep -q "needs a restart: buffer-kb" "$DAEMON_LOG" &&
		daemon_log "reloaded: rate-ms 500 -> 0"
}

bad_reload() {
	config "[daemon]" "rate-ms = -1" && kill -HUP "$DAEMON" &&
		wait_for 20 grep -q "not reloaded, the old one stays in force" "$DAEMON_LOG" && daemon_log "$CONF:2: .*rate-ms" &&
		slow_io && wait_for 60 journalled "$SECTOR" && daemon_stop
}

t_undo daemon_end
t_case "--check: every mistake with its line, and loads nothing" check_only
t_case "the trackers of the file are loaded, and a slow request is found" loads
t_case "SIGHUP: what can change does, the rest is named" reload
t_case "SIGHUP with a mistake in the file: the old one stays" bad_reload
t_run
