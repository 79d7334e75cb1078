# shellcheck shell=bash disable=SC2034 # variables here are for the programs
# SPDX-License-Identifier: GPL-2.0
# What the test programs have in common. A program sources this, names its cases with t_case and ends
# with t_run. Cases run in order in one shell, so that what one sets up the next can use; a case is a
# function that returns 0 (ok), 4 (skip, T_WHY says why) or anything else (not ok). It says what was
# wrong with t_diag or one of the expect functions, which return whether it was as expected.
set -u
cd -- "$(dirname -- "${BASH_SOURCE[0]}")" || exit 1
export LC_ALL=C
# Nobody makes device nodes but dmsetup itself, whether udev runs or not.
export DM_DISABLE_UDEV=1

T_SKIP=4
T_NAME=$(basename -- "$0" .sh)
T_TMP=$(mktemp -d "/tmp/lt-$T_NAME.XXXXXX")
T_NAMES=()
T_CALLS=()
T_UNDO=()
T_WHY=
T_DONE=0
T_FAILED=0

PROC=/proc/latency_tracker
DEBUG=/sys/kernel/debug/latency_tracker
TRACEFS=/sys/kernel/tracing
US=1000
MS=1000000
SEC=1000000000

t_diag() {
	printf '# %s\n' "$*"
}

# t_case NAME COMMAND…
t_case() {
	T_NAMES+=("$1")
	shift
	T_CALLS+=("${*@Q}")
}

# t_skip WHY: for use as `t_skip "no such device" || return`.
t_skip() {
	T_WHY=$*
	return $T_SKIP
}

# t_skip_all WHY: instead of t_run.
t_skip_all() {
	echo "KTAP version 1"
	echo "1..0 # SKIP $*"
	exit $T_SKIP
}

# t_undo COMMAND…: done at the end, last one first, however the program ends.
t_undo() {
	T_UNDO+=("${*@Q}")
}

t_undo_all() {
	local i
	for ((i = ${#T_UNDO[@]} - 1; i >= 0; i--)); do
		eval "${T_UNDO[i]}" >/dev/null 2>&1
	done
	T_UNDO=()
}

t_exit() {
	t_undo_all
	lt_unload_quietly
	rm -rf -- "$T_TMP"
}

# t_result STATUS NAME
t_result() {
	T_DONE=$((T_DONE + 1))
	case $1 in
	0) echo "ok $T_DONE $2" ;;
	"$T_SKIP") echo "ok $T_DONE $2 # SKIP $T_WHY" ;;
	*)
		T_FAILED=$((T_FAILED + 1))
		echo "not ok $T_DONE $2"
		;;
	esac
}

# The last case of every program.
t_leave() {
	local status=0
	t_undo_all
	lt_unload || status=1
	klog_clean || status=1
	return $status
}

t_run() {
	local i status began
	echo "KTAP version 1"
	echo "1..$((${#T_CALLS[@]} + 1))"
	for i in "${!T_CALLS[@]}"; do
		began=$SECONDS
		eval "${T_CALLS[i]}"
		status=$?
		((SECONDS - began < 5)) || t_diag "took $((SECONDS - began)) s"
		t_result $status "${T_NAMES[i]}"
	done
	t_leave
	t_result $? "modules unload with a balanced ledger, the kernel log is clean"
	((T_FAILED == 0))
	exit
}

# expect_eq WHAT GOT WANTED
expect_eq() {
	[[ $2 == "$3" ]] && return
	t_diag "$1: expected '$3', got '$2'"
	return 1
}

# expect_re WHAT GOT REGEX: got matches as a whole.
expect_re() {
	[[ $2 =~ ^($3)$ ]] && return
	t_diag "$1: expected /$3/, got '$2'"
	return 1
}

# expect_in WHAT GOT LEAST MOST; either bound may be empty.
expect_in() {
	if [[ $2 =~ ^-?[0-9]+$ ]] && (($2 >= ${3:-$2} && $2 <= ${4:-$2})); then
		return 0
	fi
	t_diag "$1: expected ${3:-…}..${4:-…}, got '$2'"
	return 1
}

# expect_fail WHAT COMMAND…: the command must fail.
expect_fail() {
	local what=$1
	shift
	"$@" >/dev/null 2>&1 || return 0
	t_diag "$what: succeeded and should not have"
	return 1
}

