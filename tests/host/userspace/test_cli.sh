#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# latency-tracker against directories that look like those of the modules and of the daemon:
# what it prints and how it exits. Usage: test_cli.sh PATH-OF-LATENCY-TRACKER. Prints TAP.
exec </dev/null
tool=$1
# shellcheck source=tests/host/userspace/tree.sh
. "$(dirname -- "$0")/tree.sh"
# shellcheck source=tests/host/userspace/judge.sh
. "$(dirname -- "$0")/judge.sh"
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT

# expect TITLE STATUS PATTERN ARGS...: exit status, and an extended pattern in the output; ^$ also is
# no output.
expect() {
	title=$1 status=$2 pattern=$3
	shift 3
	"$tool" "$@" >"$tree/out" 2>&1
	got=$?
	[ "$got" -eq "$status" ] &&
		{ grep -Eq -e "$pattern" "$tree/out" || { [ "$pattern" = "^$" ] && [ ! -s "$tree/out" ]; }; }
	judge $? "$title" "status $got, expected $status; no line matches: $pattern"
}

# expect_not TITLE PATTERN ARGS...: nothing in the output matches.
expect_not() {
	title=$1 pattern=$2
	shift 2
	"$tool" "$@" >"$tree/out" 2>&1 </dev/null
	! grep -Eq -e "$pattern" "$tree/out"
	judge $? "$title" "a line matches: $pattern"
}

# expect_column TITLE WANTED COLUMN ARGS...: words of one column, below the heading of a table.
expect_column() {
	title=$1 wanted=$2 column=$3
	shift 3
	"$tool" "$@" >"$tree/out" 2>&1 </dev/null
	got=$(awk -v column="$column" 'NR > 1 { printf "%s%s", sep, $column; sep = " " }' "$tree/out")
	[ "$got" = "$wanted" ]
	judge $? "$title" "column $column is '$got', expected '$wanted'"
}

export LT_DEBUGFS="$tree/debugfs" LT_PROC="$tree/proc" LT_SYSFS="$tree/sys" TZ=UTC
mkdir -p "$tree/proc" "$tree/sys/module"

expect "nothing loaded: list" 3 'modprobe latency_tracker_block' list
expect "nothing loaded: watch" 3 'modprobe latency_tracker_block' watch
expect "nothing loaded: stacks" 3 'modprobe latency_tracker_block' stacks
expect "nothing loaded: hist" 3 'modprobe latency_tracker_block' hist
mkdir "$tree/sys/module/latency_tracker"
expect "no debugfs" 1 'mount -t debugfs' list
mkdir -p "$tree/debugfs/latency_tracker"
expect "no probe" 3 'no probe is' list

probe=$tree/debugfs/latency_tracker/block
mkdir "$probe"
tree_stats block 7 enabled=1 threshold_ns=5000000 >"$probe/stats"
{
	echo "series total count 100 sum_ns 200000000 max_ns 20131402"
	echo "524288 557056 90"
	echo "19922944 20971520 10"
	echo "series dev=8:0 count 0 sum_ns 0 max_ns 0"
	echo "series dev=8:16 count 3 sum_ns 1600000 max_ns 540000"
	echo "524288 557056 3"
} >"$probe/histogram"
mkdir -p "$tree/sys/dev/block"
ln -s ../../devices/virtual/block/sda "$tree/sys/dev/block/8:0"
ln -s ../../devices/virtual/block/cciss!c0d0 "$tree/sys/dev/block/8:16"
hit="ts=100.000000000 tracker=block reason=threshold delta_us=20131.402 begin=99.979868598"
hit="$hit threshold_us=5000.000 cpu_begin=0 cpu_end=1 pid=812"
{
	echo "seq=1 $hit tid=813 comm=fio disk=sda"
	printf ' stack=begin\n submit_bio+0x1/0x2\n'
	echo "lost n=17"
	echo "garbage"
	printf '%s\n' "seq=19 $hit tid=814 comm=\\x1b[2Jevil disk=sdb"
} >"$tree/proc/latency_tracker"

