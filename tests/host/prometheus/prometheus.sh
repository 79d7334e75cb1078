#!/bin/bash
# A real Prometheus scrapes the daemon, for a minute and with its data in a temporary directory:
# percentiles, exemplars, alerts, and every query of the dashboard. Prints TAP.
# usage: prometheus.sh PATH-OF-fake-trackerd
here=$(dirname -- "${BASH_SOURCE[0]}")
# shellcheck source=tests/host/daemon/lib.sh
. "$here/../daemon/lib.sh" "$1"
# shellcheck source=tests/host/userspace/tree.sh
. "$here/../userspace/tree.sh"

ours=$here/../../../userspace/prometheus
# shellcheck disable=SC2034 # for the library
PROM_RULES=$ours/latency-tracker.rules.yml PROM_LOG=$work/log
# shellcheck source=tests/selftests/prometheus.lib
. "$here/../../selftests/prometheus.lib"
export LT_DEBUGFS=$work/debugfs
trackers=$LT_DEBUGFS/latency_tracker
trap 'cleanup; [[ -z $PROM_DIR ]] || prom_end' EXIT

# tracker NAME [NAME=VALUE]… <HISTOGRAM: who reads it sees the old files or the new ones.
tracker() {
	mkdir -p "$trackers/$1"
	cat >"$work/histogram"
	tree_stats "$1" 0 enabled=1 threshold_ns=16000000 timeout_ns=5000000000 max_events=4096 \
		capacity=4096 "${@:2}" >"$work/stats"
	mv "$work/histogram" "$work/stats" "$trackers/$1/"
}

# block FAST MIDDLE SLOW [NAME=VALUE]…: so many operations of 1 ms, of 4 ms and of 20 ms.
block() {
	local n=$(($1 + $2 + $3)) sum=$(($1 * 1000000 + $2 * 4000000 + $3 * 20000000)) name
	for name in total stage:queue dev=8:0 dev=8:16; do
		echo "series $name count $n sum_ns $sum max_ns 20000000"
		echo "983040 1015808 $1"
		echo "3932160 4063232 $2"
		echo "19922944 20971520 $3"
	done | grep -v ' 0$' | tracker block "begins=$n" "matched=$n" "seen=$n" "${@:4}"
}

# The file "pending": an operation that has been in flight for so many seconds.
pending() {
	printf 'tracker=block delta_us=%d.000 begin=1.000000000 threshold_us=5.000 cpu_begin=0 cpu_end=0 ' \
		$(($1 * 1000000)) >"$work/pending"
	echo "pid=1 tid=1 comm=fio" >>"$work/pending"
	mv "$work/pending" "$trackers/block/"
}

start_prometheus() {
	prom_start "$port" && wait_for prom_ready && return
	cat "$PROM_DIR/log" >>"$work/log"
	return 1
}

# Two scrapes with nothing new between them: the rules have seen all of it.
target_is_up() {
	[[ $(prom_api targets) == 'up ' ]] && prom_api within 2 1000 'count_over_time(up[1h])'
}

# 90 operations of 1 ms and 10 of 20 ms: between which powers of two each percentile must be.
percentiles() {
	local quantile='histogram_quantile(%s, latency_tracker_latency_seconds_bucket{tracker="block"})'
	# shellcheck disable=SC2059 # the format is ours
	prom_api within 0.000524287 0.001048575 "$(printf "$quantile" 0.5)" &&
		prom_api within 0.000524287 0.001048575 "$(printf "$quantile" 0.9)" &&
		prom_api within 0.016777215 0.033554431 "$(printf "$quantile" 0.91)" &&
		prom_api within 0.016777215 0.033554431 "$(printf "$quantile" 0.99)"
}

stages_and_series() {
	prom_is 'latency_tracker_stage_seconds_count{tracker="block",stage="queue"}' 100 &&
		prom_is 'latency_tracker_series_seconds_count{tracker="block",series="dev=8:0"}' 100 &&
		prom_is 'latency_tracker_latency_seconds_sum{tracker="block"}' 0.29
}