# says STATUS REGEX COMMAND…: exit status, and something in what it prints.
says() {
	local said status
	said=$(timeout 60 "${@:3}" 2>&1)
	status=$?
	expect_eq "exit status of ${*:3}" "$status" "$1" && expect_re "what ${*:3} says" "$said" ".*$2.*"
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || { t_diag "waited in vain for: $*"; return 1; }
		sleep 0.1
	done
}

# now_ms: milliseconds since boot, in steps of 10.
now_ms() {
	local up
	read -r up _ </proc/uptime
	up=${up/./}
	echo $((10#$up * 10))
}

# in_state PID LETTER: whether a process is in that state.
in_state() {
	local stat
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	stat=${stat##*) }
	[[ ${stat%% *} == "$2" ]]
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# read_values ARRAY: lines "name value" of standard input into an associative array.
read_values() {
	local -n read_values_into=$1
	local name value
	read_values_into=()
	while read -r name value; do
		# shellcheck disable=SC2004 # the name of an element, no arithmetic
		read_values_into[$name]=$value
	done
}

# Kernel log. Marks are lines of our own in it, so that nothing said before counts.

KLOG_START=

klog_mark() {
	KLOG="latency-tracker selftest $T_NAME $$ ${EPOCHREALTIME/./}"
	echo "$KLOG" >/dev/kmsg
	[[ -n $KLOG_START ]] || KLOG_START=$KLOG
}

# klog [MARK]: what the kernel said since the last mark, or that one.
klog() {
	dmesg -t | awk -v mark="${1:-$KLOG}" 'on { print } index($0, mark) { on = 1 }'
}

klog_clean() {
	local bad
	# KCSAN reports the kernel's own races too: who runs such a kernel sorts them (tests/lab/debug-job).
	bad=$(klog "$KLOG_START" | grep -v 'BUG: KCSAN: ' | grep -E 'WARNING:|BUG:|Oops|INFO: (possible|inconsistent|task|rcu)|slots missing|ledger off|Call Trace|rcu:.*stall')
	[[ -z $bad ]] && return
	while IFS= read -r line; do
		t_diag "kernel log: $line"
	done <<<"$bad"
	return 1
}

# kernel_before RELEASE: whether this one is older.
kernel_before() {
	[[ $(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1) != "$1" ]]
}

# Modules.

# Those of the probes that this kernel can have (tracker/compat/probes.sh).
LT_PROBES=(backlog block offcpu softirq syscall wakeup)
kernel_before 5.14 || LT_PROBES+=(ovs_upcall)

# lt_core [PARAM=VALUE…]: load the core alone.
lt_core() {
	modprobe latency_tracker "$@"
}

# lt_load PROBE [PARAM=VALUE…]
lt_load() {
	local probe=$1
	shift
	modprobe "latency_tracker_$probe" "$@"
}

lt_loaded() {
	[[ -e /sys/module/latency_tracker ]]
}

# Names of the loaded probes.
lt_probes() {
	local dir
	for dir in /sys/module/latency_tracker_*; do
		[[ ! -d $dir ]] || echo "${dir##*/latency_tracker_}"
	done
}

# param PROBE NAME [VALUE]: read or write a parameter; status and nothing printed when it writes.
param() {
	local file=/sys/module/latency_tracker_$1/parameters/$2
	if (($# == 2)); then
		cat "$file"
	else
		printf '%s\n' "$3" 2>/dev/null >"$file"
	fi
}

# lt_unload [PROBE…]: check the ledgers and unload; without arguments everything of ours.
lt_unload() {
	local probe status=0 core=no
	if (($# == 0)); then
		core=yes
		# shellcheck disable=SC2046 # one word each
		set -- $(lt_probes)
	fi
	for probe; do
		param "$probe" enabled 0
		ledger_balances "$probe" || status=1
		rmmod "latency_tracker_$probe" || status=1
	done
	if [[ $core == yes ]] && lt_loaded; then
		rmmod latency_tracker || status=1
	fi
	return $status
}

lt_unload_quietly() {
	local probe
	for probe in $(lt_probes); do
		rmmod "latency_tracker_$probe" 2>/dev/null
	done
	! lt_loaded || rmmod latency_tracker 2>/dev/null
}

# Ledger.

declare -A LEDGER

# ledger TRACKER: read its stats into LEDGER. At once: from a file the shell would read one line after the
# other, each from a new table, in which growing numbers have moved it.
ledger() {
	read_values LEDGER <<<"$(<"$DEBUG/$1/stats")"
}

# stat_of TRACKER NAME
stat_of() {
	ledger "$1"
	echo "${LEDGER[$2]}"
}

# The ledger in hand: what has begun and what became of it.
ledger_ends() {
	echo $((LEDGER[matched] + LEDGER[replaced] + LEDGER[dropped_full] + LEDGER[dropped_busy] +
		LEDGER[cancelled] + LEDGER[aborted_gc] + LEDGER[aborted_clear] + LEDGER[in_flight]))
}

# ledger_balances TRACKER: reading it takes time, so look again while operations come and go.
ledger_balances() {
	local try
	for try in {1..50}; do
		ledger "$1"
		((LEDGER[begins] != $(ledger_ends))) || return 0
		((try == 50)) || sleep 0.1
	done
	t_diag "$1: ledger does not balance: $(ledger_ends) of ${LEDGER[begins]} begins"
	t_diag "$(for try in "${!LEDGER[@]}"; do printf '%s=%s ' "$try" "${LEDGER[$try]}"; done)"
	return 1
}

# ledger_idle TRACKER: nothing is in flight.
ledger_idle() {
	[[ $(stat_of "$1" in_flight) == 0 ]]
}

# Records.

# hits_read FILE [TRACKER]: append all records that the ring has now to a file.
hits_read() {
	./reader open=nonblock drain="$1" >/dev/null
}

# hits_count FILE [AWK-PATTERN]: records in a file.
hits_count() {
	awk "/^seq=/ && (${2:-1}) { n++ } END { print n + 0 }" "$1"
}

# hits_list FILE: FIELDS of all records in a file, tid and begin first, into FILE.list.
hits_list() {
	./records.py list "$1" tid begin "${FIELDS[@]}" >"$1.list" || { cat "$1.list"; return 1; }
}

# hits_within FILE TID FROM TO FIELD…: of the hits of a thread that began in that time, some of FIELDS.
hits_within() {
	awk -F'\t' -v fields="tid begin ${FIELDS[*]}" -v wanted="${*:5}" -v tid="$2" -v from="$3" -v to="$4" '
	BEGIN {
		for (i = split(fields, name, " "); i; i--)
			column[name[i]] = i
		n = split(wanted, want, " ")
	}
	{ begin = $2; sub(/[.]/, "", begin) }
	$1 == tid && begin + 0 >= from && begin + 0 <= to {
		for (i = 1; i <= n; i++)
			printf "%s%s", $column[want[i]], i < n ? "\t" : "\n"
	}' "$1.list"
}

# Devices of memory, and slow ones on top of them.

# mod_load NAME [PARAM=VALUE…]: a module of the kernel's own, for this program only.
mod_load() {
	modprobe -r "$1" 2>/dev/null
	modprobe "$@" || { t_diag "modprobe $* failed"; return 1; }
	t_undo modprobe -r "$1"
}

# brd_load NUMBER MEGABYTES: /dev/ram0 …, a device without requests.
brd_load() {
	mod_load brd "rd_nr=$1" "rd_size=$(($2 * 1024))" max_part=0
}

# dm_delay NAME DEVICE READ_MS [WRITE_MS]: /dev/mapper/NAME
dm_delay() {
	local sectors
	sectors=$(blockdev --getsz "$2") || return 1
	modprobe dm-delay || return 1
	dmsetup create "$1" --table "0 $sectors delay $2 0 $3${4:+ $2 0 $4}" || return 1
	t_undo dmsetup remove --retry "$1"
}

# dev_number DEVICE: as records have it, MAJOR:MINOR.
dev_number() {
	local hex
	hex=$(stat -L -c '%t %T' "$1")
	echo "$((16#${hex% *})):$((16#${hex#* }))"
}

# can_see_stacks: whether the kernel lets modules see the stack of a task that sleeps; Debian's 5.10 and 6.1 do not.
# Taken for granted where there are no headers that say so.
can_see_stacks() {
	local symvers
	symvers=/lib/modules/$(uname -r)/build/Module.symvers
	[[ ! -e $symvers ]] || grep -qw stack_trace_save_tsk "$symvers" ||
		t_skip "this kernel exports no stack_trace_save_tsk()"
}

# A kernel with PREEMPT_RT.
is_rt() {
	[[ $(uname -v) == *PREEMPT_RT* ]]
}

# Another CPU than CPU 0, or CPU 0 if that is all there is.
last_cpu() {
	echo $(($(nproc) - 1))
}

if ((EUID)); then
	t_skip_all "must be run as root"
fi
trap t_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if lt_loaded; then
	lt_unload_quietly
	! lt_loaded || { echo "Bail out! latency_tracker is loaded and in use"; exit 1; }
fi
klog_mark
