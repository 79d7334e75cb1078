# shellcheck shell=bash
# What the lab says to the person in front of it, and the one way to run a step of it.
#
# A step runs in its own process group with its output in a log, so that Ctrl-C or a time limit ends
# everything it started. errexit works inside a step only while no caller tests the step's status:
# bash drops it for everything below an `if` or `||`. Hence ui_try reports through UI_RC.

UI_RC=0
UI_PID=
UI_FOLLOW=
UI_FOLLOW_FILE=

ui_die() {
	ui_clear
	printf 'tests/run: %s\n' "$*" >&2
	exit 1
}

ui_line() {
	ui_clear
	printf '[%4ds] %s\n' "$SECONDS" "$*" >&2
}

ui_clear() {
	if [[ -t 2 ]]; then
		printf '\r\033[K' >&2
	fi
}

# ui_tail LOG [LINES]: the end of a log, indented so that it cannot be taken for our own words.
ui_tail() {
	ui_clear
	printf '  --- last lines of %s\n' "$1" >&2
	tail -n "${2:-20}" -- "$1" 2>/dev/null | tr -d '\r' | sed 's/^/  | /' >&2 || true
}

# Gives each whole line that the file has gained since the last call to the function in UI_FOLLOW.
ui_follow() {
	local line
	while IFS= read -r line <&7; do
		ui_clear
		"$UI_FOLLOW" "$UI_CARRY$line"
		UI_CARRY=
	done
	UI_CARRY+=$line
}

# Redrawn in place on a terminal, once a minute elsewhere (CI logs keep every line).
ui_progress() {
	local text=$1 began=$2 last=$SECONDS shown=-1
	while kill -0 "$UI_PID" 2>/dev/null; do
		sleep 0.2
		[[ -z $UI_FOLLOW ]] || ui_follow
		if [[ -t 2 ]]; then
			((SECONDS != shown)) || continue
			shown=$SECONDS
			printf '\r\033[K[%4ds] %s … %ds' "$shown" "$text" $((shown - began)) >&2
		elif ((SECONDS - last >= 60)); then
			last=$SECONDS
			ui_line "$text … still running after $((SECONDS - began)) s"
		fi
	done
	ui_clear
}

# ui_try TEXT LOG COMMAND…: run a step, leave its status in UI_RC, say nothing about a failure.
ui_try() {
	local text=$1 log=$2 began=$SECONDS
	shift 2
	mkdir -p "${log%/*}"
	[[ -t 2 ]] || ui_line "$text …"
	UI_RC=0
	if [[ -n $UI_FOLLOW ]]; then
		UI_CARRY=
		exec 7<"$UI_FOLLOW_FILE"
	fi
	set -m
	(
		set -euo pipefail
		trap - EXIT INT TERM
		"$@"
	) </dev/null >"$log" 2>&1 7<&- 9>&- &
	UI_PID=$!
	set +m
	ui_progress "$text" "$began"
	wait "$UI_PID" || UI_RC=$?
	UI_PID=
	if [[ -n $UI_FOLLOW ]]; then
		ui_follow
		[[ -z $UI_CARRY ]] || "$UI_FOLLOW" "$UI_CARRY"
		exec 7<&-
	fi
	if ((UI_RC == 0 && SECONDS - began >= 3)); then
		ui_line "$text: done in $((SECONDS - began)) s"
	fi
}

# ui_step TEXT LOG COMMAND…: the same, but a failure ends the run and names the log.
ui_step() {
	ui_try "$@"
	if ((UI_RC)); then
		ui_tail "$2" 30
		ui_die "$1 failed (exit $UI_RC); the whole log: $2"
	fi
}

# Ends the step that is running, for the exit trap.
ui_stop() {
	if [[ -n $UI_PID ]]; then
		kill -TERM -- "-$UI_PID" 2>/dev/null || true
		UI_PID=
	fi
}
