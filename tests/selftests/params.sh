#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Parameters: whatever is not a valid value is refused with EINVAL and one line in the kernel log that
# names the parameter and what it accepts, at load and at run time, and the old value stays.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

PROBES=(block wakeup)
MODULES=/lib/modules/$(uname -r)

# name least most; as the header of the ABI has them.
NUMBERS="
threshold_us 1 1000000000
timeout_us 0 1000000000
max_events 16 1048576
stack 0 1
rate_limit_ms 0 3600000
enabled 0 1
ratchet 0 1
reset 0 1
shrink 0 1
gc_ms 0 86400000
scan_ms 0 60000
begin_stack 0 1
pid 0 4194304
"
# Set when the module is loaded, and those that act when they are written and keep nothing.
LOAD_ONLY=" max_events begin_stack user_stack "
ACTIONS=" reset shrink "
# Strings that every probe has, and the block probe's own.
STRINGS=(comm cpu cgroup)
OWN=(dev op min_bytes user_stack)

# What is no number, whatever the range.
MALFORMED=("" " " "abc" "-1" "+-1" "1.5" "0x10" "1e3" "10us" "1 2" "18446744073709551616"
	"99999999999999999999999999" "--5" "$(printf '\xff')")

# The module's file, to load it without modprobe's own view of things.
module_file() {
	find "$MODULES" -name "latency_tracker${1:+_$1}.ko*" | head -n 1
}

# write_errno FILE VALUE: one write(); prints 0 or the name of the error.
write_errno() {
	python3 -c '
import errno, os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
try:
    os.write(fd, os.fsencode(sys.argv[2]) + b"\n")
    print(0)
except OSError as e:
    print(errno.errorcode[e.errno])' "$1" "$2"
}

# insmod_fails MODULE ARG…: what it says is in INSMOD.
insmod_fails() {
	if INSMOD=$(insmod "$(module_file "$1")" "${@:2}" 2>&1); then
		rmmod "latency_tracker${1:+_$1}"
		t_diag "loaded with ${*:2}"
		return 1
	fi
	expect_re "error with ${*:2}" "$INSMOD" ".*: Invalid (parameters|argument)"
}

# logged WHAT COUNT REGEX: that many lines since the mark.
logged() {
	expect_eq "$1: lines in the kernel log" "$(klog | grep -cE "$3")" "$2" && return
	klog | sed 's/^/#   /'
	return 1
}

# Bad values at load, with the core loaded.
load_refuses() {
	local probe=$1 name least most value values status=0
	lt_core || return
	while read -r name least most; do
		[[ -n $name ]] || continue
		klog_mark
		values=("" $((least - 1)) $((most + 1)))
		for value in "${values[@]}"; do
			insmod_fails "$probe" "$name=$value" || status=1
		done
		logged "$name" ${#values[@]} "^latency_tracker_$probe: $name: .* $least to $most\$" || status=1
	done <<<"$NUMBERS"
	return "$status"
}

load_refuses_some() {
	klog_mark
	insmod_fails "$1" threshold_us=0 && insmod_fails "$1" max_events=15 && insmod_fails "$1" enabled=2 &&
		logged "three values" 3 "^latency_tracker_$1: (threshold_us|max_events|enabled): .* to [0-9]+\$"
}

# unknown PROBE: the kernel would only warn of these.
unknown() {
	local probe=$1 args=(treshold_us=5 foo "threshold_us=5 bar=1" "comm=x gcms=1" block.threshold_us=1
		THRESHOLD_US=5) arg status=0
	klog_mark
	for arg in "${args[@]}"; do
		# shellcheck disable=SC2086 # several parameters
		insmod_fails "$probe" $arg || status=1
	done
	logged "unknown parameters" ${#args[@]} \
		"^latency_tracker_$probe: unknown parameter '.*'; accepted are .*threshold_us" || status=1
	return "$status"
}

core_params() {
	local args=(hits=0 hits=15 hits=65537 hits=-1 hits=x hits= hits=4294967296 gid=-1 gid=x
		gid=4294967295) arg status=0
	rmmod latency_tracker || return
	for arg in "${args[@]}"; do
		klog_mark
		insmod_fails "" "$arg" || status=1
		logged "$arg" 1 "^latency_tracker: ${arg%%=*}: .* to [0-9]+\$" || status=1
	done
	for arg in hits=16 hits=65536; do
		lt_core "$arg" &&
			expect_eq "capacity" "$(awk '$1 == "capacity" { print $2 }' "$DEBUG/ring")" "${arg#*=}" &&
			rmmod latency_tracker || status=1
	done
	return "$status"
}

# accepted_at COLUMN: one end of each range, all at once.
accepted_at() {
	local args status=0 arg
	mapfile -t args < <(awk -v c="$1" 'NF { print $1 "=" $c }' <<<"$NUMBERS")
	lt_load block "${args[@]}" || return
	for arg in "${args[@]}"; do
		[[ $ACTIONS != *" ${arg%=*} "* ]] || arg=${arg%=*}=0
		expect_eq "${arg%=*}" "$(param block "${arg%=*}")" "${arg#*=}" || status=1
	done
	lt_unload || status=1
	return "$status"
}

load_accepts() {
	accepted_at 2 && accepted_at 3
}

load_several() {
	lt_load block threshold_us=123456 timeout_us=2000000 max_events=4096 rate_limit_ms=7 gc_ms=99999 \
		pid=4194304 comm=0123456789abcde enabled=0 ratchet=1 || return
	expect_eq "values" "$(cd /sys/module/latency_tracker_block/parameters &&
		cat threshold_us timeout_us max_events rate_limit_ms gc_ms pid comm enabled ratchet | paste -sd' ')" \
		"123456 2000000 4096 7 99999 4194304 0123456789abcde 0 1" || return
	ledger block
	expect_eq "stats" "${LEDGER[threshold_ns]} ${LEDGER[timeout_ns]} ${LEDGER[max_events]} ${LEDGER[enabled]}" \
		"123456000 2000000000 4096 0" || return
	lt_unload block
}

modes() {
	local name mode want status=0
	for name in /sys/module/latency_tracker_block/parameters/*; do
		mode=$(stat -c %a "$name")
		want=644
		[[ $LOAD_ONLY != *" ${name##*/} "* ]] || want=444
		expect_eq "mode of ${name##*/}" "$mode" "$want" || status=1
	done
	expect_eq "parameters" "$(cd /sys/module/latency_tracker_block/parameters && echo *)" \
		"$(printf '%s\n' "${STRINGS[@]}" "${OWN[@]}" "$NUMBERS" | awk 'NF { print $1 }' | sort | paste -sd' ')" || status=1
	return "$status"
}

