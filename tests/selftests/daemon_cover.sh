#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How much history a snapshot has: what the daemon says is what a slow operation finds.
# timeout=300
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib
# shellcheck source=tests/selftests/lttng.lib
. ./lttng.lib

LATE_MS=2500
# Longer than what the small buffers span, and the late operation is still a hit.
WARN_US=2400000
COVER=4
NOISE=
# Buffers that the noise fills in less than LATE_MS.
SMALL=(--buffer-kb=32 --subbuf-size=8K --num-subbuf=4)

# Block events all the time, of a device of memory; a hundred reads take a few ms.
noise_start() {
	while :; do
		dd if=/dev/ram0 of=/dev/null bs=512 count=100 iflag=direct status=none
		sleep 0.05
	done &
	NOISE=$!
}

noise_stop() {
	[[ -z $NOISE ]] || { kill "$NOISE"; wait "$NOISE"; }
	NOISE=
} 2>/dev/null

setup() {
	devices && dm_delay lt-late /dev/ram0 "$LATE_MS" && t_undo daemon_end && t_undo noise_stop &&
		noise_start && lt_load block threshold_us="$WARN_US" comm=dd rate_limit_ms=0
}

# covers YES: what the snapshot of a request that takes LATE_MS says of its begin.
covers() {
	local name SLOW=/dev/mapper/lt-late
	slow_io && name=$(snapshot_of "$SECTOR") && snapshots_wait || return
	expect_eq "covers_begin" "$(jq -r .covers_begin "$STATE/snapshots/$name/proof.json")" "$1"
}

# The span that was logged last, in ms.
span_ms() {
	sed -n 's/.* covers the last \([0-9]*\)\.\([0-9]\) s now.*/\1\200/p' "$DAEMON_LOG" | tail -n 1 |
		sed 's/^0*//'
}

small() {
	[[ -z $DAEMON ]] || daemon_stop
	BACKEND=$1
	STATE=$T_TMP/$BACKEND
	daemon_start "${SMALL[@]}" || return
	wait_for 30 daemon_log_quietly "covers the last [0-9.]+ s now" || { daemon_said; return 1; }
	t_diag "$BACKEND: $(span_ms) ms"
	expect_in "ms, shorter than the operation" "$(span_ms)" 1 "$LATE_MS" && covers false
}

warns() {
	expect_in "ms, shorter than the threshold" "$(span_ms)" 1 $((WARN_US / 1000)) &&
		daemon_log "tracker block: threshold_us=$WARN_US is longer than the .* s that a snapshot covers"
}

grows() {
	daemon_stop && daemon_start "${SMALL[@]}" --cover="$COVER" || return
	wait_for 60 is_enough || { daemon_said; return 1; }
	t_diag "$BACKEND: $(span_ms) ms; $(grep -c 'begins anew' "$DAEMON_LOG") times larger"
	covers true && daemon_stop
}

is_enough() {
	local ms
	ms=$(span_ms)
	((${ms:-0} >= COVER * 1000)) || daemon_log_quietly "will cover about ([4-9]|[0-9]{2,})[0-9.]* s once"
}

lttng_there() {
	local why
	! why=$(lttng_absent) || t_skip "no LTTng: $why"
}

t_undo sessiond_end
t_case "devices, noise and a tracker" setup
t_case "ftrace: small buffers cover too little, and it says so" small ftrace
t_case "ftrace: a threshold that is longer is named" warns
t_case "ftrace: --cover makes them large enough" grows
t_case "lttng: small buffers cover too little, and it says so" eval 'lttng_there && small lttng'
t_case "lttng: a threshold that is longer is named" eval 'lttng_there && warns'
t_case "lttng: --cover makes them large enough" eval 'lttng_there && grows'
t_run
