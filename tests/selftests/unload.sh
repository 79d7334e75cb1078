#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Unloading again and again, under load, with operations in flight; nothing is left. When a tracker
# goes, the module itself checks that every slot came back and that the ledger balances, and warns if
# not; a warning is a failure here (and ends a guest with panic_on_warn).
# timeout=240
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

ROUNDS=100
# What memory may grow over all rounds: a leak of one kilobyte a round would be more.
SLACK_KB=90

devices() {
	# Below 50 ms dm-delay polls, which would take the CPU from what is tested.
	brd_load 1 64 && dm_delay lt-slow /dev/ram0 60 &&
		mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=10000000 \
			memory_backed=1 gb=1
}

# Always some bios and requests in flight, and wake-ups; nice to who loads and unloads.
load_begin() {
	nice fio --direct=1 --ioengine=libaio --rw=randrw --bs=4k --size=32M --time_based --runtime=86400 \
		--name=slow --filename=/dev/mapper/lt-slow --iodepth=4 \
		--name=fast --filename=/dev/nullb0 --iodepth=1 >"$T_TMP/fio" 2>&1 &
	LOAD=($!)
	(while sleep 0.5; do nice hackbench -g 1 -f 4 -l 20; done) >"$T_TMP/hackbench" 2>&1 &
	LOAD+=($!)
	t_undo load_end
}

load_end() {
	kill "${LOAD[@]}" 2>/dev/null
	wait "${LOAD[@]}" 2>/dev/null
	LOAD=()
	# The hackbench that was running meanwhile ends by itself.
	wait_for 20 no_hackbench
}

no_hackbench() {
	! grep -qx hackbench /proc/[0-9]*/comm 2>/dev/null
}

load_runs() {
	kill -0 "${LOAD[@]}" 2>/dev/null && [[ $(</proc/"${LOAD[0]}"/comm) == fio ]]
}

# meminfo NAME: kB
meminfo() {
	awk -v n="$1:" '$1 == n { print $2 }' /proc/meminfo
}

# Memory of ours that a leak would show in, when nothing runs.
memory() {
	sync
	sleep 1
	echo "Percpu $(meminfo Percpu) VmallocUsed $(meminfo VmallocUsed) modules $(vmalloc_modules)"
}

# Allocations by code that is in a module, or in one that is gone (a bare address).
vmalloc_modules() {
	grep -cE '\[latency_tracker|[0-9] 0xffffffffc[0-9a-f]+ ' /proc/vmallocinfo
}

churn() {
	local probe files=()
	for probe in block offcpu syscall softirq wakeup; do
		files+=("$probe" "$(modinfo -n "latency_tracker_$probe")")
	done
	./churn "$1" 20 "${files[@]}"
}

# Caches and allocators fill up the first few times.
warm_up() {
	modprobe latency_tracker && load_begin && churn 5 >/dev/null && load_end && memory >"$T_TMP/before" &&
		t_diag "$(<"$T_TMP/before")"
}

under_load() {
	load_begin
	churn "$ROUNDS" >"$T_TMP/churn" || return
	load_runs || { t_diag "the load did not run to the end: $(tail -n 1 "$T_TMP/fio")"; return 1; }
	load_end
	sed 's/^/# /' "$T_TMP/churn"
}

# The rounds would prove nothing if nothing had happened in them. A softirq waits for so short a time that it takes luck
# to see one that does.
was_loaded() {
	local name rounds begins in_flight hits least status=0
	while read -r name _ rounds _ begins _ in_flight _ hits; do
		least=1
		[[ $name != softirq ]] || least=0
		expect_eq "$name: rounds" "$rounds" "$ROUNDS" &&
			expect_in "$name: begins" "$begins" "$ROUNDS" &&
			expect_in "$name: rounds with something in flight" "$in_flight" "$least" &&
			expect_in "$name: hits" "$hits" 1 || status=1
	done <"$T_TMP/churn"
	return "$status"
}

no_growth() {
	local name before after status=0
	memory >"$T_TMP/after"
	t_diag "$(<"$T_TMP/after")"
	for name in Percpu VmallocUsed; do
		before=$(sed "s/.*$name \([0-9]*\).*/\1/" "$T_TMP/before")
		after=$(sed "s/.*$name \([0-9]*\).*/\1/" "$T_TMP/after")
		expect_in "$name, kB more than before $ROUNDS rounds" $((after - before)) "" "$SLACK_KB" || status=1
	done
	return "$status"
}

nothing_allocated() {
	lt_unload && expect_eq "vmalloc areas of ours" "$(grep -c latency_tracker /proc/vmallocinfo)" 0 &&
		expect_eq "of modules that are gone" "$(vmalloc_modules)" 0 &&
		expect_eq "modules" "$(grep -c '^latency_tracker' /proc/modules)" 0 &&
		expect_fail "$PROC" test -e "$PROC" &&
		expect_fail "$DEBUG" test -e "$DEBUG" &&
		expect_eq "trace events" "$(grep -c -e latency_tracker -e latency_hit "$TRACEFS/available_events")" 0
}

t_case "slow and fast devices" devices
t_case "5 rounds to warm up" warm_up
t_case "$ROUNDS loads and unloads of each probe under fio and hackbench" under_load
t_case "there was something to track in those rounds" was_loaded
t_case "memory has not grown" no_growth
t_case "nothing is left after the core went too" nothing_allocated
t_run
