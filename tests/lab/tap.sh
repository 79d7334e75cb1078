# shellcheck shell=bash
# TAP on standard output, kept in RUN/tap as well, and the count of it at the end.

TAP_DONE=0

tap_out() {
	ui_clear
	printf '%s\n' "$*" | tee -a "$RUN/tap"
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
		tail -n 40 -- "$3" | sed 's/^/# | /' | tee -a "$RUN/tap"
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
