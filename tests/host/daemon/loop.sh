#!/bin/bash
# Hits, snapshots, the configuration and signals: the whole daemon with a fake back end. Prints TAP.
# usage: loop.sh PATH-OF-fake-trackerd
# shellcheck source=tests/host/daemon/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh" "$1"

rate_limits() {
	local i
	for ((i = 0; i < 5; i++)); do
		hit "$i"
		sleep 0.02
	done
	wait_for journal_has 5 && wait_for proofs ok 1 && [[ $(snapshots) == 1 ]]
}

first_names_snapshot() {
	local name
	name=$(basename "$work"/out/snapshots/2*)
	head -n 1 "$work/out/journal.jsonl" | grep -qF "\"snapshot\":\"$name\",\"shared\":false"
}

hit_file() {
	grep -qF '"seq": 0' "$work"/out/snapshots/2*/hit.json
}

old_hits_get_none() {
	hit 100 1000
	wait_for journal_has 6 && tail -n 1 "$work/out/journal.jsonl" | grep -qF '"snapshot":null'
}

lost_and_malformed() {
	printf 'lost n=17\n' >&"$writer"
	wait_for journal_has 7 && grep -qF '{"lost":17,"wall_time":' "$work/out/journal.jsonl" &&
		printf 'rubbish\n' >&"$writer" && wait_for logged 'cannot be understood' &&
		hit 101 1000 && wait_for journal_has 8
}

second_refuses() {
	! "$daemon" --proc=/dev/null --output="$work/out" 2>"$work/second" &&
		grep -qF "pid $pid" "$work/second"
}

hits_while_busy() {
	local i
	for ((i = 0; i < 40; i++)); do
		hit "$i"
	done
	wait_for journal_has 40
}

busy_snapshot_unfinished() {
	proofs ok 0
}

restart_knows() {
	hit 0
	cp "$work/line" "$work/ring"
	wait_for journal_has 1
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	exec {writer}>&-
	start
	settle
	hit 1
	wait_for journal_has 2
}

missing_module() {
	! "$daemon" --proc="$work/absent" --output="$work/out" 2>"$work/second" &&
		grep -qF 'modprobe latency_tracker_block' "$work/second"
}

# checked STATUS OPTION…: --check ends with it; what it said is in $work/said and $work/second.
checked() {
	local status
	"$daemon" --check --config="$work/conf" "${@:2}" >"$work/said" 2>"$work/second"
	status=$?
	((status == $1))
}

check_right() {
	configure '[daemon]' 'rate-ms = 5' 'priority = 6' '[trackers]' 'block = threshold_us=7'
	checked 0 --priority=8 && test ! -s "$work/second" &&
		grep -qxF "rate-ms = 5 ; $work/conf:2" "$work/said" &&
		grep -qxF 'priority = 8 ; command line' "$work/said" &&
		grep -qxF 'max-snapshots = 100 ; default' "$work/said" &&
		grep -qxF "block = threshold_us=7 ; $work/conf:5" "$work/said"
}

check_wrong() {
	configure '[daemon]' 'rate_ms = 5' 'priority = 100'
	checked 2 --priority=101 && test ! -s "$work/said" &&
		grep -qxF "$work/conf:2: unknown word rate_ms, did you mean rate-ms?" "$work/second" &&
		grep -qxF "$work/conf:3: priority = 100: expected a number from 0 to 99" \
			"$work/second" &&
		grep -qF -- '--priority=101: expected a number from 0 to 99' "$work/second"
}

bad_start() {
	local status
	"$daemon" --config="$work/conf" --output="$work/out" 2>"$work/second"
	status=$?
	((status == 2)) && test ! -e "$work/out" && grep -qF "error: $work/conf:2: " "$work/second"
}

# reload LINE…: with this file; what the daemon says comes soon.
reload() {
	configure "$@"
	kill -HUP "$pid"
}

# A second hit within the minute gets no snapshot; after the reload the third gets one.
rate_is_live() {
	hit 0
	wait_for proofs ok 1
	hit 1
	wait_for journal_has 2
	sleep 0.2
	[[ $(snapshots) == 1 ]] || return
	reload '[daemon]' 'rate-ms = 0' 'max-snapshots = 2' 'verbose = yes' &&
		wait_for logged 'reloaded: rate-ms 60000 -> 0, max-snapshots 100 -> 2, verbose no -> yes' &&
		hit 2 && wait_for proofs ok 2
}

limit_is_live() {
	hit 3
	wait_for journal_has 4 && wait_for logged 'removed snapshot' && wait_for proofs ok 2
}

