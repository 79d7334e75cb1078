#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# /proc/latency_tracker as a reader finds it. Ground truth: so many direct reads of a RAM disk, each of
# which is slower than a threshold of 1 us and thus one record.
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

RING=64

# make_hits NUMBER: reads of memory, but none so short that it takes less than a microsecond.
make_hits() {
	dd if=/dev/ram0 of=/dev/null bs=64k count="$1" iflag=direct 2>/dev/null
}

# says FILE ARGUMENT: what the reader helper said of it, the last time.
says() {
	awk -v a="$2" '$1 == a { v = $2 } END { print v }' "$1"
}

setup() {
	# dd's own pages are read from the disk now, not when it counts.
	brd_load 1 64 && make_hits 1 && lt_core hits="$RING" && lt_load block threshold_us=1 rate_limit_ms=0 comm=dd
}

small_buffer() {
	make_hits 3 || return
	./reader open=nonblock read=1 read=40 out="$T_TMP/small" read=8192 >"$T_TMP/say"
	expect_eq "read of 1 byte" "$(says "$T_TMP/say" read=1)" EINVAL &&
		expect_eq "read of 40 bytes" "$(says "$T_TMP/say" read=40)" EINVAL &&
		expect_eq "records in the next read" "$(hits_count "$T_TMP/small")" 3 &&
		expect_eq "the first" "$(head -c 6 "$T_TMP/small")" "seq=0 "
}

whole_records() {
	local size records=0 n
	make_hits 20 || return
	for size in 300 500 700 1000 4096; do
		: >"$T_TMP/whole"
		./reader open=nonblock out="$T_TMP/whole" "read=$size" >"$T_TMP/say"
		n=$(hits_count "$T_TMP/whole")
		records=$((records + n))
		expect_eq "last byte of a read of $size" "$(tail -c 1 "$T_TMP/whole" | od -An -tx1 | tr -d ' ')" 0a || return
		./records.py check "$T_TMP/whole" >/dev/null || { t_diag "read of $size: no whole records"; return 1; }
	done
	expect_in "records read" "$records" 5 ""
}

# A record fits into a buffer of its own length, and into none that is a byte shorter.
exact_fit() {
	local file=$T_TMP/exact len
	./reader open=nonblock out="$file" read=8192 >/dev/null
	len=$(head -n 1 "$file" | wc -c)
	./reader open=nonblock read=0 read=$((len - 1)) "read=$len" >"$T_TMP/say"
	expect_eq "read of nothing" "$(says "$T_TMP/say" read=0)" 0 &&
		expect_eq "read of $((len - 1))" "$(says "$T_TMP/say" read=$((len - 1)))" EINVAL &&
		expect_eq "read of $len" "$(says "$T_TMP/say" "read=$len")" "$len" &&
		expect_fail "writing to it" sh -c "echo x >$PROC"
}

syntax() {
	hits_read "$T_TMP/syntax" || return
	expect_eq "records" "$(./records.py check "$T_TMP/syntax")" "records 23 lost 0"
}

nonblocking() {
	./reader open=nonblock drain=/dev/null read=8192 >"$T_TMP/say"
	expect_eq "read with nothing there" "$(says "$T_TMP/say" read=8192)" EAGAIN
}

quiet() {
	# comm=dd: everything else on this machine may be as slow as it likes.
	./reader open=nonblock seek=end:0 poll=2000 read=8192 >"$T_TMP/say"
	expect_eq "poll for 2 s" "$(says "$T_TMP/say" poll=2000)" 0 &&
		expect_eq "read" "$(says "$T_TMP/say" read=8192)" EAGAIN
}

polls() {
	local how
	for how in poll select epoll; do
		./reader open=nonblock seek=end:0 "$how=100" "$how=20000" >"$T_TMP/say" &
		sleep 2
		make_hits 1
		wait $!
		expect_eq "$how with nothing there" "$(says "$T_TMP/say" "$how"=100)" 0 || return
		expect_re "$how with a hit" "$(says "$T_TMP/say" "$how"=20000)" '0*[1-9a-f][0-9a-f]*|0x[0-9a-f]+' || return
	done
}

seeks() {
	./reader open=nonblock drain=/dev/null seek=set:0 out="$T_TMP/seek" read=8192 seek=end:0 read=4096 \
		seek=set:1 seek=cur:0 seek=end:1 >"$T_TMP/say"
	expect_in "records after seek=set:0" "$(hits_count "$T_TMP/seek")" 1 "" &&
		expect_eq "read after seek=end:0" "$(says "$T_TMP/say" read=4096)" EAGAIN &&
		expect_eq "seek=set:1" "$(says "$T_TMP/say" seek=set:1)" ESPIPE &&
		expect_eq "seek=cur:0" "$(says "$T_TMP/say" seek=cur:0)" ESPIPE &&
		expect_eq "seek=end:1" "$(says "$T_TMP/say" seek=end:1)" ESPIPE
}

