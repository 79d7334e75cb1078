# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# Reports cases as TAP, for scripts that look at what a program printed to $tree/out. For sh.
# shellcheck disable=SC2154 # the script's

count=0
failed=0

# judge RESULT TITLE WHY: report a case; 0 is success.
judge() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $count - $2"
	echo "# $3"
	sed 's/^/#   /' "$tree/out"
}

# The plan, and whether all was well: the last line of a script.
judged() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
}
