#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Block I/O with a known delay. Ground truth, so that a slow machine does not matter:
#   null_blk completes from a high-resolution timer, which is never early: a lower bound
#   dm-delay counts in timer ticks, and a machine that stood still makes up for its ticks at once, so that
#     20 ms may be next to none: the kernel's own trace of the same bios, taken just before and just after
#     the probe's look at the clock, says which are slow (witness.py)
#   fio's own measurement of each I/O of the same run: an upper bound
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

DELAY_MS=20
THRESHOLD_US=10000
SLOW_IOS=60
FIO=(fio --clocksource=clock_gettime --direct=1 --ioengine=libaio --thread --log_offset=1
	--output-format=json --disk_util=0 --randrepeat=0)

# fio_run NAME ARGS…: sets FIO_PID; logs are NAME_lat.JOB.log.
fio_run() {
	local name=$1
	shift
	"${FIO[@]}" --write_lat_log="$T_TMP/$name" "$@" >"$T_TMP/$name.json" 2>"$T_TMP/$name.err" &
	FIO_PID=$!
	wait "$FIO_PID" && return
	t_diag "fio: $(tail -n 3 "$T_TMP/$name.err")"
	return 1
}

# A job of fio; each log has its number.
fio_job() {
	echo --name="$1" --filename="$2" "${@:3}"
}

# What all parts check: load, run, read the hits, compare each with fio.
# compare [--some] NAME FLOOR_NS ARGS…
compare() {
	local some=() name floor
	if [[ $1 == --some ]]; then
		some=(--some)
		shift
	fi
	name=$1 floor=$2
	shift 2
	./fio_check.py "${some[@]}" "$T_TMP/$name" "$floor" "$@" >"$T_TMP/$name.check" || {
		cat "$T_TMP/$name.check"
		return 1
	}
	t_diag "$(paste -sd' ' "$T_TMP/$name.check")"
}

# value NAME FIELD: of the comparison.
value() {
	awk -v f="$2" '$1 == f { print $2 }' "$T_TMP/$1.check"
}

# every NAME DEVICE FIELD…: distinct values of fields among the hits of a device.
every() {
	local name=$1 dev
	dev=$(dev_number "$2")
	shift 2
	./records.py list "$T_TMP/$name" dev "$@" | awk -v d="$dev" '$1 == d' | cut -f 2- | sort -u
}

devices() {
	brd_load 2 64 && dm_delay lt-slow /dev/ram0 "$DELAY_MS"
}

# witness NAME: an instance of ftrace that traces the bios of the slow device.
witness() {
	local dir=$TRACEFS/instances/lt-selftest-$1 dev event
	dev=$(dev_number /dev/mapper/lt-slow)
	mkdir "$dir" || return
	t_undo rmdir "$dir"
	echo mono >"$dir/trace_clock"
	for event in block_bio_queue block_bio_complete; do
		echo "dev == $(((${dev%:*} << 20) + ${dev#*:}))" >"$dir/events/block/$event/filter" &&
			echo 1 >"$dir/events/block/$event/enable" || return
	done
}

load() {
	lt_load block threshold_us="$THRESHOLD_US" rate_limit_ms=0
}

load_between_witnesses() {
	witness a && load && witness b
}

# What they saw of a run goes to NAME.a and NAME.b.
witnesses_end() {
	local w
	for w in a b; do
		cp "$TRACEFS/instances/lt-selftest-$w/trace" "$T_TMP/$1.$w" &&
			rmdir "$TRACEFS/instances/lt-selftest-$w" || return
	done
}

# witnesses_say NAME BIOS: what they say of the hits of the slow device.
witnesses_say() {
	./witness.py "$T_TMP/$1" "$(dev_number /dev/mapper/lt-slow)" $((THRESHOLD_US * US)) \
		"$T_TMP/$1.a" "$T_TMP/$1.b" >"$T_TMP/$1.witness" || { cat "$T_TMP/$1.witness"; return 1; }
	t_diag "$(paste -sd' ' "$T_TMP/$1.witness")"
	grep -qx "bios $2" "$T_TMP/$1.witness"
}

# witness_value NAME FIELD
witness_value() {
	awk -v f="$2" '$1 == f { print $2 }' "$T_TMP/$1.witness"
}

bio_run() {
	# shellcheck disable=SC2046 # several words
	fio_run bio --rw=randrw --bssplit=4k/50:16k/50 --size=16M \
		$(fio_job slow /dev/mapper/lt-slow --iodepth=4 --number_ios="$SLOW_IOS") \
		$(fio_job fast /dev/ram1 --iodepth=1 --number_ios=$((5 * SLOW_IOS))) &&
		param block enabled 0 && wait_for 10 ledger_idle block && hits_read "$T_TMP/bio" &&
		witnesses_end bio
}

