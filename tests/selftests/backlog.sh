#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Packets that wait in the backlog of a CPU: two network namespaces with a veth pair between them, and
# RPS that gives all packets to one CPU. Ground truth, so that a slow machine does not matter:
#   lt_hold disables softirqs on that CPU for a known time
#   packets are numbered by their source port; sender and receiver take the time around each
#     (backlog_send.py, backlog_judge.py)
#   the kernel counts what a full backlog drops (/proc/net/softnet_stat)
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

HOLD_MS=200
ROUNDS=${LT_CHURN_ROUNDS:-20}
THRESHOLD_US=30000
PACKETS=60
DPORT=7000
CPU=$(last_cpu)
HOLD=/sys/module/lt_hold/parameters/hold
HOLDING=/sys/kernel/debug/lt_hold/holding
A=lt-a-$$ B=lt-b-$$
declare -A ADDR=([4a]=10.99.0.1 [4b]=10.99.0.2 [6a]=fd99::1 [6b]=fd99::2)

in_a() {
	ip netns exec "$A" "$@"
}

in_b() {
	ip netns exec "$B" "$@"
}

# pair: the interfaces lt-va and lt-vb.
pair() {
	local ns
	in_a ip link add lt-va type veth peer name lt-vb netns "$B" || return
	for ns in a b; do
		ip -n "lt-$ns-$$" addr add "${ADDR[4$ns]}/24" dev "lt-v$ns" &&
			ip -n "lt-$ns-$$" addr add "${ADDR[6$ns]}/64" dev "lt-v$ns" nodad &&
			ip -n "lt-$ns-$$" link set "lt-v$ns" up || return
	done
	printf '%x' $((1 << CPU)) >"$T_TMP/mask"
	in_b sh -c "cat $T_TMP/mask >/sys/class/net/lt-vb/queues/rx-0/rps_cpus" || return
	# So that nobody has to ask for addresses later.
	wait_for 10 in_a ping -q -c 1 -W 1 "${ADDR[4b]}" >/dev/null &&
		wait_for 10 in_a ping -q -c 1 -W 1 "${ADDR[6b]}" >/dev/null
}

need() {
	(($(nproc) > 1)) || t_skip "needs two CPUs" || return
	modprobe lt_hold && t_undo rmmod lt_hold && modprobe veth || return
	ip netns add "$A" && t_undo ip netns del "$A" && ip netns add "$B" && t_undo ip netns del "$B" || return
	NETNS=$(stat -L -c %i "/run/netns/$B")
	pair && IFINDEX=$(in_b cat /sys/class/net/lt-vb/ifindex)
}

# transfer NAME VERSION COUNT [GAP_MS HOLD]: numbered packets from A to B.
transfer() {
	local receiver
	in_b ./backlog_send.py receive "${ADDR[$2b]}" "$DPORT" "$3" >"$T_TMP/$1.received" &
	receiver=$!
	wait_for 20 grep -q ready "$T_TMP/$1.received" || return
	in_a ./backlog_send.py send "${ADDR[$2b]}" "$DPORT" 20000 "$3" 0 "${@:4}" >"$T_TMP/$1.sent" || return
	wait "$receiver"
}

# quick COUNT VERSION [DPORT]: packets that nobody waits for; sent when it returns.
quick() {
	in_a bash -c "for ((i = 0; i < $1; i++)); do echo >/dev/udp/${ADDR[$2b]}/${3:-$DPORT}; done" 2>/dev/null
}

held() {
	lt_unload && lt_load backlog threshold_us="$THRESHOLD_US" rate_limit_ms=0 &&
		transfer "v$1" "$1" "$PACKETS" 5 "bh $CPU $HOLD_MS" && cp "$HOLD" "$T_TMP/v$1.hold" &&
		hits_read "$T_TMP/v$1.hits" && ./records.py check "$T_TMP/v$1.hits"
}