expect "list shows the ledger" 0 '^block +yes +5 ms +7 +7 +7 +14 +7$' list
expect "list says what was lost" 0 '^block: 7 operations not measured' list
expect "list -j" 0 '"tracker":"block".*"enabled":true.*"missed_hooks":7}' list -j
expect "watch begins with new hits" 0 '^TIME +TRACKER +COMM +TID +LAT\(us\) +DETAILS$' watch
expect "watch --all shows hits" 0 '^[0-9:.]{12} block +fio +813 +20131\.4 +disk=sda$' watch -a
expect "watch shows lost hits" 0 '^17 hits lost' watch -a
expect "watch goes on behind garbage" 0 '\\x1b\[2Jevil +814 ' watch -a
expect "watch -m" 0 ' 20\.131 ' watch -a -m
expect "watch --stack" 0 '^ +submit_bio' watch -a --stack
expect "watch -j" 0 '^\{"seq":1,.*"frames":\["submit_bio.*"wall_time":"' watch -a -j
expect "watch -j: lost" 0 '^\{"lost":17,"wall_time":"' watch -a -j
expect "watch -T" 0 '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{18}Z block +fio +813 ' watch -a -T
expect "watch of a tracker" 0 ' block +fio ' watch -a block
expect_not "watch of another tracker" ' block ' watch -a x
expect "watch -t" 0 '^[0-9:.]{12} block +[^ ]+ +814 ' watch -a -t 814
expect_not "watch -t: no other thread" ' 813 ' watch -a -t 814
expect "watch -C" 0 ' fio +813 ' watch -a -C 'f?o'
expect_not "watch -C: no other name" ' 814 ' watch -a -C 'f?o'
expect "watch -d" 0 ' disk=sdb$' watch -a -d 'sd[b-z]'
expect_not "watch -d: no other disk" 'disk=sda' watch -a -d 'sd[b-z]'
mkdir -p "$tree/sys/fs/cgroup/a.slice/b.service" "$tree/sys/fs/cgroup/c.slice"
for dir in "$tree/sys/fs/cgroup" "$tree/sys/fs/cgroup/a.slice" "$tree/sys/fs/cgroup/a.slice/b.service" \
	"$tree/sys/fs/cgroup/c.slice"; do
	touch "$dir/cgroup.controllers"
	echo "seq=1 $hit tid=2 comm=${dir##*/} cgroup=$(stat -c %i "$dir")"
done >"$tree/grouped"
mv "$tree/proc/latency_tracker" "$tree/ungrouped"
cp "$tree/grouped" "$tree/proc/latency_tracker"
expect "watch -c: the cgroup" 0 ' a\.slice ' watch -a -c /a.slice
expect "watch -c: one below it" 0 ' b\.service ' watch -a -c "$tree/sys/fs/cgroup/a.slice/"
expect_not "watch -c: no other" ' (cgroup|c\.slice) ' watch -a -c a.slice
expect "watch -c: all" 0 ' c\.slice ' watch -a -c /
expect "watch -c: no such cgroup" 2 "no cgroup of version 2 is at .*/fs/cgroup/d.slice: No such file" watch -c /d.slice
mkdir "$tree/sys/fs/cgroup/unified"
mv "$tree"/sys/fs/cgroup/[ac]* "$tree/sys/fs/cgroup/unified"
expect "watch -c: beside version 1" 0 ' b\.service ' watch -a -c /a.slice
mv "$tree/ungrouped" "$tree/proc/latency_tracker"
expect "watch -n" 2 'COUNT must be a number' watch -n 0
expect "watch of no tracker" 0 "no tracker 'x' is loaded" watch x
expect "stacks: hits without one are counted" 0 '^latency-tracker: 1 of 2 hits have no such stack' stacks
expect "stacks: hits that were lost, too" 0 '^latency-tracker: 17 hits were lost' stacks
expect "stacks: garbage, too" 0 'left out 1 records' stacks
expect "stacks of an unknown tracker" 3 'no hits' stacks nvme
expect "stacks of another process" 3 'no hits' stacks -p 1
# stack KIND FRAME...: one of a record.
stack() {
	printf ' stack=%s\n' "$1"
	shift
	printf ' %s\n' "$@"
}
{
	echo "seq=1 $hit tid=1 comm=a"
	stack begin __schedule+0x1a/0x80 "pipe_read+0x9/0x20 [some_module]" 0xffff12
	stack end wake_up+0x1/0x2
	echo "seq=2 $hit tid=2 comm=a"
	stack begin __schedule+0x40/0x80 pipe_read+0x9/0x20 0xffff12
	printf '%s\n' "seq=3 $hit tid=3 comm=a;\\x1b\\x20b"
	stack task schedule+0x1/0x2
	echo "seq=4 $hit tid=3 comm=cut"
	printf ' stack=task\n schedu'
} >"$tree/saved"
expect "stacks --folded adds up, the outermost first, without offsets" 0 \
	'^a;0xffff12;pipe_read;__schedule 40262$' stacks --folded -i "$tree/saved"
