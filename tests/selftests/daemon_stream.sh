#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Snapshots of LTTng that leave the machine, and of sessions that the user has made.
# timeout=240
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib
# shellcheck source=tests/selftests/lttng.lib
. ./lttng.lib

NET=lt-relay
ADDRESS=192.0.2.2
RELAY=$T_TMP/relay
RELAYD=

# A relay in a network namespace of its own: another machine, as far as the network goes.
relay_start() {
	mkdir -p "$RELAY"
	ip netns exec "$NET" lttng-relayd -o "$RELAY" >"$T_TMP/relayd.log" 2>&1 &
	RELAYD=$!
	wait_for 30 relay_listens && return
	sed 's/^/# relayd: /' "$T_TMP/relayd.log"
	return 1
}

relay_listens() {
	ip netns exec "$NET" ss -Hltn 'sport = 5342' | grep -q .
}

relay_stop() {
	[[ -n $RELAYD ]] || return 0
	kill "$RELAYD"
	wait "$RELAYD"
	RELAYD=
}

network() {
	ip netns add "$NET" && t_undo ip netns del "$NET" &&
		ip link add lt-veth0 type veth peer name lt-veth1 netns "$NET" &&
		ip addr add 192.0.2.1/24 dev lt-veth0 && ip link set lt-veth0 up &&
		ip -n "$NET" addr add "$ADDRESS/24" dev lt-veth1 &&
		ip -n "$NET" link set lt-veth1 up && ip -n "$NET" link set lo up &&
		t_undo relay_stop && relay_start
}

# stream_error NAME: null, or why it was not sent.
stream_error() {
	jq -c '.stream | .error' "$STATE/snapshots/$1/proof.json"
}

# relayed NAME: the kernel trace that the relay has of this snapshot.
relayed() {
	find "$RELAY" -path "*$1*" -name metadata -printf '%h\n' | grep kernel
}

# What arrived there is read there, and has the request too.
streamed() {
	local name dir
	slow_io && name=$(snapshot_of "$SECTOR") && snapshot_holds "$name" "$SECTOR" || return
	expect_eq "stream" "$(jq -c .stream "$STATE/snapshots/$name/proof.json")" \
		"{\"url\":\"net://$ADDRESS\",\"error\":null}" || return
	dir=$(relayed "$name") || {
		t_diag "the relay has: $(find "$RELAY" -maxdepth 4 | tr '\n' ' ')"
		return 1
	}
	ip netns exec "$NET" babeltrace2 --clock-cycles "$dir" >"$T_TMP/relayed.txt" || return
	./snapshots.py trace_there "$STATE" "$name" "$T_TMP/relayed.txt" "$SECTOR"
}

# The snapshot is here all the same, and the daemon says what is wrong.
relay_gone() {
	local name
	relay_stop
	let_pass && slow_io && name=$(snapshot_of "$SECTOR") && snapshot_holds "$name" "$SECTOR" || return
	expect_eq "error" "$(stream_error "$name")" \
		"\"no lttng-relayd answers on $ADDRESS port 5342: Connection refused\"" &&
		daemon_log "not sent to net://$ADDRESS: no lttng-relayd answers"
}

# Nobody answers at all: it takes two seconds, not TCP's two minutes.
relay_silent() {
	local name
	ip -n "$NET" link set lt-veth1 down
	ip link set lt-veth0 up
	ip neigh replace "$ADDRESS" lladdr 02:00:00:00:00:01 dev lt-veth0
	let_pass && slow_io && name=$(snapshot_of "$SECTOR") && snapshot_holds "$name" "$SECTOR" || return
	expect_re "error" "$(stream_error "$name")" \
		"\"no lttng-relayd answers on $ADDRESS port 5342: (Connection timed out|No route to host)\""
	ip neigh del "$ADDRESS" dev lt-veth0
	ip -n "$NET" link set lt-veth1 up
}

relay_back() {
	relay_start && let_pass && streamed
}

no_session() {
	daemon_fails "there is no LTTng session mine: lttng create --snapshot mine.*" \
		latency-trackerd --backend=lttng --output="$STATE" --session=mine
}

make_session() {
	modprobe lttng-probe-latency-tracker && lttng create --snapshot mine --output="$T_TMP/mine" && lttng enable-channel -k --session=mine wide \
		--subbuf-size=256K --num-subbuf=4 &&
		lttng enable-event -k --session=mine --channel=wide 'block_*,latency_tracker_hit' &&
		lttng enable-channel -k --session=mine narrow --subbuf-size=64K --num-subbuf=4 &&
		lttng enable-event -k --session=mine --channel=narrow sched_switch
} >"$T_TMP/lttng.log" 2>&1

