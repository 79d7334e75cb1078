# shellcheck shell=bash
# The whole daemon with a fake back end, for scripts that print TAP: hits come through a FIFO, and
# all that the daemon leaves is below $work.
# usage: . lib.sh PATH-OF-fake-trackerd
set -u

daemon=$1
work=$(mktemp -d /tmp/lt-daemon-XXXXXX)
pid=
writer=
helpers=()
count=0
failures=0

# Processes whose ids are in $helpers end with the script.
cleanup() {
	[[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
	[[ -z ${helpers[*]} ]] || kill "${helpers[@]}" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

plan() {
	echo "1..$1"
}

# check NAME COMMAND…: one case; COMMAND's status decides.
check() {
	local name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/log"
		failures=$((failures + 1))
	fi
}

# skip NAME REASON
skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# wait_for COMMAND…: up to ten seconds for it to succeed.
wait_for() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

logged() {
	grep -qF -- "$1" "$work/log"
}

# start OPTION…: in $work/out, with what is in $work/ring for the daemon to find.
start() {
	rm -f "$work/hits"
	mkfifo "$work/hits"
	: >"$work/log"
	exec {writer}<>"$work/hits"
	[[ ! -e $work/ring ]] || cat "$work/ring" >&"$writer"
	rm -f "$work/ring"
	"$daemon" --proc="$work/hits" --output="$work/out" --priority=0 --min-free-mb=0 "$@" \
		2>"$work/log" &
	pid=$!
	wait_for logged 'waiting for hits'
}

# stop SIGNAL: status is the daemon's.
stop() {
	local status
	kill "-$1" "$pid"
	wait "$pid"
	status=$?
	pid=
	exec {writer}>&-
	return "$status"
}

fresh() {
	rm -rf "$work/out"
}

# hit SEQ [AGE]: a hit now, or AGE seconds ago.
hit() {
	local now
	read -r now _ </proc/uptime
	now=$((${now/./} * 10 - ${2:-0} * 1000))
	printf 'seq=%d ts=%d.%03d000000 tracker=block reason=threshold delta_us=1000.000 ' \
		"$1" $((now / 1000)) $((now % 1000)) >"$work/line"
	printf 'begin=%d.%03d000000 threshold_us=500.000 cpu_begin=0 cpu_end=0 pid=1 tid=1 ' \
		$((now / 1000)) $((now % 1000)) >>"$work/line"
	printf 'comm=fio dev=8:0 sector=%d\n' "$1" >>"$work/line"
	cat "$work/line" >&"$writer"
}

# Milliseconds pass between the daemon's start and a hit of "now", in /proc/uptime's 10 ms.
settle() {
	sleep 0.05
}

journal_has() {
	local n
	n=$(grep -c . "$work/out/journal.jsonl")
	((n == $1))
}

snapshots() {
	find "$work/out/snapshots" -mindepth 1 -maxdepth 1 -name '2*' | wc -l
}

# proofs STATUS N: how many snapshots have this status.
proofs() {
	local n
	n=$(grep -lF "\"status\": \"$1\"" "$work"/out/snapshots/*/proof.json 2>/dev/null | wc -l)
	((n == $2))
}

# configure LINE…: the configuration file.
configure() {
	printf '%s\n' "$@" >"$work/conf"
}

# once_status STATUS: the daemon has ended, with it.
once_status() {
	local status
	wait "$pid"
	status=$?
	pid=
	exec {writer}>&-
	((status == $1))
}
