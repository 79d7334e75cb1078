#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Our probes and their peers in libbpf-tools look at the same operations at the same time, and must say the
# same of each. They are attached while the load is not there yet or sleeps, and read when it is gone,
# so that nothing races with start and stop; two traces, switched on before and after them, say how much the
# times that they take can differ (peers_judge.py). Where the definitions are different:
#   biolatency   without -Q is our stage "device"; with -Q and an I/O scheduler the whole request
#   runqlat      counts the woken, and those that were preempted: our wakeup probe times the first, and our
#                offcpu probe the others, as its state "running"
#   softirqs     from entry to exit, our stage "run"; its histograms (-d) do not load on Linux 6.12
#   offcputime   has frames of its own inside of __schedule; stack=1 has none of the scheduler's
# 20 s on a machine that does nothing else, up to 150 s where others keep its processors busy.
# timeout=600
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

CPU=$(last_cpu)
READERS=3
READS=100
ROUNDS=150
PINGS=200
PEERS=()

# new DIR: where traces and results of a case go.
new() {
	lt_unload || return
	PEERS=() DIR=$T_TMP/$1
	mkdir "$DIR"
}

# witness NAME FILTER EVENT…: an instance of ftrace.
witness() {
	local dir=$TRACEFS/instances/lt-selftest-$1 filter=$2 event
	mkdir "$dir" || return
	t_undo rmdir "$dir"
	echo mono >"$dir/trace_clock" && echo 8192 >"$dir/buffer_size_kb" || return
	for event in "${@:3}"; do
		[[ -z $filter ]] || echo "$filter" >"$dir/events/$event/filter" || return
		echo 1 >"$dir/events/$event/enable" || return
	done
}

witnesses_end() {
	local w
	for w in b a; do
		cp "$TRACEFS/instances/lt-selftest-$w/trace" "$DIR/$w" &&
			rmdir "$TRACEFS/instances/lt-selftest-$w" || return
	done
}

