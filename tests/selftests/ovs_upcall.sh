#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Upcalls of Open vSwitch: a real ovs-vswitchd with the kernel's datapath between two network namespaces.
# It is told to install a flow for each combination of headers that it sees, so that each new source port
# is an upcall. Ground truth, so that a slow machine does not matter:
#   ovs-vswitchd is stopped by a signal for a known time
#   the kernel's own trace of ovs_dp_upcall, taken just before and just after the probe's look at the clock;
#     frames are known by their length (ovs_flows.py)
#   the receiver takes the time of each packet
#   the datapath counts its upcalls, and the module its users
# timeout=400
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

ROUNDS=${LT_CHURN_ROUNDS:-20}
STOP_MS=300
THRESHOLD_US=100000
FLOWS=15
DPORT=7000
MODULE=/sys/module/openvswitch
A=lt-a-$$ B=lt-b-$$
ADDR_A=10.98.0.1 ADDR_B=10.98.0.2
VSWITCHD=
export OVS_RUNDIR=$T_TMP/ovs OVS_LOGDIR=$T_TMP/ovs OVS_DBDIR=$T_TMP/ovs

in_a() {
	ip netns exec "$A" "$@"
}

in_b() {
	ip netns exec "$B" "$@"
}

# said TEXT: the kernel log has this line of the probe since the last mark.
said() {
	klog | grep -qF "latency_tracker_ovs_upcall: $1" && return
	t_diag "the kernel log does not say: $1"
	return 1
}

ovs_unload() {
	[[ -e $MODULE ]] || return 0
	modprobe -qr vport_geneve vport_vxlan vport_gre
	rmmod openvswitch
}

need() {
	type ovs-vswitchd ovsdb-server ovs-dpctl >/dev/null 2>&1 || t_skip "no Open vSwitch" || return
	modprobe veth && modprobe -n openvswitch 2>/dev/null || t_skip "no module openvswitch" || return
	ovs_unload && t_undo ovs_unload
}

# Loaded before openvswitch, which comes, goes and comes again; nobody keeps it from going.
waits() {
	klog_mark
	lt_load ovs_upcall && said "openvswitch is not loaded: waiting for it" || return
	for _ in 1 2; do
		klog_mark
		modprobe openvswitch && said "attached to openvswitch" &&
			expect_eq "users of openvswitch" "$(<"$MODULE/refcnt")" 0 || return
		klog_mark
		rmmod openvswitch && said "detached, openvswitch goes: waiting for it to come back" || return
	done
	ledger_balances ovs_upcall && lt_unload
}

# Unloaded while it waits, nobody is left to be told that openvswitch comes.
stops_waiting() {
	lt_load ovs_upcall && lt_unload && klog_mark && modprobe openvswitch || return
	klog | grep -q latency_tracker_ovs_upcall && { t_diag "still told"; return 1; }
	lt_load ovs_upcall && said "attached to openvswitch" && lt_unload &&
		expect_eq "users of openvswitch" "$(<"$MODULE/refcnt")" 0
}

pair() {
	ip netns add "$A" && t_undo ip netns del "$A" && ip netns add "$B" && t_undo ip netns del "$B" || return
	# Nobody speaks by himself: no IPv6, no ARP.
	in_a sysctl -qw net.ipv6.conf.default.disable_ipv6=1 && in_b sysctl -qw net.ipv6.conf.default.disable_ipv6=1 &&
		ip link add lt-ova type veth peer name lt-va netns "$A" address 02:00:00:00:00:0a &&
		ip link add lt-ovb type veth peer name lt-vb netns "$B" address 02:00:00:00:00:0b || return
	ip -n "$A" addr add "$ADDR_A/24" dev lt-va && ip -n "$B" addr add "$ADDR_B/24" dev lt-vb &&
		ip -n "$A" link set lt-va up && ip -n "$B" link set lt-vb up || return
	ip -n "$A" neigh replace "$ADDR_B" lladdr 02:00:00:00:00:0b dev lt-va nud permanent &&
		ip -n "$B" neigh replace "$ADDR_A" lladdr 02:00:00:00:00:0a dev lt-vb nud permanent || return
	for dev in lt-ova lt-ovb; do
		sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
		ip link set "$dev" up || return
	done
}

