#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Operations that do not end: hit while they are pending, seen in the list, hit again when they end.
# Ground truth: a device that answers after 6 s, and a task that is known to sleep in it.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

DELAY_MS=6000
TIMEOUT_US=400000

devices() {
	brd_load 1 16 && dm_delay lt-stuck /dev/ram0 "$DELAY_MS" && DEV=$(dev_number /dev/mapper/lt-stuck)
}

load() {
	lt_load block threshold_us=1000000 timeout_us="$TIMEOUT_US" stack=1 rate_limit_ms=0
}

# of_device FILE REASON: records of the slow device with that reason.
of_device() {
	hits_count "$1" "/ dev=$DEV / && / reason=$2 /"
}

begin() {
	./reader open=nonblock drain=/dev/null >/dev/null
	dd if=/dev/mapper/lt-stuck of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &
	STUCK=$!
	wait_for 30 is_pending
}

is_pending() {
	grep -q " dev=$DEV " "$DEBUG/block/pending"
}

timed_out() {
	[[ $(stat_of block timed_out) -ge 1 ]]
}

while_pending() {
	wait_for 30 timed_out || return
	hits_read "$T_TMP/pending" || return
	is_pending || { t_diag "the operation has ended already"; return 1; }
	expect_eq "hits by timeout" "$(of_device "$T_TMP/pending" timeout)" 1 &&
		expect_eq "hits by threshold" "$(of_device "$T_TMP/pending" threshold)" 0
}

listed() {
	local line
	line=$(grep " dev=$DEV " "$DEBUG/block/pending") || { t_diag "not in the list"; return 1; }
	expect_re "tid in the list" "$(sed -n 's/.* tid=\([0-9]*\) .*/\1/p' <<<"$line")" "$STUCK" &&
		expect_eq "in_flight" "$(stat_of block in_flight)" 1
}

# The record of the timeout, with its stack.
timeout_record() {
	awk -v dev=" dev=$DEV " '/^seq=/ { on = index($0, dev) && / reason=timeout / } on' "$T_TMP/pending"
}

right_stack() {
	timeout_record >"$T_TMP/record"
	can_see_stacks || return
	grep -q '^ stack=task$' "$T_TMP/record" || { t_diag "no stack of the task"; return 1; }
	# dd sleeps in the direct read that it has submitted, in io_schedule().
	if ! grep -qE '^ (io_schedule|__iomap_dio_rw|blkdev_direct_IO|__blkdev_direct_IO|submit_bio_wait)' "$T_TMP/record"; then
		t_diag "not the stack of a direct read:"
		t_diag "$(tr '\n' ';' <"$T_TMP/record")"
		return 1
	fi
}

right_age() {
	local us
	us=$(sed -n 's/^seq=.* delta_us=\([0-9]*\)\..*/\1/p' "$T_TMP/record")
	expect_in "age at the hit, us" "$us" "$TIMEOUT_US" $((DELAY_MS * 1000 + 60000000))
}

again_at_the_end() {
	wait "$STUCK"
	hits_read "$T_TMP/end" || return
	expect_eq "hits by threshold after the end" "$(of_device "$T_TMP/end" threshold)" 1 &&
		expect_eq "timed out once" "$(stat_of block timed_out)" 1
}

same_operation() {
	local a b
	a=$(awk -v dev=" dev=$DEV " 'index($0, dev) && / reason=timeout /' "$T_TMP/pending" |
		sed 's/.* begin=\([0-9.]*\) .*/\1/')
	b=$(awk -v dev=" dev=$DEV " 'index($0, dev) && / reason=threshold /' "$T_TMP/end" |
		sed 's/.* begin=\([0-9.]*\) .*/\1/')
	expect_eq "begin in both records" "$a" "$b"
}

fast_ones_do_not() {
	local before
	before=$(stat_of block timed_out)
	dd if=/dev/ram0 of=/dev/null bs=4k count=100 iflag=direct 2>/dev/null
	expect_eq "timed out" "$(stat_of block timed_out)" "$before"
}

off() {
	param block timeout_us 0 || return
	dd if=/dev/mapper/lt-stuck of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null
	hits_read "$T_TMP/off" || return
	# The one from before is still in the ring.
	expect_eq "hits by timeout" "$(of_device "$T_TMP/off" timeout)" 1 &&
		expect_eq "timed_out" "$(stat_of block timed_out)" 1
}

given_up() {
	param block gc_ms 300 || return
	dd if=/dev/mapper/lt-stuck of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null
	expect_eq "aborted_gc" "$(stat_of block aborted_gc)" 1 || return
	# Its end finds nothing, and that is counted and nothing else.
	expect_in "orphan_ends" "$(stat_of block orphan_ends)" 1 ""
}

t_case "a device that answers after 6 s" devices
t_case "load with a timeout and stacks" load
t_case "an operation begins" begin
t_case "hit by timeout while it is pending" while_pending
t_case "the list of pending operations shows it" listed
t_case "the stack is that of the task that waits" right_stack
t_case "the age is at least the timeout" right_age
t_case "hit again at the end" again_at_the_end
t_case "both are about the same operation" same_operation
t_case "fast operations do not time out" fast_ones_do_not
t_case "timeout_us=0 is off" off
t_case "gc_ms gives up what does not end, its end is an orphan" given_up
t_run