expect "stacks --folded: names that would not be one field" 0 '^a:\\x1b b;schedule 20131$' stacks -f -i "$tree/saved"
expect "stacks of one kind" 0 '^a;wake_up 20131$' stacks -f -k end -i "$tree/saved"
expect "stacks of a kind that is not there" 3 '^latency-tracker: 3 of 3 hits have no such' \
	stacks -k user -i "$tree/saved"
expect "stacks: a record that is cut is left out" 0 'left out 1 records' stacks -i "$tree/saved"
expect "stacks as a list" 0 '^        40262 us in 2 hits$' stacks -i "$tree/saved"
expect "stacks -j" 0 '^\{"comm":"a","frames":\["0xffff12","pipe_read","__schedule"\],"count":2,"sum_ns":40262804\}$' \
	stacks -j -i "$tree/saved"
expect "stacks refuses two formats" 2 'exclude each other' stacks -f -j
expect "stacks refuses an unknown kind" 2 "not 'wait'" stacks -k wait
expect "stacks of a file that is not there" 1 'cannot read .*/none: No such file' stacks -i "$tree/none"
expect "flamegraph: all of it" 0 'data-x="0\.0000000" data-w="1\.0000000" data-l="0" data-n="all"' \
	flamegraph -i "$tree/saved"
expect "flamegraph: a frame, its time and its share" 0 \
	'data-w="0\.6666667" data-l="3" data-n="pipe_read"><title>pipe_read \(40\.262 ms in 2 hits, 66\.67 %\)<' \
	flamegraph -i "$tree/saved"
expect "flamegraph: names that are none of SVG's own" 0 'data-n="x&lt;b&gt;&amp;"' flamegraph -i - <<-EOF
	seq=1 $hit tid=1 comm=x<b>&
	 stack=task
	 schedule+0x1/0x2
	EOF
expect "flamegraph of one kind" 0 'data-n="wake_up"' flamegraph -k end -i "$tree/saved"
expect "flamegraph of nothing is no picture" 3 'no hits' flamegraph -o "$tree/none.svg" -p 1 -i "$tree/saved"
[ ! -e "$tree/none.svg" ]
judge $? "flamegraph of nothing: no file" "that is not so"
expect "flamegraph that cannot be written" 1 'cannot write .*No such file' flamegraph -o "$tree/none/x.svg" -i "$tree/saved"
expect "flamegraph refuses an unknown kind" 2 "not 'wait'" flamegraph -k wait
expect "hist has bcc's heading" 0 '^     usecs               : count    distribution$' hist
expect "hist has rows of 40 stars" 0 \
	'^       512 -> 1023       : 90       \|\*{40}\|$' hist block
expect "hist names the series" 0 '^series = total$' hist block
expect "hist has percentiles" 0 'p50 542\.5, p90 557\.1, p99 20110.*max 20131\.4, count 100$' hist
expect "hist -m" 0 '^     msecs .*' hist -m
expect "hist of a disk" 0 'no operation measured' hist -d 'sd*'
expect "hist of another disk" 0 'no series matches' hist -d 'sdb'
expect "hist says which disk" 0 '^series = dev=8:16 \(cciss/c0d0\)$' hist -d 'cciss/*'
expect "hist of a disk by number" 0 'no operation measured' hist -d 8:0
expect "hist of a disk that is not in it" 0 'no series matches' hist -d sda -s total
expect "hist of a pattern" 0 '^series = dev=8:16 ' hist -s 'dev=*'
expect "hist of an unknown tracker" 3 "no tracker 'nvme'\. Loaded: block" hist nvme
expect "hist of an interval" 0 'no operation measured' hist block 0.05 2
expect "hist -j" 0 '"series":"total".*"percentiles_ns":\{"p50":542492' hist -j
expect "hist refuses both units" 2 'exclude each other' hist -m -N
expect "hist refuses an interval of 0" 2 'interval must be' hist block 0
op="threshold_us=5000.000 cpu_begin=3 cpu_end=1"
{
	echo "tracker=block delta_us=2000000.000 begin=98.000000000 $op pid=812 tid=813 comm=fio disk=dm-0"
	echo "tracker=block delta_us=1.000 begin=99.000000000 $op pid=812 tid=813 comm=fio disk=dm-0"
} >"$probe/pending"
printf 'series stage:de\\x3dvice count 1 sum_ns 2000 max_ns 2000\n1984 2048 1\n' >>"$probe/histogram"
taken=$tree/taken/snapshots/20251121T034600Z-block-41
mkdir -p "$taken"
echo '{"tracker":"block","delta_ns":20131402}' >"$taken/hit.json"
expect "export: a counter of the ledger" 0 '^latency_tracker_begins_total\{tracker="block"\} 7$' export
expect "export: its type" 0 '^# TYPE latency_tracker_begins_total counter$' export
expect "export: limits in seconds" 0 '^latency_tracker_threshold_seconds\{tracker="block"\} 0\.005000000$' export
expect "export: the oldest in flight" 0 '^latency_tracker_oldest_pending_seconds\{tracker="block"\} 2\.000000000$' export
expect "export: buckets are cumulative" 0 \
	'^latency_tracker_latency_seconds_bucket\{tracker="block",le="0\.016777215"\} 90$' export
