#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The command line that loads, changes and unloads probes, and that lists what is in flight, against
# what the kernel says of the same.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)
DELAY_MS=6000

# is PROBE NAME VALUE: a parameter, as sysfs has it.
is() {
	expect_eq "$2 of $1" "$(param "$1" "$2")" "$3"
}

# What is wrong is found before a module is loaded, the core included.
load_checks() {
	says 3 "no module latency_tracker_nonsense .*Installed:.* block" latency-tracker load nonsense &&
		says 2 "latency_tracker_block has no parameter 'treshold_us'.*threshold_us" \
			latency-tracker load block treshold_us=1 &&
		says 2 "not PARAM=VALUE" latency-tracker load block threshold_us &&
		says 2 "PROBE is missing" latency-tracker load || return
	! lt_loaded || { t_diag "the core is loaded"; return 1; }
}

# The module's own words are in the kernel log.
load_refused() {
	klog_mark
	says 1 "kernel: latency_tracker_block: threshold_us: '0' is not a whole number from 1 to 1000000000" \
		latency-tracker load block threshold_us=0 || return
	expect_eq "probes" "$(lt_probes)" ""
}

load() {
	says 0 "" latency-tracker load block threshold_us=5000000 "comm=a b" && is block threshold_us 5000000 &&
		is block comm "a b" && says 1 "loaded already.*latency-tracker set block" latency-tracker load block &&
		says 0 "" latency-tracker load latency-tracker-wakeup &&
		expect_eq "probes" "$(lt_probes | paste -sd' ')" "block wakeup"
}

show() {
	says 0 "threshold_us +5000000 +any time +report operations" latency-tracker set block &&
		says 0 "max_events +[0-9]+ +at load" latency-tracker set block &&
		says 0 '"parameter":"comm","value":"a b","load_only":false,' latency-tracker set -j block
}

change() {
	says 0 "" latency-tracker set block threshold_us=6000000 comm= && is block threshold_us 6000000 && is block comm "" &&
		says 2 "has no parameter 'x'" latency-tracker set block threshold_us=1 x=1 &&
		says 1 "is set when the module is loaded" latency-tracker set block threshold_us=1 max_events=64 &&
		is block threshold_us 6000000
}

change_refused() {
	klog_mark
	says 1 "which stays '6000000'.*1\.\.1000000000.*kernel: .*from 1 to 1000000000" \
		latency-tracker set block threshold_us=0 && is block threshold_us 6000000 &&
		says 3 "latency_tracker_nonsense is not loaded. Loaded: block wakeup" latency-tracker set nonsense &&
		says 1 "Permission denied.*Only root" "${NOBODY[@]}" latency-tracker set block threshold_us=1 &&
		is block threshold_us 6000000
}

is_pending() {
	grep -q " dev=$DEV " "$DEBUG/block/pending"
}

# A device that answers late; what waits for it is known.
pending() {
	local stuck status
	brd_load 1 16 && dm_delay lt-stuck /dev/ram0 "$DELAY_MS" || return
	DEV=$(dev_number /dev/mapper/lt-stuck)
	dd if=/dev/mapper/lt-stuck of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &
	stuck=$!
	wait_for 30 is_pending &&
		says 0 "block +[0-9.]+ [mu]?s +$stuck +$stuck +dd +[0-9]+ +dev=$DEV " latency-tracker pending -p "$stuck" &&
		says 0 "\"tracker\":\"block\",\"comm\":\"dd\".*\"tid\":$stuck,.*\"dev\":\"$DEV\"" \
			latency-tracker pending -j -n 1 -p "$stuck" block &&
		says 0 "nothing in flight" latency-tracker pending -p 1 block
	status=$?
	wait "$stuck"
	return "$status"
}

unload() {
	says 3 "latency_tracker_nonsense is not loaded. Loaded: block wakeup" latency-tracker unload block nonsense &&
		says 1 "latency_tracker is in use by latency_tracker_block, latency_tracker_wakeup" \
			latency-tracker unload latency_tracker &&
		says 0 "" latency-tracker unload wakeup && expect_eq "probes" "$(lt_probes)" "block"
}

# The core stays as long as somebody reads from it, and says who that is.
unload_all() {
	exec 9<"$PROC"
	says 1 "latency_tracker is in use by .*process $$\)" latency-tracker unload --all
	local status=$?
	exec 9<&-
	((status == 0)) && expect_eq "probes" "$(lt_probes)" "" && lt_loaded &&
		says 0 "" latency-tracker unload --all || return
	! lt_loaded || { t_diag "the core is still loaded"; return 1; }
	says 3 "No latency_tracker module is loaded" latency-tracker unload --all
}

t_case "load: wrong names are refused before anything is loaded" load_checks
t_case "load: a value that the module refuses, in its own words" load_refused
t_case "load: with parameters, once" load
t_case "set: shows the parameters" show
t_case "set: changes parameters, or nothing" change
t_case "set: a value that the module refuses" change_refused
t_case "pending: who waits for a slow device" pending
t_case "unload: what was named, unless it is in use" unload
t_case "unload --all: the core too, when nobody reads from it" unload_all
t_run