needs_restart() {
	reload '[daemon]' 'rate-ms = 1' 'backend = fake' 'events = a' 'priority = 3' '[trackers]' \
		'no_such_probe =' &&
		wait_for logged 'needs a restart: backend, events, [trackers]' && logged 'rate-ms 0 -> 1'
}

bad_reload() {
	reload '[daemon]' 'rate-ms = 7' 'max-snapshots = 0' 'once' &&
		wait_for logged "error: $work/conf:3: max-snapshots = 0: expected a number from 1" &&
		logged "error: $work/conf:4: expected WORD = VALUE" &&
		wait_for logged 'the old one stays in force' && ! logged 'rate-ms 1 -> 7'
}

# The service manager's end of the socket: writes each message on a line of its own.
listen() {
	perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0) && bind(S, pack_sockaddr_un($ARGV[0]))
			or die "$!\n";
		$| = 1;
		while (defined recv(S, $m, 4096, 0)) { $m =~ tr/\n/ /; print "$m\n"; }' \
		"$work/notify" >"$work/notified" &
	helpers+=($!)
	wait_for test -S "$work/notify"
}

notified() {
	grep -qE -- "$1" "$work/notified"
}

# RELOADING=1 with a time that is now, and READY=1 behind it.
notified_reload() {
	local now told
	wait_for notified '^READY=1.*changed configuration is wrong' || return
	read -r now _ </proc/uptime
	told=$(sed -n 's/^RELOADING=1 MONOTONIC_USEC=\([0-9]*\)$/\1/p' "$work/notified")
	((told / 1000000 <= ${now%.*} + 1 && told / 1000000 >= ${now%.*} - 30)) &&
		[[ $(cut -d ' ' -f 1 "$work/notified" | tr '\n' ' ') == \
			'READY=1 RELOADING=1 READY=1 ' ]]
}

plan 31

fresh
start
check 'auto falls back and says why' logged 'broken cannot be used, trying fake: it is broken on'
settle
check 'five hits in the period of one: one snapshot' rate_limits
check 'the first hit names its snapshot' first_names_snapshot
check 'hit.json is that of the first hit' hit_file
check 'a hit from before the start gets no snapshot' old_hits_get_none
check 'lost records are journalled, malformed ones skipped' lost_and_malformed
check 'a second daemon refuses and names the first' second_refuses
check 'SIGTERM ends it with 0' stop TERM
check 'the lock file is empty afterwards' test ! -s "$work/out/daemon.pid"

fresh
export FAKE_SAVE_MS=1500
start --rate-ms=0
settle
check 'hits are journalled while a snapshot is taken' hits_while_busy
check '... which is not finished yet' busy_snapshot_unfinished
check 'SIGINT finishes it' stop INT
check '... and fails the one that only waited' proofs failed 1
unset FAKE_SAVE_MS

fresh
export FAKE_PROVE_MS=60000
start
settle
check 'after a crash no hit is journalled twice' restart_knows
check '... and the snapshot of the dead is marked' wait_for proofs failed 1
wait_for proofs recording 1
kill -TERM "$pid"
sleep 0.2
check 'a second signal gives a long proof up' stop TERM
check '... and marks it' proofs failed 2
unset FAKE_PROVE_MS

fresh
start --once
settle
hit 0
check '--once ends with 0 after a good snapshot' once_status 0
check 'no module: says what to load' missing_module

fresh
check '--check prints what is in force and where it comes from' check_right
check '--check names all mistakes and ends with 2' check_wrong
check 'a bad file: no start' bad_start
configure '[daemon]' 'rate-ms = 0' '[trackers]' 'no_such_probe = threshold_us=1'
check 'a tracker that cannot be loaded is not fatal' start --config="$work/conf"
check '... and is logged' logged 'tracker no_such_probe is not loaded: '
stop TERM

fresh
configure '[daemon]' 'rate-ms = 60000'
start --config="$work/conf"
settle
check 'SIGHUP takes over the rate' rate_is_live
check '... and how many snapshots are kept' limit_is_live
check '... names what needs a restart, once, and not what the command line decides' needs_restart
check '... and with a bad file changes nothing' bad_reload
check '... and the daemon still ends with 0' stop TERM

fresh
configure '[daemon]'
check 'a socket to notify' listen
export NOTIFY_SOCKET=$work/notify
start --config="$work/conf"
unset NOTIFY_SOCKET
reload '[daemon]' 'rate-ms = x'
check 'a reload is told to the service manager, and its end' notified_reload
stop TERM
((failures == 0))
