#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DKMS: add, build and install from the source, load what it installed, remove it again. In the lab's
# guest this would take ten minutes, so there DKMS has run in the guest's chroot (lab/dkms-in-chroot),
# and here is what came of it.
# timeout=600
# shellcheck source=tests/selftests/lib.sh
. "$(dirname -- "$0")/lib.sh"

TREE=/share/src
MADE=/share/dkms
KVER=$(uname -r)
UPDATES=/lib/modules/$KVER/updates/dkms
MODULES=(latency_tracker latency_tracker_backlog latency_tracker_block
	latency_tracker_offcpu latency_tracker_ovs_upcall latency_tracker_softirq latency_tracker_syscall
	latency_tracker_wakeup)

# Files of ours below a directory, without their compression.
ours_in() {
	find "$1" -name 'latency_tracker*.ko*' -printf '%f\n' 2>/dev/null | sed 's/\.ko.*//' | sort
}

version() {
	sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TREE/dkms.conf"
}

status() {
	dkms status -m latency-tracker -v "$VERSION" 2>/dev/null
}

# status_is REGEX: what comes after version, kernel and architecture.
status_is() {
	expect_re "dkms status" "$(status)" "latency-tracker/$VERSION, ${KVER//+/\\+}, [^:]*: $1"
}

# dkms_run COMMAND: for this version and kernel.
dkms_run() {
	dkms "$1" -m latency-tracker -v "$VERSION" -k "$KVER" >"$T_TMP/$1.log" 2>&1 && return
	sed 's/^/# dkms: /' "$T_TMP/$1.log" | tail -n 20
	[[ ! -e $MAKE_LOG ]] || sed 's/^/# make: /' "$MAKE_LOG" | tail -n 20
	return 1
}

dkms_remove() {
	dkms remove -m latency-tracker -v "$VERSION" --all && rm -rf "/usr/src/latency-tracker-$VERSION"
}

add() {
	OTHERS=$(ours_in "/lib/modules/$KVER/extra")
	cp -a "$TREE" "$T_TMP/src" && t_undo dkms_remove || return
	make --no-print-directory -C "$T_TMP/src" dkms >"$T_TMP/add.log" 2>&1 || {
		sed 's/^/# make dkms: /' "$T_TMP/add.log"
		return 1
	}
	expect_re "status" "$(status)" "latency-tracker/$VERSION: added"
}

build() {
	local began=$SECONDS
	dkms_run build && status_is built || return
	t_diag "built in $((SECONDS - began)) s"
	expect_eq "warnings" "$(grep -iE 'warning: ' "/var/lib/dkms/latency-tracker/$VERSION/$KVER"/*/log/make.log)" ""
}

install() {
	dkms_run install && status_is "installed.*" &&
		expect_eq "installed" "$(ours_in "$UPDATES" | paste -sd' ')" "${MODULES[*]}"
}

# Another copy of the modules is in extra/ of this machine: the one of DKMS must win.
load() {
	local module
	for module in "${MODULES[@]}"; do
		expect_re "file of $module" "$(modinfo -n "$module")" "${UPDATES//+/\\+}/$module\.ko.*" || return
	done
	modprobe --verbose --all "${MODULES[@]:1}" >"$T_TMP/insmod" &&
		expect_eq "modules loaded from there" "$(grep -c "^insmod $UPDATES/" "$T_TMP/insmod")" \
			${#MODULES[@]} || return
	brd_load 1 1 && dd if=/dev/ram0 of=/dev/null bs=4k count=16 iflag=direct status=none &&
		expect_in "begins" "$(stat_of block begins)" 16 && lt_unload
}

remove() {
	dkms_remove >"$T_TMP/remove.log" 2>&1 || { sed 's/^/# dkms: /' "$T_TMP/remove.log"; return 1; }
	expect_eq "status" "$(status)" "" && expect_eq "files" "$(ours_in "$UPDATES")" "" &&
		expect_eq "tree" "$(ls -d /var/lib/dkms/latency-tracker 2>/dev/null)" "" &&
		expect_eq "the other copies" "$(ours_in "/lib/modules/$KVER/extra")" "$OTHERS"
}

# ran STEP: in the chroot, with success.
ran() {
	grep -qx "ok $1" "$MADE/results" && return
	sed 's/^/# /' "$MADE/log" | tail -n 30
	return 1
}

# Put what DKMS installed, and the index that it had made, into this machine, which is thrown away.
put() {
	local kept=$T_TMP/modules
	mkdir "$kept" && cp -a "/lib/modules/$KVER"/modules.* "$kept/" &&
		t_undo cp -a "$kept/." "/lib/modules/$KVER/" && t_undo find "$UPDATES" -name 'latency_tracker*' -delete &&
		cp -a "$MADE/modules/." "/lib/modules/$KVER/" &&
		expect_eq "installed" "$(ours_in "$UPDATES" | paste -sd' ')" "${MODULES[*]}"
}

put_and_load() {
	put && load
}

if [[ -e $MADE/results ]]; then
	t_case "make dkms adds it" ran add
	t_case "dkms build" ran build
	t_case "dkms install" ran install
	t_case "modprobe loads what DKMS installed" put_and_load
	t_case "dkms remove leaves nothing" ran remove
	t_run
fi

command -v dkms >/dev/null || t_skip_all "no dkms"
[[ -e $TREE/dkms.conf ]] || TREE=$(readlink -f ../..)
[[ -e $TREE/dkms.conf ]] || t_skip_all "no source"
VERSION=$(version)
MAKE_LOG=/var/lib/dkms/latency-tracker/$VERSION/build/make.log

t_case "make dkms adds it" add
t_case "dkms build" build
t_case "dkms install" install
t_case "modprobe loads what DKMS installed" load
t_case "dkms remove leaves nothing" remove
t_run
