#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Softirqs that are held up. Ground truth, so that a slow machine does not matter:
#   lt_hold disables softirqs on a CPU for a known time, and says when it raised a tasklet and
#     when and where that ran
#   the kernel's own trace of the same softirqs, taken just before and just after the probe's look at the
#     clock, says which are slow (softirq_witness.py)
#   /proc/softirqs counts the runs
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

HOLD_MS=150
THRESHOLD_US=20000
ROUNDS=4
CPU=$(last_cpu)
HOLD=/sys/module/lt_hold/parameters/hold

need() {
	(($(nproc) > 1)) || t_skip "needs two CPUs" || return
	modprobe lt_hold || return
	t_undo rmmod lt_hold
}

# hold MODE MS: sets what really happened.
hold() {
	local times
	echo "$1 $CPU $2" >"$HOLD" && times=$(cat "$HOLD") || return
	# shellcheck disable=SC2034 # not all are used by all
	read -r FROM RAISE RAISED UNTIL RAN RAN_CPU RAN_IN <<<"$times"
	expect_eq "CPU of the tasklet" "$RAN_CPU" "$CPU"
}

# witness NAME: an instance of ftrace that traces softirqs.
witness() {
	local dir=$TRACEFS/instances/lt-selftest-$1
	mkdir "$dir" || return
	t_undo rmdir "$dir"
	echo mono >"$dir/trace_clock" && echo 8192 >"$dir/buffer_size_kb" || return
	for event in raise entry exit; do
		echo 1 >"$dir/events/irq/softirq_$event/enable" || return
	done
}

# What they saw goes to NAME.a and NAME.b.
witnesses_end() {
	local w
	echo 0 >"$TRACEFS/instances/lt-selftest-a/tracing_on"
	echo 0 >"$TRACEFS/instances/lt-selftest-b/tracing_on"
	for w in a b; do
		cp "$TRACEFS/instances/lt-selftest-$w/trace" "$T_TMP/$1.$w" &&
			rmdir "$TRACEFS/instances/lt-selftest-$w" || return
	done
}

# witnesses_say NAME THRESHOLD_US
witnesses_say() {
	./softirq_witness.py "$T_TMP/$1" $(($2 * US)) "$T_TMP/$1.a" "$T_TMP/$1.b" >"$T_TMP/$1.witness" ||
		{ cat "$T_TMP/$1.witness"; return 1; }
	t_diag "$(paste -sd' ' "$T_TMP/$1.witness")"
}

# witness_value NAME FIELD
witness_value() {
	awk -v f="$2" '$1 == f { print $2 }' "$T_TMP/$1.witness"
}

# between NAME FROM TO FIELD…: fields of the hits of a vector that began between two times.
between() {
	./records.py list "$T_TMP/hits" name begin cpu_begin "${@:4}" |
		awk -F'\t' -v name="$1" -v from="$2" -v to="$3" -v cpu="$CPU" '
		{ begin = $2; sub(/[.]/, "", begin) }
		$1 == name && begin + 0 >= from && begin + 0 <= to && $3 == cpu' | cut -f 4-
}

rounds() {
	local i
	witness a && lt_load softirq threshold_us="$THRESHOLD_US" rate_limit_ms=0 && witness b || return
	for ((i = 1; i <= ROUNDS; i++)); do
		hold bh "$HOLD_MS" || return
		echo "$FROM $RAISE $RAISED $UNTIL $RAN $RAN_IN" >"$T_TMP/truth.$i"
	done
	taskset -c "$CPU" ./hog spin 300 && witnesses_end hits && hits_read "$T_TMP/hits"
}

each_round() {
	local i
	for ((i = 1; i <= ROUNDS; i++)); do
		read -r FROM RAISE RAISED UNTIL RAN RAN_IN <"$T_TMP/truth.$i"
		"$@" || { t_diag "in round $i"; return 1; }
	done
}

syntax() {
	./records.py check "$T_TMP/hits" >"$T_TMP/syntax" || { cat "$T_TMP/syntax"; return 1; }
	expect_re "records" "$(cat "$T_TMP/syntax")" "records [0-9]+ lost 0"
}