judged() {
	local since until value
	read -r since _ _ until _ <"$T_TMP/v$1.hold"
	./backlog_judge.py "$T_TMP/v$1.hits" $((THRESHOLD_US * US)) "$since" "$until" "$T_TMP/v$1.sent" \
		"$T_TMP/v$1.received" >"$T_TMP/v$1.judged" || { cat "$T_TMP/v$1.judged"; return 1; }
	t_diag "$(paste -sd' ' "$T_TMP/v$1.judged")"
	value=$(awk '$1 == "slow" { print $2 }' "$T_TMP/v$1.judged")
	expect_in "packets that had to wait" "$value" 2 &&
		expect_in "that could not" "$(awk '$1 == "fast" { print $2 }' "$T_TMP/v$1.judged")" 1
}

# mine VERSION FIELD…: fields of the hits of our packets.
mine() {
	./records.py list "$T_TMP/v$1.hits" dport "${@:2}" | awk -v p="$DPORT" '$1 == p' | cut -f 2-
}

fields() {
	local at=(tracker ifname ifindex netns proto saddr daddr cpu_begin cpu_target cpu_receive cpu_end
		migrated node_crossed)
	expect_eq "fields" "$(mine "$1" "${at[@]}" | sort -u)" \
		"backlog	lt-vb	$IFINDEX	$NETNS	udp	${ADDR[$1a]}	${ADDR[$1b]}	0	$CPU	$CPU	$CPU	1	0" &&
		expect_eq "who" "$(mine "$1" comm | sort -u)" backlog_send.py
}

# Nobody takes packets out meanwhile: each finds more of them than the one before.
depth() {
	mine "$1" qlen begin | sort -k 2 | awk '
	NR > 1 && $1 <= last { exit bad = 1 }
	{ last = $1 }
	END { exit bad || last < NR - 1 }' || { mine "$1" qlen begin; return 1; }
}

# In the histograms: by interface, and by pair of CPUs.
series() {
	awk -v want="$1" -v least="$2" '$1 == "series" && $2 == want && $4 >= least { found = 1 }
	END { exit !found }' "$DEBUG/backlog/histogram" && return
	t_diag "no $2 of series $1: $(awk '$1 == "series" { print $2, $4 }' "$DEBUG/backlog/histogram" | paste -sd' ')"
	return 1
}

by_dimension() {
	series "ifname=lt-vb@$NETNS" "$PACKETS" && series "cpus=0-$CPU" "$PACKETS"
}

# What is sent to our port is tracked, each packet once, and all of it ends.
accounted() {
	lt_unload && lt_load backlog threshold_us=1000000 dport="$DPORT" && transfer count 4 100 || return
	wait_for 5 ledger_idle backlog || return
	ledger backlog
	expect_eq "begins" "${LEDGER[begins]}" 100 && expect_eq "matched" "${LEDGER[matched]}" 100 &&
		expect_eq "missed hooks" "${LEDGER[missed_hooks]}" 0
}

# Packets that found a backlog full, on all CPUs.
softnet_drops() {
	local drops sum=0
	while read -r _ drops _; do
		sum=$((sum + 16#$drops))
	done </proc/net/softnet_stat
	echo "$sum"
}

# held_quick COUNT MS: sends while softirqs of the CPU are held up, which they are until MS later at the latest; sets
# HELD. The sender is in its namespace before and after that, because on the way it waits for RCU; and on another CPU.
held_quick() {
	local go
	mkfifo "$T_TMP/go" || return
	in_a taskset -c 0 bash -c "echo ready; read -r; for ((i = 0; i < $1; i++)); do echo >/dev/udp/${ADDR[4b]}/$DPORT; done; echo sent" \
		<"$T_TMP/go" >"$T_TMP/sender" &
	exec {go}>"$T_TMP/go"
	rm "$T_TMP/go"
	wait_for 30 grep -q ready "$T_TMP/sender" || return
	echo "bh $CPU $2" >"$HOLD" &
	HELD=$!
	wait_for 30 grep -q Y "$HOLDING" && echo >&"$go" && wait_for 30 grep -q sent "$T_TMP/sender"
	exec {go}>&-
}

release() {
	echo N >"$HOLDING"
	wait "$HELD"
}

# A backlog of ten, and softirqs disabled: most packets find it full.
full() {
	local limit before
	limit=$(sysctl -n net.core.netdev_max_backlog) || return
	sysctl -qw net.core.netdev_max_backlog=10 && t_undo sysctl -qw "net.core.netdev_max_backlog=$limit" || return
	before=$(softnet_drops) && lt_unload && lt_load backlog threshold_us=1000000 dport="$DPORT" && held_quick 40 10000 &&
		release && wait_for 5 ledger_idle backlog || return
	DROPS=$(($(softnet_drops) - before))
	sysctl -qw "net.core.netdev_max_backlog=$limit" && ledger backlog &&
		expect_eq "begins" "${LEDGER[begins]}" 40 && expect_in "dropped" "$DROPS" 1 &&
		expect_in "cancelled, of $DROPS that were dropped" "${LEDGER[cancelled]}" 1 "$DROPS" &&
		expect_eq "the rest" "${LEDGER[matched]}" $((40 - LEDGER[cancelled]))
}

# filter VERSION WANTED PARAM VALUE: of five packets to our port so many are tracked with this as well.
filter() {
	local before
	before=$(stat_of backlog begins)
	param backlog "$3" "$4" && quick 5 "$1" && wait_for 5 ledger_idle backlog || return
	expect_eq "$3=$4, IPv$1" $(($(stat_of backlog begins) - before)) "$2" || return
	if (($2 == 0)); then
		expect_in "turned away by $3" "$(awk -v f="$3" '$1 == f { print $2 }' "$DEBUG/backlog/filters")" 5 || return
	fi
	case $3 in
	sport) param backlog sport 0 ;;
	*) param backlog "$3" "" ;;
	esac
}