expect "export: as many in all" 0 '^latency_tracker_latency_seconds_bucket\{tracker="block",le="\+Inf"\} 100$' export
expect "export: the sum" 0 '^latency_tracker_latency_seconds_sum\{tracker="block"\} 0\.200000000$' export
expect "export: stages" 0 '^latency_tracker_stage_seconds_count\{tracker="block",stage="de=vice"\} 1$' export
expect "export: series" 0 '^latency_tracker_series_seconds_count\{tracker="block",series="dev=8:0"\} 0$' export
expect "export -x: a snapshot is the exemplar of its bucket" 0 \
	'le="0\.033554431"\} 100 # \{snapshot="20251121T034600Z-block-41"\} 0\.020131402$' export -x -d "$tree/taken"
expect "export -x: of no other" 0 'le="0\.067108863"\} 100$' export -x -d "$tree/taken"
expect "export -x: ends as it must" 0 '^# EOF$' export -x -d "$tree/taken"
expect "export into a directory that is not there" 1 'cannot write .*No such file' export -o "$tree/none/lt.prom"
"$tool" export -o "$tree/lt.prom" && "$tool" export -d "$tree/taken" | cmp -s - "$tree/lt.prom" && ! grep -q '}.*#' "$tree/lt.prom" &&
	[ "$(echo "$tree"/lt.prom*)" = "$tree/lt.prom" ]
judge $? "export -o: the same, without exemplars, and nothing beside it" "that is not so"
# A machine that has nothing, and one that has it all; the tracker of above is loaded.
root=$tree/root modules=$tree/sys/module release=$(uname -r)
export LT_ROOT="$root"
mkdir -p "$tree/sys/module/latency_tracker" "$root/boot"
expect "doctor: no headers" 0 "^ +> apt install linux-headers-$release\$" doctor
expect "doctor: modules that are gone after the next boot" 0 '^note +modules +loaded, but not installed' doctor
echo 'CONFIG_MODULES=y' >"$root/boot/config-$release"
expect "doctor: options of the kernel" 1 '^missing +kernel +not in this kernel: what is needed for all probes, ' doctor
expect "doctor: no LTTng" 1 'apt install lttng-tools lttng-modules-dkms; without it' doctor
expect "doctor: no daemon" 1 '^note +daemon +latency-trackerd does not run' doctor
lib=$root/lib/modules/$release
mkdir -p "$lib/build" "$lib/updates/dkms" "$root/usr/bin" "$root/var/lib/latency-tracker" \
	"$tree/sys/kernel/tracing/instances" "$tree/sys/kernel/security" "$tree/proc/4711"
touch "$lib/build/Makefile" "$lib/updates/dkms/latency_tracker.ko.xz" "$lib/updates/dkms/lttng-tracer.ko" \
	"$root/usr/bin/lttng-sessiond"
echo 4711 >"$root/var/lib/latency-tracker/daemon.pid"
for option in MODULES TRACEPOINTS BLOCK HAVE_SYSCALL_TRACEPOINTS KPROBES IPV6 OPENVSWITCH DEBUG_FS STACKTRACE \
	SYNTH_EVENTS; do
	echo "CONFIG_$option=y"