bio_delays() {
	compare --some bio $((THRESHOLD_US * US)) "$(dev_number /dev/mapper/lt-slow)" \
		"$T_TMP/bio_lat.1.log" "$(dev_number /dev/ram1)=$T_TMP/bio_lat.2.log" \
		"$(dev_number /dev/ram0)=-"
}

bio_witnesses() {
	witnesses_say bio "$SLOW_IOS" &&
		expect_in "slow bios" "$(witness_value bio slow)" $((SLOW_IOS / 2)) "$SLOW_IOS"
}

# A hit on the fast device is possible where fio was held up as long by the machine; count them too.
bio_none_fast() {
	local late
	late=$(awk -F, -v t=$((THRESHOLD_US * US)) '$2 + 0 > t { n++ } END { print n + 0 }' \
		"$T_TMP/bio_lat.2.log")
	expect_eq "I/Os on the fast device" "$(wc -l <"$T_TMP/bio_lat.2.log")" $((5 * SLOW_IOS)) &&
		expect_in "hits of the fast device, fio saw $late slow ones" "$(value bio fast)" 0 "$late"
}

bio_fields() {
	local who ops
	who=$(every bio /dev/mapper/lt-slow tracker reason kind disk comm pid threshold_us)
	ops=$(every bio /dev/mapper/lt-slow op | paste -sd' ')
	expect_eq "fields" "$who" "block	threshold	bio	$(dm_disk)	fio	$FIO_PID	$THRESHOLD_US.000" &&
		expect_eq "operations" "$ops" "read write" &&
		expect_eq "stages of a bio" "$(every bio /dev/mapper/lt-slow queue_us device_us)" "-	-"
}

dm_disk() {
	basename -- "$(readlink -f /sys/dev/block/"$(dev_number /dev/mapper/lt-slow)")"
}

bio_stats() {
	local hist
	ledger_balances block || return
	hist=$(awk '$1 == "series" { on = $2 == "total"; next } on { n += $3 } END { print n }' \
		"$DEBUG/block/histogram")
	expect_eq "hits in the ledger" "${LEDGER[hits]}" "$(hits_count "$T_TMP/bio")" &&
		expect_eq "in the histogram" "$hist" "${LEDGER[matched]}" &&
		expect_eq "lost" "${LEDGER[lost_hits]}" 0 &&
		# Each slow bio goes on to the device below, and there are the fast ones.
		expect_in "matched" "${LEDGER[matched]}" $((7 * SLOW_IOS))
}

one_direction() {
	lt_unload && dmsetup remove --retry lt-slow && dm_delay lt-slow /dev/ram0 "$DELAY_MS" 0 &&
		load_between_witnesses &&
		fio_run both --rw=randrw --bs=4k --size=16M --iodepth=2 --number_ios=40 \
			--name=half --filename=/dev/mapper/lt-slow &&
		hits_read "$T_TMP/both" && witnesses_end both && witnesses_say both 40 || return
	grep -E '^[^,]*,[^,]*, 1,' "$T_TMP/both_lat.1.log" >"$T_TMP/writes.log"
	expect_in "hits of reads" "$(hits_count "$T_TMP/both" '/ op=read /')" 1 &&
		expect_in "hits of writes" "$(hits_count "$T_TMP/both" '/ op=write /')" 0 \
			"$(awk -F, -v t=$((THRESHOLD_US * US)) '$2 + 0 > t' "$T_TMP/writes.log" | wc -l)"
}

# null_blk completes from a high-resolution timer: never early.
rq_device() {
	mod_load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=$((DELAY_MS * MS)) \
		submit_queues=1 hw_queue_depth=4 memory_backed=1 gb=1 bs=512
}

rq_delays() {
	lt_unload && load &&
		fio_run rq --rw=randrw --bs=4k --size=16M --iodepth=4 --number_ios=40 \
			--name=rq --filename=/dev/nullb0 &&
		hits_read "$T_TMP/rq" &&
		compare rq $((DELAY_MS * MS)) "$(dev_number /dev/nullb0)" "$T_TMP/rq_lat.1.log" &&
		expect_eq "hits" "$(value rq hits)" 40 &&
		expect_eq "fields" "$(every rq /dev/nullb0 kind disk comm pid)" "rq	nullb0	fio	$FIO_PID"
}

