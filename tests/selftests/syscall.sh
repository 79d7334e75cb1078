#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# System calls of known length and fate (calls.c). Ground truth: the clock of who makes them, timers that
# are never early, and for fsync a disk that completes from one.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

CALL_MS=150
THRESHOLD_US=60000

FIELDS=(name delta_us tracker reason pid comm nr compat arg0 arg1 arg2 ret switches)
declare -A CALL NR
read_values NR < <(./calls numbers)

load() {
	lt_unload && lt_load syscall "threshold_us=$THRESHOLD_US" rate_limit_ms=0 comm=lt-calls "$@"
}

# play NAME WHAT [ARG]: what it says is in CALL, its hits are in a file.
play() {
	local dir=$T_TMP/$1
	mkdir -p "$dir"
	rm -f "$dir/hits"
	./calls "${@:2}" >"$dir/truth" || return
	hits_read "$dir/hits" && hits_list "$dir/hits" || return
	read_values CALL <"$dir/truth"
}

# hits_of NAME SYSCALL FIELD…: hits of that call of the process, in the time that it says.
hits_of() {
	hits_within "$T_TMP/$1/hits" "${CALL[pid]}" "${CALL[before]}" "${CALL[after]}" name "${@:3}" |
		sed -n "s/^$2\t//p"
}

series_count() {
	awk -v s="$1" '$1 == "series" && $2 == s { print $4 }' "$DEBUG/syscall/histogram"
}

# slow WHAT SYSCALL RET [ARG]: found, and as long as it was.
slow() {
	local delta
	load && play "$1" "$1" "${4:-$CALL_MS}" || return
	delta=$(hits_of "$1" "$2" delta_us)
	expect_re "the one hit of $2" "$delta" '[0-9]+\.[0-9]{3}' &&
		expect_in "delta" "${delta/./}" "${CALL[least]}" $((CALL[after] - CALL[before])) &&
		expect_eq "fields" "$(hits_of "$1" "$2" tracker reason pid comm nr compat ret | tr '\t' ,)" \
			"syscall,threshold,${CALL[pid]},lt-calls,${NR[$2]},0,$3" &&
		expect_re "arguments" "$(hits_of "$1" "$2" arg0 arg1 arg2 | tr '\t' ' ')" \
			'0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+'
}

slow_fsync() {
	mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=$((CALL_MS * MS)) \
		memory_backed=1 gb=1 bs=512 || return
	slow fsync fsync 0 /dev/nullb0 || return
	expect_in "delta" "$(hits_of fsync fsync delta_us | tr -d .)" $((CALL_MS * MS))
}

fast() {
	load syscalls=getppid && play fast getppid 1000 || return
	((CALL[after] - CALL[before] < THRESHOLD_US * US)) || t_skip "1000 calls took too long to say" || return
	expect_eq "hits of getppid" "$(grep -c ' name=getppid ' "$T_TMP/fast/hits")" 0 &&
		expect_eq "in the histogram" "$(series_count syscall=getppid)" 1000
}

arguments() {
	load threshold_us=1 syscalls=futex,nanosleep,read && play args futex 20 &&
		expect_eq "futex: operation, value, result" "$(hits_of args futex arg1 arg2 ret | tr '\t' ' ')" "0x0 0x0 -110" &&
		play args read 20 && expect_eq "read: length, result" "$(hits_of args read arg2 ret | tr '\t' ' ')" "0x1 1"
}

# begun COUNT WHAT [ARG]: what a run adds to the begins.
begun() {
	local before
	before=$(stat_of syscall begins)
	./calls "$@" >/dev/null || return
	echo $(($(stat_of syscall begins) - before))
}

by_name() {
	load syscalls=getppid || return
	expect_eq "by name" "$(begun getppid 50)" 50 &&
		param syscall syscalls "${NR[getppid]}" && expect_eq "by number" "$(begun getppid 50)" 50 &&
		param syscall syscalls "nanosleep,${NR[getpid]}" && expect_eq "others" "$(begun getppid 50)" 1 &&
		param syscall syscalls nanosleep,getppid,fsync && expect_eq "several" "$(begun getppid 50)" 50 &&
		param syscall syscalls "" && expect_in "all" "$(begun getppid 50)" 51 &&
		expect_in "turned away" "$(awk '$1 == "syscalls" { print $2 }' "$DEBUG/syscall/filters")" 50
}