# Raised in the middle of the section, it could not be entered before the end of it.
tasklet() {
	local hits raise run
	hits=$(between TASKLET "$RAISE" "$RAISED" raise_us run_us)
	expect_re "the one hit of the tasklet" "$hits" '[0-9]+\.[0-9]{3}	[0-9]+\.[0-9]{3}' || return
	read -r raise run <<<"$hits"
	t_diag "raise to entry ${raise/./} ns, the rest of the hold was $((UNTIL - RAISED)) ns"
	expect_in "raise to entry" "${raise/./}" $((UNTIL - RAISED)) $((RAN - RAISE)) &&
		expect_in "raise to exit" $((10#${raise/./} + 10#${run/./})) $((RAN - RAISED))
}

tasklet_fields() {
	expect_eq "fields" "$(between TASKLET "$RAISE" "$RAISED" tracker reason vec cpu_end in threshold_us)" \
		"softirq	threshold	6	$CPU	task	$THRESHOLD_US.000" &&
		expect_re "who" "$(between TASKLET "$RAISE" "$RAISED" comm)" 'kworker/.*'
}

# Each tick in the section raises TIMER: the first counts and the others are no hits of their own.
twice() {
	local hits
	hits=$(between TIMER "$FROM" $((UNTIL - THRESHOLD_US * US)) begin)
	TIMERS=$((TIMERS + $(grep -c . <<<"$hits")))
	expect_in "hits of TIMER" "$(grep -c . <<<"$hits")" 0 1
}

raised_again() {
	TIMERS=0
	each_round twice && expect_in "rounds with a tick" "$TIMERS" 1
}

judged() {
	witnesses_say hits "$THRESHOLD_US" &&
		expect_in "slow runs" "$(witness_value hits slow)" "$ROUNDS" &&
		expect_in "late ones" "$(witness_value hits late)" "$ROUNDS"
}

# In a busy system, with a limit that many are above of and many below.
load() {
	local limit=2000
	# On a slow kernel there are more hits than the ring has by itself.
	lt_unload && witness a && lt_core hits=16384 &&
		lt_load softirq threshold_us="$limit" rate_limit_ms=0 && witness b || return
	ping -q -f -c 300 127.0.0.1 >/dev/null &
	taskset -c "$CPU" ./hog spin 500
	wait $!
	hold bh 20 && hold task 0 && hold irq 0 || return
	witnesses_end load && hits_read "$T_TMP/load" && witnesses_say load "$limit" &&
		expect_in "runs" "$(witness_value load runs)" 300 &&
		expect_in "slow ones" "$(witness_value load slow)" 1 $(($(witness_value load runs) - 1)) &&
		expect_in "of which the trace cannot tell" "$(witness_value load unsure)" 0 \
			$(($(witness_value load runs) / 10))
}

proc_softirqs() {
	awk 'NR > 1 { for (i = 2; i <= NF; i++) n += $i } END { print n }' /proc/softirqs
}

# Ends with a begin and without one: each is a run.
ended() {
	ledger softirq
	echo $((LEDGER[matched] + LEDGER[orphan_ends]))
}

# A run is counted by the kernel when it is entered and by the probe at its exit: one on each CPU is between.
counts() {
	local outer inner from to cpus
	cpus=$(nproc)
	lt_unload && lt_load softirq threshold_us=1000000000 || return
	outer=$(proc_softirqs) from=$(ended) inner=$(proc_softirqs)
	ping -q -f -c 1000 127.0.0.1 >/dev/null
	inner=$(($(proc_softirqs) - inner)) to=$(ended)
	outer=$(($(proc_softirqs) - outer))
	t_diag "runs: $((to - from)), /proc/softirqs: $inner..$outer, $(sed -n '/orphan_ends/p;/cancelled/p;/in_flight/p' "$DEBUG/softirq/stats" | paste -sd' ')"
	expect_in "runs" $((to - from)) $((inner - cpus)) $((outer + cpus)) || return
	ledger softirq
	# Those that had been raised when the module came.
	expect_in "ends without a begin" "${LEDGER[orphan_ends]}" 0 $((10 * cpus)) &&
		expect_eq "dropped" "$((LEDGER[dropped_full] + LEDGER[dropped_busy] + LEDGER[replaced]))" 0 &&
		expect_eq "hits" "${LEDGER[hits]}" 0
}

# The histograms by vector: their sum is the total, once nothing comes any more.
by_vector() {
	param softirq enabled 0 && wait_for 10 ledger_idle softirq || return
	awk '
	$1 == "series" && $2 == "total" { total = $4 }
	$1 == "series" && $2 ~ /^vector=/ { sum += $4; name[substr($2, 8)] = $4 }
	END { exit !(total && sum == total && name["NET_RX"] >= 1000) }' "$DEBUG/softirq/histogram" ||
		{ grep ^series "$DEBUG/softirq/histogram"; return 1; }
}

filter_vectors() {
	lt_unload && lt_load softirq threshold_us=1 rate_limit_ms=0 vectors=TASKLET,HI || return
	hold bh 20 && ping -q -f -c 20 127.0.0.1 >/dev/null && hits_read "$T_TMP/filter" || return
	expect_eq "names" "$(./records.py list "$T_TMP/filter" name | sort -u | grep -v '^HI$')" TASKLET || return
	param softirq enabled 0
	ledger softirq
	expect_in "filtered" "${LEDGER[filtered]}" 20 &&
		expect_eq "by vectors" "$(awk '$1 == "vectors" { print $2 }' "$DEBUG/softirq/filters")" \
			"${LEDGER[filtered]}" &&
		param softirq enabled 1
}

# where MODE TRIES: where the tasklet ran; what the hits say is compared with it later.
where() {
	local i
	for ((i = 0; i < $2; i++)); do
		hold "$1" 0 && echo "$1 $RAISE $RAISED $RAN_IN" >>"$T_TMP/where" || return
	done
}

contexts() {
	local wrong
	where irq 5 && where task 20 && hits_read "$T_TMP/in" || return
	./records.py list "$T_TMP/in" name begin in >"$T_TMP/in.list" || return
	wrong=$(awk '
	NR == FNR { begin = $2; sub(/[.]/, "", begin); if ($1 == "TASKLET") { at[++n] = begin + 0; in_[n] = $3 }; next }
	$4 == "softirq" { next }
	{
		got = ""
		for (i = 1; i <= n; i++)
			if (at[i] >= $2 && at[i] <= $3)
				got = got in_[i]
		if (got != $4)
			print $0 ": " got
	}' "$T_TMP/in.list" "$T_TMP/where")
	expect_eq "where it ran and what the hits say" "$wrong" "" || return
	t_diag "where: $(cut -d' ' -f 1,4 "$T_TMP/where" | sort | uniq -c | tr -s ' \n' ' ')"
	if is_rt; then
		# No interrupt runs softirqs there.
		expect_eq "in the tail of an interrupt" "$(grep -c ' irq$' "$T_TMP/where")" 0
	else
		expect_in "raised by an interrupt, in its tail" "$(grep -c '^irq .* irq$' "$T_TMP/where")" 1
	fi && expect_in "raised by a task, in ksoftirqd" "$(grep -c '^task .* ksoftirqd$' "$T_TMP/where")" 1
}

refuses() {
	local bad
	for bad in tasklet NET TASKLET,,HI "TASKLET HI" 3; do
		expect_fail "vectors=$bad" param softirq vectors "$bad" || return
		expect_eq "vectors" "$(param softirq vectors)" TASKLET,HI || return
	done
	klog | grep -q "vectors: '3' is not a list of HI, TIMER" || { t_diag "no word in the log"; return 1; }
	param softirq vectors NET_RX,RCU && expect_eq "vectors" "$(param softirq vectors)" NET_RX,RCU &&
		param softirq vectors "" && lt_unload &&
		expect_fail "vectors=FOO at load" lt_load softirq vectors=FOO
}

t_case "two CPUs, and a module that holds up softirqs" need
t_case "$ROUNDS rounds: softirqs held up for $HOLD_MS ms, and a real-time hog" rounds
t_case "syntax of the records" syntax
t_case "one hit of the tasklet, from its raise to the end of the hold" each_round tasklet
t_case "fields of that hit" each_round tasklet_fields
t_case "raised again before it runs: one hit" raised_again
t_case "every slow run is a hit and no other, as the kernel's trace says" judged
t_case "under load, too" load
t_case "runs counted as in /proc/softirqs" counts
t_case "histograms by vector" by_vector
t_case "vectors= sees these only" filter_vectors
t_case "in= says where it ran" contexts
t_case "vectors= refuses what is no name" refuses
t_run
