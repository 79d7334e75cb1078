#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A real-time task holds a CPU for 200 ms; a normal task woken meanwhile has to wait for the rest of
# it. Ground truth: the clock of those who took part (hog.c), and the scheduler's own tracepoints.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

HOG_MS=200
WAKE_MS=50
THRESHOLD_US=20000
ROUNDS=4
CPU=$(last_cpu)
INSTANCE=$TRACEFS/instances/lt-selftest-$$

FIELDS=(seq ts tracker reason delta_us pid comm prio policy waker_pid waker_comm waker_cpu cpu_begin cpu_end
	prev_pid prev_comm prev_prio prev_ran_us)
declare -A ROUND

need_two_cpus() {
	(($(nproc) > 1)) || t_skip "needs two CPUs" || return
	mkdir "$INSTANCE" || return
	t_undo rmdir "$INSTANCE"
	echo mono >"$INSTANCE/trace_clock"
	echo 1 >"$INSTANCE/events/sched/sched_switch/enable"
	echo 1 >"$INSTANCE/events/sched/sched_waking/enable"
}

# play NUMBER [THRESHOLD_US]: one round; its hits, the trace and what hog says are in files.
play() {
	local dir=$T_TMP/$1
	mkdir -p "$dir"
	lt_unload && lt_load wakeup "threshold_us=${2:-$THRESHOLD_US}" rate_limit_ms=0 || return
	echo >"$INSTANCE/trace"
	./hog "$CPU" "$HOG_MS" "$WAKE_MS" >"$dir/truth" || return
	hits_read "$dir/hits" && hits_list "$dir/hits" || return
	cp "$INSTANCE/trace" "$dir/trace"
	read_truth "$1"
}

# What really happened in a round, in ROUND.
read_truth() {
	read_values ROUND <"$T_TMP/$1/truth"
}

# The victim's hits for that wake-up (it may have waited for others before): fields, one line for each.
victim_hits() {
	hits_within "$T_TMP/$1/hits" "${ROUND[victim_pid]}" "${ROUND[wake_before]}" "${ROUND[wake_after]}" "${@:2}"
}

# A busy machine may wake the victim too late for the hog: then there is nothing to be seen.
rounds() {
	local i try
	for ((i = 1; i <= ROUNDS; i++)); do
		for try in 1 2 3; do
			play "$i" || return
			((ROUND[wake_after] >= ROUND[hog_end])) || break
			t_diag "round $i, try $try: the waker was held up beyond the hog"
		done
		expect_in "wake-up during the hog" "${ROUND[wake_after]}" "${ROUND[hog_start]}" \
			"${ROUND[hog_end]}" || return
	done
}

each_round() {
	local i
	for ((i = 1; i <= ROUNDS; i++)); do
		read_truth "$i"
		"$@" "$i" || { t_diag "in round $i"; return 1; }
	done
}

syntax() {
	./records.py check "$T_TMP/$1/hits" >"$T_TMP/syntax" || { cat "$T_TMP/syntax"; return 1; }
}

# The wait began with the wake-up and could not end before the hog did.
delta() {
	local hits delta
	hits=$(victim_hits "$1" delta_us)
	expect_re "the one hit of the victim" "$hits" '[0-9]+\.[0-9]{3}' || return
	delta=${hits/./}
	t_diag "waited $delta ns, the hog's rest was $((ROUND[hog_end] - ROUND[wake_after])) ns"
	expect_in "delta" "$delta" $((ROUND[hog_end] - ROUND[wake_after])) \
		$((ROUND[victim_ran] - ROUND[wake_before]))
}

when() {
	expect_in "ts" "$(victim_hits "$1" ts | tr -d .)" "${ROUND[hog_end]}" "${ROUND[victim_ran]}"
}

who() {
	expect_eq "fields" \
		"$(victim_hits "$1" tracker reason pid comm prio policy waker_pid waker_comm \
			waker_cpu cpu_begin cpu_end | tr '\t' ,)" \
		"wakeup,threshold,${ROUND[victim_pid]},lt victim,120,normal,${ROUND[waker_pid]},lt-waker,${ROUND[waker_cpu]},${ROUND[waker_cpu]},$CPU"
}

# Who had the CPU before the victim, by the kernel's own tracepoint: "pid comm prio". It may lose the CPU later and
# come back: what counts is the first time after it was woken.
trace_prev() {
	awk -v from="${ROUND[wake_before]}" -v next_pid=" next_pid=${ROUND[victim_pid]} " '
	/ sched_switch: / && index($0, next_pid) {
		match($0, /[0-9]+\.[0-9]+: sched_switch/)
		if (substr($0, RSTART) * 1e9 >= from - 1000) {
			print
			exit
		}
	}' "$T_TMP/$1/trace" |
		sed 's/.*sched_switch: prev_comm=\(.*\) prev_pid=\([0-9]*\) prev_prio=\([0-9]*\) .*/\2 \1 \3/'
}

