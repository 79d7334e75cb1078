# shellcheck shell=bash disable=SC2034 # variables here are read by the other pieces
# Debian in a directory: the guest's root file system, the small build chroots, and the image and
# initramfs that QEMU boots. Everything is cached under the hash of what it was made from.

ROOTFS_DAYS=7

# Debian's name for the architecture in the packages of the kernel that was asked for.
guest_kernel_flavour() {
	echo "${FLAVOUR:+$FLAVOUR-}amd64"
}

# guest_base SUITE: the suite that a suite of kernels is put on top of, or the suite itself.
guest_base() {
	case $1 in
	*-backports) echo "${1%-backports}" ;;
	experimental) echo sid ;;
	*) echo "$1" ;;
	esac
}

# guest_packages KIND SUITE: the package list, one a line, optional ones still marked with ?. KIND is a
# list in lab/packages, or cross-ARCH.
guest_packages() {
	local kernel=amd64
	# What is built against all suites' kernels is built against the usual ones.
	[[ $1 != guest ]] || kernel=$(guest_kernel_flavour)
	# Only the kernel comes from the upper of two suites: apt takes the rest from the base.
	[[ $2 == "$(guest_base "$2")" ]] || kernel+=/$2
	case $1 in
	cross-*) cross_packages "${1#cross-}" ;;
	*) cat "$LAB/packages/$1" ;;
	esac | sed "s/[[:space:]]*#.*//; /^$/d; s,^\(linux-\(image\|headers\)\)-amd64$,\1-$kernel,"
}

guest_key() {
	{
		echo "$1 $2"
		guest_packages "$1" "$2"
		declare -f guest_sources guest_debootstrap
		if [[ $1 == guest ]]; then
			cat "$LAB/lttng-install" "$LAB/prometheus-install"
		elif [[ $1 == cross-* ]]; then
			cat "$LAB/cross-headers"
			! cross_boots "${1#cross-}" || cat "$LAB/cross-guest" "$LAB/packages/guest-${1#cross-}"
		fi
	} | sha256sum | cut -c1-12
}

# forky and sid have no security archive of their own; stable suites take all three. For two
# architectures it is the suite alone: their libraries must be of one version, and mirrors do not
# get an update for all architectures at the same time.
guest_sources() {
	local suite
	suite=$(guest_base "$1")
	echo "deb $HOST_MIRROR $suite main"
	[[ $suite == "$1" ]] || echo "deb $HOST_MIRROR $1 main"
	case $suite,$2 in
	forky,* | sid,* | *,cross-*) ;;
	*)
		echo "deb $HOST_MIRROR $suite-updates main"
		echo "deb $HOST_SECURITY $suite-security main"
		;;
	esac
}

# An apt pattern with no match is no error, which is what an optional package needs.
guest_include() {
	# cross-headers puts in those of another architecture.
	guest_packages "$1" "$2" | sed 's/^?\(.*\)/?exact-name(\1)/; /^linux-headers-.*:/d' | paste -sd,
}

guest_debootstrap() {
	local flavour=$1 suite=$2 dir=$3 options=() line
	while IFS= read -r line; do
		options+=(--aptopt="$line")
	done < <(host_apt_options)
	for line in man doc locale info; do
		options+=(--dpkgopt="path-exclude=/usr/share/$line/*")
	done
	# shellcheck disable=SC2016 # expanded by the hook
	case $flavour in
	guest) options+=(--customize-hook='bash "$LAB/prometheus-install" "$1"') ;;
	cross-*)
		options+=("--architectures=amd64,${flavour#cross-}" --customize-hook='bash "$LAB/cross-headers" "$1"')
		;;
	esac
	rm -rf --one-file-system -- "$dir"
	# No initramfs from the distribution: ours is smaller and boots faster under emulation.
	guest_sources "$suite" "$flavour" |
		INITRD=No TMPDIR=$LT_CACHE LAB=$LAB HEADERS=$(guest_packages "$flavour" "$suite" | grep -x 'linux-headers-.*') \
			mmdebstrap --mode=root --variant=apt --dpkgopt=force-unsafe-io \
			--include="$(guest_include "$flavour" "$suite")" "${options[@]}" \
			"$(guest_base "$suite")" "$dir" -
	mkdir -p "$dir/etc/lt-lab" "$dir/src" "$dir/out" "$dir/share"
	guest_packages "$flavour" "$suite" | sed -n 's,/.*,,; /^linux-headers-/p' >"$dir/etc/lt-lab/headers"
	guest_newest_headers "$dir" >"$dir/etc/lt-lab/kernel"
	[[ -s $dir/etc/lt-lab/kernel ]] || { echo "no kernel headers in $suite"; return 1; }
	touch "$dir/etc/lt-lab/made"
}

