# shellcheck shell=bash disable=SC2034 # variables here are read by the other pieces
# `tests/run test`: what is checked, in the order from cheap to dear.

# The kernels that must build without a warning: 5.10, 6.1, 6.12 and that of testing.
SUITE_KERNELS=(bullseye bookworm trixie forky)

# Every shell script of the tree, by name or by its first line.
suite_shell_scripts() {
	grep -rlIE --null '^#!.*[/ ](ba|da)?sh( |$)|^# shellcheck shell=' "$1" | sort -z
}

suite_shellcheck() {
	local scripts
	mapfile -d '' scripts < <(suite_shell_scripts "$SRC")
	# -x follows the pieces. SC1091 is about files that only the guest has; SC2317 takes a function
	# that is called by a name from a table for dead code.
	(cd "$SRC" && shellcheck -x -e SC1091,SC2317 -- "${scripts[@]#"$SRC/"}")
}

# suite_make NAME ARGS…: make in the guest's chroot, in a copy of the tree.
suite_make() {
	local dir
	dir=$(build_scratch "$1")
	shift
	guest_chroot "$ROOTFS" "$dir" "$LT_CACHE/empty" \
		make --no-print-directory "KDIR=/lib/modules/$(guest_kernel)/build" "$@"
}

# tests/host prints TAP of its own.
suite_host() {
	local log=$RUN/host.log
	: >"$log"
	UI_FOLLOW=suite_host_line
	UI_FOLLOW_FILE=$log
	ui_try "unit tests on the host" "$log" suite_make host-tests -C tests/host check
	UI_FOLLOW=
	tap_result "$UI_RC" "unit tests on the host" "$log"
}

suite_host_line() {
	case ${1#"${1%%[! ]*}"} in
	ok\ * | 'not ok'* | 1..[0-9]* | '#'* | 'Bail out!'*) tap_nested "$1" ;;
	esac
}

# A difference between the compilers or pahole versions is Debian's, every other warning is ours.
suite_warnings() {
	grep -iE 'warning[: ]' "$1" |
		grep -vE 'warning: (the compiler differs|pahole version differs)'
}

# What lttng/symvers reads from a module must be what modpost says of it.
suite_build() {
	local dir
	dir=$(build_scratch "modules-$1")
	# shellcheck disable=SC2016 # expanded by the inner shell
	guest_chroot "$ROOTFS" "$dir" "$LT_CACHE/empty" \
		env "KVER=$(guest_kernel)" bash -euc '
			make --no-print-directory "-j$(nproc)" "KDIR=/lib/modules/$KVER/build" LT_TEST=1 modules
			diff <(sh lttng/symvers latency_tracker.ko | sort) \
				<(sed -nE "s,\t/src/,\t,; /\tlatency_tracker\t/p" Module.symvers | sort)'
	rm -rf "$dir"
}

suite_kernel() {
	local suite=$1 flavour=build log=$RUN/modules-$1.log
	# shellcheck disable=SC2153 # SUITE is the one that was asked for
	[[ $suite != "$SUITE" ]] || flavour=guest
	host_lock "$suite"
	guest_rootfs "$flavour" "$suite"
	host_unlock
	suite_quiet "modules build for $suite, $(guest_kernel)" "$log" suite_build "$suite"
}

# suite_quiet NAME LOG COMMAND…: a case that is one command without a warning.
suite_quiet() {
	local name=$1 log=$2
	shift 2
	ui_try "$name" "$log" "$@"
	if ((UI_RC == 0)) && suite_warnings "$log" >"$log.warnings"; then
		tap_result 1 "$name without a warning" "$log.warnings"
	else
		tap_result "$UI_RC" "$name without a warning" "$log"
	fi
}

suite_steps_in_chroot() {
	guest_chroot "$ROOTFS" "$2" "$3" env "KVER=$(guest_kernel)" bash -s <"$LAB/$1-in-chroot"
}