vswitchd() {
	ovs-vswitchd "unix:$OVS_RUNDIR/db.sock" -vconsole:off --pidfile --detach --log-file &&
		VSWITCHD=$(<"$OVS_RUNDIR/ovs-vswitchd.pid")
}

switch_end() {
	kill -CONT "$VSWITCHD"
	kill -KILL "$VSWITCHD" "$(<"$OVS_RUNDIR/ovsdb-server.pid")"
	wait_for 10 is_gone "$VSWITCHD"
	ovs-dpctl del-dp ovs-system
	ip link del lt-ova
	ip link del lt-ovb
}

switch_begin() {
	mkdir "$OVS_RUNDIR" && ovsdb-tool create "$OVS_RUNDIR/conf.db" /usr/share/openvswitch/vswitch.ovsschema &&
		ovsdb-server "--remote=punix:$OVS_RUNDIR/db.sock" -vconsole:off --pidfile --detach --log-file &&
		pair && ovs-vsctl --no-wait init && vswitchd && t_undo switch_end || return
	ovs-vsctl --timeout=60 add-br lt-br -- set bridge lt-br other-config:hwaddr=02:00:00:00:00:0c -- \
		add-port lt-br lt-ova -- add-port lt-br lt-ovb || return
	sysctl -qw net.ipv6.conf.lt-br.disable_ipv6=1 net.ipv6.conf.ovs-system.disable_ipv6=1
	ovs-appctl upcall/disable-megaflows >/dev/null && wait_for 30 in_a ping -q -c 1 -W 2 "$ADDR_B" >/dev/null &&
		IFINDEX=$(</sys/class/net/lt-ova/ifindex) && NETNS=$(stat -L -c %i /proc/self/ns/net)
}

# sent NAME FIRST COUNT [GAP_MS]: flows from A to B; what was sent is in NAME.
sent() {
	in_a ./ovs_flows.py send "$ADDR_B" "$DPORT" "$2" "$3" "${4:-5}" >"$T_TMP/$1"
}

# receiver COUNT: starts to receive.
receiver() {
	in_b ./backlog_send.py receive "$ADDR_B" "$DPORT" "$1" 60 >"$T_TMP/received" &
	RECEIVER=$!
	wait_for 30 grep -q ready "$T_TMP/received"
}

# begun COUNT: so many have begun.
begun() {
	(($(stat_of ovs_upcall begins) >= $1))
}

# ended FIELD COUNT: of so many the ledger says that. An upcall is counted soon after it is in flight no more.
ended() {
	(($(stat_of ovs_upcall "$1") >= $2))
}

# hits_are LEAST: a read of all hits, so many or more and as many as are counted.
hits_are() {
	local count
	rm -f "$T_TMP/hits"
	hits_read "$T_TMP/hits" && count=$(hits_count "$T_TMP/hits") || return
	((count >= $1 && count == $(stat_of ovs_upcall hits)))
}

# Upcalls of the datapath because no flow matched.
missed() {
	ovs-dpctl show ovs-system | sed -n 's/.*lookups: hit:[0-9]* missed:\([0-9]*\) .*/\1/p'
}

# Where both counts begin: nothing came between two looks at the one.
missed_from() {
	MISSED=$(missed) BEGINS=$(stat_of ovs_upcall begins)
	ledger_idle ovs_upcall && [[ $(missed) == "$MISSED" ]]
}

# missed_is LEAST: what the probe has seen begin is what the datapath has counted, LEAST or more.
missed_is() {
	local count begins
	begins=$(($(stat_of ovs_upcall begins) - BEGINS)) count=$(($(missed) - MISSED))
	((begins == count && count >= $1))
}

