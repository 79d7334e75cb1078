#!/bin/bash
# What becomes of a snapshot: retries, times, sizes and the program of --exec. Prints TAP.
# usage: snapshots.sh PATH-OF-fake-trackerd
# shellcheck source=tests/host/daemon/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh" "$1"

# proof WORD VALUE: the only snapshot's, VALUE as JSON.
proof() {
	jq -e --argjson value "$2" ".$1 == \$value" "$work"/out/snapshots/2*/proof.json >/dev/null
}

# A failed snapshot is in the journal under its name, behind its hit.
failure_journalled() {
	local name
	name=$(basename "$work"/out/snapshots/2*)
	tail -n 1 "$work/out/journal.jsonl" | jq -e --arg name "$name" \
		'.snapshot == $name and .failed == "failed on purpose" and (.wall_time | length > 20)' \
		>/dev/null
}

# The next start neither takes such a line for a hit nor stumbles over it.
failure_is_no_hit() {
	start && stop TERM && logged 'ended: 0 hits journalled, 0 lost'
}

# after MS: how long after the hit the snapshot began.
began_after() {
	jq -e --argjson ms "$1" '.snapshot_begin_ns - .hit_ns >= $ms * 1000000' \
		"$work"/out/snapshots/2*/proof.json >/dev/null
}

# A hit while the recording goes on shares the snapshot.
shares_after() {
	hit 0
	wait_for journal_has 1
	hit 1
	wait_for proofs ok 1 &&
		jq -es 'length == 2 and .[1].shared and .[0].snapshot == .[1].snapshot' \
			"$work/out/journal.jsonl" >/dev/null
}

# Some 4 MiB of lines, each written by itself as the kernel would give it.
rotated() {
	local i line
	hit 0
	line=$(<"$work/line")
	wait_for journal_has 1
	for ((i = 1; i <= 10000; i++)); do
		echo "seq=$i ${line#seq=0 }"
	done | sed -u p -n >&"$writer"
	wait_for last_is 10000 && wait_for test -s "$work/out/journal.jsonl.1"
}

last_is() {
	tail -n 1 "$work/out/journal.jsonl" | grep -qF "{\"seq\":$1,"
}

# Sizes are bound, lines whole, and of the last ones none is missing or twice.
rotated_well() {
	local size
	for size in $(stat -c %s "$work"/out/journal.jsonl*); do
		((size <= 1048576)) || return
	done
	[[ $(find "$work/out" -name 'journal*' | wc -l) == 2 ]] &&
		cat "$work"/out/journal.jsonl.1 "$work"/out/journal.jsonl |
		jq -es '[.[].seq] as $s | $s == [range($s[0]; 10001)]' >/dev/null
}

# The record that the ring still holds stands in the old file.
rotated_is_known() {
	head -n 1 "$work/out/journal.jsonl.1" | jq -r .seq >"$work/seq"
	sed "s/^seq=0/seq=$(<"$work/seq")/" "$work/line" >"$work/ring"
	start --journal-mb=1 && stop TERM && logged 'ended: 0 hits journalled'
}

# One of them alone is more than one MiB; the newest stays, however big.
quota() {
	hit 0
	wait_for proofs ok 1 || return
	head -c 1200K /dev/zero >"$(echo "$work"/out/snapshots/2*)/big"
	hit 1
	wait_for only_is 1 && proofs ok 1
}

only_is() {
	[[ $(snapshots) == 1 && $(jq .hit_seq "$work"/out/snapshots/2*/proof.json) == "$1" ]]
}

# program LINE…: what --exec runs.
program() {
	printf '%s\n' '#!/bin/sh' "$@" >"$work/program"
	chmod 700 "$work/program"
}

output() {
	cat "$work"/out/snapshots/2*/output.txt
}

# Its words reach the program as they are: no shell looks at them.
exec_gets() {
	hit 0
	wait_for proofs ok 1 || return
	[[ $(output | head -n 1) == "[a b] [\$HOME] [;] $(echo "$work"/out/snapshots/2*)" ]] &&
		output | sed 1d | jq -e --slurpfile hit "$work"/out/snapshots/2*/hit.json \
			'. == $hit[0] and .seq == 0' >/dev/null
}

exec_place() {
	[[ $(cat "$work"/out/snapshots/2*/where) == $(echo "$work"/out/snapshots/2*) ]] &&
		proof covers_begin null && proof backend '"exec"' && proof trace '"output.txt"' &&
		logged 'taken '
}

# What it says last is the reason; it was tried twice.
exec_fails() {
	hit 0
	wait_for proofs failed 1 && proof error "\"$work/program ended with 3: it is broken\"" &&
		proof retried "\"$work/program ended with 3: it is broken\"" &&
		[[ $(wc -l <"$work/runs") == 2 ]]
}

