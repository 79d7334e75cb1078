# shellcheck shell=bash
# TAP on standard output, kept in RUN/tap as well, and the count of it at the end.

TAP_DONE=0
TAP_FILE=
TAP_ASIDE=

tap_out() {
	ui_clear
	printf '%s\n' "$*" | tee -a "${TAP_FILE:-$RUN/tap}"
}

tap_plan() {
	tap_out 'TAP version 14'
	tap_out "1..$1"
}

# A line of somebody else's TAP, one level deeper than ours.
tap_nested() {
	tap_out "    $1"
}

# tap_result STATUS NAME [LOG]: one case of our own plan; the end of the log explains a failure.
tap_result() {
	TAP_DONE=$((TAP_DONE + 1))
	if (($1 == 0)); then
		tap_out "ok $TAP_DONE - $2"
		return 0
	fi
	tap_out "not ok $TAP_DONE - $2"
	if [[ -s ${3:-} ]]; then
		tap_out "# the whole log: $3"
		tail -n 40 -- "$3" | sed 's/^/# | /' | tee -a "${TAP_FILE:-$RUN/tap}"
	fi
}

tap_skip() {
	TAP_DONE=$((TAP_DONE + 1))
	tap_out "ok $TAP_DONE - $1 # SKIP $2"
}

# tap_case NAME COMMAND…: a case that is one command.
tap_case() {
	local name=$1 log=$RUN/${1//[^a-z0-9]/-}.log
	shift
	ui_try "$name" "$log" "$@"
	tap_result "$UI_RC" "$name" "$log"
}

# tap_aside COMMAND…: cases that run beside those that follow. What they say is kept until tap_join.
tap_aside() {
	(
		TAP_FILE=$RUN/aside.tap
		: >"$TAP_FILE"
		trap ui_stop EXIT
		trap 'exit 143' INT TERM HUP
		"$@"
	) </dev/null >/dev/null 2>"$RUN/aside.log" &
	TAP_ASIDE=$!
}

# Waits for them, and gives their lines the numbers that come next.
tap_join() {
	local line status=0
	wait "$TAP_ASIDE" || status=$?
	TAP_ASIDE=
	while IFS= read -r line; do
		if [[ $line =~ ^((not )?ok)\ [0-9]+(.*) ]]; then
			TAP_DONE=$((TAP_DONE + 1))
			line="${BASH_REMATCH[1]} $TAP_DONE${BASH_REMATCH[3]}"
		fi
		tap_out "$line"
	done <"$RUN/aside.tap"
	((status == 0)) || ui_tail "$RUN/aside.log"
}

# Ends them, for the exit trap.
tap_stop() {
	[[ -z $TAP_ASIDE ]] || kill "$TAP_ASIDE" 2>/dev/null || true
}

# The last line of a test run; fails unless everything passed.
tap_finish() {
	local passed failed skipped
	read -r passed failed skipped < <(awk -f "$LAB/tap.awk" "$RUN/tap")
	ui_line "results: $RUN/tap"
	if ((skipped)); then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	((failed == 0 && passed > 0))
}