bad_name() {
	local value status=0
	param syscall syscalls read || return
	for value in frobnicate 512 -1 1.5 read_ "$(printf 'x%.0s' {1..40})"; do
		klog_mark
		expect_fail "syscalls=read,$value" param syscall syscalls "read,$value" &&
			expect_eq "kernel log" "$(klog | grep -c "^latency_tracker_syscall: syscalls: 'read,$value' is not a list of system calls: '${value:0:32}' is none\$")" 1 &&
			expect_eq "syscalls" "$(param syscall syscalls)" read || status=1
	done
	lt_unload syscall && expect_fail "at load" lt_load syscall syscalls=raed || status=1
	return "$status"
}

# The number of getppid in 32-bit programs is that of another call in others.
compat() {
	local status
	load threshold_us=1 "syscalls=getppid,${NR[64]}" || return
	mkdir -p "$T_TMP/compat"
	./calls compat 20 >/dev/null
	status=$?
	((status != 4)) || t_skip "this kernel makes no 32-bit calls" || return
	((status == 0)) || return
	# The program asks in both ways, to compare.
	expect_eq "32-bit getppid" "$(series_count syscall=compat:getppid)" 20 &&
		expect_eq "64-bit getppid" "$(series_count syscall=getppid)" 20 &&
		expect_eq "${NR[64]}" "$(series_count "syscall=${NR[64]}")" "" && hits_read "$T_TMP/compat/hits" || return
	expect_eq "fields" "$(./records.py list "$T_TMP/compat/hits" name nr compat | grep getppid | sort -u | tr '\t\n' ' ;')" \
		"getppid ${NR[getppid]} 0;getppid 64 1;" &&
		load syscalls=getppid && expect_eq "by name, both" "$(begun compat 20)" 40 &&
		param syscall syscalls 64 && expect_eq "by number, 64-bit" "$(begun compat 20)" 0
}

interrupted() {
	load threshold_us=1 syscalls=nanosleep,rt_sigreturn && play intr interrupt || return
	expect_eq "nanosleep" "$(hits_of intr nanosleep ret)" -516 &&
		expect_eq "rt_sigreturn" "$(series_count syscall=rt_sigreturn)" 1 &&
		expect_re "its result" "$(hits_of intr rt_sigreturn ret)" '-?' &&
		wait_for 5 ledger_idle syscall
}

restarted() {
	local sum
	load threshold_us=1 syscalls=nanosleep,restart_syscall && play stop stop 2000 || return
	expect_eq "nanosleep" "$(hits_of stop nanosleep ret)" -516 &&
		expect_eq "restart_syscall" "$(hits_of stop restart_syscall ret)" 0 || return
	sum=$(($(hits_of stop nanosleep delta_us | tr -d .) + $(hits_of stop restart_syscall delta_us | tr -d .)))
	expect_in "both together" "$sum" 1 $((CALL[after] - CALL[before])) && ledger_idle syscall
}

# Nothing pends for ever: exits are no begin, and the thread that execs comes back with another tid.
leave() {
	load || return
	./calls leave >/dev/null || return
	if ! wait_for 5 ledger_idle syscall; then
		sed 's/^/# /' "$DEBUG/syscall/pending"
		return 1
	fi
	ledger syscall
	expect_eq "replaced" "${LEDGER[replaced]}" 0 &&
		expect_eq "begins" "${LEDGER[begins]}" $((LEDGER[matched] + LEDGER[cancelled])) &&
		load syscalls=exit,exit_group,execve &&
		expect_eq "2 execve, no exit" "$(begun leave) $(series_count syscall=execve)" "2 2" &&
		ledger_idle syscall
}

# stacks NAME KIND: frames of the stacks of that kind of the hits of write.
stacks() {
	awk -v head=" stack=$2" '
	/^seq=/ { ours = / name=write /; on = 0; next }
	/^ stack=/ { on = $0 == head; n += ours && on; next }
	ours && on { print $1 }
	END { print "stacks " n + 0 }' "$T_TMP/$1/hits"
}