# One request at a time in the device: the others wait in the scheduler's queue.
rq_stages() {
	modprobe mq-deadline
	echo mq-deadline 2>/dev/null >/sys/block/nullb0/queue/scheduler ||
		t_skip "no I/O scheduler mq-deadline" || return
	lt_unload && rq_reload_with_depth 1 && load &&
		fio_run queue --rw=randread --bs=4k --size=16M --iodepth=3 --number_ios=30 \
			--name=queue --filename=/dev/nullb0 &&
		hits_read "$T_TMP/queue" &&
		compare queue $((DELAY_MS * MS)) "$(dev_number /dev/nullb0)" "$T_TMP/queue_lat.1.log" &&
		./records.py list "$T_TMP/queue" delta_us queue_us device_us | stages_add_up
}

rq_reload_with_depth() {
	modprobe -r null_blk &&
		modprobe null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=$((DELAY_MS * MS)) \
			submit_queues=1 "hw_queue_depth=$1" memory_backed=1 gb=1 bs=512 &&
		echo mq-deadline >/sys/block/nullb0/queue/scheduler
}

# delta = queue + device; the device takes its time; some wait for a whole request before them.
stages_add_up() {
	awk -F'\t' -v ms="$DELAY_MS" '
	function ns(us,  part) { split(us, part, "."); return part[1] * 1000 + part[2] }
	function bad(why) { print "# " why ": " $0; wrong = 1 }
	$2 == "-" || $3 == "-" { bad("a stage is missing"); next }
	ns($1) != ns($2) + ns($3) { bad("stages do not add up") }
	ns($3) < ms * 1000000 { bad("the device was faster than it can be") }
	ns($2) > ms * 900000 { queued++ }
	END {
		print "# " queued + 0 " of " NR " waited in the queue for another"
		exit wrong || !queued
	}'
}

# A loop device is request based, its worker does the slow I/O below: bios of a device without requests,
# and requests of the one below that.
loop_delays() {
	local loop
	rq_reload_with_depth 4 || return
	dmsetup create lt-linear --table "0 $(blockdev --getsz /dev/nullb0) linear /dev/nullb0 0" || return
	t_undo dmsetup remove --retry lt-linear
	modprobe loop
	loop=$(losetup --find --show --direct-io=on /dev/mapper/lt-linear) || return
	t_undo losetup -d "$loop"
	lt_unload && load &&
		fio_run loop --rw=randread --bs=4k --size=16M --iodepth=4 --number_ios=30 \
			--name=loop --filename="$loop" &&
		hits_read "$T_TMP/loop" &&
		compare loop $((DELAY_MS * MS)) "$(dev_number "$loop")" \
			"$T_TMP/loop_lat.1.log" "$(dev_number /dev/mapper/lt-linear)=-" \
			"$(dev_number /dev/nullb0)=-" &&
		expect_eq "fields" "$(every loop "$loop" kind comm)" "rq	fio" &&
		expect_eq "below" "$(every loop /dev/mapper/lt-linear kind)" "bio" &&
		expect_eq "hits below" "$(hits_count "$T_TMP/loop" '/ kind=bio/')" 30
}

stacks() {
	local records
	# Whoever else looks at the device is no concern of this.
	lt_unload && load && param block stack 1 && param block comm dd &&
		dd if=/dev/nullb0 of=/dev/null bs=4k count=2 iflag=direct status=none &&
		hits_read "$T_TMP/stack" || return
	# The first open of a new device may look for partitions: more than the two blocks.
	records=$(hits_count "$T_TMP/stack")
	expect_in "records" "$records" 2 10 &&
		expect_eq "check" "$(./records.py check "$T_TMP/stack")" "records $records lost 0" &&
		expect_eq "stacks" "$(grep -cx ' stack=end' "$T_TMP/stack")" "$records" &&
		expect_in "frames of the completion" "$(grep -c 'null_' "$T_TMP/stack")" 1
}

t_case "devices: memory, and the same 20 ms later" devices
t_case "load with a threshold between them, and a trace on either side" load_between_witnesses
t_case "fio on both at once" bio_run
t_case "each hit is one I/O of fio, and no longer than fio says" bio_delays
t_case "each slow bio is one hit, and as long as the kernel's own trace says" bio_witnesses
t_case "none of the fast ones is a hit" bio_none_fast
t_case "fields of a bio" bio_fields
t_case "ledger and histogram agree with the hits" bio_stats
t_case "reads slow, writes fast: only reads are hits" one_direction
t_case "requests: a device that completes from a timer after 20 ms" rq_device
t_case "each request is one hit, never below 20 ms, and no longer than fio says" rq_delays
t_case "requests: time in the queue and time in the device add up" rq_stages
t_case "requests of a loop device over a slow one, and its bios" loop_delays
t_case "stack=1: a stack with each hit" stacks
t_run
