#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The completion of bash, asked as bash asks it. Usage: test_completion.bash PATH-OF-LATENCY-TRACKER. Prints TAP.
tool=$1
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
count=0
failed=0
export LT_SYSFS="$tree/sys"
mkdir -p "$LT_SYSFS/module/latency_tracker" "$LT_SYSFS/module/latency_tracker_block/parameters" \
	"$LT_SYSFS/module/latency_tracker_wakeup"
touch "$LT_SYSFS/module/latency_tracker_block/parameters/threshold_us" \
	"$LT_SYSFS/module/latency_tracker_block/parameters/timeout_us"
# shellcheck source=userspace/completion/latency-tracker.bash
. "$(dirname -- "$0")/../../../userspace/completion/latency-tracker.bash"

# completes TITLE WANTED WORD…: the last word is to be completed.
completes() {
	asks _latency_tracker "$tool" "$@"
}

# daemon_completes TITLE WANTED WORD…: the same for the daemon.
daemon_completes() {
	asks _latency_trackerd "$tree/trackerd" "$@"
}

# asks FUNCTION PROGRAM TITLE WANTED WORD…
asks() {
	local got function=$1 program=$2
	shift 2
	COMP_WORDS=("${program##*/}" "${@:3}")
	COMP_CWORD=$(($# - 2))
	"$function" "$program"
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd' ')
	((++count))
	if [[ $got == "$2" ]]; then
		echo "ok $count - $1"
	else
		((++failed))
		printf 'not ok %d - %s\n# got %s, expected %s\n' "$count" "$1" "$got" "$2"
	fi
}

completes "commands that begin so" "set snapshots stacks" s
completes "one command" "flamegraph" fl
completes "options of all" "--help --version" --
completes "options of a command" "--folded" stacks --f
completes "options behind a tracker" "--json" stacks block --j
completes "trackers" "block wakeup" hist ""
completes "trackers that begin so" "wakeup" pending wa
completes "parameters" "threshold_us= timeout_us=" set block t
completes "parameters behind an option" "timeout_us=" set -j block ti
completes "a probe behind an option" "wakeup" set -j wa
completes "trackers behind a switch" "block" top -t bl
completes "kinds" "task" stacks --kind ta
completes "what to do with snapshots" "path" snapshots p
cd "$tree" && touch saved && completes "files" "saved" stacks -i sa
completes "columns" "p50 p99 p99.9" top --sort p
completes "no file for a delay" "" top -d s
completes "trackers of watch" "block" watch -m bl
mkdir -p "$LT_SYSFS/fs/cgroup/system.slice" && completes "cgroups" "/system.slice" watch -c /sys
completes "no file for a disk" "" pending -d s
completes "nothing" "" list ""

printf '#!/bin/sh\necho "  --output=DIR  journal"\necho "  --once        one snapshot"\n' >"$tree/trackerd"
chmod +x "$tree/trackerd"
daemon_completes "options of the daemon" "--once --output" --o
daemon_completes "back ends" "lttng" --backend = l
daemon_completes "back ends behind a blank" "exec" --backend e
mkdir state && daemon_completes "directories, no files" "state" --output = st
daemon_completes "files" "saved" --config = sa
daemon_completes "all files" "saved state sys trackerd" --exec =
daemon_completes "nothing that it does not take" "" bl
echo "1..$count"
((failed == 0))