# Each flow is one upcall, as the datapath counts them, and ends; its flow was installed first, which is
# not seen of a few if by chance too many are noted in one place.
accounted() {
	lt_load ovs_upcall threshold_us=1000000000 gc_ms=0 && wait_for 20 missed_from || return
	receiver 40 && sent flows 10000 40 0 && wait "$RECEIVER" || return
	wait_for 10 missed_is 40 && wait_for 20 ended matched 40 || return
	ledger ovs_upcall
	t_diag "begins ${LEDGER[begins]}, missed $(($(missed) - MISSED)), orphan ends ${LEDGER[orphan_ends]}"
	expect_eq "ended" "${LEDGER[matched]}" "${LEDGER[begins]}" &&
		expect_eq "missed hooks" "${LEDGER[missed_hooks]}" 0 && series "dp=ovs-system" 40 &&
		series stage:install 35 && series stage:execute 40
}

# series NAME LEAST: in the histograms.
series() {
	awk -v want="$1" -v least="$2" '$1 == "series" && $2 == want && $4 >= least { found = 1 }
	END { exit !found }' "$DEBUG/ovs_upcall/histogram" && return
	t_diag "no $2 of series $1: $(awk '$1 == "series" { print $2, $4 }' "$DEBUG/ovs_upcall/histogram" | paste -sd' ')"
	return 1
}

# all_stopped PID: each of its threads has stopped.
all_stopped() {
	local task
	for task in "/proc/$1/task"/*; do
		in_state "$1/task/${task##*/}" T || return
	done
}

stop() {
	kill -STOP "$VSWITCHD" && wait_for 20 all_stopped "$VSWITCHD"
}

# witness NAME: an instance of ftrace that traces upcalls.
witness() {
	local dir=$TRACEFS/instances/lt-selftest-$1
	mkdir "$dir" || return
	t_undo rmdir "$dir"
	echo mono >"$dir/trace_clock" && echo 1024 >"$dir/buffer_size_kb" &&
		echo 1 >"$dir/events/openvswitch/ovs_dp_upcall/enable"
}

witnesses_end() {
	local w
	for w in a b; do
		echo 0 >"$TRACEFS/instances/lt-selftest-$w/events/openvswitch/ovs_dp_upcall/enable"
		cp "$TRACEFS/instances/lt-selftest-$w/trace" "$T_TMP/trace.$w" &&
			rmdir "$TRACEFS/instances/lt-selftest-$w" || return
	done
}

# Flows while ovs-vswitchd runs, while it is stopped, and while it runs again. What a machine that stands
# still has made slow is judged as what it is; some of those that did not wait must have been quick.
stopped() {
	local try
	for try in 1 2 3; do
		stopped_once "$try" || return
		((QUICK == 0)) || return 0
		t_diag "try $try: no flow was quick"
	done
	return 1
}

