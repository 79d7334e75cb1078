# shellcheck shell=bash disable=SC2034 # variables here are read by the other pieces
# Other architectures: what their packages and compilers are called, what is built for them, and what
# boots.

# In the order in which they are built.
CROSS_ARCHS=(arm64 armhf)
# The suite whose kernels these are.
CROSS_SUITE=trixie
# The compiler's name of each, and that of the kernel's usual flavour in Debian.
declare -A CROSS_TRIPLET=([arm64]=aarch64-linux-gnu [armhf]=arm-linux-gnueabihf)
declare -A CROSS_KERNEL=([arm64]=arm64 [armhf]=armmp)

# Those that boot, in QEMU as it is called here, from which package, and with which console.
declare -A CROSS_QEMU=(
	[amd64]="qemu-system-x86_64 -cpu max"
	[arm64]="qemu-system-aarch64 -machine virt,gic-version=3 -cpu max,pauth-impdef=on"
)
declare -A CROSS_PACKAGE=([amd64]=qemu-system-x86 [arm64]=qemu-system-arm)
declare -A CROSS_CONSOLE=([amd64]=ttyS0 [arm64]=ttyAMA0)
CROSS_GUESTS=(arm64)
# What runs there: everything but what is about LTTng, DKMS, PREEMPT_RT, Prometheus or the packages.
CROSS_SELFTESTS=(backlog block_delay cli daemon_config daemon_cover daemon_ftrace daemon_soak example ledger
	offcpu ovs_upcall params peers proc_reader softirq syscall timeout together torture trace_event
	unload user_stack wakeup_hog)
# What of it is part of `tests/run test`: the engine, and what depends on the architecture.
CROSS_CORE=(block_delay syscall torture trace_event user_stack wakeup_hog)

# cross_boots ARCH: whether there is a guest of that architecture.
cross_boots() {
	[[ -n ${CROSS_QEMU[$1]:-} ]]
}

# cross_as ARCH COMMAND…: with a guest of that architecture instead of the one that was asked for.
# shellcheck disable=SC2034 # set by the command
cross_as() {
	local ARCH=$1 SUITE=$CROSS_SUITE ROOTFS ROOTFS_KEY ROOTFS_GUEST STAGE BOOT BOOT_INITRD BOOT_SHARE SHARE
	"${@:2}"
}

# cross_tools ARCH: what make is told of the compiler for user space, a word a line. Debian's kernel headers
# know compiler and architecture.
cross_tools() {
	local triplet=${CROSS_TRIPLET[$1]:-}
	[[ -z $triplet ]] || printf '%s\n' "CC=$triplet-gcc" "AR=$triplet-ar" "PKG_CONFIG=$triplet-pkg-config"
}

# cross_packages ARCH: the list of the chroot for ARCH.
cross_packages() {
	sed "s/@arch@/$1/; s/@triplet@/${CROSS_TRIPLET[$1]}/; s/@kernel@/${CROSS_KERNEL[$1]}/" \
		"$LAB/packages/cross"
}

# cross_make NAME ARGS…: make in a copy of the tree, in the chroot that guest_rootfs has set.
cross_make() {
	local dir
	dir=$(build_scratch "$1")
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	guest_chroot "$ROOTFS" "$dir" "$LT_CACHE/empty" \
		sh -c 'exec make --no-print-directory "-j$(nproc)" "$@"' make "$@"
	rm -rf "$dir"
}

# suite_cross ARCH: the cases of one architecture.
suite_cross() {
	local arch=$1 kernel tools
	host_lock "$CROSS_SUITE"
	guest_rootfs "cross-$arch" "$CROSS_SUITE"
	host_unlock
	kernel=$(guest_kernel)
	suite_quiet "modules build for $CROSS_SUITE, $arch, $kernel" "$RUN/modules-$arch.log" \
		cross_make "modules-$arch" "KDIR=/lib/modules/$kernel/build" LT_TEST=1 W=1 LTTNG_MODULES= modules
	mapfile -t tools < <(cross_tools "$arch")
	suite_quiet "tools build for $CROSS_SUITE, $arch" "$RUN/tools-$arch.log" \
		cross_make "tools-$arch" -C userspace "${tools[@]}"
	! cross_boots "$arch" || cross_as "$arch" cross_prepare
}

cross_prepare() {
	host_packages
	prepare_rootfs
	prepare_stage
}

# The core's selftests in the guest of this architecture.
cross_guest() {
	cross_prepare
	suite_guest "${CROSS_CORE[@]}"
}