# run_refuses PROBE: bad values at run time; the old value stays, in the file and in the tracker.
run_refuses() {
	local probe=$1 dir=/sys/module/latency_tracker_$1/parameters name least most old value status=0
	lt_load "$probe" threshold_us=4321 timeout_us=60000000 || return
	while read -r name least most; do
		[[ -n $name && $LOAD_ONLY != *" $name "* ]] || continue
		old=$(param "$probe" "$name")
		klog_mark
		for value in "${MALFORMED[@]}" "$((most + 1))" "$((least - 1))"; do
			write_fails "$dir/$name" "$value" || status=1
		done
		logged "$name" $((${#MALFORMED[@]} + 2)) \
			"^latency_tracker_$probe: $name: .* $least to $most\$" || status=1
		expect_eq "$name afterwards" "$(param "$probe" "$name")" "$old" || status=1
	done <<<"$NUMBERS"
	ledger "$probe"
	expect_eq "stats" "${LEDGER[threshold_ns]} ${LEDGER[timeout_ns]} ${LEDGER[enabled]}" \
		"4321000 60000000000 1" || status=1
	return "$status"
}

write_fails() {
	printf '%s\n' "$2" 2>/dev/null >"$1" || return 0
	t_diag "$1 took '$2'"
	return 1
}

run_errno() {
	local file=/sys/module/latency_tracker_block/parameters/threshold_us
	expect_eq "error of a bad value" "$(write_errno "$file" 0)" EINVAL &&
		expect_eq "error of a bad name" "$(write_errno "${file%/*}/comm" "$(printf 'x%.0s' {1..100})")" EINVAL &&
		expect_eq "a good value" "$(write_errno "$file" 777)" 0 &&
		expect_eq "read back" "$(param block threshold_us)" 777
}

# A value longer than a page, and bytes that are no text.
run_odd() {
	local file=/sys/module/latency_tracker_block/parameters/threshold_us long
	long=$(printf '%05000d' 5)
	klog_mark
	write_fails "$file" "1$long" &&
		expect_fail "binary" sh -c "head -c 64 /dev/urandom >$file" &&
		expect_eq "threshold_us" "$(param block threshold_us)" 777 &&
		param block threshold_us " 778" && return 1
	expect_eq "threshold_us" "$(param block threshold_us)" 777 &&
		expect_in "longest line of the kernel log" "$(klog | awk '{ print length }' | sort -n | tail -n 1)" 1 500
}

run_accepts() {
	local name least most value status=0
	while read -r name least most; do
		[[ -n $name && $LOAD_ONLY != *" $name "* ]] || continue
		for value in "$most" "$least"; do
			param block "$name" "$value" || { t_diag "$name=$value refused"; status=1; }
			[[ $ACTIONS != *" $name "* ]] || value=0
			expect_eq "$name" "$(param block "$name")" "$value" || status=1
		done
	done <<<"$NUMBERS"
	return "$status"
}

# Strings that mean something: refused as a whole, and the old one stays.
string_values() {
	local name good bad status=0
	lt_unload && lt_load block || return
	while read -r name good bad; do
		[[ -n $name ]] || continue
		param block "$name" "$good" || { t_diag "$name: refused '$good'"; status=1; }
		expect_eq "$name" "$(param block "$name")" "$good" || status=1
		klog_mark
		param block "$name" "$bad" && { t_diag "$name: took '$bad'"; status=1; }
		expect_eq "$name afterwards" "$(param block "$name")" "$good" || status=1
		logged "$name" 1 "^latency_tracker_block: $name: '.*' is not (a list of|the path of) .*\$" || status=1
		param block "$name" "" || { t_diag "$name: refused an empty one"; status=1; }
	done <<-END
		cpu 0 0-
		cpu 0-1 99999
		cpu 0 one
		cgroup / /no/such/group
		cgroup / relative
		op read,write reed
		op flush read,,write
		dev ram0,253:0 ,ram0
		dev ram0 ram0,
	END
	return "$status"
}

# Each filter says what it has turned away.
filters_count() {
	lt_unload && lt_load block threshold_us=1 comm=dd dev=ram0 op=write min_bytes=65537 || return
	io 3 || return
	expect_in "dd's reads, turned away by op" "$(filter_count op)" 3 &&
		expect_eq "tracked" "$(filter_count tracked)" 0 || return
	param block op read || return
	io 2 || return
	expect_in "turned away by min_bytes" "$(filter_count min_bytes)" 2 || return
	param block min_bytes 65536 && io 4 || return
	expect_in "tracked" "$(filter_count tracked)" 4 &&
		param block cpu 0 && param block cgroup / && io 1 &&
		expect_eq "seen" "$(filter_count seen)" "$(awk '$1 != "seen" { n += $2 } END { print n }' \
			"$DEBUG/block/filters")"
}

filter_count() {
	awk -v n="$1" '$1 == n { print $2 }' "$DEBUG/block/filters"
}

comm_values() {
	local value status=0
	lt_unload && lt_load block comm=fifteen_letters || return
	expect_eq "comm" "$(param block comm)" fifteen_letters || status=1
	klog_mark
	param block comm sixteen__letters && { t_diag "took a name that is too long"; status=1; }
	expect_eq "comm afterwards" "$(param block comm)" fifteen_letters || status=1
	logged "comm" 1 "^latency_tracker_block: comm: 'sixteen__letters' .* 15 characters\$" || status=1
	for value in "a b" 'q"uote' $'tab\there' 'ünï' '*' ''; do
		param block comm "$value" || { t_diag "refused '$value'"; status=1; }
		expect_eq "comm" "$(param block comm)" "$value" || status=1
	done
	klog_mark
	rmmod latency_tracker_block && insmod_fails block comm=sixteen__letters &&
		logged "comm" 1 "^latency_tracker_block: comm: .* 15 characters\$" || status=1
	return "$status"
}

# What parameters do. A device in memory is enough, with reads so long that none takes less than threshold_us=1.

io_device() {
	# The first one to open it reads its partition table.
	brd_load 1 16 && io 1
}

# Each is a process of its own, named dd.
io() {
	dd if=/dev/ram0 of=/dev/null bs=64k count="$1" iflag=direct status=none
}

hits() {
	stat_of block hits
}

# begun COUNT…: what a run of 5 I/Os adds to the begins.
begun() {
	local before
	before=$(stat_of block begins)
	io 5
	echo $(($(stat_of block begins) - before))
}

toggle_enabled() {
	lt_unload && lt_load block comm=dd threshold_us=1 rate_limit_ms=0 || return
	expect_eq "begins when enabled" "$(begun)" 5 &&
		param block enabled 0 && expect_eq "when disabled" "$(begun)" 0 &&
		expect_eq "stats" "$(stat_of block enabled)" 0 &&
		param block enabled 1 && expect_eq "when enabled again" "$(begun)" 5 &&
		lt_unload && lt_load block comm=dd enabled=0 && expect_eq "loaded disabled" "$(begun)" 0
}

new_threshold() {
	lt_unload && lt_load block comm=dd threshold_us=1000000000 || return
	io 5
	expect_eq "hits below the threshold" "$(hits)" 0 && param block threshold_us 1 && io 5 &&
		expect_eq "hits above it" "$(hits)" 5
}

# Other programs may do I/O on other disks meanwhile: what the filters turn away is a lower bound.
filter_comm() {
	lt_unload && lt_load block threshold_us=1 comm=dd || return
	expect_eq "comm=dd" "$(begun)" 5 &&
		param block comm d && expect_eq "comm=d" "$(begun)" 0 &&
		param block comm ddd && expect_eq "comm=ddd" "$(begun)" 0 || return
	ledger block
	expect_in "filtered" "${LEDGER[filtered]}" 10 &&
		expect_eq "seen" "${LEDGER[seen]}" $((LEDGER["begins"] + LEDGER["filtered"])) &&
		param block comm "" && expect_in "no filter" "$(begun)" 5
}

# exec keeps the process id: what it will be is known before.
io_as() {
	sh -c 'echo $$ >/sys/module/latency_tracker_block/parameters/pid &&
		exec dd if=/dev/ram0 of=/dev/null bs=64k count=5 iflag=direct status=none'
}

filter_pid() {
	local before
	param block comm dd || return
	before=$(stat_of block begins)
	io_as || return
	expect_eq "its own process" $(($(stat_of block begins) - before)) 5 &&
		expect_eq "another process" "$(begun)" 0 &&
		param block comm d && io_as && expect_eq "the other filter does not fit" "$(begun)" 0 &&
		param block pid 0 && param block comm dd && expect_eq "only the name" "$(begun)" 5
}

histogram_count() {
	awk '$1 == "series" && $2 == "total" { print $4 }' "$DEBUG/block/histogram"
}

reset_histogram() {
	lt_unload && lt_load block comm=dd || return
	io 7
	expect_eq "before" "$(histogram_count)" 7 && param block reset 0 &&
		expect_eq "after writing 0" "$(histogram_count)" 7 && param block reset 1 &&
		expect_eq "after writing 1" "$(awk '$1 == "series" { print $4, $6, $8 }' "$DEBUG/block/histogram" | sort -u)" "0 0 0" &&
		expect_eq "buckets" "$(grep -vc '^series' "$DEBUG/block/histogram")" 0 &&
		expect_eq "the ledger stays" "$(stat_of block matched)" 7 && io 3 &&
		expect_eq "counts again" "$(histogram_count)" 3
}

# Only what is slower than all before: the deltas of the hits rise.
ratchet() {
	local held
	lt_unload && lt_load block comm=dd threshold_us=1 ratchet=1 rate_limit_ms=0 || return
	io 200
	hits_read "$T_TMP/ratchet"
	ledger block
	held=$((LEDGER["hits"] + LEDGER["ratcheted"]))
	./records.py list "$T_TMP/ratchet" delta_us >"$T_TMP/deltas" || return
	expect_in "hits" "$(wc -l <"$T_TMP/deltas")" 1 199 &&
		expect_eq "in order and without equals" "$(sort -nu "$T_TMP/deltas" | cksum)" "$(cksum <"$T_TMP/deltas")" &&
		expect_eq "worst" "$(tail -n 1 "$T_TMP/deltas" | tr -d .)" \
			"$(awk '$1 == "series" && $2 == "total" { print $8 }' "$DEBUG/block/histogram")" &&
		expect_eq "hits and held back" "$held" 200
}

ratchet_afresh() {
	local before
	before=$(hits)
	io 1
	param block reset 1 && io 1 || return
	# The first after a reset is the worst so far; the one before it most likely was not.
	expect_in "hits after a reset" $(($(hits) - before)) 1 2 && param block ratchet 0 || return
	before=$(hits)
	io 5
	expect_eq "hits without the ratchet" $(($(hits) - before)) 5
}

t_case "block: bad values at load" load_refuses block
t_case "wakeup: bad values at load" load_refuses_some wakeup
for probe in "${PROBES[@]}"; do
	t_case "$probe: unknown parameters at load" unknown "$probe"
done
t_case "core: bad and good values at load" core_params
t_case "both ends of each range at load" load_accepts
t_case "several parameters at load" load_several
for probe in "${PROBES[@]}"; do
	t_case "$probe: bad values at run time, the old one stays" run_refuses "$probe"
done
t_case "which parameters there are, and which can be written" modes
t_case "the error is EINVAL" run_errno
t_case "overlong and binary values" run_odd
t_case "both ends of each range at run time" run_accepts
t_case "comm: odd and overlong names" comm_values
t_case "lists and paths: good and bad ones" string_values
t_case "a device that is fast" io_device
t_case "enabled" toggle_enabled
t_case "threshold_us takes effect at once" new_threshold
t_case "comm filters" filter_comm
t_case "pid filters, together with comm" filter_pid
t_case "each filter counts what it turns away" filters_count
t_case "reset empties the histogram" reset_histogram
t_case "ratchet: each hit is worse than the one before" ratchet
t_case "ratchet: starts afresh" ratchet_afresh
t_run