stopped_once() {
	local first=$((10000 + $1 * 100)) until
	lt_unload && witness a && lt_load ovs_upcall threshold_us="$THRESHOLD_US" gc_ms=0 rate_limit_ms=0 && witness b || return
	receiver $((3 * FLOWS)) && sent fast "$first" "$FLOWS" && wait_for 20 begun "$FLOWS" && stop &&
		sent stopped $((first + FLOWS)) "$FLOWS" && wait_for 20 begun $((2 * FLOWS)) || return
	sleep "$(printf '0.%03d' "$STOP_MS")"
	until=$(./ovs_flows.py now) && kill -CONT "$VSWITCHD" && sent more $((first + 2 * FLOWS)) "$FLOWS" &&
		wait "$RECEIVER" && wait_for 20 ledger_idle ovs_upcall && witnesses_end || return
	cat "$T_TMP/more" >>"$T_TMP/fast"
	wait_for 20 hits_are "$FLOWS" && ./records.py check "$T_TMP/hits" >/dev/null || return
	./ovs_flows.py judge "$T_TMP/hits" $((THRESHOLD_US * US)) "$until" "$T_TMP/trace.a" "$T_TMP/trace.b" \
		"$T_TMP/fast" "$T_TMP/stopped" "$T_TMP/received" >"$T_TMP/judged" || { cat "$T_TMP/judged"; return 1; }
	t_diag "$(paste -sd' ' "$T_TMP/judged")"
	QUICK=$(awk '$1 == "fast" { print $2 }' "$T_TMP/judged")
	STOPPED_FIRST=$((first + FLOWS))
	expect_in "slow ones" "$(awk '$1 == "slow" { print $2 }' "$T_TMP/judged")" "$FLOWS" &&
		expect_in "with an install of their own" \
			"$(awk '$1 == "installed" { print $2 }' "$T_TMP/judged")" $((FLOWS - 3))
}

# mine FIELD…: fields of the hits of packets that were sent while ovs-vswitchd was stopped.
mine() {
	./records.py list "$T_TMP/hits" sport "$@" |
		awk -F'\t' -v from="$STOPPED_FIRST" -v n="$FLOWS" '$1 >= from && $1 < from + n' | cut -f 2-
}

fields() {
	local at=(tracker reason dp ifname ifindex netns proto saddr daddr dport dropped)
	expect_eq "fields" "$(mine "${at[@]}" | sort -u)" \
		"ovs_upcall	threshold	ovs-system	lt-ova	$IFINDEX	$NETNS	udp	$ADDR_A	$ADDR_B	$DPORT	0" &&
		expect_eq "hits" "$(mine sport | wc -l)" "$FLOWS" && handlers
}

# Threads of ovs-vswitchd that were there before have executed them.
handlers() {
	local tid comm
	mine handler_tid handler | sort -u >"$T_TMP/handlers"
	while read -r tid comm; do
		expect_re "handler" "$comm" 'handler[0-9]+' && [[ -d /proc/$VSWITCHD/task/$tid ]] || return
	done <"$T_TMP/handlers"
	[[ -s $T_TMP/handlers ]]
}

# Hit while they are pending: ovs-vswitchd goes on only when they have been seen.
pending() {
	local seen
	lt_unload && lt_load ovs_upcall threshold_us=1000000000 timeout_us=$((STOP_MS * 1000 / 2)) gc_ms=0 \
		rate_limit_ms=0 dport="$DPORT" || return
	receiver "$FLOWS" && stop && sent stopped 20000 "$FLOWS" && wait_for 60 ended timed_out "$FLOWS" || return
	wait_for 20 hits_are "$FLOWS" && grep -c . "$DEBUG/ovs_upcall/pending" >"$T_TMP/pending"
	kill -CONT "$VSWITCHD" && wait "$RECEIVER" && wait_for 20 ledger_idle ovs_upcall || return
	seen=$(./records.py list "$T_TMP/hits" reason dp dropped sport | sort)
	expect_eq "hits before it went on" "$seen" "$(awk '{ print "timeout\tovs-system\t-\t" $1 }' "$T_TMP/stopped")" &&
		expect_in "lines of pending" "$(<"$T_TMP/pending")" "$FLOWS" || return
	wait_for 20 hits_are $((2 * FLOWS)) &&
		expect_eq "hits of the same at their ends" "$(hits_count "$T_TMP/hits" '/reason=threshold /')" "$FLOWS" &&
		expect_eq "timed out" "$(stat_of ovs_upcall timed_out)" "$FLOWS"
}

# dpctl_drop SPORT: a flow without actions, for this packet of ours.
dpctl_drop() {
	ovs-dpctl add-flow ovs-system "in_port($PORT),eth(src=02:00:00:00:00:0a,dst=02:00:00:00:00:0b),eth_type(0x0800),\
ipv4(src=$ADDR_A,dst=$ADDR_B,proto=17,tos=0,ttl=64,frag=no),udp(src=$1,dst=$DPORT)" ""
}