filters() {
	lt_unload && lt_load backlog threshold_us=1000000 dport="$DPORT" &&
		filter 4 5 ifname lt-vb && filter 4 0 ifname lt-va &&
		filter 4 5 saddr 10.99.0.1 && filter 4 0 saddr 10.99.0.3 && filter 4 5 saddr 10.99.0.3/30 &&
		filter 4 5 daddr 0.0.0.0/0 && filter 6 0 daddr 0.0.0.0/0 && filter 4 0 daddr ::/0 &&
		filter 6 5 daddr fd99::/64 && filter 6 0 daddr fd98::/16 && filter 6 5 daddr fd99::2 &&
		filter 4 0 sport 1 && filter 4 5 proto udp && filter 6 5 proto 17 && filter 4 0 proto tcp &&
		param backlog dport 7001 && filter 4 0 proto udp &&
		expect_in "turned away by dport" "$(awk '$1 == "dport" { print $2 }' "$DEBUG/backlog/filters")" 5
}

refuses() {
	local bad
	lt_unload && lt_load backlog || return
	for bad in ifname=0123456789abcdef saddr=10.0.0 saddr=10.0.0.0/33 saddr=1.2.3.4/ saddr=1.2.3.4/x daddr=fe80::/129 \
		daddr=host daddr=1.2.3.4.5 sport=65536 dport=-1 dport=http proto=256 proto=ip; do
		expect_fail "$bad" param backlog "${bad%%=*}" "${bad#*=}" || return
		expect_re "${bad%%=*}" "$(param backlog "${bad%%=*}")" "0|" || return
	done
	klog | grep -q "saddr: '10.0.0' is not an IPv4 or IPv6 address" || { t_diag "no word in the log"; return 1; }
	for bad in saddr=10.0.0.0/8 daddr=fe80::1 daddr=::/0 sport=65535 proto=icmp6 proto=0 ifname=eth0; do
		param backlog "${bad%%=*}" "${bad#*=}" || { t_diag "$bad refused"; return 1; }
		expect_eq "${bad%%=*}" "$(param backlog "${bad%%=*}")" "${bad#*=}" || return
	done
	lt_unload && expect_fail "saddr at load" lt_load backlog saddr=nowhere
}

received() {
	in_b cat /sys/class/net/lt-vb/statistics/rx_packets
}

listens_b() {
	[[ -n $(in_b ss -Hltn "sport = :5201") ]]
}