# 50 more, all of 4 ms: what is new is only those.
counters_move() {
	prom_is 'latency_tracker_begins_total{tracker="block"}' 150 &&
		prom_is 'latency_tracker_latency_seconds_count{tracker="block"}' 150 &&
		prom_api within 0.002097151 0.004194303 \
			'histogram_quantile(0.5, sum by (le) (rate(latency_tracker_latency_seconds_bucket[5s])))' &&
		prom_api within 0.002097151 0.004194303 \
			'histogram_quantile(0.01, sum by (le) (rate(latency_tracker_latency_seconds_bucket[5s])))'
}

exemplar_arrived() {
	local name
	name=$(basename "$work"/out/snapshots/2*)
	[[ $(prom_api exemplars latency_tracker_latency_seconds_bucket) == *"{\"snapshot\":\"$name\"} 0.001"* ]]
}

# Its queries, with what has moved in the last minute.
dashboard() {
	/usr/bin/python3 "$here/dashboard.py" "$PROM_URL" "$ours/latency-tracker.dashboard.json" >>"$work/log" 2>&1
}

# firing NAME…: these alerts, sorted, and no others.
firing() {
	local names
	names=$(prom_api alerts) && [[ ${names//$'\n'/ } == "$*" ]]
}

# start_daemon PORT: with metrics on it; 0 is any. Sets $port.
start_daemon() {
	start --metrics="$1" --rate-ms=0 || return
	port=$(sed -n 's|^latency-trackerd: metrics: .*:\([0-9]*\)/metrics$|\1|p' "$work/log")
	settle
}

# All that can go wrong at once: the numbers of the kernel, and what the daemon reads.
break_things() {
	block 90 50 110 hits=3 dropped_full=5 lost_hits=1 in_flight=1
	pending 60
	hit 1
	printf 'rubbish\n' >&"$writer"
}

restart_failing() {
	export FAKE_FAIL=1000000
	stop TERM && start_daemon "$port"
}

restarted_is_scraped() {
	prom_is latency_tracker_daemon_hits_total 0 && prom_is 'resets(latency_tracker_daemon_hits_total[1h])' 1
}

core_goes() {
	mv "$trackers" "$work/away"
}

check_rules() {
	promtool check rules "$ours/latency-tracker.rules.yml" >"$work/log" 2>&1
}

test_rules() {
	(cd "$here" && promtool test rules rules_test.yml) >"$work/log" 2>&1
}

# Every alert has a unit test in which it fires.
all_tested() {
	diff <(sed -n 's/^ *- alert: //p' "$ours/latency-tracker.rules.yml" | sort) \
		<(sed -n 's/.*{alertname="\(.*\)"}.*/\1/p' "$here/rules_test.yml" | sort -u) >"$work/log"
}

plan 25

check 'promtool check rules' check_rules
check 'promtool test rules' test_rules
check '... has a test for each of them' all_tested

mkdir -p "$trackers"
block 90 0 10
echo 'series total count 0 sum_ns 0 max_ns 0' | tracker wakeup
check 'a daemon with metrics' start_daemon 0
check 'Prometheus' start_prometheus
hit 0
check 'the target is up' wait_for target_is_up
check 'percentiles are what the histogram means' percentiles
check 'stages, series and sums' stages_and_series
check 'no alert fires' firing
block 90 50 10
check 'counters move, and percentiles of what is new' wait_for counters_move
check 'an exemplar has the name of the snapshot' wait_for exemplar_arrived

check 'every query of the dashboard has an answer' dashboard
check 'the daemon is restarted, and will fail' restart_failing
check 'counters of the daemon begin anew' wait_for restarted_is_scraped
break_things
for alert in Hits P99AboveThreshold Stuck EventsDropped HitsLost SnapshotsFail RecordsNotUnderstood; do
	check "LatencyTracker$alert fires" wait_for prom_fires "LatencyTracker$alert"
done
core_goes
check 'LatencyTrackerCoreAbsent fires' wait_for prom_fires LatencyTrackerCoreAbsent
check 'the daemon ends' stop TERM
check 'LatencyTrackerDaemonDown fires' wait_for prom_fires LatencyTrackerDaemonDown
check '... and in the end nothing else' wait_for firing LatencyTrackerDaemonDown
((failures == 0))