# suite_steps NAME LAST TEXT: what NAME-in-chroot makes of the tree, kept with the stage when its last
# step succeeded. The log is there too.
suite_steps() {
	local made=$STAGE/$1 new=$STAGE/$1.$$
	! grep -qsx "ok $2" "$made/results" || return 0
	rm -rf "$made"
	mkdir "$new"
	# The other kernels' chroots have been at work meanwhile.
	host_lock "$SUITE"
	guest_rootfs guest "$SUITE"
	host_unlock
	ui_try "$3" "$RUN/$1.log" suite_steps_in_chroot "$1" "$(build_scratch "$1")" "$new"
	rm -rf "${RUN:?}/$1"
	cp "$RUN/$1.log" "$new/log"
	mv -T "$new" "$made" || rm -rf "$new"
}

# For the selftest dkms.sh, which reports on it.
suite_dkms() {
	suite_steps dkms remove "DKMS in the chroot"
}

suite_packages_make() {
	suite_steps packages purge "Debian packages in the chroot"
}

# The packages go to the selftest systemd/package.sh.
suite_packages() {
	local status=0
	suite_packages_make
	grep -qsx 'ok purge' "$STAGE/packages/results" || status=1
	tap_result $status "Debian packages: built, lintian, installed, upgraded, purged" "$STAGE/packages/log"
}

# Sets TORTURE, what the tests of the engine are told, and TORTURE_LIMIT, the seconds that this may add.
suite_torture() {
	local seconds=${LT_TORTURE_SECONDS:-20} pairs=${LT_TORTURE_PAIRS:-2000000} stress=${LT_STRESS_SECONDS:-10}
	local churn=${LT_CHURN_ROUNDS:-20}
	TORTURE=("LT_TORTURE_SECONDS=$seconds" "LT_TORTURE_PAIRS=$pairs" "LT_TORTURE_CASE=${LT_TORTURE_CASE:-}"
		"LT_STRESS_SECONDS=$stress" "LT_CHURN_ROUNDS=$churn")
	# A tenth of the rate that was measured in a guest without acceleration.
	TORTURE_LIMIT=$((seconds + stress + pairs / 50000 + 10 * churn))
	TORTURE+=("LT_TORTURE_LIMIT=$TORTURE_LIMIT")
}

# Programs that run beside the first guest's, after those that want systemd.
SUITE_SECOND=(daemon_ unload.sh)

# suite_beside [COMMAND…]
suite_beside() {
	"$@"
	# shellcheck disable=SC2119 # all of them
	suite_service
	suite_guest "${SUITE_SECOND[@]}"
}

