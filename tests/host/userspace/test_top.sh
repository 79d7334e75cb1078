#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# latency-tracker top in a terminal of tmux, against a directory that looks like that of the modules.
# Usage: test_top.sh PATH-OF-LATENCY-TRACKER. Prints TAP.
#
# No case depends on how fast anything is: where it matters the interval is an hour, which going on after a pause
# ends, and the last tracker's file "pending" is a pipe, so that top waits in the middle of each sample until the
# test lets it go on. Whatever is typed meanwhile comes after that sample.
exec </dev/null
tool=$1
# shellcheck source=tests/host/userspace/judge.sh
. "$(dirname -- "$0")/judge.sh"
tree=$(mktemp -d) || exit 1
export LT_DEBUGFS="$tree/debugfs" LT_PROC="$tree/proc" LT_SYSFS="$tree/sys" TMUX_TMPDIR="$tree" TZ=UTC LC_ALL=C.UTF-8
unset TMUX NO_COLOR
trap 'terminal kill-server 2>/dev/null; rm -rf "$tree"' EXIT
trap 'exit 1' HUP INT TERM
trackers=$tree/debugfs/latency_tracker
servers=0
export server=

terminal() {
	tmux -f /dev/null -L "$server" "$@"
}

# new_terminal COLUMNS LINES COMMAND: in the place of the last one. Each has a server of its own, because one that
# was told to end may take a moment.
new_terminal() {
	[ -z "$server" ] || terminal kill-server 2>/dev/null
	servers=$((servers + 1))
	server=top$servers
	terminal new-session -d -s top -x "$1" -y "$2" "$3"
}

# False when the terminal has gone.
screen() {
	terminal capture-pane -p -t top >"$tree/out" 2>&1
}

screen_has() {
	screen && grep -Eq -e "$1" "$tree/out"
}

screen_has_not() {
	screen && ! grep -Eq -e "$1" "$tree/out"
}

