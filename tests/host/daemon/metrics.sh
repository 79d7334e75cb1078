#!/bin/bash
# The metrics of the daemon: scraped from 127.0.0.1 and ::1, by clients that mean well and others.
# Hits come through a FIFO, the trackers are a directory. Prints TAP.
# usage: metrics.sh PATH-OF-fake-trackerd
here=$(dirname -- "${BASH_SOURCE[0]}")
# shellcheck source=tests/host/daemon/lib.sh
. "$here/lib.sh" "$1"
# shellcheck source=tests/host/userspace/tree.sh
. "$here/../userspace/tree.sh"

open_type='application/openmetrics-text; version=1.0.0; charset=utf-8'
text_type='text/plain; version=0.0.4; charset=utf-8'
# As Prometheus asks.
open_wish='application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75'
open_wish+=',text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
export LT_DEBUGFS=$work/debugfs
block=$LT_DEBUGFS/latency_tracker/block

# The core with one tracker, and a series whose name no parser likes.
load_core() {
	mkdir -p "$block"
	tree_stats block 7 enabled=1 threshold_ns=5000000 begins=130 in_flight=0 >"$block/stats"
	{
		echo 'series total count 100 sum_ns 200000000 max_ns 20131402'
		echo '1015808 1048576 90'
		echo '19922944 20971520 10'
		# As the kernel writes quote, backslash, newline and what is not UTF-8.
		printf '%s\n' 'series ifname\x3d\x22\x5c\x0a\xff count 5 sum_ns 5000 max_ns 1000'
		echo '992 1024 5'
		echo 'series stage:queue count 1 sum_ns 2000 max_ns 2000'
		echo '1984 2048 1'
	} >"$block/histogram"
}