guest_newest_headers() {
	local dir
	for dir in "$1"/lib/modules/*/build; do
		[[ ! -L $dir ]] || basename "${dir%/build}"
	done | sort -V | tail -n 1
}

guest_kernel() {
	cat "$ROOTFS/etc/lt-lab/kernel"
}

# The chroot that makes what a guest of ARCH runs: amd64's is the guest itself.
guest_kind() {
	[[ $ARCH == amd64 ]] && echo guest || echo "cross-$ARCH"
}

# LTTng's kernel modules; the lab goes on without them, and the guest's file says why.
guest_lttng() {
	local dir=$1
	guest_chroot "$dir" "$LT_CACHE/empty" "$LT_CACHE/empty" \
		env "LT_MIRROR=$HOST_MIRROR" "KVER=$(<"$dir/etc/lt-lab/kernel")" \
		bash -s <"$LAB/lttng-install" ||
		echo "LTTng: not installed (exit $?)"
}

guest_lttng_report() {
	local status
	status=$(cat "$1/etc/lt-lab/lttng-status" 2>/dev/null || echo "failed: see the log")
	[[ $status == ok* ]] ||
		ui_line "LTTng is not in this guest ($status; log: $2): its tests will be skipped"
}

# guest_chroot ROOT SRC OUT COMMAND…: run in ROOT with SRC at /src and OUT at /out. All mounts live in
# a namespace of their own and all processes below one: both are gone when this returns, however.
guest_chroot() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --pid --fork --kill-child --propagation private bash -euc '
		root=$1 src=$2 out=$3
		shift 3
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmpfs "$root/tmp"
		mount -t tmpfs tmpfs "$root/dev/shm"
		mount -t devpts devpts "$root/dev/pts"
		mount --bind "$src" "$root/src"
		mount --bind "$out" "$root/out"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 ${CI:+CI="$CI"} \
			chroot "$root" sh -c "cd /src && exec \"\$@\"" sh "$@"
	' bash "$@"
}

# Is the package that names the kernel still the one the suite has? Without network: keep what we have.
guest_outdated() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	guest_chroot "$1" "$LT_CACHE/empty" "$LT_CACHE/empty" sh -euc '
		apt-get -qq update
		headers=$(cat /etc/lt-lab/headers)
		newest=$(apt-cache madison "$headers" | awk "NR == 1 { print \$3 }")
		rm -rf /var/lib/apt/lists/*
		test "$newest" = "$(dpkg-query -Wf "\${Version}" "$headers")"
	'
}

guest_fresh() {
	local dir=$1
	[[ -e $dir/etc/lt-lab/made ]] || return 1
	[[ -z $(find "$dir/etc/lt-lab/made" -mtime "+$ROOTFS_DAYS") ]] && return 0
	ui_try "asking whether $2 has a newer kernel" "$LT_CACHE/log/outdated-$2.log" guest_outdated "$dir"
	if ((UI_RC)) && ! grep -qE '^(E|W|Err)' "$LT_CACHE/log/outdated-$2.log"; then
		return 1
	fi
	touch "$dir/etc/lt-lab/made"
}

# guest_rootfs FLAVOUR SUITE: makes sure it is there; sets ROOTFS and ROOTFS_KEY, and ROOTFS_GUEST to the
# guest in it.
guest_rootfs() {
	local flavour=$1 suite=$2 log estimate="about 1 min"
	ROOTFS_KEY=$(guest_key "$flavour" "$suite")
	ROOTFS=$LT_CACHE/rootfs/$flavour-$suite-$ROOTFS_KEY
	ROOTFS_GUEST=$ROOTFS
	[[ $flavour != cross-* ]] || ROOTFS_GUEST+=/guest
	if guest_fresh "$ROOTFS" "$suite"; then
		touch "$ROOTFS/etc/lt-lab/used"
		return 0
	fi
	host_mirror
	host_space 8
	[[ $flavour == build || $flavour == cross-* ]] || estimate="about 2 min"
	log=$LT_CACHE/log/rootfs-$flavour-$suite.log
	mkdir -p "$LT_CACHE/rootfs" "$LT_CACHE/empty"
	guest_prune
	ui_step "making the $flavour chroot of $suite ($estimate)" "$log" \
		guest_debootstrap "$flavour" "$suite" "$ROOTFS.new"
	if [[ $flavour == guest ]]; then
		log=$LT_CACHE/log/lttng-$suite.log
		ui_try "building LTTng's modules for $(<"$ROOTFS.new/etc/lt-lab/kernel") (about 4 min)" \
			"$log" guest_lttng "$ROOTFS.new"
		guest_lttng_report "$ROOTFS.new" "$log"
	fi
	rm -rf --one-file-system -- "$ROOTFS"
	mv "$ROOTFS.new" "$ROOTFS"
	touch "$ROOTFS/etc/lt-lab/used"
}

# Old trees go when something new is made and nobody has used them for two days.
guest_prune() {
	local mark dir
	for mark in "$LT_CACHE"/rootfs/*/etc/lt-lab/used; do
		[[ -e $mark && -n $(find "$mark" -mtime +1) ]] || continue
		dir=${mark%/etc/lt-lab/used}
		rm -rf --one-file-system -- "$dir" "${LT_CACHE:?}/boot/${dir##*/}"
	done
}