# iperf3, UDP and then TCP: what it says it has sent arrives, and the probe has seen as many packets as the interface
# has received, but for those in the moment in which it was loaded.
iperf3_counts() {
	local before loaded end sent
	before=$(received) && lt_unload && lt_load backlog threshold_us=1000000 ifname=lt-vb || return
	loaded=$(received)
	ip netns exec "$B" iperf3 --server >"$T_TMP/iperf3-server" 2>&1 &
	t_undo kill $!
	wait_for 20 listens_b && in_a iperf3 --client "${ADDR[4b]}" --udp --bitrate 4M --length 1000 --time 3 --json >"$T_TMP/udp" &&
		in_a iperf3 --client "${ADDR[6b]}" --time 2 --json >"$T_TMP/tcp" && wait_for 10 ledger_idle backlog || return
	end=$(received)
	ledger backlog
	sent=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["end"]["sum"]["packets"])' <"$T_TMP/udp")
	t_diag "iperf3 has sent $sent datagrams; received $((end - loaded)), seen $(stat_of backlog seen), begins ${LEDGER[begins]}"
	expect_in "packets" $((end - loaded)) "$sent" &&
		expect_in "tracked or not IP" $((LEDGER[begins] + $(awk '$1 == "not_ip" { print $2 }' "$DEBUG/backlog/filters"))) \
			$((end - loaded)) $((end - before))
}

# Headers that lie: no harm, and nothing is left behind. What is not IP is counted.
odd_frames() {
	lt_unload && lt_load backlog threshold_us=1 rate_limit_ms=0 || return
	in_a ./backlog_send.py frames lt-va 300 0x0800 && in_a ./backlog_send.py frames lt-va 300 0x86dd &&
		in_a ./backlog_send.py frames lt-va 50 0x88b5 && wait_for 5 ledger_idle backlog || return
	ledger backlog
	hits_read "$T_TMP/odd" && ./records.py check "$T_TMP/odd" &&
		expect_in "begins" "${LEDGER[begins]}" 600 && expect_in "matched" "${LEDGER[matched]}" 600 &&
		expect_in "not IP" "$(awk '$1 == "not_ip" { print $2 }' "$DEBUG/backlog/filters")" 50
}

# Under its own load; kprobes make that slow.
churned() {
	local ping said
	lt_unload && modprobe latency_tracker || return
	# Not by in_a: a subshell would be killed, and ping live on.
	ip netns exec "$A" ping -q -f "${ADDR[4b]}" >/dev/null 2>&1 &
	ping=$!
	t_undo kill "$ping"
	said=$(./churn "$ROUNDS" 5 backlog "$(modinfo -n latency_tracker_backlog)")
	kill "$ping"
	t_diag "$said"
	expect_re "rounds" "$said" "backlog rounds $ROUNDS begins [1-9][0-9]* .*"
}

# Packets are in the backlog when their interface goes.
removed() {
	lt_unload && lt_load backlog threshold_us=1000000 dport="$DPORT" && quick 3 4 && held_quick 10 2000 || return
	# Waits for the softirqs of all CPUs.
	in_b ip link del lt-vb
	wait "$HELD"
	wait_for 10 ledger_idle backlog || return
	ledger backlog
	t_diag "begins ${LEDGER[begins]}, matched ${LEDGER[matched]}, cancelled ${LEDGER[cancelled]}"
	expect_eq "begins" "${LEDGER[begins]}" 13 &&
		expect_eq "matched or cancelled" $((LEDGER[matched] + LEDGER[cancelled])) 13 &&
		series "ifname=$IFINDEX@$NETNS" 3
}

t_case "two namespaces, RPS to CPU $CPU, and a module that holds up softirqs" need
for v in 4 6; do
	t_case "IPv$v: numbered packets, softirqs held up for $HOLD_MS ms" held $v
	t_case "IPv$v: each that waited is a hit and no other, the wait is before the receive" judged $v
	t_case "IPv$v: fields" fields $v
	t_case "IPv$v: depth of the queue" depth $v
	t_case "IPv$v: histograms by interface and by CPUs" by_dimension
done
t_case "each packet is tracked once, and ends" accounted
t_case "packets that a full backlog drops are cancelled" full
t_case "each filter, alone" filters
t_case "iperf3: as many packets as the interface has received" iperf3_counts
t_case "values that are right and wrong" refuses
t_case "frames that are odd" odd_frames
t_case "loaded and unloaded $ROUNDS times under load" churned
t_case "the interface goes while packets wait" removed
t_run
