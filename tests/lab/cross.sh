# shellcheck shell=bash disable=SC2034 # variables here are read by the other pieces
# Other architectures: what their packages and compilers are called, and what is built for them.

# In the order in which they are built.
CROSS_ARCHS=(arm64 armhf)
# The suite whose kernels these are.
CROSS_SUITE=trixie
# The compiler's name of each, and that of the kernel's usual flavour in Debian.
declare -A CROSS_TRIPLET=([arm64]=aarch64-linux-gnu [armhf]=arm-linux-gnueabihf)
declare -A CROSS_KERNEL=([arm64]=arm64 [armhf]=armmp)

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

# suite_cross ARCH: the cases of one architecture. Debian's headers know compiler and architecture.
suite_cross() {
	local arch=$1 tool=${CROSS_TRIPLET[$1]}- kernel
	host_lock "$CROSS_SUITE"
	guest_rootfs "cross-$arch" "$CROSS_SUITE"
	host_unlock
	kernel=$(guest_kernel)
	suite_quiet "modules build for $CROSS_SUITE, $arch, $kernel" "$RUN/modules-$arch.log" \
		cross_make "modules-$arch" "KDIR=/lib/modules/$kernel/build" LT_TEST=1 W=1 LTTNG_MODULES= modules
	suite_quiet "tools build for $CROSS_SUITE, $arch" "$RUN/tools-$arch.log" \
		cross_make "tools-$arch" -C userspace "CC=${tool}gcc" "AR=${tool}ar" "PKG_CONFIG=${tool}pkg-config"
}