prev() {
	local trace
	trace=$(trace_prev "$1")
	[[ $trace != *" lt-hog "* ]] || HOG_SEEN=$((HOG_SEEN + 1))
	expect_eq "prev_pid, prev_comm, prev_prio" \
		"$(victim_hits "$1" prev_pid prev_comm prev_prio | tr '\t' ' ')" "$trace"
}

# Another task may have waited longer for the CPU than the victim, but hardly each time; with PREEMPT_RT the
# threads of interrupts and timers go before both of them.
prev_is_hog() {
	local least=1
	! is_rt || least=0
	HOG_SEEN=0
	each_round prev && expect_in "rounds in which the hog held the CPU until the victim got it" \
		"$HOG_SEEN" "$least"
}

# Switches on the CPU while the hog ran.
hog_interrupted() {
	awk -v cpu="$(printf '[%03d]' "$CPU")" -v from="${ROUND[hog_start]}" -v to="${ROUND[hog_end]}" '
	/ sched_switch: / && index($0, cpu) {
		match($0, /[0-9]+\.[0-9]+: sched_switch/)
		t = substr($0, RSTART) * 1e9
		if (t > from && t < to)
			n++
	}
	END { exit !n }' "$T_TMP/$1/trace"
}

prev_ran() {
	local ran comm
	IFS=$'\t' read -r ran comm < <(victim_hits "$1" prev_ran_us prev_comm)
	expect_re "prev_ran_us" "$ran" '[0-9]+\.[0-9]{3}' || return
	if [[ $comm != lt-hog ]] || hog_interrupted "$1"; then
		t_diag "round $1: the hog did not run to its end in one go"
		return 0
	fi
	# The scheduler's clock runs on its own: it may differ by a thousandth.
	expect_in "prev_ran_us" "${ran/./}" $(((ROUND[hog_end] - ROUND[hog_start]) * 999 / 1000)) \
		$(((ROUND[victim_ran] - ROUND[hog_released]) * 1001 / 1000))
}

prev_ran_each() {
	[[ -e /proc/self/schedstat ]] || t_skip "a kernel without CONFIG_SCHED_INFO" || return
	each_round prev_ran
}

above() {
	play above 60000000 &&
		expect_in "the whole round, below the threshold" \
			$((ROUND[victim_ran] - ROUND[hog_released])) 0 $((60 * SEC)) &&
		expect_eq "hits of the victim" "$(victim_hits above seq)" "" &&
		expect_eq "hits" "$(stat_of wakeup hits)" 0
}

# A filter by name sees only the victim, one by process only others.
filter_comm() {
	lt_unload && lt_load wakeup threshold_us="$THRESHOLD_US" rate_limit_ms=0 'comm="lt victim"' || return
	mkdir -p "$T_TMP/comm"
	./hog "$CPU" "$HOG_MS" "$WAKE_MS" >"$T_TMP/comm/truth" && hits_read "$T_TMP/comm/hits" &&
		hits_list "$T_TMP/comm/hits" || return
	read_truth comm
	((ROUND[wake_after] < ROUND[hog_end])) || t_skip "the waker was held up beyond the hog" || return
	expect_eq "names" "$(./records.py list "$T_TMP/comm/hits" comm | sort -u)" "lt victim" &&
		expect_eq "hits of the victim" "$(victim_hits comm seq | wc -l)" 1 &&
		expect_in "turned away" "$(stat_of wakeup filtered)" 1
}

filter_pid() {
	lt_unload && lt_load wakeup threshold_us=1 rate_limit_ms=0 pid=$$ || return
	mkdir -p "$T_TMP/pid"
	./hog "$CPU" 50 10 >"$T_TMP/pid/truth" && sleep 0.2 && hits_read "$T_TMP/pid/hits" || return
	read_truth pid
	expect_re "processes" "$(./records.py list "$T_TMP/pid/hits" pid | sort -u)" "$$|" &&
		expect_in "turned away" "$(stat_of wakeup filtered)" 1
}

t_case "two CPUs, and the scheduler's tracepoints as witness" need_two_cpus
t_case "$ROUNDS rounds: a wake-up behind a hog of $HOG_MS ms" rounds
t_case "syntax of the records" each_round syntax
t_case "one hit that begins with the wake-up, delta is the rest of the hog's time" each_round delta
t_case "ts is the switch" each_round when
t_case "victim and waker" each_round who
t_case "prev_* is who held the CPU, as sched_switch says" prev_is_hog
t_case "prev_ran_us is how long the hog ran" prev_ran_each
t_case "threshold above it: no hit" above
t_case "comm= sees the victim only" filter_comm
t_case "pid= sees that process only" filter_pid
t_run