# follower FILE: a blocking reader in the background, from now on.
follower() {
	./reader open seek=end:0 "follow=$1" >/dev/null &
	FOLLOWERS+=($!)
	t_undo kill "$!"
	wait_for 20 in_state $! S
}

has_records() {
	[[ -e $1 && $(hits_count "$1") -ge $2 ]]
}

several() {
	local i status=0
	FOLLOWERS=()
	for i in 1 2 3; do
		follower "$T_TMP/several.$i" || return
	done
	sleep 1
	make_hits 25 || return
	for i in 1 2 3; do
		wait_for 20 has_records "$T_TMP/several.$i" 25 || status=1
		expect_eq "records of reader $i" "$(hits_count "$T_TMP/several.$i")" 25 || status=1
		cmp -s "$T_TMP/several.1" "$T_TMP/several.$i" || { t_diag "reader $i differs"; status=1; }
	done
	kill -TERM "${FOLLOWERS[@]}"
	wait "${FOLLOWERS[@]}"
	return "$status"
}

# Two processes that share one open file share its cursor: each record is for one of them. Both can be
# killed while they sleep.
shared() {
	local records pids
	exec 6<"$PROC"
	./reader open=nonblock drain="$T_TMP/ring" >/dev/null
	cat <&6 >"$T_TMP/shared.1" &
	pids=($!)
	cat <&6 >"$T_TMP/shared.2" &
	pids+=($!)
	exec 6<&-
	wait_for 20 in_state "${pids[0]}" S && wait_for 20 in_state "${pids[1]}" S || return
	records=$(($(hits_count "$T_TMP/ring") + 30))
	make_hits 30
	wait_for 20 shared_all "$records"
	kill -KILL "${pids[1]}"
	wait "${pids[1]}" 2>/dev/null
	kill -KILL "${pids[0]}"
	wait "${pids[0]}" 2>/dev/null
	sort -u "$T_TMP/shared.1" "$T_TMP/shared.2" >"$T_TMP/shared"
	expect_eq "records of both" "$(shared_count)" "$records" &&
		expect_eq "different ones" "$(hits_count "$T_TMP/shared")" "$records"
}

shared_count() {
	cat "$T_TMP"/shared.[12] | grep -c '^seq='
}

shared_all() {
	(($(shared_count) >= $1))
}

# Few wake-ups, but no record stays behind.
rate_limited() {
	local before
	FOLLOWERS=()
	param block rate_limit_ms 1500 || return
	before=$(stat_of block suppressed_wakes)
	follower "$T_TMP/limited" || return
	make_hits 1 && wait_for 20 has_records "$T_TMP/limited" 1 && wait_for 20 in_state "${FOLLOWERS[0]}" S || return
	make_hits 10
	wait_for 20 has_records "$T_TMP/limited" 11
	kill -TERM "${FOLLOWERS[@]}"
	wait "${FOLLOWERS[@]}"
	param block rate_limit_ms 0
	expect_eq "records" "$(hits_count "$T_TMP/limited")" 11 &&
		expect_in "wake-ups held back" $(($(stat_of block suppressed_wakes) - before)) 1
}

killed_while_blocked() {
	FOLLOWERS=()
	follower "$T_TMP/killed" || return
	kill -KILL "${FOLLOWERS[0]}"
	wait "${FOLLOWERS[0]}"
	is_gone "${FOLLOWERS[0]}" || { t_diag "the reader lives on"; return 1; }
	make_hits 2 || return
	expect_eq "open files" "$(awk '$1 == "readers" { print $2 }' "$DEBUG/ring")" 0
}

interrupted() {
	./reader open seek=end:0 alarm=300 read=8192 >"$T_TMP/say"
	expect_eq "read" "$(says "$T_TMP/say" read=8192)" EINTR
}

restarted() {
	./reader open seek=end:0 restart=300 read=8192 alarms >"$T_TMP/say" &
	sleep 3
	make_hits 1
	wait $!
	expect_in "bytes read" "$(says "$T_TMP/say" read=8192)" 100 "" &&
		expect_eq "signals" "$(says "$T_TMP/say" alarms)" 1
}

slow_reader() {
	local before lost records pid
	mkfifo "$T_TMP/go" || return
	./reader open=nonblock seek=end:0 line drain="$T_TMP/slow" <"$T_TMP/go" >/dev/null &
	pid=$!
	exec 5>"$T_TMP/go"
	wait_for 20 opened || return
	sleep 1
	before=$(stat_of block hits)
	make_hits $((3 * RING))
	echo >&5
	exec 5>&-
	wait "$pid"
	records=$(hits_count "$T_TMP/slow")
	lost=$(awk '/^lost n=/ { sub(/.*=/, ""); n += $1 } END { print n + 0 }' "$T_TMP/slow")
	expect_in "lost" "$lost" 1 "" &&
		expect_eq "lost and read" "$((lost + records))" "$(($(stat_of block hits) - before))" &&
		expect_eq "first line" "$(head -n 1 "$T_TMP/slow" | cut -d= -f1)" "lost n"
}

