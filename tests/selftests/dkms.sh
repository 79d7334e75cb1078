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
mapfile -t MODULES < <(printf '%s\n' latency_tracker "${LT_PROBES[@]/#/latency_tracker_}" | sort)
PACKAGES=(latency-tracker)
INSTALLED=("${MODULES[@]}")
# Our events for LTTng are a package of their own, where LTTng is.
LTTNG_PROBE=lttng-probe-latency-tracker
if grep -qs '^ok' /etc/lt-lab/lttng-status; then
	PACKAGES+=(latency-tracker-lttng)
	INSTALLED+=("$LTTNG_PROBE")
fi

# Files of ours below a directory, without their compression.
ours_in() {
	find "$1" -name '*latency[_-]tracker*.ko*' -printf '%f\n' 2>/dev/null | sed 's/\.ko.*//' | sort
}

version() {
	sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TREE/dkms.conf"
}

# status_is REGEX: of all packages, what comes after version, kernel and architecture.
status_is() {
	local package
	for package in "${PACKAGES[@]}"; do
		expect_re "dkms status" "$(dkms status -m "$package" -v "$VERSION" 2>/dev/null)" \
			"$package(/|, )$VERSION, ${KVER//+/\\+}, [^:]*: $1" || return
	done
}

# dkms_run COMMAND: for all packages, this version and kernel.
dkms_run() {
	local package log
	for package in "${PACKAGES[@]}"; do
		dkms "$1" -m "$package" -v "$VERSION" -k "$KVER" >"$T_TMP/$1.log" 2>&1 && continue
		log=/var/lib/dkms/$package/$VERSION/build/make.log
		sed 's/^/# dkms: /' "$T_TMP/$1.log" | tail -n 20
		[[ ! -e $log ]] || sed 's/^/# make: /' "$log" | tail -n 20
		return 1
	done
}

dkms_remove() {
	local package
	for package in "${PACKAGES[@]}"; do
		dkms remove -m "$package" -v "$VERSION" --all && rm -rf "/usr/src/$package-$VERSION" || return
	done
}

add() {
	OTHERS=$(ours_in "/lib/modules/$KVER/extra")
	cp -a "$TREE" "$T_TMP/src" && t_undo dkms_remove || return
	make --no-print-directory -C "$T_TMP/src" dkms >"$T_TMP/add.log" 2>&1 || {
		sed 's/^/# make dkms: /' "$T_TMP/add.log"
		return 1
	}
	expect_eq "status" "$(dkms status | grep -o '^latency-tracker.*')" "$(printf "%s/$VERSION: added\n" "${PACKAGES[@]}")"
}

build() {
	local began=$SECONDS
	dkms_run build && status_is built || return
	t_diag "built in $((SECONDS - began)) s"
	expect_eq "warnings" "$(grep -ihE 'warning: ' /var/lib/dkms/latency-tracker*/"$VERSION/$KVER"/*/log/make.log)" ""
}

install() {
	dkms_run install && status_is "installed.*" &&
		expect_eq "installed" "$(ours_in "$UPDATES" | paste -sd' ')" "${INSTALLED[*]}"
}

# Another copy of the modules is in extra/ of this machine: the one of DKMS must win.
load() {
	local module
	for module in "${INSTALLED[@]}"; do
		expect_re "file of $module" "$(modinfo -n "$module")" "${UPDATES//+/\\+}/$module\.ko.*" || return
	done
	modprobe --verbose --all "${MODULES[@]:1}" >"$T_TMP/insmod" &&
		expect_eq "modules loaded from there" "$(grep -c "^insmod $UPDATES/" "$T_TMP/insmod")" \
			${#MODULES[@]} || return
	brd_load 1 1 && dd if=/dev/ram0 of=/dev/null bs=4k count=16 iflag=direct status=none &&
		expect_in "begins" "$(stat_of block begins)" 16 && lt_unload && load_lttng
}

# The checksums of LTTng's symbols in it are right, or it would not load.
load_lttng() {
	[[ ${INSTALLED[*]} == *"$LTTNG_PROBE"* ]] || return 0
	modprobe "$LTTNG_PROBE" && modprobe -r "$LTTNG_PROBE"
}

remove() {
	dkms_remove >"$T_TMP/remove.log" 2>&1 || { sed 's/^/# dkms: /' "$T_TMP/remove.log"; return 1; }
	expect_eq "status" "$(dkms status | grep latency-tracker)" "" && expect_eq "files" "$(ours_in "$UPDATES")" "" &&
		expect_eq "tree" "$(find /var/lib/dkms -maxdepth 1 -name 'latency-tracker*')" "" &&
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
		t_undo cp -a "$kept/." "/lib/modules/$KVER/" && t_undo find "$UPDATES" -name '*latency[_-]tracker*' -delete &&
		cp -a "$MADE/modules/." "/lib/modules/$KVER/" &&
		expect_eq "installed" "$(ours_in "$UPDATES" | paste -sd' ')" "${INSTALLED[*]}"
}

put_and_load() {
	put && load
}

if [[ -e $MADE/results ]]; then
	t_case "make dkms adds it" ran add
	t_case "dkms build" ran build
	t_case "dkms install" ran install
	t_case "modprobe loads what DKMS installed" put_and_load
	t_case "a kernel without CONFIG_OPENVSWITCH: all but its probe, and the build says so" ran lacking
	t_case "kernels that are too old, or have no tracepoints, are left alone" ran excluded
	t_case "dkms remove leaves nothing" ran remove
	t_run
fi

command -v dkms >/dev/null || t_skip_all "no dkms"
[[ -e $TREE/dkms.conf ]] || TREE=$(readlink -f ../..)
[[ -e $TREE/dkms.conf ]] || t_skip_all "no source"
VERSION=$(version)

t_case "make dkms adds it" add
t_case "dkms build" build
t_case "dkms install" install
t_case "modprobe loads what DKMS installed" load
t_case "dkms remove leaves nothing" remove
t_run