done >"$root/boot/config-$release"
echo '[none] integrity confidentiality' >"$tree/sys/kernel/security/lockdown"
expect "doctor: all is there" 0 '^ok +kernel +.* has all that is needed$' doctor
"$tool" doctor | grep -Ev '^ok |^note +(user|space) |^ +> ' >"$tree/out"
[ ! -s "$tree/out" ]
judge $? "doctor: nothing else" "that is not so"
expect "doctor: the daemon" 0 '^ok +daemon +latency-trackerd runs, pid 4711$' doctor
echo 'none [integrity] confidentiality' >"$tree/sys/kernel/security/lockdown"
expect "doctor: locked down, and ours are loaded" 0 '^ok +signatures +signed modules only, and ours are loaded$' doctor
mv "$modules/latency_tracker" "$modules/away"
expect "doctor: locked down, without DKMS" 0 '^note +signatures +the kernel takes signed .*DKMS has no key here$' doctor
# The part of a certificate that has the key's identifier.
cert=$root/var/lib/dkms/mok.pub
mkdir "${cert%/*}"
printf 'x\006\003\125\035\016\004\026\004\024\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020\021\022\023\377' >"$cert"
expect "doctor: locked down, and the keys cannot be seen" 0 '^unknown +signatures +.*cannot be seen$' doctor
echo "0 I------ 1 perm 1f010000 0 0 asymmetri CN: 0102030405060708090a0b0c0d0e0f10111213fe: X509.rsa []" >"$tree/proc/keys"
if [ "$(id -u)" = 0 ]; then
	expect "doctor: a key that is not trusted" 1 \
		'^missing +signatures +the kernel takes signed modules only, and does not trust' doctor
	expect "doctor: without UEFI" 1 '^ +> boot without module.sig_enforce: without UEFI' doctor
	mkdir -p "$tree/sys/firmware/efi"
	expect "doctor: how to enrol it" 1 '^ +> mokutil --import /var/lib/dkms/mok.pub, reboot' doctor
fi
sed -i 's/fe: X509/ff: X509/' "$tree/proc/keys"
expect "doctor: a key that is trusted" 0 "^ok +signatures +signed modules only, and DKMS's key is trusted\$" doctor
echo '[none] integrity confidentiality' >"$tree/sys/kernel/security/lockdown"
mkdir -p "$modules/module/parameters"
echo Y >"$modules/module/parameters/sig_enforce"
: >"$cert"
expect "doctor: sig_enforce, and a file that is no certificate" 0 '^unknown +signatures +' doctor
echo N >"$modules/module/parameters/sig_enforce"
expect "doctor: no signatures needed" 0 '^ok +signatures +unsigned modules are taken$' doctor
mv "$modules/away" "$modules/latency_tracker"
mv "$tree/proc/latency_tracker" "$tree/proc/away"
expect "doctor: half loaded" 1 '^missing +loaded +the core is loaded, but there is no ' doctor
mv "$tree/proc/away" "$tree/proc/latency_tracker"
expect "doctor -j" 0 '^\{"check":"headers","verdict":"ok","finding":"[^"]*","remedy":""\}$' doctor -j
unset LT_ROOT

rm "$probe/pending"
expect "pending of a tracker without the file" 3 "no tracker 'block'" pending block
: >"$probe/pending"
expect "pending: nothing in flight" 0 '^\(nothing in flight\)$' pending
wakeup=$tree/debugfs/latency_tracker/wakeup
mkdir "$wakeup"
cp "$probe/stats" "$wakeup/stats"
{
	echo "tracker=block delta_us=2000000.000 begin=98.000000000 $op pid=812 tid=813 comm=fio cgroup=1 node_begin=0 node_end=0 dev=253:0 disk=dm-0"
	printf ' stack=task\n io_schedule+0x1/0x2\n'
	printf '%s\n' "tracker=block delta_us=20.500 begin=99.979868598 $op pid=814 tid=814 comm=\\x1b[2Jevil disk=sdb"
	echo "more n=17"
} >"$probe/pending"
printf '%s\n' "tracker=wakeup delta_us=500000.000 begin=99.500000000 $op pid=7 tid=7 comm=a\\x20b prio=120" \
	>"$wakeup/pending"
expect "pending: a table" 0 '^TRACKER +AGE +PID +TID  COMM +CPU  DETAILS$' pending
expect "pending: an operation" 0 '^block +2 s +812 +813  fio +3  dev=253:0 disk=dm-0$' pending
expect "pending: names are made harmless" 0 '  \\x1b\[2Jevil +3  disk=sdb$' pending block
expect_column "pending: all trackers in one list, oldest first" "813 7 814" 5 pending -n 3
expect "pending: what is not listed" 0 '^block: 17 more in flight' pending
expect "pending of one tracker" 0 '^wakeup +500 ms +7 +7  a b +3  prio=120$' pending wakeup
expect_column "pending -n" "813" 5 pending -n 1
expect_column "pending -p" "7" 5 pending -p 7 wakeup
expect "pending -p: none" 0 '^\(nothing in flight\)$' pending wakeup -p 1
expect "pending -m" 0 '^block +2000\.000 +812 ' pending -m
expect "pending -m: the heading" 0 '^TRACKER +AGE\(ms\) ' pending -m
expect "pending -T" 0 '^[0-9]{2}:[0-9]{2}:[0-9]{2}$' pending -T
expect_column "pending -d" "814" 5 pending -n 1 -d sdb
expect "pending -j" 0 '^\{"begin_ns":98000000000,"delta_ns":2000000000,.*"frames":\["io_schedule\+0x1/0x2"\].*"wall_time":"' \
	pending -j
