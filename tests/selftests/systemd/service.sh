#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The daemon as a service of systemd, which is PID 1 here: as README and unit have it.
# timeout=600
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib
# shellcheck source=tests/selftests/lttng.lib
. ./lttng.lib
# shellcheck source=tests/selftests/systemd/service.lib
. ./systemd/service.lib

DROPIN=/run/systemd/system/$UNIT.d

service_end() {
	systemctl stop "$UNIT" lttng-sessiond.service
	rm -rf "$DROPIN"
	systemctl daemon-reload
}

booted() {
	expect_eq "PID 1" "$(</proc/1/comm)" systemd && expect_eq "its unit is there" \
		"$(systemctl show --value --property=LoadState "$UNIT")" loaded &&
		expect_eq "systemd-analyze verify" "$(systemd-analyze --man=no verify "$UNIT" 2>&1 |
			grep -F "$UNIT")" ""
}

# The condition of the unit: nothing to do, and it says so.
no_module() {
	mkdir -p "$DROPIN" && t_undo service_end &&
		printf '[Unit]\nConditionPathExists=/no/such/file\n' >"$DROPIN/test.conf" &&
		systemctl daemon-reload && systemctl start "$UNIT" &&
		expect_eq "condition" "$(systemctl show --value --property=ConditionResult "$UNIT")" no
	rm -f "$DROPIN/test.conf"
	systemctl daemon-reload
}

# The unit loads the core, the daemon the tracker of its configuration.
start() {
	rm -rf "$STATE"
	devices || return
	configure '[daemon]' 'rate-ms = 200' '[trackers]' \
		"block = threshold_us=$((DELAY_MS * 500)) comm=dd rate_limit_ms=0"
	systemctl start "$UNIT" || { said "nothing like this"; return 1; }
	is_active && said "waiting for hits" && said "tracker block is loaded" &&
		said "back end: lttng" && expect_eq "pid file" "$(<"$STATE/daemon.pid")" "$(main_pid)" &&
		expect_eq "session" "$(recorders)" "latency-trackerd-$(main_pid)"
}

one_snapshot() {
	local name row
	slow_io && name=$(snapshot_of "$SECTOR") && snapshot_holds "$name" "$SECTOR" || return
	row=$(latency-tracker snapshots | grep -F "$name")
	expect_re "latency-tracker snapshots" "$row" "$name +block +[0-9.]+ ms +lttng +ok +yes +.*"
}

status_of() {
	local status
	wait_for 30 said_quietly "a snapshot (will cover about|covers the last) [0-9.]+ s" || return
	status=$(systemctl show --value --property=StatusText "$UNIT")
	expect_re "status" "$status" "Waiting for hits; a snapshot covers (about )?[0-9.]+ s"
}

# status_line NAME PID: of /proc/PID/status.
status_line() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status"
}

# What the unit allows, as the kernel has it.
confined() {
	local pid
	pid=$(main_pid)
	expect_eq "NoNewPrivs" "$(status_line NoNewPrivs "$pid")" 1 &&
		expect_eq "capabilities that it has and must not" "$(capsh --decode="$(status_line CapBnd "$pid")" |
			grep -oE 'cap_(net_admin|net_raw|setuid|sys_ptrace|sys_rawio|sys_boot|sys_time|mknod)')" "" &&
		expect_fail "writes to /usr" nsenter -t "$pid" -m touch /usr/lt-test &&
		expect_eq "its group" "$(stat -c %G "/proc/$pid")" tracing &&
		expect_eq "who may read the snapshots" "$(stat -c "%a %G" "$STATE")" "750 tracing" &&
		expect_re "policy of the main thread" "$(chrt -p "$pid" | sed -n 's/.*policy: //p')" \
			"SCHED_FIFO.*"
}

reload() {
	configure '[daemon]' 'rate-ms = 300' '[trackers]' 'block = comm=dd'
	systemctl reload "$UNIT" && wait_for 10 said_quietly "reloaded: rate-ms 200 -> 300" &&
		configure '[daemon]' 'rate-ms = x' && systemctl reload "$UNIT" &&
		wait_for 10 said_quietly "the old one stays in force" && is_active &&
		configure '[daemon]' 'rate-ms = 300'
}

# A start that cannot succeed is not tried again and again.
bad_file() {
	systemctl stop "$UNIT" && configure '[daemon]' 'rate-ms = x' || return
	expect_fail "started with a bad file" systemctl start "$UNIT" &&
		said "latency-trackerd.conf:2: rate-ms = x: expected a number" && sleep 3 &&
		expect_eq "state" "$(systemctl is-active "$UNIT")" failed &&
		expect_eq "restarts" "$(systemctl show --value --property=NRestarts "$UNIT")" 0
	local status=$?
	configure '[daemon]' 'rate-ms = 300'
	systemctl reset-failed "$UNIT"
	systemctl start "$UNIT" && return "$status"
}

second() {
	local out status
	out=$(latency-trackerd --config=/dev/null --output="$STATE" 2>&1)
	status=$?
	expect_eq "exit status" "$status" 1 &&
		expect_re "message" "$out" ".*in use by another latency-trackerd, pid $(main_pid)"
}

