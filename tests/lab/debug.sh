# shellcheck shell=bash disable=SC2034,SC2154 # variables of VM are declared and read by vm.sh
# `tests/run debug`: the selftests on a kernel that checks itself, built from the suite's source package.

# debug_kconfig VARIANT: sets KCONFIG, the fragments of its configuration, and DEBUG_NAME.
debug_kconfig() {
	KCONFIG=(machine "${FLAVOUR:-preempt}" "$1")
	DEBUG_NAME=${FLAVOUR:+$FLAVOUR-}$1
	[[ -e $LAB/kconfig/${KCONFIG[1]} ]] || ui_die "there is no debug kernel of flavour $FLAVOUR: rt, or the usual one"
}

# debug_key: of what the kernel is made from.
debug_key() {
	{
		cat "$ROOTFS"/var/lib/dpkg/info/linux-source-*.md5sums
		cat "${KCONFIG[@]/#/$LAB/kconfig/}" "$LAB/kernel-build"
	} | sha256sum | cut -c1-12
}

debug_kernel_build() {
	local dir=$1.new
	rm -rf --one-file-system -- "$dir"
	mkdir -p "$dir"
	guest_chroot "$ROOTFS" "$LAB/kconfig" "$dir" bash -s "${KCONFIG[@]}" <"$LAB/kernel-build"
	mv "$dir" "$1"
}

# Makes sure that it is there; sets DEBUG_KERNEL, its directory. ROOTFS is the chroot that builds it and modules
# for it.
debug_kernel() {
	local name=$SUITE-$DEBUG_NAME old
	host_lock "kernel-$SUITE"
	guest_rootfs kernel "$SUITE"
	DEBUG_KERNEL=$LT_CACHE/kernel/$name-$(debug_key)
	if [[ ! -e $DEBUG_KERNEL/release ]]; then
		host_space 6
		for old in "$LT_CACHE/kernel/$name"-*; do
			rm -rf --one-file-system -- "$old"
		done
		ui_step "building the $DEBUG_NAME kernel (about 20 min)" "$LT_CACHE/log/kernel-$name.log" \
			debug_kernel_build "$DEBUG_KERNEL"
	fi
	host_unlock
}

debug_modules_build() {
	guest_chroot "$ROOTFS" "$1" "$DEBUG_KERNEL" \
		env "KVER=$(<"$DEBUG_KERNEL/release")" bash -s <"$LAB/debug-modules"
}

# debug_stage: the tools and tests of STAGE, with modules for DEBUG_KERNEL instead; sets STAGE to it.
debug_stage() {
	local work stage=$RUN/debug-stage
	work=$(build_scratch debug-modules)
	ui_step "building modules for the debug kernel" "$RUN/debug-modules.log" debug_modules_build "$work"
	cp -a "$STAGE" "$stage"
	rm -rf "$stage/modules" "$stage/root/usr/lib/modules"
	cp -a "$work/stage/." "$stage/"
	rm -rf "$work"
	STAGE=$stage
}

# debug_boot: what QEMU needs on top of the guest's disk; this kernel has all drivers built in.
debug_boot() {
	local dir=$RUN/debug-initrd
	mkdir -p "$dir/bin" "$dir/modules" "$dir/proc" "$dir/dev" "$dir/new"
	cp "$ROOTFS/bin/busybox" "$dir/bin/busybox"
	install -m 755 "$LAB/initramfs-init" "$dir/init"
	: >"$dir/modules/order"
	(cd "$dir" && find . | cpio --quiet -o -H newc) >"$RUN/debug.initrd"
	rm -rf "$dir"
	BOOT_INITRD=$RUN/debug.initrd
}

# debug_guest VARIANT PATTERN…
debug_guest() {
	local variant=$1
	shift
	suite_torture
	# An NMI in the midst of KCSAN's report would wait for the report's lock for ever.
	[[ $variant != kcsan ]] || TORTURE+=(LT_TORTURE_NMI=0)
	build_share env "${TORTURE[@]}" "LT_VARIANT=$variant" /share/lab/debug-job "$@"
	vm_defaults $((7200 + TORTURE_LIMIT))
	VM[kernel]=$DEBUG_KERNEL/kernel
	VM[mem]=4096
	# The older machine's table of interrupts is a program for ACPI's interpreter, which takes 30 s for
	# each device here; without ACPI there would be one processor only, and no NMIs.
	VM_EXTRA=(-machine q35)
	# The watchdogs watch for processors that do not move, and these move slowly.
	VM[cmdline]="watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300 workqueue.watchdog_thresh=300"
	if [[ $variant == kcsan ]]; then
		# Its reports are sorted by the job; the kernel's own must not end the guest.
		VM[cmdline]+=" panic_on_warn=0 kcsan.early_enable=1 kcsan.skip_watch=1000 kcsan.udelay_task=200"
		# A watchpoint waits for microseconds: two processors in one thread would never meet there.
		[[ ${VM[accel]} != tcg ]] || VM[accel]=tcg,thread=multi
		VM[excuse]='BUG: KCSAN: '
	fi
	vm_run "selftests on the $DEBUG_NAME kernel" tap_nested
	suite_judge "selftests on the $DEBUG_NAME kernel"
}

run_debug() {
	local variant=debug
	if [[ ${1:-} == --kcsan ]]; then
		variant=kcsan
		shift
	fi
	if [[ ${1:-} == -* ]]; then
		usage >&2
		ui_die "unknown option $1"
	fi
	debug_kconfig "$variant"
	if (($# == 0)); then
		LT_TORTURE_SECONDS=${LT_TORTURE_SECONDS:-600}
	fi
	prepare
	debug_boot
	debug_kernel
	debug_stage
	tap_plan 1
	debug_guest "$variant" "$@"
	tap_finish
}