not_started() {
	make_session || { t_diag "lttng: $(tail -n 2 "$T_TMP/lttng.log")"; return 1; }
	t_undo lttng destroy mine
	daemon_fails "LTTng session mine is not started: lttng start mine" \
		latency-trackerd --backend=lttng --output="$STATE" --session=mine
}

not_snapshots() {
	lttng create --output="$T_TMP/other" other >/dev/null && t_undo lttng destroy other || return
	daemon_fails "LTTng session other is not made for snapshots: .*" \
		latency-trackerd --backend=lttng --output="$STATE" --session=other
}

# Two channels: the events of both are there, and the proof knows the one that reaches less far.
attached() {
	lttng start mine >/dev/null && daemon_start --session=mine &&
		expect_eq "sessions of the daemon" "$(recorders)" "" && one_request &&
		daemon_stop && expect_eq "the session afterwards is active" "$(session_enabled mine)" true
}

# session_enabled NAME: the first such element is the session's, those of channels and events follow.
session_enabled() {
	lttng --mi=xml list "$1" | grep -o '<enabled>[a-z]*' | head -n 1 | cut -d'>' -f2
}

more_session() {
	lttng create --snapshot more --output="$T_TMP/more" && t_undo lttng destroy more &&
		lttng enable-event -k --session=more sched_waking && lttng start more
} >"$T_TMP/lttng.log" 2>&1

# Each has its own part of the snapshot; the proof is about the first.
two_sessions() {
	local name dir
	more_session || { t_diag "lttng: $(tail -n 2 "$T_TMP/lttng.log")"; return 1; }
	daemon_start --session=mine,more && slow_io && name=$(snapshot_of "$SECTOR") && snapshot_holds "$name" "$SECTOR" &&
		daemon_stop || return
	dir=$STATE/snapshots/$name
	expect_eq "events of the one" "$(event_names "$dir/trace" | grep -c '^sched_waking$')" 0 &&
		expect_eq "events of the other" "$(event_names "$dir/trace-more")" sched_waking
}

# event_names DIR: of a trace, each once.
event_names() {
	babeltrace2 "$1" >"$T_TMP/events" || return
	sed -n 's/^[^{]* \([a-z_0-9]*\): {.*/\1/p' "$T_TMP/events" | sort -u
}

# as_user GROUP-OPTION USER: what the daemon is run by from now on, and a directory for it.
as_user() {
	STATE=$T_TMP/$2
	mkdir "$STATE" && chown "$2:tracing" "$STATE" && AS=(setpriv "--reuid=$2" --regid=tracing "$1")
}

# Neither root nor a capability: a member of the session daemon's group, which is that of the proc file, too.
member() {
	local gid
	gid=$(getent group tracing | cut -d: -f3)
	[[ -z $DAEMON ]] || daemon_stop
	lt_unload && lt_core gid="$gid" && load && chmod 711 "$T_TMP" &&
		systemd-sysusers /usr/local/lib/sysusers.d/latency-tracker.conf && as_user --init-groups latency-tracker || return
	daemon_start && expect_eq "its user" "$(stat -c %U "/proc/$DAEMON")" latency-tracker && one_request && daemon_stop
}

# A process with the group whose user is no member: older session daemons take it, newer ones do not.
no_member() {
	as_user --groups=tracing nobody || return
	if "${AS[@]}" lttng list --kernel >/dev/null 2>&1; then
		daemon_start && daemon_stop
	else
		daemon_fails "root's lttng-sessiond refuses this user.*usermod -aG tracing USER" \
			"${AS[@]}" latency-trackerd --backend=lttng --output="$STATE"
	fi
}

! why=$(lttng_absent) || t_skip_all "no LTTng: $why"
command -v lttng-relayd >/dev/null || t_skip_all "no lttng-relayd"
t_undo sessiond_end

t_case "a relay in another network namespace" network
t_case "devices and a tracker" eval 'devices && load && t_undo daemon_end'
t_case "start" daemon_start --stream="net://$ADDRESS"
t_case "a snapshot arrives there, and is read there" streamed
t_case "without the relay it is here, and says so" relay_gone
t_case "a relay that does not answer costs two seconds" relay_silent
t_case "the relay is back" relay_back
t_case "end" daemon_stop
t_case "a session that is not there" no_session
t_case "a session that is not started" not_started
t_case "a session that is not for snapshots" not_snapshots
t_case "a session of the user's, with two channels" attached
t_case "two sessions of the user's" two_sessions
t_case "an ordinary user who is a member of the group tracing" member
t_case "a process of the group whose user is no member" no_member
t_run
