#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# probes.sh KDIR: prints the probes that can be built for the kernel whose headers are in KDIR, one a line,
# and on standard error those that cannot, with what the kernel lacks. All, where no headers are.
set -eu
config=$1/include/config/auto.conf
version=$1/include/generated/uapi/linux/version.h

# Each with the options that its hooks need, a|b for either, and the release that brought them.
#	ovs_upcall	c4ab7b56be0f (5.14): ovs_dp_upcall, which no header of the kernel tells of
probes() {
	cat <<-EOF
	backlog INET IPV6 KPROBES HAVE_FUNCTION_ARG_ACCESS_API|ARM
	block BLOCK
	offcpu
	ovs_upcall OPENVSWITCH KPROBES HAVE_FUNCTION_ARG_ACCESS_API|ARM 5.14
	softirq
	syscall HAVE_SYSCALL_TRACEPOINTS
	wakeup
	EOF
}

# has NEED
has() {
	case $1 in
	[0-9]*) [ "$release" -ge $((${1%.*} << 16 | ${1#*.} << 8)) ] ;;
	*) grep -qE "^CONFIG_($1)=[ym]" "$config" ;;
	esac
}

# lacks NEED…: the first that the kernel does not have.
lacks() {
	for need; do
		has "$need" || { echo "$need"; return; }
	done
}

# In words, of a need.
words() {
	case $1 in
	[0-9]*) echo "its hooks came with Linux $1" ;;
	*) echo "this kernel has no CONFIG_$1" | sed 's/|/ or CONFIG_/' ;;
	esac
}

if [ ! -e "$config" ]; then
	probes | sed 's/ .*//'
	exit
fi
release=$(sed -n 's/^#define LINUX_VERSION_CODE //p' "$version")
probes | while read -r probe needs; do
	# shellcheck disable=SC2086 # one word each
	lack=$(lacks $needs)
	if [ -z "$lack" ]; then
		echo "$probe"
	else
		echo "latency_tracker_$probe is left out: $(words "$lack")" >&2
	fi
done