expect "pending -j: what is not listed" 0 '^\{"tracker":"block","more":17\}$' pending -j
expect_column "pending, several times" "wakeup  TRACKER wakeup" 1 pending wakeup 0.05 2
expect "pending of an unknown tracker" 3 "no tracker 'nvme'\. Loaded: block wakeup" pending nvme
expect "pending refuses a count of 0" 2 'COUNT must be a number' pending -n 0
expect "pending refuses an interval of 0" 2 'interval must be' pending block 0
echo garbage >>"$wakeup/pending"
expect "pending goes on behind garbage" 0 'left out 1 records' pending
echo "begins x" >>"$probe/stats"
expect "stats that are not understood" 1 'different versions' list

# Programs in the place of those of kmod, and what they work on.
export LT_KMOD="$tree/kmod" LT_MODULES="$tree/modules" LT_KMSG="$tree/kmsg"
rm -r "$modules/latency_tracker"
expect "load without modinfo" 1 'no modinfo here' load block
mkdir "$LT_KMOD"
: >"$LT_KMSG"
cat >"$LT_KMOD/modinfo" <<-END
	#!/bin/sh
	echo "modinfo: WARNING: not for us" >&2
	[ "\$*" = "-p latency_tracker_block" ] || exit 1
	echo "threshold_us:report operations that take longer, in microseconds, 1..1000000000"
	echo "comm:only operations begun by threads of this name; empty: all"
	echo "max_events:operations in flight at most, 16..1048576"
END
cat >"$LT_KMOD/modprobe" <<-END
	#!/bin/sh
	for word; do echo "word=\$word"; done >"$tree/modprobe.args"
	read -r error 2>/dev/null <"$tree/error" || exit 0
	echo "3,41,1234567,-;latency_tracker_block: what the module says" >>"$LT_KMSG"
	echo " SUBSYSTEM=module" >>"$LT_KMSG"
	echo "3,42,1234568,-;another: what is not ours" >>"$LT_KMSG"
	echo "modprobe: ERROR: could not insert 'latency_tracker_block': \$error" >&2
	exit 1
END
cat >"$LT_KMOD/rmmod" <<-END
	#!/bin/sh
	if [ -n "\$(ls "$modules/\$1/holders" 2>/dev/null)" ] || [ -e "$tree/error" ]; then
		echo "rmmod: ERROR: Module \$1 is in use" >&2
		exit 1
	fi
	if [ -e "$tree/forbidden" ]; then
		echo "rmmod: ERROR: could not remove module \$1: Operation not permitted" >&2
		exit 1
	fi
	rm -r "$modules/\$1"
