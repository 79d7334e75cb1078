#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The Debian packages on a machine with systemd: installed, in use, upgraded, removed and purged. The lab
# has built them (lab/packages-in-chroot), and there DKMS compiles, too: here it would take ten minutes,
# so DKMS is told to leave it, and the modules are those that this machine has.
# timeout=600
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source=tests/selftests/daemon.lib
. ./daemon.lib
# shellcheck source=tests/selftests/systemd/service.lib
. ./systemd/service.lib

MADE=/share/packages
NO_BUILD=/etc/dkms/no-autoinstall
# What `make install` has put here; it would be found before what the package has.
OTHERS=("$CONF" /usr/local/bin/latency-tracker /usr/local/sbin/latency-trackerd
	"/usr/local/lib/systemd/system/$UNIT")

# apt_run COMMAND PACKAGE…: as the README has it. The machine has all that ours depend on, and no network.
apt_run() {
	DEBIAN_FRONTEND=noninteractive apt-get --yes --no-install-recommends "$@" >"$T_TMP/apt" 2>&1 </dev/null && return
	sed 's/^/# apt: /' "$T_TMP/apt" | tail -n 20
	return 1
}

# version_in DIR: of the packages there.
version_in() {
	dpkg-deb --field "$MADE/$1"/latency-tracker_*.deb Version
}

# sources_of DIR: what DKMS would compile, of that version and no other.
sources_of() {
	expect_eq "sources" "$(ls -d /usr/src/latency-tracker-[0-9]*)" "/usr/src/latency-tracker-$(version_in "$1")"
}

# runs: the service, before long; or what it says instead.
runs() {
	wait_for 60 is_active && return
	said "nothing like this"
}

# put_aside, take_back: OTHERS.
put_aside() {
	local file
	for file in "${OTHERS[@]}"; do
		[[ ! -e $file ]] || { mkdir -p "$T_TMP/aside${file%/*}" && mv "$file" "$T_TMP/aside$file"; } || return
	done
	hash -r
	systemctl daemon-reload
}

take_back() {
	dpkg --purge latency-tracker latency-tracker-dkms
	cp -a "$T_TMP/aside/." /
	rm -f "$NO_BUILD"
	systemctl daemon-reload
}

# The service waits for the core module, which systemd loads for it.
install() {
	t_undo take_back && put_aside && mkdir -p /etc/dkms && touch "$NO_BUILD" || return
	apt_run install "$MADE"/debs/latency-tracker_*.deb "$MADE"/debs/latency-tracker-dkms_*.deb || return
	expect_eq "latency-tracker" "$(command -v latency-tracker)" /usr/bin/latency-tracker &&
		expect_eq "enabled" "$(systemctl is-enabled "$UNIT")" enabled &&
		sources_of debs && runs || return
	expect_eq "its program" "$(readlink "/proc/$(main_pid)/exe")" /usr/sbin/latency-trackerd
}

# As the README has it: edit the file, restart.
snapshot() {
	local name
	devices || return
	configure '[daemon]' 'backend = ftrace' '[trackers]' \
		"block = threshold_us=$((DELAY_MS * 500)) comm=dd rate_limit_ms=0"
	systemctl restart "$UNIT" && is_active && said "back end: ftrace" || return
	slow_io && name=$(snapshot_of "$SECTOR") && snapshots_wait || return
	expect_re "latency-tracker snapshots" "$(latency-tracker snapshots | grep -F "$name")" \
		"$name +block +[0-9.]+ ms +ftrace +ok +yes +.*"
}

# The daemon is the new one, the file that of the administrator.
upgrade() {
	local old new
	old=$(main_pid) new=$(version_in next)
	apt_run install "$MADE"/next/latency-tracker_*.deb "$MADE"/next/latency-tracker-dkms_*.deb && runs ||
		return
	expect_re "pid of the daemon" "$(main_pid)" "[1-9][0-9]*" && [[ $(main_pid) != "$old" ]] &&
		expect_eq "latency-trackerd --version" "$(latency-trackerd --version)" "latency-trackerd $new" &&
		expect_eq "first line of its file" "$(head -n 1 "$CONF")" "[daemon]" &&
		sources_of next &&
		expect_eq "snapshots" "$(latency-tracker snapshots | grep -c ' ftrace ')" 1
}

remove() {
	local pid
	pid=$(main_pid)
	apt_run remove latency-tracker latency-tracker-dkms && is_gone "$pid" &&
		test -s "$STATE/journal.jsonl" && test -s "$CONF"
}

purge() {
	apt_run purge latency-tracker latency-tracker-dkms && expect_eq "files" \
		"$(ls -d "$STATE" "${CONF%/*}" /usr/src/latency-tracker-* /var/lib/dkms/latency-tracker 2>/dev/null)" "" &&
		expect_eq "unit" "$(systemctl show --value --property=LoadState "$UNIT")" not-found
}

[[ $(</proc/1/comm) == systemd ]] || t_skip_all "systemd is not PID 1"

t_case "apt install: the service runs" install
t_case "a slow request becomes a snapshot" snapshot
t_case "an upgrade restarts the daemon and keeps file and snapshots" upgrade
t_case "apt remove: the daemon is gone, its journal is not" remove
t_case "apt purge leaves nothing" purge
t_run