# It ignores SIGTERM and leaves a child behind: both go.
exec_hangs() {
	hit 0
	wait_for proofs failed 1 &&
		proof error "\"$work/program took longer than 300 ms (--exec-timeout-ms) and was ended\"" &&
		[[ $(wc -l <"$work/runs") == 1 ]] && ! pgrep -f "sleep 987654" >/dev/null
}

exec_absent() {
	hit 0
	wait_for proofs failed 1 && proof error '"/no/such/program: no such program (--exec)"'
}

exec_interrupted() {
	hit 0
	wait_for test -s "$work/runs" && kill -TERM "$pid" && sleep 0.2 && stop TERM &&
		proof status '"failed"' && proof error "\"$work/program was ended, as the daemon ends\""
}

# refuses WORDS OPTION…: it does not start, and says so.
refuses() {
	local status
	timeout 20 "$daemon" --proc=/dev/null --output="$work/out" --priority=0 "${@:2}" 2>"$work/second"
	status=$?
	((status == 1)) && grep -qF -- "$1" "$work/second"
}

# The first look comes five seconds after the start, the one at the new buffers five later.
grows() {
	wait_for logged 'a snapshot covers the last 2.0 s now, at the rate of events on CPU 1' &&
		wait_for logged 'buffers of 4 KiB for each CPU become 15 KiB' &&
		wait_for logged 'a snapshot covers the last 7.5 s now'
}

plan 26

fresh
export FAKE_FAIL=1
start
settle
hit 0
check 'a snapshot that fails is tried once more' wait_for proofs ok 1
check '... and its proof says why' proof retried '"failed on purpose"'
stop TERM

fresh
export FAKE_FAIL=2
start --once
settle
hit 0
check '--once ends with 1 after a failed snapshot' once_status 1
check '... whose proof tells the reason' proof error '"failed on purpose"'
check '... and which keeps no part of a trace' test ! -e "$work"/out/snapshots/2*/trace
check '... and the journal says that it failed' failure_journalled
check '... which is no hit for the next one' failure_is_no_hit
unset FAKE_FAIL

fresh
start --after-ms=400
settle
check '--after-ms: a later hit shares the snapshot' shares_after
check '... which was taken that much after the hit' began_after 400
stop TERM
fresh
start --after-ms=60000
settle
hit 0
wait_for proofs recording 0
wait_for journal_has 1
check '... and a daemon that ends does not wait for it' stop TERM
check '... but takes the snapshot' proofs ok 1

fresh
start --journal-mb=1 --rate-ms=60000
settle
check 'a journal that grows is rotated' rotated
check '... into two files of bound size, with every line' rotated_well
stop TERM
check '... and a hit of the old one is known' rotated_is_known

fresh
start --quota-mb=1 --rate-ms=0
settle
check 'over the quota the oldest snapshot goes' quota
stop TERM

fresh
# shellcheck disable=SC2016 # for the program's shell to expand
program 'printf "[%s] [%s] [%s] %s\n" "$1" "$2" "$3" "$LATENCY_TRACKER_SNAPSHOT"' cat 'pwd >where'
start --backend=exec --exec="$work/program 'a b' \$HOME ;"
settle
check 'exec: argv, environment and the hit on stdin' exec_gets
check '... in the directory of the snapshot, with a proof that claims no trace' exec_place
stop TERM

fresh
program "echo run >>'$work/runs'" 'echo something' 'echo it is broken >&2' 'exit 3'
start --backend=exec --exec="$work/program"
settle
check 'exec: a program that fails' exec_fails
stop TERM

fresh
rm -f "$work/runs"
program "trap '' TERM" "echo run >>'$work/runs'" 'sleep 987654 & wait' 'while :; do sleep 1; done'
start --backend=exec --exec="$work/program" --exec-timeout-ms=300
settle
check 'exec: a program that hangs is killed, with its children' exec_hangs
stop TERM

fresh
rm -f "$work/runs"
program "echo run >>'$work/runs'" 'exec sleep 987654'
start --backend=exec --exec="$work/program" --exec-timeout-ms=60000
settle
check 'exec: a second signal ends it' exec_interrupted

fresh
start --backend=exec --exec=/no/such/program
settle
check 'exec: no such program' exec_absent
stop TERM
check 'exec: without a program it refuses' refuses 'no program is named' --backend=exec
# shellcheck disable=SC1003 # a backslash with nothing behind it
check 'exec: words that cannot be told apart' refuses '--exec: ' --backend=exec --exec='a \'

fresh
export FAKE_SPAN_MS=2000
start --cover=6
check '--cover: buffers that are too small grow, and are looked at again' grows
settle
hit 0
check '... and snapshots go on' wait_for proofs ok 1
stop TERM
fresh
export FAKE_NO_RESIZE=1
start --cover=6
check '... unless they cannot' wait_for logged 'cannot resize the buffers: not resized on purpose'
stop TERM
unset FAKE_SPAN_MS FAKE_NO_RESIZE
((failures == 0))
