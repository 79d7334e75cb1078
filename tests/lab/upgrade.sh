# shellcheck shell=bash disable=SC2034 # variables here are read by the other pieces
# A machine with our Debian packages gets a newer kernel: booted with the old one before, and with the new
# one after, there with Secure Boot. apt, DKMS and the kernel's own hooks work natively in the machine's
# chroot (upgrade-in-chroot); what they made is what the guest boots.

# From this suite's kernel to that of its backports.
UPGRADE_SUITE=trixie
UPGRADE_BACKPORTS=trixie-backports
UPGRADE_KEEP=3

# upgrade_phase PHASE ROOT
upgrade_phase() {
	guest_chroot "$2" "$STAGE/packages/debs" "$UPGRADE_CACHE" \
		env "PHASE=$1" "BACKPORTS=$UPGRADE_BACKPORTS" "RESULTS=$UPGRADE_KEY/results" bash -s <"$LAB/upgrade-in-chroot"
}

# Once for each machine: it knows its backports, and what it will want is in the cache.
upgrade_download() {
	guest_sources "$UPGRADE_BACKPORTS" machine >"$ROOTFS/etc/apt/sources.list"
	mkdir -p "$UPGRADE_CACHE"
	upgrade_phase download "$ROOTFS"
	touch "$ROOTFS/etc/lt-lab/downloaded"
}

# upgrade_freeze WHEN: what can be booted of the machine as it is now.
upgrade_freeze() {
	local dir=$UPGRADE/$1
	mkdir "$dir"
	guest_mkinitrd "$dir/initrd"
	cp "$ROOTFS/boot/vmlinuz-$(guest_kernel)" "$dir/kernel"
	guest_mkimage "$ROOTFS" "$dir/disk"
}

# The machine's whole story, in a copy of its root file system.
upgrade_story() {
	local machine=$ROOTFS
	local ROOTFS=$UPGRADE/root ROOTFS_GUEST=$UPGRADE/root
	mkdir "$UPGRADE" "$UPGRADE/share"
	cp -a "$machine" "$ROOTFS"
	upgrade_phase install "$ROOTFS"
	upgrade_freeze old
	upgrade_phase upgrade "$ROOTFS"
	upgrade_freeze new
	upgrade_phase remove "$ROOTFS"
	rm -rf --one-file-system -- "$ROOTFS"
	cp -a "$STAGE/selftests" "$SRC/README.md" "$UPGRADE/share/"
	mkdir "$UPGRADE/share/root"
}

# Stories that are older than others, and what belongs to machines that are gone.
upgrade_prune() {
	local dir
	for dir in "$LT_CACHE"/upgrade/*; do
		[[ -d $LT_CACHE/rootfs/machine-$UPGRADE_SUITE-${dir##*/} ]] || rm -rf --one-file-system -- "$dir"
	done
	find "$LT_CACHE/upgrade" -mindepth 2 -maxdepth 2 -name 'story-*' -printf '%T@ %p\n' 2>/dev/null | sort -rn |
		tail -n "+$UPGRADE_KEEP" | while read -r _ dir; do
		rm -rf --one-file-system -- "$dir"
	done
}

# Sets UPGRADE, the directory of what became of it: kept, if its last step succeeded.
upgrade_make() {
	local log=$RUN/upgrade.log
	suite_packages_make
	host_lock upgrade
	guest_rootfs machine "$UPGRADE_SUITE"
	UPGRADE_CACHE=$LT_CACHE/upgrade/$ROOTFS_KEY
	UPGRADE_KEY=story-$SRC_KEY
	UPGRADE=$UPGRADE_CACHE/$UPGRADE_KEY
	UI_RC=0
	if [[ ! -e $ROOTFS/etc/lt-lab/downloaded ]]; then
		host_mirror
		ui_try "fetching the kernel of $UPGRADE_BACKPORTS" "$log" upgrade_download
	fi
	if ((UI_RC == 0)) && ! grep -qsx 'ok remove' "$UPGRADE/results"; then
		rm -rf --one-file-system -- "$UPGRADE"
		upgrade_prune
		host_space 8
		ui_try "upgrading the kernel of a machine (about 2 min)" "$log" upgrade_story
		[[ ! -d $UPGRADE ]] || cp "$log" "$UPGRADE/log"
	fi
	host_unlock
}