# In the middle of a snapshot; systemd starts another one.
killed() {
	local old name watcher
	old=$(main_pid)
	let_pass && many_events
	timeout 60 ./snapshots.py stop "$STATE" "$old" >"$T_TMP/stop" &
	watcher=$!
	wait_for 20 test -s "$T_TMP/stop" && slow_io && wait "$watcher" || return
	name=$(tail -n 1 "$T_TMP/stop")
	[[ $(proof_status "$name") == recording ]] || { kill -CONT "$old"; t_skip "it was faster than we"; return; }
	systemctl kill -s KILL "$UNIT" || return
	comes_back "$old" || return
	expect_eq "the snapshot in progress" "$(proof_status "$name")" failed &&
		said "destroyed LTTng session latency-trackerd-$old of a dead daemon" &&
		expect_eq "sessions" "$(recorders)" "latency-trackerd-$(main_pid)"
}

restarted() {
	local pid
	pid=$(main_pid)
	[[ $pid != "$1" && $pid != 0 && -s $STATE/daemon.pid && $(<"$STATE/daemon.pid") == "$pid" ]] && is_active
}

# comes_back PID: there is another one than that, by itself.
comes_back() {
	wait_for 60 restarted "$1" && return
	said "all is well"
	return 1
}

restart() {
	systemctl daemon-reload
	systemctl restart "$UNIT" && return
	said "all is well"
	return 1
}

# Each hit of the ledger once, in order.
nothing_lost() {
	hits_read "$T_TMP/ring"
	wait_for 30 journal_has_last && ./snapshots.py journal "$STATE" "$T_TMP/ring" "$(stat_of block hits)"
}

# A daemon that hangs is found out by the watchdog.
watchdog() {
	local old
	printf '[Service]\nWatchdogSec=3\n' >"$DROPIN/test.conf"
	restart || return
	old=$(main_pid)
	sleep 5
	expect_eq "pid while all is well" "$(main_pid)" "$old" && kill -STOP "$old" && comes_back "$old" || return
	said "[Ww]atchdog timeout"
	rm -f "$DROPIN/test.conf"
	systemctl daemon-reload
}

# exec in the unit: the program has the daemon's confinement, and works.
program() {
	local name
	configure '[daemon]' 'backend = exec' 'exec = jq -r .fields.sector' 'rate-ms = 0'
	systemctl restart "$UNIT" && said "back end: exec" && slow_io && name=$(snapshot_of "$SECTOR") &&
		snapshots_wait && expect_eq "output" "$(<"$STATE/snapshots/$name/output.txt")" "$SECTOR"
}

# The clock of the wall goes back by a day: times of the journal do, nothing else.
clock_step() {
	local name before
	before=$(date +%s)
	date -s "@$((before - 86400))" >/dev/null || return
	slow_io && name=$(snapshot_of "$SECTOR") && snapshots_wait &&
		expect_eq "status" "$(proof_status "$name")" ok &&
		expect_re "name" "$name" "$(date -u +%Y%m%d)T.*"
	local status=$?
	date -s "@$((before + 30))" >/dev/null
	is_active && return "$status"
}

# As the manual has it: neither root, nor a capability that opens anything.
unprivileged() {
	local gid pid
	gid=$(getent group tracing | cut -d: -f3)
	systemctl stop "$UNIT" && lt_unload && lt_core gid="$gid" && load &&
		systemd-sysusers /usr/local/lib/sysusers.d/latency-tracker.conf &&
		cp /usr/local/share/latency-tracker/unprivileged.conf "$DROPIN/" || return
	configure '[daemon]' 'backend = lttng' 'rate-ms = 0'
	restart && one_snapshot && pid=$(main_pid) &&
		expect_eq "its user" "$(stat -c %U "/proc/$pid")" latency-tracker &&
		expect_eq "its capabilities" "$(capsh --decode="$(status_line CapEff "$pid")")" \
			"0x0000000000804000=cap_ipc_lock,cap_sys_nice"
	local status=$?
	rm -f "$DROPIN/unprivileged.conf"
	systemctl daemon-reload
	return "$status"
}

stop() {
	systemctl stop "$UNIT" && expect_eq "state" "$(systemctl is-active "$UNIT")" inactive &&
		expect_eq "result" "$(systemctl show --value --property=Result "$UNIT")" success &&
		expect_eq "sessions" "$(recorders)" "" && expect_eq "pid file" "$(<"$STATE/daemon.pid")" ""
}

[[ $(</proc/1/comm) == systemd ]] || t_skip_all "systemd is not PID 1"
! why=$(lttng_absent) || t_skip_all "no LTTng: $why"

t_case "systemd is PID 1, and the unit is as it likes them" booted
t_case "a condition that does not hold" no_module
t_case "systemctl start: loads the tracker and waits" start
t_case "a slow request is in latency-tracker snapshots, covered" one_snapshot
t_case "systemctl status tells what a snapshot covers" status_of
t_case "it is confined, and real-time" confined
t_case "systemctl reload, with a good file and a bad one" reload
t_case "a bad file at the start: failed, once" bad_file
t_case "a second daemon names the first" second
t_case "killed in a snapshot: restarted, the snapshot failed" killed
t_case "no hit is lost or twice" nothing_lost
t_case "the watchdog finds one that hangs" watchdog
t_case "--backend=exec in the unit" program
t_case "the clock is set back" clock_step
t_case "as a user of its own, in the group tracing" unprivileged
t_case "systemctl stop" stop
t_run