# start_metrics WHERE OPTION…: as start; the URL is in $url, its port in $port.
start_metrics() {
	start --metrics="$1" "${@:2}" || return
	url=$(sed -n 's/^latency-trackerd: metrics: //p' "$work/log")
	port=${url##*:}
	port=${port%/metrics}
}

# fetch CURL-ARGUMENT…: the body is in $work/body, the head in $work/head.
fetch() {
	curl -sS --noproxy '*' --max-time 20 -D "$work/head" -o "$work/body" "$@" 2>"$work/curl"
}

# head_has LINE: of the answer, which ends in CR.
head_has() {
	grep -qxF -- "$1"$'\r' "$work/head"
}

# parsed FORMAT: the body, by a parser of others; the samples are in $work/samples.
parsed() {
	/usr/bin/python3 "$here/parse_metrics.py" "$1" <"$work/body" >"$work/samples" 2>>"$work/log" || return
	cp "$work/samples" "$work/samples.$1"
}

# sample NAME LABELS VALUE: it is there; VALUE has nine digits behind the point.
sample() {
	grep -qxF -- "$1 $2 $3" "$work/samples"
}

scrape_text() {
	fetch "$url" && head_has 'HTTP/1.1 200 OK' && head_has 'Connection: close' &&
		head_has "Content-Type: $text_type" && parsed text
}

scrape_open() {
	fetch -H "Accept: $open_wish" "$url" && head_has "Content-Type: $open_type" && parsed openmetrics
}

core_is_absent() {
	scrape_text && sample latency_tracker_up '{}' 0.000000000 && scrape_open &&
		sample latency_tracker_up '{}' 0.000000000 &&
		sample latency_tracker_daemon_hits_total '{}' 0.000000000 &&
		! grep -q '^latency_tracker_begins' "$work/samples"
}

ledger_and_histogram() {
	scrape_text && sample latency_tracker_up '{}' 1.000000000 &&
		sample latency_tracker_begins_total '{"tracker":"block"}' 130.000000000 &&
		sample latency_tracker_latency_seconds_bucket '{"le":"0.001048575","tracker":"block"}' 90.000000000 &&
		sample latency_tracker_latency_seconds_count '{"tracker":"block"}' 100.000000000
}

# Bytes of others arrive as what cannot break a line.
wild_name() {
	sample latency_tracker_series_seconds_count \
		'{"series":"ifname=\"\\\\x0a\\xff","tracker":"block"}' 5.000000000
}

same_samples() {
	scrape_text && scrape_open &&
		diff <(sed 's/ # .*//' "$work/samples.text") <(sed 's/ # .*//' "$work/samples.openmetrics") >/dev/null
}

promtool_text() {
	fetch "$url" && promtool check metrics <"$work/body" >"$work/promtool" 2>&1 || return
	test ! -s "$work/promtool"
}

hits_are_counted() {
	hit 0
	printf 'lost n=17\n' >&"$writer"
	printf 'rubbish\n' >&"$writer"
	wait_for proofs ok 1 && wait_for logged 'cannot be understood' && scrape_open &&
		sample latency_tracker_daemon_hits_total '{}' 1.000000000 &&
		sample latency_tracker_daemon_lost_hits_total '{}' 17.000000000 &&
		sample latency_tracker_daemon_malformed_records_total '{}' 1.000000000
}

snapshots_counted() {
	scrape_text && sample latency_tracker_daemon_snapshots_total '{}' "$1.000000000" &&
		sample latency_tracker_daemon_snapshots_failed_total '{}' "$2.000000000"
}

# Not before the daemon was started, and not in the future.
last_snapshot() {
	local at
	at=$(sed -n 's/^latency_tracker_daemon_last_snapshot_timestamp_seconds {} \([0-9]*\)\..*/\1/p' "$work/samples")
	((at >= began && at <= $(date +%s)))
}

exemplar() {
	local name
	name=$(basename "$work"/out/snapshots/2*)
	scrape_open && sample latency_tracker_latency_seconds_bucket '{"le":"0.001048575","tracker":"block"}' \
		"90.000000000 # {\"snapshot\":\"$name\"} 0.001000000" && scrape_text && ! grep -q '#' "$work/samples"
}

head_only() {
	fetch -I "$url" && head_has 'HTTP/1.1 200 OK' && head_has "Content-Type: $text_type" &&
		grep -q '^Content-Length: [1-9]' "$work/head" && ! grep -q latency_tracker_up "$work/body"
}

unknown_path() {
	fetch "${url%metrics}other" && head_has 'HTTP/1.1 404 Not Found' && grep -q /metrics "$work/body"
}

front_page() {
	fetch "${url%metrics}" && head_has 'HTTP/1.1 200 OK' && grep -q '<a href="/metrics">' "$work/body"
}

bad_method() {
	local method
	for method in POST PUT DELETE OPTIONS BREW; do
		fetch -X "$method" -d text "$url" && head_has 'HTTP/1.1 405 Method Not Allowed' &&
			head_has 'Allow: GET, HEAD' || return
	done
}

# raw: what comes on standard input goes to the port as it is; prints the first line of the answer.
# The daemon may hang up before it has all of it.
raw() {
	local socket line=
	exec {socket}<>"/dev/tcp/127.0.0.1/$port" || return
	cat >&"$socket"
	IFS= read -r -t 10 line <&"$socket"
	exec {socket}>&-
	printf '%s\n' "$line"
}

garbage() {
	head -c 100000 /dev/urandom | raw >"$work/said" 2>/dev/null
	{
		printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nX: '
		head -c 200000 /dev/zero | tr '\0' x
	} | raw 2>/dev/null | grep -q '^HTTP/1.1 4' && scrape_text
}

# A parallel fetch from each of twenty, each answer whole.
twenty_at_once() {
	local i clients=()
	for ((i = 0; i < 20; i++)); do
		curl -sS --noproxy '*' --max-time 20 -H "Accept: $open_wish" -o "$work/body.$i" "$url" &
		clients+=($!)
	done
	for i in "${clients[@]}"; do
		wait "$i" || return
	done
	for ((i = 0; i < 20; i++)); do
		cp "$work/body.$i" "$work/body" && parsed openmetrics || return
	done
}

# Forty clients, more than are let in, that send the beginning of a request and no more.
half_open() {
	local i socket
	for ((i = 0; i < 40; i++)); do
		exec {socket}<>"/dev/tcp/127.0.0.1/$port" || return
		printf 'GET /metrics HTTP/1.1\r\nHo' >&"$socket"
		half+=("$socket")
	done
}

hits_meanwhile() {
	local i
	for ((i = 1; i <= 20; i++)); do
		hit "$i"
	done
	wait_for journal_has 22 && wait_for proofs ok 2
}

close_half_open() {
	local socket
	for socket in "${half[@]}"; do
		exec {socket}>&-
	done
}

# Two clients: one sends a byte now and then, for ever, the other nothing more. 0 when the daemon hangs
# up on both, on the silent one first.
drip() {
	/usr/bin/python3 -c 'import select, socket, sys
drip, silent = (socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(2))
ended = []
for sock in drip, silent:
    sock.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
for i in range(40):
    for sock in select.select([s for s in (drip, silent) if s not in ended], [], [], 1)[0]:
        ended.append(sock)
    if drip in ended:
        break
    drip.sendall(b"x")
sys.exit(ended != [silent, drip])' "$port" &
	dripping=$!
}

drip_ended() {
	wait "$dripping"
}

# policy THREAD: 0 is SCHED_OTHER, 1 SCHED_FIFO.
policy() {
	local task
	for task in "/proc/$pid/task/"*; do
		[[ $(<"$task/comm") != "$1" ]] || sed 's/.*) //' "$task/stat" | cut -d ' ' -f 39
	done
}

# The others are real-time, and so is who started them all.
normal_priority() {
	[[ $(policy lt-capture) == 1 && $(policy lt-exporter) == 0 ]]
}

port_in_use() {
	! "$daemon" --proc=/dev/null --output="$work/other" --metrics="$port" 2>"$work/second" &&
		grep -qF "error: metrics: cannot listen on 127.0.0.1:$port: Address already in use:" "$work/second" &&
		grep -qF 'choose another port' "$work/second" && ! grep -q 'back end' "$work/second"
}

# An address of the documentation's network, which no machine has.
not_our_address() {
	! "$daemon" --proc=/dev/null --output="$work/other" --metrics=192.0.2.1:9 2>"$work/second" &&
		grep -qF 'this machine has no such address' "$work/second"
}

unreachable() {
	! fetch "$url" && grep -q 'Failed to connect\|Could.* connect' "$work/curl"
}

ends_with_clients() {
	local socket
	exec {socket}<>"/dev/tcp/127.0.0.1/$port" && stop TERM && exec {socket}>&-
}

broken_trackers() {
	echo 'begins x' >>"$block/stats"
	scrape_text && sample latency_tracker_up '{}' 0.000000000 && logged 'metrics: cannot read the trackers'
}

off() {
	start "$@" && ! logged 'metrics: ' && ! grep -qx lt-exporter "/proc/$pid/task/"*/comm && stop TERM
}

on_by_file() {
	start --config="$work/conf" && logged 'metrics: http://127.0.0.1:' && stop TERM
}

no_ipv6() {
	[[ ! -e /proc/net/if_inet6 ]] || ! grep -q ' lo$' /proc/net/if_inet6
}

ipv6() {
	start_metrics '[::1]:0' && [[ $url == http://\[::1\]:* ]] && scrape_open && stop TERM
}

began=$(date +%s)
half=()
fifo=
plan 32

check 'a daemon with metrics' start_metrics 0
settle
drip
check 'without the core module: its own metrics, and up is 0' core_is_absent
load_core
check 'text: ledger and histograms, read by another parser' ledger_and_histogram
check '... and names of others, byte by byte' wild_name
check '... and promtool finds nothing' promtool_text
check 'OpenMetrics: the same samples' same_samples
check 'hits, lost and malformed records are counted' hits_are_counted
check '... and snapshots' wait_for snapshots_counted 1 0
check '... and when the last was' last_snapshot
check 'OpenMetrics: the snapshot is the exemplar of its bucket' exemplar
check 'HEAD: the head alone' head_only
check '404 says where the metrics are' unknown_path
check 'the front page has the link' front_page
check 'other methods are refused' bad_method
check 'garbage and endless headers' garbage
check 'twenty clients at once' twenty_at_once
check 'forty half-open connections' half_open
check '... and hits are journalled and snapshots taken' hits_meanwhile
check '... and a scrape gets through' scrape_text
close_half_open
check '... and nothing is lost by it' wait_for snapshots_counted 2 0
check 'a silent client is hung up on, and later one that drips' drip_ended
check 'the port is in use: no start' port_in_use
check 'an address of another machine: no start' not_our_address
check 'it ends with clients connected' ends_with_clients
check 'nobody answers then' unreachable

fresh
export FAKE_FAIL=2
chrt -f -p 5 $$ 2>/dev/null && fifo=yes
start_metrics "$port" --priority=6
[[ -z $fifo ]] || chrt -o -p 0 $$
settle
hit 0
check 'the same port again, at once; a failed snapshot is counted' wait_for snapshots_counted 1 1
unset FAKE_FAIL
if [[ -n $fifo ]]; then
	check 'a real-time daemon: the server is not' normal_priority
else
	skip 'a real-time daemon: the server is not' 'real-time priority is not allowed here'
fi
check 'trackers that cannot be read: up is 0, and the log says why' broken_trackers
stop TERM

fresh
check 'off by default' off
check '--metrics=none, --metrics=' off --metrics=none --metrics=
configure '[daemon]' 'metrics = 127.0.0.1:0'
check 'in the configuration file' on_by_file
if no_ipv6; then
	skip 'IPv6' 'this machine has none'
else
	check 'IPv6' ipv6
fi
((failures == 0))