# upgrade_boot WHEN TEXT PATTERN…: selftests for it, in the guest as it was then. The machine has what its
# packages brought, and nothing else of ours.
upgrade_boot() {
	local STAGE=$UPGRADE/share dir=$UPGRADE/$1
	build_share env "LT_MOK_PASSWORD=$UPGRADE_PASSWORD" /share/selftests/run -d machine "${@:3}"
	vm_defaults 600
	VM["kernel"]=$dir/kernel VM["initrd"]=$dir/initrd VM["disk"]=$dir/disk VM["by"]=$(guest_share)
	[[ $1 == old ]] || upgrade_secure
	vm_run "$2" tap_nested
	suite_judge "$2"
}

# UEFI with Secure Boot, from a disk with shim, GRUB and the kernel, all signed by Debian. What is written
# to its variables stays until the end of the run.
upgrade_secure() {
	local loaders=$UPGRADE_CACHE/loaders esp=$RUN/esp
	mkdir -p "$esp/EFI/BOOT" "$esp/EFI/debian"
	cp "$loaders/usr/lib/shim/shimx64.efi.signed" "$esp/EFI/BOOT/BOOTX64.EFI"
	cp "$loaders/usr/lib/shim/mmx64.efi.signed" "$esp/EFI/BOOT/mmx64.efi"
	cp "$loaders/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$esp/EFI/BOOT/grubx64.efi"
	cp "${VM[kernel]}" "$esp/kernel"
	cp "${VM[initrd]}" "$esp/initrd"
	[[ -e $RUN/vars ]] || cp "$loaders/usr/share/OVMF/OVMF_VARS_4M.ms.fd" "$RUN/vars"
	printf 'linux /kernel %s\ninitrd /initrd\nboot\n' "$(vm_cmdline)" >"$esp/EFI/debian/grub.cfg"
	VM["kernel"]=
	VM_EXTRA=(-machine "q35,smm=on" -global "driver=cfi.pflash01,property=secure,value=on"
		-drive "if=pflash,unit=0,format=raw,readonly=on,file=$loaders/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
		-drive "if=pflash,unit=1,format=raw,file=$RUN/vars"
		-drive "if=virtio,format=raw,readonly=on,file=fat:$esp")
}

# What MokManager shows, and what somebody who wants the key types then.
UPGRADE_PASSWORD=latency
UPGRADE_DOWN='\e[B'
UPGRADE_KEYS=(
	'any key' '\r'
	'Enroll MOK' "$UPGRADE_DOWN" '' '\r'
	'View key 0' "$UPGRADE_DOWN" '' '\r'
	'Enroll the key' "$UPGRADE_DOWN" '' '\r'
	assword "$UPGRADE_PASSWORD\r"
	Reboot '\r'
)

# upgrade_sees TEXT: behind what was seen before; sets SEEN.
upgrade_sees() {
	local text=$1 try
	for try in {1..300}; do
		if tail -c "+$((SEEN + 1))" "$RUN/mok.log" | grep -qaF "$text"; then
			SEEN=$(stat -c %s "$RUN/mok.log")
			return
		fi
		sleep 0.2
	done
	echo "did not see: $text"
	return 1
}

# The next boot of the same firmware asks whether the key that was imported shall be enrolled.
upgrade_type() {
	local SEEN=0 i
	vm_command
	mkfifo "$RUN/mok.in" "$RUN/mok.out"
	cat "$RUN/mok.out" >"$RUN/mok.log" &
	timeout --kill-after=5 120 "${VM_ARGV[@]}" -serial "pipe:$RUN/mok" &
	exec 6>"$RUN/mok.in"
	for ((i = 0; i < ${#UPGRADE_KEYS[@]}; i += 2)); do
		upgrade_sees "${UPGRADE_KEYS[i]}"
		sleep 1
		printf '%b' "${UPGRADE_KEYS[i + 1]}" >&6
	done
	wait %?timeout
}

# Four cases.
suite_upgrade() {
	local names=("an upgrade of the kernel: DKMS builds, signs and removes" "before the upgrade"
		"after the upgrade, with Secure Boot" "after the upgrade, with the key enrolled") name
	upgrade_make
	if ! grep -qsx 'ok remove' "$UPGRADE/results"; then
		for name in "${names[@]}"; do
			tap_result 1 "$name" "$RUN/upgrade.log"
		done
		return
	fi
	tap_result 0 "${names[0]}"
	upgrade_boot old "${names[1]}" readme.sh upgrade.sh upgrade_enforce.sh
	upgrade_boot new "${names[2]}" upgrade_enrol.sh
	ui_try "enrolling the key" "$RUN/enrol.log" upgrade_type
	upgrade_boot new "${names[3]}" upgrade.sh upgrade_secure.sh
}