# It catches SIGINT when it has been attached, and says so.
peer_is_ready() {
	local caught
	is_gone "$1" && return
	caught=$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status")
	((16#${caught:-0} & 2)) && grep -q '^Tracing' "$2"
}

# peer FILE TOOL ARG…: what it says goes to the file.
peer() {
	local out=$DIR/$1 tool=$2-libbpf pid
	stdbuf -oL "$tool" "${@:3}" >"$out" 2>"$out.err" &
	pid=$!
	t_undo kill -KILL "$pid"
	wait_for 120 peer_is_ready "$pid" "$out" || return
	if is_gone "$pid"; then
		t_skip "$tool: $(tail -n 1 "$out.err")" || return
	fi
	PEERS+=("$pid")
}

# Once may be just before it sleeps.
peer_ends() {
	is_gone "$1" && return
	kill -INT "$1" 2>/dev/null
	false
}

peers_end() {
	local pid
	for pid in "${PEERS[@]}"; do
		wait_for 120 peer_ends "$pid" || return
	done
}

# judge CHECK [ARG]
judge() {
	local status
	./peers_judge.py "$1" "$DIR" "${@:2}" >"$DIR/judged"
	status=$?
	sed 's/^# //; s/^/# /' "$DIR/judged"
	return "$status"
}

# Requests wait for each other in the scheduler and, each for 300 us at least, in the device.
disk() {
	mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=300000 submit_queues=1 \
		hw_queue_depth=1 gb=1 || return
	modprobe -q mq-deadline
	echo mq-deadline >/sys/block/nullb0/queue/scheduler
}

disk_load() {
	local i pids=()
	for ((i = 0; i < READERS; i++)); do
		dd if=/dev/nullb0 of=/dev/null bs=4k count="$READS" skip=$((i * 1000)) iflag=direct status=none &
		pids+=($!)
	done
	wait "${pids[@]}"
}

biolatency() {
	local dev events=(block/block_rq_{insert,issue,complete})
	new block && disk || return
	dev=$(dev_number /dev/nullb0)
	dev="dev == $(((${dev%:*} << 20) + ${dev#*:}))"
	witness a "$dev" "${events[@]}" && lt_load block dev=nullb0 threshold_us=1000000000 &&
		peer queued biolatency -Q -d nullb0 && peer device biolatency -d nullb0 &&
		witness b "$dev" "${events[@]}" && disk_load && wait_for 10 ledger_idle block || return
	cp "$DEBUG/block/histogram" "$DEBUG/block/stats" "$DIR/" && peers_end && witnesses_end && judge block &&
		expect_eq "requests" "$(stat_of block matched)" $((READERS * READS))
}

# The load is there, and sleeps; sets LOAD.
waits() {
	mkfifo "$DIR/go"
	./waits "$CPU" "$ROUNDS" <"$DIR/go" >"$DIR/pid" &
	LOAD=$!
	t_undo kill -KILL "$LOAD"
	exec 9>"$DIR/go"
	wait_for 120 test -s "$DIR/pid" && wait_for 120 in_state "$LOAD" S
}

waits_go() {
	echo >&9
	exec 9>&-
	wait "$LOAD" || { t_diag "waits failed"; return 1; }
}

sched_witness() {
	local i woken=(sched/sched_{waking,wakeup,wakeup_new})
	witness "$1" 'comm == "lt-waits"' "${woken[@]}" || return
	i=$TRACEFS/instances/lt-selftest-$1/events/sched/sched_switch
	echo 'prev_comm == "lt-waits" || next_comm == "lt-waits"' >"$i/filter" && echo 1 >"$i/enable"
}

sched_probes() {
	lt_core hits=16384 && lt_load wakeup "pid=$LOAD" threshold_us=1000000000 &&
		lt_load offcpu "pid=$LOAD" threshold_us=1 rate_limit_ms=0 stack=1 begin_stack=1
}

runqlat() {
	local probe file
	new sched && waits && sched_witness a && sched_probes && peer runqlat runqlat -p "$LOAD" &&
		peer offcputime offcputime -p "$LOAD" --stack-storage-size=16384 && sched_witness b && waits_go && peers_end || return
	hits_read "$DIR/hits"
	for probe in wakeup offcpu; do
		for file in histogram stats; do
			cp "$DEBUG/$probe/$file" "$DIR/$probe.$file" || return
		done
	done
	witnesses_end || return
	# There runqlat takes who is preempted on the way to sleep for one that sleeps.
	! grep -qE '\((full|lazy)\)' /sys/kernel/debug/sched/preempt 2>/dev/null ||
		t_skip "a kernel that preempts itself" || return
	judge wakeup
}

# Of the same run.
offcputime() {
	[[ -s $DIR/hits ]] || return
	latency-tracker stacks --folded -k "$1" offcpu >"$DIR/folded.$1" && judge offcpu "$1" &&
		latency-tracker stacks --folded -k "$1" -i "$DIR/hits" offcpu | cmp - "$DIR/folded.$1"
}

softirqs() {
	local events=(irq/softirq_{entry,exit})
	new softirq && witness a 'vec == 3' "${events[@]}" &&
		lt_load softirq vectors=NET_RX threshold_us=1000000000 && peer softirqs softirqs -C -N &&
		witness b 'vec == 3' "${events[@]}" || return
	ping -q -f -c "$PINGS" 127.0.0.1 >/dev/null
	cp "$DEBUG/softirq/histogram" "$DEBUG/softirq/stats" "$DIR/" && peers_end && witnesses_end &&
		judge softirq && expect_in "runs" "$(stat_of softirq matched)" 1
}

[[ -e /sys/kernel/btf/vmlinux ]] || t_skip_all "libbpf-tools need a kernel with BTF"
for tool in biolatency runqlat softirqs offcputime; do
	[[ -x $(command -v "$tool-libbpf") ]] || t_skip_all "no $tool-libbpf: this release has no libbpf-tools"
done
t_case "block: the histograms of biolatency, with and without the queue" biolatency
t_case "wakeup, and offcpu of the preempted: the histogram of runqlat" runqlat
t_case "offcpu with stack=1: the folded stacks of offcputime, and their times" offcputime task
t_case "offcpu with begin_stack=1: the same" offcputime begin
t_case "softirq: count and time of softirqs" softirqs
t_run