guest_mkimage() {
	rm -f "$2"
	# No journal and no lazy initialisation: the guest's disk is thrown away, and should be quiet.
	mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=0 -m 0 -L lt-guest -d "$1" "$2" 8G
}

# How the guest gets its share: the cloud kernel has no 9p, and virtiofs built in.
guest_share() {
	if [[ -d $ROOTFS_GUEST/lib/modules/$(guest_kernel)/kernel/fs/9p ]]; then
		echo 9p
	else
		echo virtiofs
	fi
}

# The modules in the order in which they must be loaded, decompressed: busybox need not know how.
guest_initrd_modules() {
	local kernel=$1 dir=$2 kind path name share=()
	[[ $(guest_share) != 9p ]] || share=(9pnet_virtio 9p)
	modprobe -d "$ROOTFS_GUEST" -S "$kernel" --show-depends --all --ignore-install \
		virtio_pci virtio_blk ext4 "${share[@]}" |
		while read -r kind path _; do
			[[ $kind == insmod ]] || continue
			name=$(basename "$path")
			name=${name%.xz}
			[[ ! -e $dir/modules/$name ]] || continue
			case $path in
			*.xz) xz -dc "$path" ;;
			*) cat "$path" ;;
			esac >"$dir/modules/$name"
			echo "$name"
		done >"$dir/modules/order"
	[[ -s $dir/modules/order ]]
}

guest_mkinitrd() {
	local kernel dir=$1.d
	kernel=$(guest_kernel)
	rm -rf "$dir"
	mkdir -p "$dir/bin" "$dir/modules" "$dir/proc" "$dir/dev" "$dir/new"
	cp "$ROOTFS_GUEST/bin/busybox" "$dir/bin/busybox"
	install -m 755 "$LAB/initramfs-init" "$dir/init"
	guest_initrd_modules "$kernel" "$dir"
	(cd "$dir" && find . | cpio --quiet -o -H newc) >"$1"
	rm -rf "$dir"
}

# guest_boot: the kernel, initramfs and disk image of ROOTFS; sets BOOT, their directory,
# and BOOT_SHARE.
guest_boot() {
	local initrd
	BOOT=$LT_CACHE/boot/${ROOTFS##*/}
	mkdir -p "$BOOT"
	if [[ ! $BOOT/disk -nt $ROOTFS/etc/lt-lab/kernel ]]; then
		ui_step "making the guest's disk image" "$LT_CACHE/log/image.log" \
			guest_mkimage "$ROOTFS_GUEST" "$BOOT/disk.new"
		cp "$ROOTFS_GUEST/boot/vmlinuz-$(guest_kernel)" "$BOOT/kernel"
		mv "$BOOT/disk.new" "$BOOT/disk"
	fi
	initrd=$BOOT/initrd-$(sha256sum "$LAB/initramfs-init" | cut -c1-12)
	if [[ ! $initrd -nt $BOOT/kernel ]]; then
		ui_step "making the guest's initramfs" "$LT_CACHE/log/initrd.log" guest_mkinitrd "$initrd.new"
		mv "$initrd.new" "$initrd"
	fi
	BOOT_INITRD=$initrd
	BOOT_SHARE=$(guest_share)
}
