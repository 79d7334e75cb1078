#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Off-CPU time of a task that sleeps, is stopped, or is preempted for a known time (nap.c). Ground truth:
# a look at the clock before and after each step, on the same CPU, so that a slow machine does not matter.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

NAP_MS=150
THRESHOLD_US=60000
CPU=$(last_cpu)
KINDS=(timer pipe stop vfork preempt)
declare -A STATE=([timer]=S [pipe]=S [stop]=T [vfork]=D [preempt]=R)
declare -A WORD=([S]=interruptible [T]=stopped [D]=uninterruptible [R]=running)
# A function in which each of them waits.
declare -A INSIDE=([timer]='(do|hrtimer)_nanosleep' [pipe]='(anon_)?pipe_read' [stop]='do_signal_stop'
	[vfork]='(kernel_clone|wait_for_vfork_done)')

FIELDS=(delta_us ts tracker reason pid comm state preempted cpu_begin cpu_end waker_pid waker_comm waker_cpu)
declare -A NAP

load() {
	lt_unload && lt_load offcpu "threshold_us=$THRESHOLD_US" rate_limit_ms=0 comm=lt-nap "$@"
}

# play NAME KIND: one nap; its hits and what it says itself are in files, the latter in NAP.
play() {
	local dir=$T_TMP/$1 try status
	mkdir -p "$dir"
	for try in 1 2 3 4 5; do
		./nap "$CPU" "$2" "$NAP_MS" >"$dir/truth"
		status=$?
		((status == 3)) || break
		t_diag "$2, try $try: the machine was too busy"
	done
	((status == 0)) || return
	rm -f "$dir/hits"
	hits_read "$dir/hits" && hits_list "$dir/hits" || return
	read_values NAP <"$dir/truth"
}

# hits_of NAME FIELD…: hits of the nap itself, and not of the short ones before it.
hits_of() {
	hits_within "$T_TMP/$1/hits" "${NAP[pid]}" "${NAP[before]}" "${NAP[wake]}" "${@:2}"
}

# One hit, as long as the nap was.
delta() {
	local delta
	delta=$(hits_of "$1" delta_us)
	expect_re "the one hit of the nap" "$delta" '[0-9]+\.[0-9]{3}' || return
	expect_in "delta" "${delta/./}" $((NAP[wake] - NAP[asleep])) $((NAP[after] - NAP[before])) &&
		expect_in "ts" "$(hits_of "$1" ts | tr -d .)" "${NAP[wake]}" "${NAP[after]}"
}

# The short naps are none, unless one of them was that long.
none_else() {
	local hits
	hits=$(cut -f 1 "$T_TMP/$1/hits.list" | grep -cx "${NAP[pid]}")
	((hits == 1 || NAP[short_max] > THRESHOLD_US * US)) && return
	expect_eq "hits of the task" "$hits" 1
}

fields() {
	local state=${STATE[$2]} preempted=0
	[[ $state != R ]] || preempted=1
	expect_eq "fields" "$(hits_of "$1" tracker reason pid comm state preempted cpu_begin cpu_end | tr '\t' ,)" \
		"offcpu,threshold,${NAP[pid]},lt-nap,$state,$preempted,$CPU,$CPU"
}

waker() {
	local pid comm cpu
	IFS=$'\t' read -r pid comm cpu < <(hits_of "$1" waker_pid waker_comm waker_cpu)
	case $2 in
	pipe | stop)
		expect_eq "waker" "$pid $comm $cpu" "${NAP[observer_pid]} lt-observer $CPU"
		;;
	vfork)
		expect_eq "waker" "$comm $cpu" "lt-nap $CPU" &&
			{ [[ $pid != "${NAP[pid]}" ]] || expect_eq "waker" "$pid" "the child"; }
		;;
	timer) expect_eq "CPU whose timer it was" "$cpu" "$CPU" ;;
	preempt) expect_eq "waker" "$pid $comm $cpu" "- - -" ;;
	esac
}