# Its threshold is a third of what it takes, and it sleeps every fifteenth.
switches() {
	local n
	lt_unload && lt_load syscall threshold_us=50000 rate_limit_ms=0 comm=lt-calls begin_stack=1 syscalls=write &&
		play switch write "$CALL_MS" || return
	n=$(stacks switch switch | awk '$1 == "stacks" { print $2 }')
	t_diag "$(hits_of switch write switches) switches, $n stacks"
	expect_in "stacks" "$n" 1 3 &&
		expect_in "switches" "$(hits_of switch write switches)" "$n" &&
		expect_eq "of pipe_write()" "$(stacks switch switch | grep -Ec '^(anon_)?pipe_write\+')" "$n" &&
		load && play switch write "$CALL_MS" &&
		expect_eq "without begin_stack" "$(hits_of switch write switches) $(stacks switch switch)" "- stacks 0"
}

pending() {
	load timeout_us=50000 stack=1 syscalls=nanosleep && play pending sleep 500 || return
	expect_eq "hits" "$(hits_of pending nanosleep reason ret | tr '\t\n' ' ;')" "timeout -;threshold 0;" || return
	can_see_stacks || return
	expect_in "frames" "$(grep -Ec '^ (do|hrtimer)_nanosleep\+' "$T_TMP/pending/hits")" 1
}

has_bpf_link() {
	readlink "/proc/$1/fd/"* 2>/dev/null | grep -q bpf_link || is_gone "$1"
}

# Counts by system call of a process, which waits until both look on: but for the call that it waits in.
peer() {
	local pid peer i
	[[ -x $(command -v syscount-libbpf) ]] || t_skip "no syscount-libbpf" || return
	lt_unload && mkfifo "$T_TMP/gate" || return
	./calls gate 300 <"$T_TMP/gate" >/dev/null &
	pid=$!
	exec {GATE}>"$T_TMP/gate"
	wait_for 10 in_state "$pid" S && sleep 0.5
	syscount-libbpf -p "$pid" -T 500 >"$T_TMP/peer" 2>"$T_TMP/peer.err" &
	peer=$!
	wait_for 30 has_bpf_link "$peer"
	if is_gone "$peer"; then
		kill "$pid"
		t_skip "syscount: $(tail -n 1 "$T_TMP/peer.err")" || return
	fi
	sleep 1
	# Calls that come faster than histograms for new ones count as "other": have them all known.
	load || return
	for i in 1 2 3 4; do
		./calls gate 1 <<<go >/dev/null
		sleep 0.3
	done
	param syscall pid "$pid" && param syscall reset 1 || return
	echo >&"$GATE"
	exec {GATE}>&-
	wait "$pid" || t_diag "calls: $?"
	kill -INT "$peer"
	wait "$peer"
	awk '$2 ~ /^[0-9]+$/ && $1 !~ /:/ { print $1, $2 - ($1 == "read") }' "$T_TMP/peer" |
		awk '$2' | sort >"$T_TMP/theirs"
	awk '$1 == "series" && sub(/^syscall=/, "", $2) && $4 { print $2, $4 }' "$DEBUG/syscall/histogram" |
		sort >"$T_TMP/ours"
	t_diag "$(paste -sd' ' "$T_TMP/ours")"
	expect_eq "counts" "$(paste -sd' ' "$T_TMP/ours")" "$(paste -sd' ' "$T_TMP/theirs")" &&
		expect_eq "getppid" "$(series_count syscall=getppid)" 300
}

t_case "nanosleep: found, as long as it was" slow sleep nanosleep 0
t_case "read of a pipe: found, as long as it was" slow read read 1
t_case "futex: found, as long as it was" slow futex futex -110
t_case "fsync of a slow disk: found, as long as it was" slow_fsync
t_case "none of 1000 fast ones is a hit, each is counted" fast
t_case "arguments and results" arguments
t_case "syscalls=, by name and by number" by_name
t_case "syscalls=: what is none is refused by name" bad_name
t_case "32-bit calls are told from 64-bit ones" compat
t_case "a call that a handled signal ends, and the return from the handler" interrupted
t_case "a call that is stopped and restarted" restarted
t_case "exit, kill and exec leave nothing behind" leave
t_case "begin_stack=1: stacks of the switches past the threshold, bounded" switches
t_case "timeout_us: where it sleeps" pending
t_case "the same counts as syscount" peer
t_run
