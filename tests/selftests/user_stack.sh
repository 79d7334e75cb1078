#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# user_stack=1: the stack in user space of who sleeps, calls and reads (callers.c). Ground truth: where the program says
# that its functions lie, and their names.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

DISK=/dev/nullb0
READ_NS=5000000
declare -A SAYS

# The program is told to do a round by a byte, and answers with a line.
start() {
	mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec="$READ_NS" gb=1 &&
		mkfifo "$T_TMP/go" "$T_TMP/says" || return
	./callers "$DISK" <"$T_TMP/go" >"$T_TMP/says" &
	CALLERS=$!
	t_undo kill "$CALLERS"
	exec {GO}>"$T_TMP/go" {SAID}<"$T_TMP/says"
	read_values SAYS < <(head -n 3 <&"$SAID")
	expect_eq "pid" "${SAYS[pid]}" "$CALLERS"
}

# rounds NAME PROBE PARAMETER…: three of them; their hits are in a file.
rounds() {
	local i line
	lt_unload && lt_load "$2" threshold_us=2000 rate_limit_ms=0 comm=lt-callers user_stack=1 "${@:3}" || return
	for i in 1 2 3; do
		printf . >&"$GO"
		read -r -t 20 line <&"$SAID"
		expect_eq "answer in round $i" "$line" "done" || return
	done
	hits_read "$T_TMP/$1" && expect_in "hits" "$(hits_count "$T_TMP/$1")" 3
}

# user_frames FILE: how many stacks in user space there are, and how many of them have, in this order, an innermost
# frame elsewhere and then one of our functions: the one that called the one that waits.
user_frames() {
	local line n=0 good=0 frame=-1
	while IFS= read -r line; do
		case $line in
		" stack=user") ((frame = 0, ++n)) ;;
		" 0x"*)
			((frame < 0)) && continue
			((line > SAYS[from] && line < SAYS[to] && frame == 1)) && ((++good))
			((++frame))
			;;
		*) frame=-1 ;;
		esac
	done <"$1"
	echo "$n $good"
}

# stacks_of NAME LEAST: all hits have a stack, and so many or more that of our functions; what the command line makes of
# them, which has names for functions as long as the process lives. The wait for the next byte may be a hit, too:
# without the kernel's functions where that gives none.
stacks_of() {
	local all good file=$T_TMP/$1 folded=$T_TMP/$1.folded wait=pipe_read
	can_see_stacks || wait+='|;read [0-9]+$'
	read -r all good < <(user_frames "$file")
	expect_eq "stacks" "$all" "$(hits_count "$file")" && expect_in "with our function in the right place" "$good" "$2" &&
		latency-tracker stacks --folded -i "$file" >"$folded" || return
	grep -Ev ";main;callers_outer;[^;]*syscall[^;]*(;.*)? [0-9]+\$|$wait" "$folded" >"$T_TMP/else" || return 0
	t_diag "not as expected:"
	sed 's/^/# /' "$T_TMP/else"
	return 1
}

# Where it sleeps and where it waits for the disk are both off the CPU.
offcpu() {
	rounds offcpu offcpu stack=1 || return
	if ! can_see_stacks; then
		lt_unload && rounds offcpu offcpu begin_stack=1 || return
	fi
	stacks_of offcpu 6 && expect_in "of the sleep" "$(grep -c 'callers_outer;.*nanosleep' "$T_TMP/offcpu.folded")" 1 &&
		expect_in "of the read" "$(grep -c 'callers_outer;.*\(direct\|dio\)' "$T_TMP/offcpu.folded")" 1
}

# The stack is of the end, which is where the call came from.
calls() {
	rounds syscall syscall syscalls=nanosleep,pread64 && stacks_of syscall 6 &&
		expect_eq "hits, two a round" "$(hits_count "$T_TMP/syscall")" 6
}

disk() {
	rounds block block dev="${DISK##*/}" stack=1 && stacks_of block 3 &&
		expect_eq "hits, one a round" "$(hits_count "$T_TMP/block")" 3
}

# Nobody can say any more what was where: the time is still there.
gone() {
	local folded
	kill "$CALLERS"
	wait_for 5 is_gone "$CALLERS" || return
	folded=$(latency-tracker stacks --folded -k user -i "$T_TMP/syscall") &&
		expect_re "folded" "$folded" 'lt-callers(;\[unknown\])+ [0-9]+'
}

# The thread that drives RCU, which often sleeps; its name tells whether the kernel can be preempted.
rcu_thread() {
	cat /proc/[0-9]*/comm 2>/dev/null | grep -Exm1 'rcu_(preempt|sched)'
}

# A kernel thread has none, and hits without are not empty.
kernel_threads() {
	lt_unload && lt_load offcpu threshold_us=2000 rate_limit_ms=0 "comm=$(rcu_thread)" user_stack=1 begin_stack=1 || return
	wait_for 20 hits_come && hits_read "$T_TMP/kernel" &&
		expect_eq "stacks in user space" "$(user_frames "$T_TMP/kernel")" "0 0"
}

hits_come() {
	(($(stat_of offcpu hits) > 2))
}

t_case "a program waits in functions of known name" start
t_case "offcpu: who called what sleeps and reads" offcpu
t_case "syscall: where the call comes from" calls
t_case "block: who called what reads" disk
t_case "a process that is gone: no names" gone
t_case "a kernel thread has no such stack" kernel_threads
t_run