# suite_guests [COMMAND…]: all selftests, three cases, and the cases of a command beside the first guest. That
# one has more to do then: both sides shall end at about the same time.
# shellcheck disable=SC2120
suite_guests() {
	(($# == 0)) || SUITE_SECOND=(daemon_)
	tap_aside suite_beside "$@"
	suite_guest -x "${SUITE_SECOND[@]}"
	tap_join
}

# Other machines than the suite's own: a case of the packages, four of the upgrade, one for each architecture.
suite_machines() {
	local arch
	suite_packages
	suite_upgrade
	for arch in "${CROSS_GUESTS[@]}"; do
		cross_as "$arch" cross_guest
	done
}

# suite_selftests [PATTERN…]: nothing but selftests, with a plan.
suite_selftests() {
	local guest=0 service=0 upgrade=0
	# shellcheck disable=SC2153 # the one that was asked for
	[[ $# != 0 || $ARCH == amd64 ]] || set -- "${CROSS_SELFTESTS[@]}"
	if (($# == 0)); then
		tap_plan 3
		# shellcheck disable=SC2119 # no other
		suite_guests
		return
	fi
	! suite_has . "$@" || guest=1
	! suite_has systemd "$@" || service=1
	[[ $SUITE != "$UPGRADE_SUITE" ]] || ! suite_has machine "$@" || upgrade=1
	((guest || service || upgrade)) || ui_die "no selftest matches: $*"
	tap_plan $((guest + service + 4 * upgrade))
	((!guest)) || suite_guest "$@"
	((!service)) || suite_service "$@"
	((!upgrade)) || suite_upgrade
}

# suite_guest PATTERN…: the selftests, in the guest.
suite_guest() {
	local name="selftests in the guest"
	[[ $ARCH == amd64 ]] || name+=" ($ARCH)"
	[[ $# != 0 && $* != *dkms* && $* != -x* ]] || suite_dkms
	suite_torture
	build_share env "${TORTURE[@]}" "LT_SOAK_SECONDS=${LT_SOAK_SECONDS:-20}" /share/selftests/run "$@"
	vm_defaults $((1500 + TORTURE_LIMIT + ${LT_SOAK_SECONDS:-20}))
	vm_run "$name" tap_nested
	suite_judge "$name"
}

# suite_judge NAME: the result of a guest that has run.
suite_judge() {
	if [[ -z $VM_WHY ]]; then
		tap_result 0 "$1"
	else
		vm_explain
		tap_out "# $VM_WHY"
		tap_result 1 "$1" "$VM_REASON"
	fi
}

# suite_service PATTERN…: the same with systemd as PID 1, for tests of the service and of the packages.
# shellcheck disable=SC2120
suite_service() {
	[[ $# != 0 && $* != *package* ]] || suite_packages_make
	build_share /share/selftests/run -d systemd "$@"
	touch "$SHARE/systemd"
	vm_defaults 1200
	VM["cmdline"]=systemd.firstboot=off
	vm_run "selftests under systemd" tap_nested
	suite_judge "selftests under systemd"
}

# suite_has DIR PATTERN…: is there a selftest whose name matches?
suite_has() {
	local dir=$TOP/tests/selftests/$1 pattern
	for pattern in "${@:2}"; do
		[[ -z $(find "$dir" -maxdepth 1 -name "*$pattern*" -name '*.sh' ! -name lib.sh) ]] || return 0
	done
	return 1
}

suite_checkpatch() {
	guest_chroot "$ROOTFS" "$LT_CACHE/empty" "$LT_CACHE/empty" \
		env "KVER=$(guest_kernel)" "TO=$1" bash -s <"$LAB/checkpatch-install"
}

suite_style() {
	local dir=/usr/local/lib/checkpatch
	if [[ ! -e $ROOTFS$dir/checkpatch.pl ]]; then
		host_lock "$SUITE"
		ui_try "fetching checkpatch from the kernel's source package" \
			"$LT_CACHE/log/checkpatch.log" suite_checkpatch "$dir"
		host_unlock
	fi
	tap_case "make style (checkpatch)" suite_make style style CHECKPATCH="$dir/checkpatch.pl"
}

# What is checked without a guest, but for the unit tests: 9 cases.
suite_static() {
	tap_case "the counter of results" bash "$LAB/tap-test"
	tap_case "the table of the matrix" bash "$LAB/matrix-test"
	tap_case "shellcheck" suite_shellcheck
	tap_case "make check (sparse, W=1)" suite_make check check
	tap_case "make clang (W=1)" suite_make clang "-j$(nproc)" clang
	tap_case "make cocci (contexts of the hot path)" suite_make cocci cocci
	tap_case "make spell (codespell)" suite_make spell spell
	tap_case "make analyze (clang's analyzer)" suite_make analyze "-j$(nproc)" analyze
	suite_style
}

# What is compiled for whatever it may run on: a case for each kernel, and two for each architecture.
suite_compile() {
	local suite arch
	suite_static
	for suite in "${SUITE_KERNELS[@]}"; do
		suite_kernel "$suite"
	done
	for arch in "${CROSS_ARCHS[@]}"; do
		suite_cross "$arch"
	done
}

# All of it, on two processors: a guest takes one of them, and so do most unit tests.
suite_all() {
	tap_plan $((19 + ${#SUITE_KERNELS[@]} + 2 * ${#CROSS_ARCHS[@]} + ${#CROSS_GUESTS[@]}))
	tap_aside suite_compile
	suite_host
	suite_bench
	tap_join
	suite_guests suite_machines
}