END
chmod +x "$LT_KMOD"/*

expect "load of what is nowhere installed" 3 'No probe is$' load nvme
mkdir "$LT_MODULES"
printf '%s\n' "kernel/fs/ext4.ko.xz:" "extra/latency_tracker.ko:" \
	"updates/dkms/latency_tracker_wakeup.ko.zst: extra/latency_tracker.ko" \
	"extra/latency_tracker_block.ko: extra/latency_tracker.ko" >"$LT_MODULES/modules.dep"
expect "load of an unknown probe" 3 'no module latency_tracker_nvme for.* Installed: block wakeup$' load nvme
expect "load of what is no name" 2 "'../x' is no name of a probe" load ../x
expect "load without a name" 2 'PROBE is missing' load
expect "load refuses what is no assignment" 2 "'threshold_us' is not PARAM=VALUE" load block threshold_us
expect "load refuses a parameter without a name" 2 "'=1' is not PARAM=VALUE" load block =1
expect "load refuses unknown parameters" 2 "has no parameter 'treshold_us'\. It has:" \
	load block threshold_us=1 treshold_us=1
expect "load refuses unknown parameters that only begin as one does" 2 "no parameter 'threshold'" \
	load block threshold=1
expect "load lists the parameters" 2 '^  max_events    operations in flight at most' load block x=1
expect "load refuses quotes" 2 'the value of comm cannot hold quotes' load block 'comm=a" max_events="1'
expect "load refuses control characters" 2 'has control characters' load block "comm=a	b"
[ ! -e "$tree/modprobe.args" ]
judge $? "nothing of that was tried" "modprobe has run"
expect "load" 0 '^$' load latency-tracker-block threshold-us=5000 'comm=a b=c'
words=$(paste -sd, "$tree/modprobe.args")
[ "$words" = "word=latency_tracker_block,word=threshold_us=5000,word=comm=a b=c" ]
judge $? "load passes the parameters on, one word each" "modprobe got $words"
echo "Invalid argument" >"$tree/error"
expect "load that fails" 1 "^latency-tracker: cannot load latency_tracker_block: could not insert" load block
expect_not "load that fails: only what is ours in the log, and new" 'not ours|SUBSYSTEM' load block
expect "load that fails: the module's own words" 1 '^  kernel: latency_tracker_block: what the module says$' \
	load block
LT_KMSG=$tree/none expect "load that fails: where to look" 1 'dmesg \| grep latency_tracker' load block
echo "Operation not permitted" >"$tree/error"
expect "load that is not allowed" 1 'Only root may do that|The system allows no changes' load block
echo "Key was rejected by service" >"$tree/error"
expect "load of a module that is not signed" 1 '^  mokutil --import /var/lib/dkms/mok.pub$' load block
if [ "$(id -u)" = 0 ]; then
	echo "Operation not permitted" >"$tree/error"
	echo Y >"$modules/module/parameters/sig_enforce"
	expect "load of a module that lockdown refuses" 1 '^then reboot, and choose Enroll MOK' load block
	rm -r "$modules/module"
fi
rm "$tree/error"

mkdir -p "$modules/latency_tracker/holders/latency_tracker_block"
params=$modules/latency_tracker_block/parameters
mkdir -p "$params" "$modules/latency_tracker_block/holders" "$modules/latency_tracker_wakeup"
echo 5000 >"$params/threshold_us"
echo 65536 >"$params/max_events"
echo >"$params/comm"
ln -s /proc/self/oom_score_adj "$params/gc_ms"	# refuses what is no number
chmod 0444 "$params/max_events"
expect "load of what is loaded" 1 'latency-tracker set block PARAM=VALUE' load block
expect "set shows the parameters" 0 '^PARAMETER +VALUE +CHANGE +MEANING$' set block
expect_column "set: all of them" "comm gc_ms max_events threshold_us" 1 set block
expect "set shows values" 0 '^threshold_us +5000 +any time +report operations' set block
expect "set shows what is set at load only" 0 '^max_events +65536 +at load ' set latency_tracker_block
expect "set -j" 0 '^\{"module":"latency_tracker_block","parameter":"max_events","value":"65536","load_only":true,"meaning":"oper' \
	set -j block
expect "set changes parameters" 0 '^$' set block threshold-us=80 comm=fio
expect "set has changed them" 0 '^threshold_us +80 ' set block
expect "set of an empty value" 0 '^$' set block comm=
expect "set has emptied it" 0 '^comm +any time ' set block
expect "set refuses unknown parameters" 2 "has no parameter 'x'" set block threshold_us=1 x=1
expect "set refuses what is set at load" 1 'latency-tracker load block max_events=' set block threshold_us=1 max_events=1
expect "set: nothing was changed" 0 '^threshold_us +80 ' set block
expect "set: a value that is refused" 1 "does not take the value 'x' for gc_ms, which stays '-?[0-9]+'" set block gc_ms=x
expect "set: what was done before that" 1 '^  threshold_us was changed before that$' set block threshold_us=81 gc_ms=x comm=a
expect "set: what was not done" 1 '^  comm was not changed either$' set block threshold_us=81 gc_ms=x comm=a
expect "set -j takes no parameters" 2 'takes no PARAM=VALUE' set -j block comm=a
expect "set of a probe that is not loaded" 3 'latency_tracker_nvme is not loaded\. Loaded: block wakeup$' set nvme
expect "set of a probe that is not loaded: what to do" 3 'latency-tracker load nvme' set nvme

expect "unload without a name" 2 'PROBE is missing' unload
expect "unload of a name and all" 2 'takes no names' unload --all block
expect "unload of a probe that is not loaded" 3 'Loaded: block wakeup' unload wakeup nvme
expect "unload of the core" 1 'latency_tracker is in use by latency_tracker_block; end' unload latency_tracker
mkdir -p "$tree/proc/812/fd"
echo latency-tracke >"$tree/proc/812/comm"
ln -s "$tree/proc/latency_tracker" "$tree/proc/812/fd/5"
expect "unload of the core: processes" 1 'by latency_tracker_block, latency-tracke \(process 812\)' \
	unload latency_tracker
: >"$tree/error"
expect "unload of what somebody uses" 1 'wakeup is in use. Who uses it is not known' unload wakeup
rm "$tree/error"
: >"$tree/forbidden"
expect "unload that is not allowed" 1 'cannot unload latency_tracker_wakeup: could not remove' unload wakeup
expect "unload that is not allowed: why" 1 'Only root may do that|The system allows no changes' unload wakeup
rm "$tree/forbidden"
expect "unload" 0 '^$' unload wakeup
expect "unload has done it" 3 'Loaded: block$' unload wakeup
rmdir "$modules/latency_tracker/holders/latency_tracker_block"
expect "unload --all" 0 '^$' unload --all
expect "unload --all: nothing is left" 3 'No latency_tracker module is loaded' unload --all

state=$tree/state
one=$state/snapshots/20251121T034600Z-block-41
expect "no snapshots" 3 '^No snapshot in ' snapshots -d "$state"
mkdir -p "$one" "$state/snapshots/20251121T034700Z-block-42"
echo '{"tracker":"block","delta_ns":20131402,"comm":"fio"}' >"$one/hit.json"
echo '{"status":"ok","backend":"lttng","covers_begin":true,"covers_hit":true,"trace":"trace",
"begin_ns":1000000000,"hit_ns":1020131402,"error":null}' >"$one/proof.json"
expect "snapshots lists" 0 '^20251121T034600Z-block-41 +block +20\.131 ms +lttng +ok +yes ' \
	snapshots -d "$state"
expect "snapshots without proof" 0 '^20251121T034700Z-block-42 +- +- +- +no proof +no ' \
	snapshots -d "$state"
expect "snapshots show" 0 '^  hit +1\.020131402  \+20\.131 ms$' \
	snapshots -d "$state" show 20251121T034600Z
expect "snapshots show names the trace" 0 '^trace +.*-block-41/trace$' \
	snapshots -d "$state" show 20251121T034600Z
expect "snapshots show: ambiguous" 3 '2 snapshots begin with' snapshots -d "$state" show 2025
expect "snapshots show: unknown" 3 'there is no snapshot' snapshots -d "$state" show ../x
expect "snapshots -j" 0 '"covers":true,"hit":\{.*"proof":\{' snapshots -d "$state" -j

expect "snapshots path" 0 "^$one\$" snapshots -d "$state" path 20251121T034600Z
expect "snapshots path: unknown" 3 'there is no snapshot' snapshots -d "$state" path "" 2026
expect "snapshots rm of nothing" 2 'rm takes the name' snapshots -d "$state" rm
mkdir -p "$one/trace/deep"
echo kept >"$tree/kept"
ln -s "$tree/kept" "$one/trace/deep/link"
expect "snapshots rm: one that is there, one that is not" 3 "no snapshot 'none'" snapshots -d "$state" rm none "${one##*/}"
[ ! -e "$one" ] && [ -e "$state/snapshots/20251121T034700Z-block-42" ] && grep -q kept "$tree/kept"
judge $? "snapshots rm: it, nothing else, and no link followed" "that is not so"

