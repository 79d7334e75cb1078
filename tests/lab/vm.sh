# shellcheck shell=bash disable=SC2034 # variables here are read by the other pieces
# One run of a guest under QEMU. The caller fills VM (vm_defaults gives what most want), then calls
# vm_run or vm_shell.
#
#   kernel initrd disk   files; the disk is opened as a snapshot, nothing written to it stays; without a
#                        kernel the firmware finds one by itself
#   share by             directory that the guest has as /share; 9p or virtiofs
#   cmdline              appended to the kernel command line
#   accel                kvm, tcg, or any -accel argument such as tcg,thread=single
#   excuse               a complaint of the kernel that is no failure by itself
#   smp mem limit        processors, MiB, seconds until the guest is killed
#   VM_EXTRA             more arguments for QEMU
#
# The verdict is the file /share/out/verdict, which lab/init writes last. The console only explains.

declare -A VM
VM_EXTRA=()
VM_ARGV=()

vm_defaults() {
	VM=(
		[kernel]=$BOOT/kernel [initrd]=$BOOT_INITRD [disk]=$BOOT/disk
		[share]=$SHARE [by]=$BOOT_SHARE [cmdline]='' [accel]=$(host_accel)
		[smp]=2 [mem]=3072 [limit]=${LT_TIMEOUT:-$1}
	)
	VM_EXTRA=()
	VM_CONSOLE=$RUN/console${SHARE#"$RUN/share"}.log
	VM_LOG=$RUN/qemu${SHARE#"$RUN/share"}.log
	VM_REASON=$RUN/why${SHARE#"$RUN/share"}.log
}

# loglevel=6: notices and worse on the console; all of it is in out/dmesg.
vm_cmdline() {
	echo "console=${CROSS_CONSOLE[$ARCH]} loglevel=6 mitigations=off nokaslr panic=-1 panic_on_warn=1 ${VM[cmdline]}"
}

vm_command() {
	local accel=${VM[accel]} qemu boot=()
	read -ra qemu <<<"${CROSS_QEMU[$ARCH]}"
	case $accel in
	kvm) qemu+=(-cpu host) ;;
	# One thread for all processors: with one each, QEMU 7.2 may go on executing a breakpoint that the
	# guest's kernel has patched away when a tracepoint is switched, and the guest dies of "Oops: int3".
	tcg) accel=tcg,thread=single ;;
	esac
	[[ -z ${VM[kernel]} ]] || boot=(-kernel "${VM[kernel]}" -initrd "${VM[initrd]}" -append "$(vm_cmdline)")
	VM_ARGV=("${qemu[@]}" -nodefaults -no-user-config -no-reboot -display none
		-accel "$accel" -smp "${VM[smp]}" -m "${VM[mem]}"
		"${boot[@]}"
		-drive "file=${VM[disk]},format=raw,if=virtio,snapshot=on"
		"${VM_EXTRA[@]}")
	vm_share
}

vm_share() {
	local socket=$RUN/virtiofs${SHARE#"$RUN/share"}
	if [[ ${VM[by]} == 9p ]]; then
		VM_ARGV+=(-virtfs "local,path=${VM[share]},mount_tag=share,security_model=none")
		return
	fi
	host_virtiofsd
	# Its server reads and writes the guest's memory.
	VM_ARGV=("$LAB/with-virtiofs" "$socket" "${VM[share]}" "${VM_ARGV[@]}"
		-object "memory-backend-memfd,id=memory,size=${VM[mem]}M,share=on" -machine memory-backend=memory
		-chardev "socket,id=share,path=$socket" -device "vhost-user-fs-pci,chardev=share,tag=share")
}

# What is wrong and does not end the guest, above all what lockdep says.
vm_complaints() {
	local what='BUG: |UBSAN: |(INFO|WARNING): (possible|inconsistent|suspicious|bad|held|lock|nested) '
	grep -aE "$what" "$1" | grep -vF "${VM[excuse]:-no such line}" || true
}

# Sets VM_WHY: empty when the guest ran to its end and the job was content.
vm_judge() {
	local out=${VM[share]}/out verdict=
	VM_WHY=
	[[ ! -e $out/verdict ]] || verdict=$(<"$out/verdict")
	if grep -qa 'Kernel panic - not syncing' "$VM_CONSOLE"; then
		VM_WHY="the guest's kernel panicked"
	elif [[ $verdict =~ ^[0-9]+$ ]]; then
		((verdict == 0)) || VM_WHY="the job in the guest ended with exit code $verdict"
	elif ((UI_RC == 124 || (UI_RC == 137 && SECONDS - VM_BEGAN >= VM[limit]))); then
		VM_WHY="the guest did not end within ${VM[limit]} s (LT_TIMEOUT sets the limit)"
	elif ((UI_RC)); then
		VM_WHY="QEMU failed (exit $UI_RC): $(tail -n 1 "$VM_LOG")"
	else
		VM_WHY="the guest ended without a verdict"
	fi
	if [[ -z $VM_WHY ]] && vm_complaints "$out/dmesg" | grep -q .; then
		VM_WHY="the guest's kernel complained: see $out/dmesg"
	fi
}

# vm_run TEXT [FUNCTION]: boot, let the job run to its end, judge. Each line that the job prints is
# given to FUNCTION while it runs.
vm_run() {
	vm_command
	: >"$VM_CONSOLE"
	: >"${VM[share]}/out/log"
	VM_BEGAN=$SECONDS
	UI_FOLLOW=${2:-}
	UI_FOLLOW_FILE=${VM[share]}/out/log
	ui_try "$1" "$VM_LOG" timeout --kill-after=5 "${VM[limit]}" \
		"${VM_ARGV[@]}" -serial "file:$VM_CONSOLE"
	UI_FOLLOW=
	vm_judge
}

# The part of the console that explains: from the first complaint on, or else its last lines.
vm_excerpt() {
	local complaint='cut here ]|BUG: |Oops: |INFO: (possible|inconsistent) |Kernel panic - not syncing'
	tr -d '\r' <"$VM_CONSOLE" >"$VM_CONSOLE.text"
	if grep -qaE "$complaint" "$VM_CONSOLE.text"; then
		awk -v c="$complaint" '$0 ~ c { on = 1 } on && n++ < 40' "$VM_CONSOLE.text"
	else
		tail -n 40 -- "$VM_CONSOLE.text"
	fi
	rm -f "$VM_CONSOLE.text"
}

# vm_explain: why, and where to look; leaves the console's part of it in VM_REASON.
vm_explain() {
	ui_line "FAILED: $VM_WHY"
	: >"$VM_REASON"
	if [[ ! -e ${VM[share]}/out/verdict || $VM_WHY == *panic* ]]; then
		vm_excerpt >"$VM_REASON"
		ui_tail "$VM_REASON" 40
	fi
	ui_line "job's output: ${VM[share]}/out/log   console: $VM_CONSOLE"
}

# vm_shell: the serial console is the terminal.
vm_shell() {
	vm_command
	"${VM_ARGV[@]}" -serial mon:stdio
}