one_kind() {
	load && play "$1" "$1" && delta "$1" && none_else "$1" && fields "$1" "$1" && waker "$1" "$1"
}

series_count() {
	awk -v s="$1" '$1 == "series" && $2 == s { print $4 }' "$DEBUG/offcpu/histogram"
}

# Tasks that have exited are not pending, and each wait is counted once.
exited() {
	load && play exited vfork || return
	wait_for 5 ledger_idle offcpu && ledger offcpu || return
	expect_eq "begins" "${LEDGER[begins]}" "${LEDGER[matched]}" &&
		expect_eq "in the histogram" "$(series_count total)" "${LEDGER[matched]}" &&
		expect_in "uninterruptible waits" "$(series_count state=uninterruptible)" 1
}

# state_filter LIST: a nap of each kind is found if and only if its state is in the list.
state_filter() {
	local kind want
	param offcpu state "$1" || return
	for kind in pipe stop vfork; do
		want=0
		[[ ,$1, != *,${STATE[$kind]},* && ,$1, != *,${WORD[${STATE[$kind]}]},* ]] || want=1
		play "filter" "$kind" && expect_eq "hits of $kind with state=$1" "$(hits_of filter ts | wc -l)" "$want" ||
			return
	done
}

states() {
	load && state_filter interruptible && state_filter stopped,D || return
	expect_in "turned away" "$(awk '$1 == "state" { print $2 }' "$DEBUG/offcpu/filters")" 1
}

bad_state() {
	klog_mark
	expect_fail "state=sleeping" param offcpu state S,sleeping &&
		expect_eq "state" "$(param offcpu state)" stopped,D &&
		expect_eq "kernel log" "$(klog | grep -c "^latency_tracker_offcpu: state: 'S,sleeping' is not a list of running")" 1 &&
		lt_unload offcpu && expect_fail "state=X" lt_load offcpu state=X
}

max_us() {
	load max_us=$((NAP_MS * 1000 - 50000)) && play max pipe || return
	expect_eq "hits above max_us" "$(hits_of max ts)" "" &&
		expect_in "held back" "$(stat_of offcpu ratcheted)" 1 &&
		expect_in "in the histogram" "$(series_count state=interruptible)" 1 &&
		param offcpu max_us 60000000 && play max pipe && delta max &&
		param offcpu max_us 0 && play max pipe && delta max
}

# stack_of NAME KIND-OF-STACK: frames of the stack of the nap's hit.
stack_of() {
	awk -v tid=" tid=${NAP[pid]} " -v head=" stack=$2" '
	/^seq=/ { ours = index($0, tid); on = 0; next }
	/^ stack=/ { on = $0 == head; next }
	ours && on { print $1 }' "$T_TMP/$1/hits"
}

stacks() {
	local kind
	load stack=1 || return
	for kind in timer pipe stop vfork; do
		play "stack$kind" "$kind" && delta "stack$kind" || return
		can_see_stacks || return
		stack_of "stack$kind" task | grep -Eq "^${INSIDE[$kind]}\+" && continue
		t_diag "$kind: not in ${INSIDE[$kind]}: $(stack_of "stack$kind" task | paste -sd' ')"
		return 1
	done
}

begin_stack() {
	local kind
	load begin_stack=1 || return
	for kind in pipe vfork; do
		play "begin$kind" "$kind" && delta "begin$kind" || return
		stack_of "begin$kind" begin | grep -Eq "^${INSIDE[$kind]}\+" && continue
		t_diag "$kind: not in ${INSIDE[$kind]}: $(stack_of "begin$kind" begin | paste -sd' ')"
		return 1
	done
}

for kind in "${KINDS[@]}"; do
	t_case "$kind: found, as long as it was, and no short nap" one_kind "$kind"
done
t_case "a task that has exited is not pending" exited
t_case "state=, words and letters, each nap or none" states
t_case "state=: what is no state is refused" bad_state
t_case "max_us: what is longer is not reported" max_us
t_case "stack=1: the stack of the task as it waits" stacks
t_case "begin_stack=1: the stack at each switch-out" begin_stack
t_run