# names ARGS...: the names in its JSON that FORMATS.md does not have, but for those of the stats file and those of
# probes, which are in an object of their own.
names() {
	"$tool" "$@" 2>/dev/null | sed 's/"fields":{[^}]*}//g' | grep -o '"[a-z_]*":' | tr -d '":' | sort -u | while read -r name; do
		grep -Eq "[\`\"]${name}[\`\"]" "$formats" || grep -q "^$name " "$probe/stats" || echo "$1: $name"
	done
}

formats=$(dirname -- "$0")/../../../userspace/FORMATS.md
sed -i '/^begins x$/d' "$probe/stats"
{
	names list -j
	names watch -a -j
	names hist -j
	names top -j block 0.01 1
	names stacks -j -i "$tree/saved"
	names pending -j
	names set -j block
	names snapshots -d "$state" -j
	names doctor -j
} >"$tree/out"
[ ! -s "$tree/out" ]
judge $? "all names in JSON are documented" "these are not in FORMATS.md"

expect "no command" 2 '^Usage: latency-tracker COMMAND'
expect "unknown command" 2 '^  watch ' frobnicate
expect "unknown option" 2 "Try 'latency-tracker list --help'" list --frobnicate
expect "help" 0 '^Exit status' --help
expect "help of a command" 0 '^Usage: latency-tracker watch' watch --help
expect "version" 0 '^latency-tracker [0-9]' --version
judged
