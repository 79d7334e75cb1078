#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Hits as trace events: the tracepoint and the synthetic event say what the record says.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

INSTANCE=$TRACEFS/instances/lt-selftest

# CONFIG_SYNTH_EVENTS, which Debian's 5.10 is without.
has_synthetic() {
	[[ -e $TRACEFS/synthetic_events ]]
}

devices() {
	brd_load 1 16 && dm_delay lt-slow /dev/ram0 200
}

events_exist() {
	lt_load block threshold_us=20000 rate_limit_ms=0 comm=dd || return
	[[ -e $TRACEFS/events/latency_tracker/latency_tracker_hit/enable ]] ||
		{ t_diag "no event latency_tracker:latency_tracker_hit"; return 1; }
	! has_synthetic || [[ -e $TRACEFS/events/synthetic/latency_hit/enable ]] ||
		{ t_diag "no event synthetic:latency_hit"; return 1; }
}

silent_while_off() {
	mkdir "$INSTANCE" && t_undo rmdir "$INSTANCE" || return
	slow_read || return
	expect_eq "events while disabled" "$(grep -cv '^#' "$INSTANCE/trace")" 0
}

slow_read() {
	dd if=/dev/mapper/lt-slow of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null
}

fire() {
	echo mono >"$INSTANCE/trace_clock"
	echo 1 >"$INSTANCE/events/latency_tracker/latency_tracker_hit/enable" || return
	t_undo sh -c "echo 0 >$INSTANCE/events/latency_tracker/latency_tracker_hit/enable"
	! has_synthetic || echo 1 >"$TRACEFS/events/synthetic/latency_hit/enable" || return
	slow_read || return
	hits_read "$T_TMP/all" || return
	# The first is from before.
	grep -v '^seq=0 ' "$T_TMP/all" >"$T_TMP/hits"
	grep latency_tracker_hit: "$INSTANCE/trace" >"$T_TMP/event"
	expect_eq "records" "$(hits_count "$T_TMP/hits")" 1 &&
		expect_eq "events" "$(wc -l <"$T_TMP/event")" 1 || return
	has_synthetic || return 0
	grep latency_hit: "$TRACEFS/trace" >"$T_TMP/synth"
	echo 0 >"$TRACEFS/events/synthetic/latency_hit/enable"
	expect_eq "synthetic events" "$(wc -l <"$T_TMP/synth")" 1
}

# of FILE NAME: a name=value of a line.
of() {
	sed -n "s/.*[ :]$2=\([^ ]*\).*/\1/p" "$1" | head -n 1
}

delta_ns() {
	local us
	us=$(sed -n 's/^seq=.* delta_us=\([0-9.]*\) .*/\1/p' "$T_TMP/hits")
	echo "$((10#${us/./}))"
}

tracepoint_says_so() {
	local seq
	seq=$(sed -n 's/^seq=\([0-9]*\) .*/\1/p' "$T_TMP/hits")
	expect_eq "seq" "$(of "$T_TMP/event" seq)" "$seq" &&
		expect_eq "tracker" "$(of "$T_TMP/event" tracker)" block &&
		expect_eq "reason" "$(of "$T_TMP/event" reason)" threshold &&
		expect_eq "delta_ns" "$(of "$T_TMP/event" delta_ns)" "$(delta_ns)" &&
		expect_eq "comm" "$(of "$T_TMP/event" comm)" dd &&
		expect_eq "sector" "$(of "$T_TMP/event" sector)" 0
}

synthetic_says_so() {
	has_synthetic || t_skip "this kernel has no synthetic events" || return
	expect_eq "seq" "$(of "$T_TMP/synth" seq)" "$(of "$T_TMP/event" seq)" &&
		expect_eq "tracker" "$(of "$T_TMP/synth" tracker)" block &&
		expect_eq "delta_ns" "$(of "$T_TMP/synth" delta_ns)" "$(delta_ns)" &&
		expect_eq "task" "$(of "$T_TMP/synth" task)" dd
}

# The clock of the event is that of the record: it fires between the end and the next line.
same_clock() {
	local event ts
	event=$(sed -n 's/.* \([0-9]*\)\.\([0-9]\{6\}\): latency_tracker_hit:.*/\1\2/p' "$T_TMP/event")
	ts=$(sed -n 's/^seq=.* ts=\([0-9]*\)\.\([0-9]\{6\}\).*/\1\2/p' "$T_TMP/hits")
	expect_in "us from the end of the operation to the event" "$((10#$event - 10#$ts))" -1 1000000
}

gone_after_unload() {
	echo 0 >"$INSTANCE/events/latency_tracker/latency_tracker_hit/enable"
	lt_unload || return
	[[ ! -e $TRACEFS/events/latency_tracker && ! -e $TRACEFS/events/synthetic/latency_hit ]] ||
		{ t_diag "events are left after the modules have gone"; return 1; }
}

t_case "a device that answers after 200 ms" devices
t_case "the events are there" events_exist
t_case "nothing while they are disabled" silent_while_off
t_case "each fires once for a hit" fire
t_case "the tracepoint says what the record says" tracepoint_says_so
t_case "the synthetic event says what the record says" synthetic_says_so
t_case "the trace's clock is the record's" same_clock
t_case "the events go with the modules" gone_after_unload
t_run