# Somebody installs flows that drop while ovs-vswitchd is stopped: these packets need not come back.
dropped() {
	local sport
	PORT=$(ovs-dpctl show ovs-system | sed -n 's/.*port \([0-9]*\): lt-ova.*/\1/p')
	lt_unload && lt_load ovs_upcall threshold_us=1 gc_ms=0 rate_limit_ms=0 dport="$DPORT" && stop &&
		sent stopped 21000 5 && wait_for 20 begun 5 || return
	for sport in 21000 21001 21002 21003; do
		dpctl_drop "$sport" || return
	done
	rm -f "$T_TMP/hits"
	hits_read "$T_TMP/hits" && kill -CONT "$VSWITCHD" && wait_for 20 ledger_idle ovs_upcall || return
	wait_for 20 ended matched 5 && expect_eq "ends" "$(./records.py list "$T_TMP/hits" sport dropped handler | paste -sd' ')" \
		"$(for sport in 21000 21001 21002 21003; do printf '%s\t1\tovs-dpctl\n' "$sport"; done | paste -sd' ')"
}

# Headers that lie, and what is no IP: no harm, and nothing is left behind, whether it comes back or not.
odd_frames() {
	local type
	lt_unload && lt_load ovs_upcall threshold_us=1 timeout_us=500000 gc_ms=2000 rate_limit_ms=0 || return
	for type in 0x0800 0x86dd 0x8100 0x88b5; do
		in_a ./backlog_send.py frames lt-va 100 "$type" || return
	done
	wait_for 20 ended_of 150 && wait_for 60 ledger_idle ovs_upcall || return
	rm -f "$T_TMP/hits"
	hits_read "$T_TMP/hits" && ./records.py check "$T_TMP/hits" >/dev/null && ledger_balances ovs_upcall &&
		t_diag "begins ${LEDGER[begins]}, matched ${LEDGER[matched]}, given up ${LEDGER[aborted_gc]}"
}

# ended_of COUNT: so many or more have begun, and some of them ended.
ended_of() {
	ledger ovs_upcall
	((LEDGER[begins] >= $1 && LEDGER[matched] > 0))
}

load_runs() {
	kill -0 "$LOAD" 2>/dev/null
}

rounds() {
	local i
	lt_unload
	ip netns exec "$A" ./ovs_flows.py load "$ADDR_B" 9 &
	LOAD=$!
	t_undo kill "$LOAD"
	for ((i = 0; i < ROUNDS; i++)); do
		lt_load ovs_upcall threshold_us=1 timeout_us=1000 max_events=64 && load_runs &&
			wait_for 20 begun 1 && lt_unload ovs_upcall || return
	done
	kill "$LOAD"
	wait "$LOAD" 2>/dev/null
	return 0
}

# Nobody listens: they time out, are given up, and all of that is counted.
lost() {
	lt_unload && lt_load ovs_upcall threshold_us=1 timeout_us=50000 gc_ms=0 rate_limit_ms=0 dport="$DPORT" || return
	kill -KILL "$VSWITCHD" && wait_for 20 is_gone "$VSWITCHD" && sent flows 22000 10 &&
		wait_for 60 ended timed_out 10 && wait_for 20 hits_are 10 || return
	# Only now, so that a machine that stands still does not give up what has not been seen to time out.
	param ovs_upcall gc_ms 100 && wait_for 60 ended aborted_gc 10 || return
	ledger ovs_upcall
	expect_eq "begins" "${LEDGER[begins]}" 10 && expect_eq "given up" "${LEDGER[aborted_gc]}" 10 &&
		expect_eq "timed out" "${LEDGER[timed_out]}" 10 && expect_eq "hits" "${LEDGER[hits]}" 10
}