odd_names() {
	# shellcheck disable=SC1003 # a backslash at the end of a name
	local name='we ird="x'\''\' want got
	param block comm '' || return
	cp "$(command -v dd)" "$T_TMP/$name" || return
	"$T_TMP/$name" if=/dev/ram0 of=/dev/null bs=64k count=1 iflag=direct 2>/dev/null
	hits_read "$T_TMP/odd" || return
	param block comm dd
	./records.py check "$T_TMP/odd" >/dev/null || return
	want=${name:0:15}
	got=$(./records.py list "$T_TMP/odd" comm | grep -F 'ird' | head -n 1)
	expect_eq "comm, unescaped" "$got" "$want"
}

# Every byte that a name may have; the one who reads, behind what others read, says what its name was.
any_name() {
	param block comm '' || return
	python3 - "$T_TMP/names" <<-'END' || return
		import mmap, os, sys
		fd = os.open("/dev/ram0", os.O_RDONLY | os.O_DIRECT)
		block = mmap.mmap(-1, 65536)
		with open(sys.argv[1], "wb") as out:
		    for i, first in enumerate(range(1, 256, 15)):
		        name = bytes(range(first, min(first + 15, 256)))
		        with open("/proc/self/comm", "wb", buffering=0) as f:
		            f.write(name)
		        os.preadv(fd, [block], len(block) * (500 + i))
		        out.write(name)
	END
	param block comm dd
	hits_read "$T_TMP/anyname"
	PYTHONPATH=. python3 - "$T_TMP/names" "$T_TMP/anyname" <<-'END'
		import re, sys
		import records
		want = open(sys.argv[1], "rb").read()
		got = b""
		for r in records.parse(sys.argv[2])[0]:
		    if r.fields.get("disk") == "ram0" and int(r.fields["sector"]) >= 500 * 128:
		        raw = r.fields["comm"].encode("latin-1")
		        got += re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), raw)
		if got != want:
		    print(f"# names: expected {want}, got {got}")
		sys.exit(got != want)
	END
}

permissions() {
	local as=(setpriv --reuid 12345 --regid 12345)
	expect_eq "mode and owner" "$(stat -c '%a %u %g' "$PROC")" "440 0 0" || return
	"${as[@]}" --clear-groups cat "$PROC" >/dev/null 2>"$T_TMP/denied" &&
		{ t_diag "anybody may read it"; return 1; }
	expect_re "the error" "$(cat "$T_TMP/denied")" '.*Permission denied' || return
	lt_unload && lt_core hits="$RING" gid=4321 || return
	expect_eq "mode and owner with gid=4321" "$(stat -c '%a %u %g' "$PROC")" "440 0 4321" || return
	"${as[@]}" --groups 4321 ./reader open=nonblock read=8192 >"$T_TMP/say" 2>&1
	expect_eq "read as a member of the group" "$(says "$T_TMP/say" read=8192)" EAGAIN
}

in_use() {
	exec 5<"$PROC"
	opened && expect_fail "rmmod while the file is open" rmmod latency_tracker
	local status=$?
	exec 5<&-
	return "$status"
}

opened() {
	[[ $(awk '$1 == "readers" { print $2 }' "$DEBUG/ring") == 1 ]]
}

t_case "a ring of $RING records, and a source of hits" setup
t_case "a buffer that is too small: EINVAL, nothing is lost" small_buffer
t_case "a read returns whole records" whole_records
t_case "every record follows the description" syntax
t_case "a buffer that fits exactly, an empty one, and writing" exact_fit
t_case "O_NONBLOCK: EAGAIN" nonblocking
t_case "nothing while it is quiet" quiet
t_case "poll, select and epoll" polls
t_case "lseek" seeks
t_case "several readers get every record each" several
t_case "two processes with one open file share the records" shared
t_case "rate_limit_ms: fewer wake-ups, every record" rate_limited
t_case "a reader killed while it sleeps" killed_while_blocked
t_case "a signal ends the sleep" interrupted
t_case "SA_RESTART goes on sleeping" restarted
t_case "a slow reader is told what it has lost" slow_reader
t_case "a name with blanks, quotes and a backslash" odd_names
t_case "a name of any bytes" any_name
t_case "permissions and gid=" permissions
t_case "the core cannot be unloaded while the file is open" in_use
t_run