# becomes TITLE TEST PATTERN: sooner or later the test is true.
becomes() {
	# Patience is for machines that are slow; where something is wrong already there is less of it.
	tries=$((failed ? 20 : 200))
	while ! "$2" "$3" && [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	"$2" "$3"
	judge $? "$1" "not true: $2 $3"
}

# shows TITLE PATTERN: a line of the screen matches.
shows() {
	becomes "$1" screen_has "$2"
}

# hides TITLE PATTERN: no line does any more.
hides() {
	becomes "$1" screen_has_not "$2"
}

# has_not TITLE PATTERN: no line of the screen as it was last looked at matches.
has_not() {
	! grep -Eq -e "$2" "$tree/out"
	judge $? "$1" "a line of the screen matches: $2"
}

# rows TITLE NAMES: trackers from top to bottom, as the screen was last looked at.
rows() {
	found=$(awk '/^(TRACKER|block|softirq|wakeup) / && $1 != "TRACKER" { printf "%s%s", sep, $1; sep = " " }' "$tree/out")
	[ "$found" = "$2" ]
	judge $? "$1" "the rows are: $found; expected: $2"
}

keys() {
	terminal send-keys -t top "$@"
}

# start COLUMNS LINES ARGS...: a terminal with top, which says how it ended. The shell's echo tells whether
# the terminal is as it was.
start() {
	columns=$1 lines=$2
	shift 2
	new_terminal "$columns" "$lines" \
		"'$tool' top $*; echo \"ended with \$?\"; stty -a | grep -ow -e -*echo -e -*icanon | paste -sd' '; read -r line"
}

# sample RECORD [KEYS...]: let top go on with this as what is pending; it has read everything else then. The keys
# are typed while it waits, so they come after it. The next sample has a pipe of its own, so that this one cannot take
# what is meant for that.
sample() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	timeout "$((failed ? 3 : 30))" sh -c 'exec 3>"$1"
		mkfifo "$1.next" && mv "$1.next" "$1"
		[ $# -eq 2 ] || { record=$2; shift 2; tmux -f /dev/null -L "$server" send-keys -t top "$@"; set -- "" "$record"; }
		[ -z "$2" ] || echo "$2" >&3' sh "$trackers/wakeup/pending" "$@"
	judge $? "top reads the trackers" "it did not"
}

# tracker NAME BEGINS HITS DROPS: its ledger.
tracker() {
	mkdir -p "$trackers/$1"
	{
		printf '%s\n' "tracker $1" "module latency_tracker_$1" "enabled 1" "threshold_ns 5000000" "timeout_ns 0" \
			"max_events 65536" "capacity 4096" "begins $2" "matched $2" "hits $3" "dropped_full $4" "in_flight 3"
		for name in replaced dropped_busy cancelled aborted_gc aborted_clear timed_out orphan_ends \
				negative_deltas suppressed_wakes ratcheted lost_hits seen filtered missed_hooks; do
			echo "$name 0"
		done
	} >"$trackers/$1/stats"
}

# series NAME COUNT MAX BUCKET...: one of a histogram, "LOWER UPPER COUNT" each.
series() {
	printf 'series %s count %s sum_ns 0 max_ns %s\n' "$1" "$2" "$3"
	shift 3
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

first_reading() {
	rm -rf "$trackers"
	tracker block 1000 10 0
	series total 100 20131402 "524288 557056 90" "19922944 20971520 10" >"$trackers/block/histogram"
	series dev=8:0 2 600000 "524288 557056 2" >>"$trackers/block/histogram"
	series dev=8:16 0 0 >>"$trackers/block/histogram"
	tracker softirq 500 0 0
	series total 10 3000 "2048 2176 9" "2944 3072 1" >"$trackers/softirq/histogram"
	: >"$trackers/softirq/pending"
	echo "tracker=block delta_us=2500.000 begin=9.000000000 threshold_us=5000.000 cpu_begin=0 cpu_end=0 pid=1 tid=1 comm=a" \
		>"$trackers/block/pending"
	tracker wakeup 7 0 0
	series total 7 99000000 "98566144 102760448 7" >"$trackers/wakeup/histogram"
	mkfifo "$trackers/wakeup/pending"
}

# What it adds: 4000 begins and 100 operations of 524288 to 557056 ns in block, so that half of them are below
# 540672 ns and the slowest is below 557056 ns; 50 begins and an operation of 2944 to 3072 ns in softirq; wakeup was
# loaded anew, with 3 begins and one operation of 70000 ns.
second_reading() {
	tracker block 5000 14 3
	series total 200 20131402 "524288 557056 190" "19922944 20971520 10" >"$trackers/block/histogram"
	series dev=8:0 5 600000 "524288 557056 2" "589824 622592 3" >>"$trackers/block/histogram"
	series dev=8:16 0 0 >>"$trackers/block/histogram"
	tracker softirq 550 0 0
	series total 11 3000 "2048 2176 9" "2944 3072 2" >"$trackers/softirq/histogram"
	tracker wakeup 3 0 0
	series total 1 70000 "69632 73728 1" >"$trackers/wakeup/histogram"
}

mkdir -p "$tree/proc" "$tree/sys/module/latency_tracker"
old="tracker=wakeup delta_us=70000000.000 begin=9.000000000 threshold_us=5000.000 cpu_begin=0 cpu_end=0 pid=1 tid=1 comm=a"

first_reading
start 80 24 3600
sample "$old" Space
shows "80 columns: what matters is there" \
	'^TRACKER +OPS/S +P50 +P99 +P99\.9 +MAX +FLIGHT +OLDEST +\+HITS +HITS +DROPS +ON$'
shows "paused" '^[0-9:]+  PAUSED  last interval  every 3600 s  by MAX$'
shows "before the first interval is over nothing is known of it" \
	'^block +- +- +- +- +- +3 2\.50ms +- +10 +0 yes$'
shows "age of the oldest operation" '^wakeup .* 70\.0s '
keys t
shows "since load" '^[0-9:]+  PAUSED  since load '
shows "percentiles since load" '^block +-  542us 20\.1ms 20\.1ms 20\.1ms '
rows "the slowest first" "wakeup block softirq"
keys r
shows "reversed" 'by MAX, reversed$'
rows "the fastest first" "softirq block wakeup"
keys r '<' '<' '<' '<' '<'
shows "another column" 'by TRACKER$'
rows "by name" "block softirq wakeup"
keys '>' t
shows "what is not known" 'last interval .*by OPS/S$'
rows "by what is not known" "block softirq wakeup"

second_reading
keys Space
sample "" Space
shows "numbers of the interval" '^block +[0-9.kM]+  541us  557us  557us  557us +3 2\.50ms +4 +14 +3 yes$'
shows "a tracker that was loaded anew has no huge numbers" '^wakeup +[0-9]+ 69\.8us 70\.0us 70\.0us 70\.0us +3 +- +0 +0 +0 yes$'
rows "by rate" "block softirq wakeup"
shows "losses are explained" '^block: 3 operations not measured, no slot was free'
keys s s
shows "by another column" 'by P99$'
rows "by P99" "block wakeup softirq"

keys Down Enter
shows "histogram of the chosen tracker" '^tracker = wakeup  series = total \(1 of 1\)  count 1  bars: log$'
keys Left Up
shows "and back" '^TRACKER '
keys Enter
shows "percentiles of the interval" '^p50 541us  p90 554us  p99 557us  p99\.9 557us  p99\.99 557us  max 557us$'
shows "rows of powers of two" '^ 524us - 1\.05ms +100 \|\*+$'
keys t
shows "histogram since load" '^16\.8ms - 33\.6ms +10 \|\*+$'
# log2(10) + 1 to log2(190) + 1, of 57 columns: 28.6 and all of them (log2 as lines from one power of two to the next).
[ "$(sed -n 's/^.* 10 |//p' "$tree/out" | tr -d '\n' | wc -c)" -eq 28 ]
judge $? "bars are logarithmic" "the lower is not half as long"
keys l
shows "linear bars" 'bars: linear$'
[ "$(sed -n 's/^.* 10 |//p' "$tree/out" | tr -d '\n' | wc -c)" -eq 3 ]
judge $? "bars are linear" "the lower is not 3 characters long (57 * 10 / 190)"
keys Tab
shows "next series" '^tracker = block  series = dev=8:0 \(2 of 3\)  count 5 '
keys t
shows "next series, of the interval" '\(2 of 3\)  count 3 '
keys Tab
shows "one without operations" 'series = dev=8:16 \(3 of 3\)'
shows "one without operations: says so" '^\(no operation measured\)$'
keys Tab
shows "the first comes behind the last" 'series = total \(1 of 3\)'
keys BTab BTab
shows "previous series" 'series = dev=8:0 \(2 of 3\)'
keys '?'
shows "help" '^  Tab Shift-Tab   next, previous series'
keys End
shows "the end of the help" '^ops/s and \+hits are of the last interval'
keys Escape
shows "back from the help" 'series = dev=8:0 \(2 of 3\)'
keys Escape
shows "back to the table" '^TRACKER '

terminal resize-window -t top -x 200 -y 24
shows "200 columns: all columns" ' ON THRESH TIMEOUT BEGINS MATCHED TIMEDOUT .* SUPPRESSED  LOST .* CANCELLED$'
shows "200 columns: begins of the interval" '^block .* yes 5\.00ms +- +4000 +4000 +0 '
shows "200 columns: begins of a tracker that was loaded anew" '^wakeup .* yes 5\.00ms +- +3 +3 +0 '
terminal resize-window -t top -x 30 -y 9
shows "30 columns" '^TRACKER +P99 +MAX \+HITS$'
shows "30 columns: messages are wrapped" '^load with a larger max_events$'
terminal resize-window -t top -x 23 -y 4
shows "too small" '^needs 24x5$'
terminal resize-window -t top -x 80 -y 6
shows "6 lines" '^block .* yes$'
hides "6 lines: the rest has no room" '^wakeup '
keys End
shows "6 lines: the last" '^softirq .* yes$'
rows "6 lines: the last are there" "wakeup softirq"
keys Home
terminal resize-window -t top -x 80 -y 24
shows "large enough again" '^block .* yes$'
keys d 5 0 . 5 Enter
shows "delay that was typed" 'every 50\.5 s '
keys + - -
shows "delay, step by step" 'every 10 s '
keys d 0 Enter
shows "delay that is none" "^the delay must be seconds, at least 0\.001, not '0'$"
shows "delay that is none is not taken" 'every 10 s '
keys q
shows "q" '^ended with 0$'
shows "the terminal is as it was" '^icanon echo$'
has_not "nothing is left on the screen" 'TRACKER'

# next_sample: go on and pause again behind the next sample.
next_sample() {
	keys Space
	sample "" Space
}

# What was counted before anybody looked is not of the interval, unless the tracker was not there before.
first_reading
start 80 24 3600
sample "" Space
shows "before: a known tracker" '^block +- .* yes$'
mv "$trackers/block" "$tree/block"
next_sample
hides "one has gone" '^block '
rows "the others are there" "softirq wakeup"
mv "$tree/block" "$trackers/block"
next_sample
shows "one that was loaded meanwhile: all is of the interval" '^block .* 10 +10 +0 yes$'
mv "$trackers/block/stats" "$tree/stats"
echo "begins x" >"$trackers/block/stats"
next_sample
shows "one that was not understood" '^what the tracker block shows'
mv "$tree/stats" "$trackers/block/stats"
next_sample
shows "one that was not understood: the interval is not known" '^block +- +- +- +- +- +3 2\.50ms +- +10 +0 yes$'
mv "$trackers" "$tree/away"
keys Space
shows "debugfs goes" '^cannot read '
keys Space
shows "debugfs has gone" 'PAUSED'
mv "$tree/away" "$trackers"
next_sample
shows "debugfs comes back: the interval is not known" '^block +- +- +- +- +- +3 2\.50ms +- +10 +0 yes$'
keys q
shows "that was all" '^ended with 0$'

# All trackers go while top runs, and come back.
first_reading
mv "$trackers/wakeup" "$tree/wakeup"
start 80 24 -t 0.1
shows "two trackers" '^softirq '
mv "$trackers" "$tree/away"
shows "the core without debugfs" '^cannot read .*/latency_tracker: No such file'
rmdir "$tree/sys/module/latency_tracker"
shows "no module" '^Waiting for a module\.$'
shows "no module: why" '^No latency_tracker module is loaded\.$'
mkdir "$tree/sys/module/latency_tracker"
mv "$tree/away" "$trackers"
shows "they are back" '^softirq '
keys Space
shows "all trackers, paused" ' PAUSED '
mv "$trackers/block" "$tree/block"
sleep 0.3
keys r
shows "paused: keys have their effect" 'by MAX, reversed$'
rows "paused: the numbers do not" "softirq block"
keys r Space
hides "it goes on" '^block '
mv "$tree/block" "$trackers/block"
shows "and on" '^block '
keys Up Enter
shows "histogram" '^tracker = block '
mv "$trackers/block" "$tree/block"
shows "histogram of a tracker that goes" '^tracker = block: is not loaded any more; Esc: back$'
mv "$tree/block" "$trackers/block"
shows "histogram of a tracker that comes" '^tracker = block  series = total'
keys Escape
echo "begins x" >"$trackers/softirq/stats"
shows "a tracker that is not understood" '^what the tracker softirq shows in debugfs is not understood'
rows "the other one is there" "block"
keys C-c
shows "Ctrl-C" '^ended with 0$'
shows "Ctrl-C: the terminal is as it was" '^icanon echo$'
first_reading
mv "$trackers/wakeup" "$tree/wakeup2"

start 80 24 softirq 0.1
shows "one tracker" '^softirq '
rows "one tracker only" "softirq"
terminal send-keys -t top C-c
shows "one tracker: ends" '^ended with 0$'
start 80 24 0.1 2
shows "count" '^ended with 0$'
start 80 24 nvme 0.1
shows "waits for a tracker" '^Waiting for the tracker nvme\.$'
pid=$(terminal list-panes -t top -F '#{pane_pid}')
kill -TERM "$(ps -o pid= --ppid "$pid" | head -n 1 | tr -d ' ')"
shows "SIGTERM" '^ended with 0$'
shows "SIGTERM: the terminal is as it was" '^icanon echo$'

# Stopped and continued, as a shell does it.
new_terminal 80 24 "PS1='> ' bash --norc -i"
keys "'$tool' top 0.1" Enter
shows "from a shell" '^softirq '
keys C-z
shows "Ctrl-Z" 'Stopped'
keys fg Enter
shows "fg" '^softirq '
keys C-c
shows "after fg: Ctrl-C" '^> $|^>$'

# Colour is red for losses, if at all.
tracker block 1 0 3
for setting in TERM=screen-256color NO_COLOR=1; do
	new_terminal 80 24 "env TERM=screen-256color $setting '$tool' top 0.1"
	shows "$setting" '^block: 3 operations'
	terminal capture-pane -e -p -t top | grep -c "$(printf '\033')\[31m" >"$tree/out"
	if [ "$setting" = NO_COLOR=1 ]; then
		grep -qx 0 "$tree/out"
	else
		! grep -qx 0 "$tree/out"
	fi
	judge $? "$setting: colour" "so many lines have red in them"
done
new_terminal 80 24 "TERM=dumb '$tool' top; echo ended with \$?; read -r line"
shows "TERM=dumb: why" '\(TERM=dumb\) is not known or cannot '
shows "TERM=dumb" '^ended with 2$'
terminal kill-server

# expect TITLE STATUS PATTERN ARGS...: without a terminal.
expect() {
	title=$1 status=$2 pattern=$3
	shift 3
	"$tool" top "$@" >"$tree/out" 2>&1
	got=$?
	[ "$got" -eq "$status" ] && grep -Eq -e "$pattern" "$tree/out"
	judge $? "$title" "status $got, expected $status; no line matches: $pattern"
}

expect "no terminal" 2 'needs a terminal .* top --batch$'
expect "batch" 0 '^softirq +0 +- ' -b 0.01 1
[ "$(grep -c '^block' "$tree/out")" -eq 1 ]
judge $? "batch: as often as was said" "that is not so"
expect "batch -t -u" 0 '^block +0 +542\.5 +20110\.' -b -t -u -d 0.01 -c 1
expect "batch: names of columns in the help" 0 '^TRACKER' -b 0.01 1
sed -n 's/^TRACKER/&/p' "$tree/out" | tr 'A-Z ' 'a-z\n' | grep . >"$tree/columns"
"$tool" top --help | sed -n '/^Columns:/,/^$/s/^  \([^ ]*\) .*/\1/p' | diff - "$tree/columns" >"$tree/out"
judge $? "the help names all columns in their order" "differences:"
while read -r column; do
	"$tool" top -b -o "$column" 0.01 1 >"$tree/out" 2>&1 || echo "$column" >>"$tree/refused"
done <"$tree/columns"
[ -s "$tree/columns" ] && [ ! -e "$tree/refused" ]
judge $? "batch: sorted by each column" "$(cat "$tree/refused" 2>/dev/null)"
expect "batch: an unknown column" 2 "no column 'size'" -b -o size
expect "batch: two intervals" 2 'once' -b -d 1 1
expect "batch: two units" 2 '-u and -m exclude each other' -b -u -m
expect "batch of an unknown tracker" 3 "no tracker 'nvme'" -b nvme 0.01 1
mv "$tree/debugfs" "$tree/gone"
expect "batch without debugfs" 1 'mount -t debugfs' -b
expect "a terminal would not help without debugfs" 1 'mount -t debugfs'
rmdir "$tree/sys/module/latency_tracker"
expect "batch without a module" 3 'No latency_tracker module is loaded' -b
mkdir "$tree/sys/module/latency_tracker"
mv "$tree/gone" "$tree/debugfs"

# An interval whose beginning and end are what the test says: it ends with SIGINT.
# interval ARGS...
interval() {
	first_reading
	env --default-signal=INT "$tool" top "$@" 3600 >"$tree/out" 2>&1 &
	pid=$!
	sample "$old"
	second_reading
	kill -INT "$pid"
	sample ""
	wait "$pid"
	judge $? "top $*: SIGINT" "it did not exit with 0"
}

interval -j
python3 - "$tree/out" >"$tree/wrong" 2>&1 <<-'EOF'
	import json, sys
	got = {o["tracker"]: o for o in map(json.loads, open(sys.argv[1]))}
	assert list(got) == ["block", "wakeup", "softirq"], list(got)
	block, wakeup, softirq = got.values()
	assert block["interval"]["begins"] == 4000 and block["total"]["begins"] == 5000, block
	assert block["interval"]["hits"] == 4 and block["total"]["hits"] == 14, block
	assert block["interval"]["dropped_full"] == 3, block
	assert block["interval"]["percentiles_ns"]["p50"] == 524288 + (557056 - 524288) // 2, block
	assert block["interval"]["max_ns"] == 557055 and block["total"]["max_ns"] == 20131402, block
	assert block["oldest_ns"] == 2500000 and "oldest_ns" not in softirq, block
	assert softirq["interval"]["begins"] == 50 and softirq["interval"]["max_ns"] == 3000, softirq
	assert wakeup["interval"]["begins"] == 3 and wakeup["interval"]["max_ns"] == 70000, wakeup
	assert block["in_flight"] == 3 and block["enabled"] is True and block["interval_ns"] > 0, block
EOF
status=$?
cat "$tree/wrong" >>"$tree/out"
judge $status "batch -j: what two readings differ by" "it is not"

interval -b
awk '$2 == "interval" { seconds = $4 == "s" ? $3 : $4 == "ms" ? $3 / 1e3 : $3 / 1e6 }
	/^TRACKER/ { for (i = 1; i <= NF; i++) column[$i] = i }
	/^block/ {
		rate = $column["OPS/S"]; begins = $column["BEGINS"]
		sub(/k$/, "e3", rate); sub(/M$/, "e6", rate); sub(/G$/, "e9", rate)
		product = rate * seconds
		# Three digits of the rate, to the nearest.
		exit !(begins == 4000 && product > 3960 && product < 4040)
	}' "$tree/out"
judge $? "batch: the rate times the interval is what began" "it is not"
judged