# Upcalls that the filters have looked at.
seen() {
	awk '$1 == "seen" { print $2 }' "$DEBUG/ovs_upcall/filters"
}

seen_are() {
	(($(seen) >= $1))
}

# filter WANTED PARAM VALUE: of five packets to our port so many are tracked with this as well.
filter() {
	local before seen
	before=$(stat_of ovs_upcall begins) seen=$(seen)
	param ovs_upcall "$2" "$3" && sent flows 23000 5 0 && wait_for 20 seen_are $((seen + 5)) || return
	expect_eq "$2=$3" $(($(stat_of ovs_upcall begins) - before)) "$1" || return
	if (($1 == 0)); then
		expect_in "turned away by $2" "$(awk -v f="$2" '$1 == f { print $2 }' "$DEBUG/ovs_upcall/filters")" 5 || return
	fi
	case $2 in
	sport) param ovs_upcall sport 0 ;;
	*) param ovs_upcall "$2" "" ;;
	esac
}

# Nobody installs a flow any more: each packet is an upcall.
filters() {
	lt_unload && lt_load ovs_upcall threshold_us=1000000 gc_ms=0 dport="$DPORT" || return
	filter 5 ifname lt-ova && filter 0 ifname lt-ovb && filter 5 saddr 10.98.0.0/24 && filter 0 saddr "$ADDR_B" &&
		filter 5 daddr "$ADDR_B" && filter 0 daddr fe80::/64 && filter 0 sport 22999 && filter 1 sport 23001 &&
		filter 5 proto udp && filter 0 proto tcp && param ovs_upcall dport 7001 && filter 0 proto udp
}

refuses() {
	local bad
	for bad in ifname=0123456789abcdef saddr=10.0.0 daddr=fe80::/129 sport=65536 proto=ip; do
		expect_fail "$bad" param ovs_upcall "${bad%%=*}" "${bad#*=}" || return
		expect_re "${bad%%=*}" "$(param ovs_upcall "${bad%%=*}")" "0|" || return
	done
	said "saddr: '10.0.0' is not an IPv4 or IPv6 address" && lt_unload &&
		expect_fail "saddr at load" lt_load ovs_upcall saddr=nowhere
}

# The datapath goes while upcalls are pending, and then its module, with the probe attached.
removed() {
	lt_unload && klog_mark && lt_load ovs_upcall threshold_us=1000000 gc_ms=0 dport="$DPORT" && sent flows 24000 10 &&
		wait_for 10 begun 10 && ovs-dpctl del-dp ovs-system || return
	wait_for 20 ovs_unload && said "detached, openvswitch goes: waiting for it to come back" || return
	ledger ovs_upcall
	expect_eq "in flight" "${LEDGER[in_flight]}" 0 && expect_eq "aborted" "${LEDGER[aborted_clear]}" 10 &&
		ledger_balances ovs_upcall && modprobe openvswitch && said "attached to openvswitch"
}

! kernel_before 5.14 || t_skip_all "Open vSwitch has no tracepoint ovs_dp_upcall before Linux 5.14"

t_case "Open vSwitch is here" need
t_case "loaded without openvswitch: waits, attaches when it comes, detaches when it goes" waits
t_case "unloaded while it waits" stops_waiting
t_case "ovs-vswitchd and its datapath between two namespaces" switch_begin
t_case "as many upcalls as the datapath counts, all of them end, each installs a flow" accounted
t_case "ovs-vswitchd stopped for $STOP_MS ms: each upcall that waited is a hit and no other" stopped
t_case "fields" fields
t_case "hit while they are pending" pending
t_case "packets that are dropped" dropped
t_case "frames that are odd" odd_frames
t_case "$ROUNDS loads and unloads under load" rounds
t_case "upcalls that never come back time out and are counted" lost
t_case "each filter, alone" filters
t_case "values that are wrong" refuses
t_case "openvswitch goes while upcalls are pending" removed
t_run
