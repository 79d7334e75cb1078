# shellcheck shell=bash
# The machine the lab runs on: root, packages, disk space, the cache and its locks, the Debian mirror.

# What the lab itself runs here. Compilers are not in the list: they live in the guest's chroot.
HOST_PACKAGES=(mmdebstrap debian-archive-keyring e2fsprogs kmod cpio xz-utils
	shellcheck util-linux git)

# host_be_root SCRIPT ARGS…: go on as root, with the settings that --help documents.
host_be_root() {
	local keep=() name
	((EUID != 0)) || return 0
	command -v sudo >/dev/null ||
		ui_die "needs root to make a chroot, and sudo is not installed: run it as root, or install sudo"
	for name in LT_MIRROR LT_SECURITY_MIRROR LT_ACCEL LT_CACHE LT_TIMEOUT LT_TORTURE_SECONDS LT_TORTURE_PAIRS \
		LT_TORTURE_CASE LT_STRESS_SECONDS LT_SOAK_SECONDS LT_CHURN_ROUNDS http_proxy https_proxy; do
		[[ -z ${!name:-} ]] || keep+=("$name=${!name}")
	done
	exec sudo -- env "${keep[@]}" "$@"
}

host_missing() {
	local package
	for package in "${HOST_PACKAGES[@]}" "${CROSS_PACKAGE[$ARCH]}"; do
		dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
			echo "$package"
	done
}

host_install() {
	export DEBIAN_FRONTEND=noninteractive
	local try
	for try in 1 2; do
		apt-get update &&
			apt-get install -y --no-install-recommends "$@" && return 0
		echo "attempt $try failed"
		sleep 5
	done
	return 1
}

host_packages() {
	local missing
	command -v apt-get >/dev/null ||
		ui_die "needs a Debian machine: there is no apt-get here"
	mapfile -t missing < <(host_missing)
	if ((${#missing[@]})); then
		ui_step "installing ${missing[*]}" "$LT_CACHE/log/packages.log" host_install "${missing[@]}"
	fi
}

# Part of QEMU up to Debian 12.
host_virtiofsd() {
	[[ -x /usr/lib/qemu/virtiofsd || -x /usr/libexec/virtiofsd ]] ||
		ui_step "installing virtiofsd" "$LT_CACHE/log/packages.log" host_install virtiofsd
}

# host_space GIGABYTES
host_space() {
	local free
	free=$(df -Pk "$LT_CACHE" | awk 'NR == 2 { print int($4 / 1048576) }')
	((free >= $1)) ||
		ui_die "needs $1 GB below $LT_CACHE and $free GB are free: free some, or set LT_CACHE to a place with more"
}

# Two locks. `use` is held shared by every run, so that clean cannot take the cache away from one.
# `make-SUITE` is held while something of that suite is being made, so that two runs do not make it twice.
host_cache() {
	mkdir -p "$LT_CACHE/log" "$LT_CACHE/run"
	exec 8>"$LT_CACHE/use.lock"
	flock -s 8
}

# host_lock SUITE
host_lock() {
	exec 9>"$LT_CACHE/make-$1.lock"
	if ! flock -n 9; then
		ui_line "waiting for another run to finish its building"
		flock 9
	fi
}

host_unlock() {
	exec 9>&-
}

host_clean() {
	[[ -d $LT_CACHE ]] || return 0
	[[ -e $LT_CACHE/use.lock ]] ||
		ui_die "$LT_CACHE does not look like the lab's cache: not removing it"
	exec 8>"$LT_CACHE/use.lock"
	flock -n 8 ||
		ui_die "another run is using $LT_CACHE: wait for it or end it, then clean"
	rm -rf --one-file-system -- "${LT_CACHE:?}"
	ui_line "removed $LT_CACHE"
}

# The settings of this machine's apt that decide whether a mirror can be reached and is believed.
host_apt_options() {
	local name value
	for name in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until \
		Acquire::Check-Date Acquire::Retries; do
		value=$(apt-config dump --format '%v' "$name")
		[[ -z $value ]] || printf '%s "%s";\n' "$name" "$value"
	done
	echo 'Acquire::Languages "none";'
}

# host_site LABEL: where this machine's apt gets the Debian archive of that label from.
host_site() {
	local site
	# shellcheck disable=SC2016 # apt expands it
	site=$(apt-get indextargets --format '$(LABEL)|$(SITE)' | awk -F'|' -v l="$1" '$1 == l { print $2; exit }')
	if [[ $site == mirror+file:* ]]; then
		site=$(awk '/^[a-z]/ { print $1; exit }' "${site#mirror+file:}")
	fi
	printf '%s\n' "${site%/}"
}

# Sets HOST_MIRROR and HOST_SECURITY.
host_mirror() {
	HOST_MIRROR=${LT_MIRROR:-$(host_site Debian)}
	if [[ -z $HOST_MIRROR ]]; then
		ui_step "reading the package index" "$LT_CACHE/log/update.log" apt-get update
		HOST_MIRROR=$(host_site Debian)
	fi
	[[ -n $HOST_MIRROR ]] ||
		ui_die "apt on this machine knows no Debian mirror: set LT_MIRROR=<URL of a Debian mirror>"
	HOST_MIRROR=${HOST_MIRROR%/}
	HOST_SECURITY=${LT_SECURITY_MIRROR:-}
	if [[ -z $HOST_SECURITY && -z ${LT_MIRROR:-} ]]; then
		HOST_SECURITY=$(host_site Debian-Security)
	fi
	HOST_SECURITY=${HOST_SECURITY:-$HOST_MIRROR-security}
}

# Hardware acceleration counts only where the CPU offers it: a /dev/kvm without it hangs the guest. It is
# for guests of this machine's architecture.
host_accel() {
	if [[ -n ${LT_ACCEL:-} && $LT_ACCEL,$ARCH != kvm,arm64 ]]; then
		echo "$LT_ACCEL"
	elif [[ $ARCH == amd64 && -w /dev/kvm ]] && grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; then
		echo kvm
	else
		echo tcg
	fi
}
