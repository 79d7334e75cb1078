# shellcheck shell=bash disable=SC2034 # variables here are read by the other pieces
# `tests/run matrix`: the selftests on the newest kernel of each suite, and the table of what became of
# them. What each selftest said is kept below MATRIX, so that an interrupted run goes on where it was, and
# a selftest that has changed runs again by itself.

# SUITE or SUITE/FLAVOUR, the oldest kernel first.
MATRIX_CELLS=(bullseye bookworm trixie trixie/rt trixie/cloud trixie-backports forky)
# Only built against, and no failure of the run.
MATRIX_NEXT=experimental
MATRIX_DAYS=30
MATRIX_PID=
# What no guest's result depends on. The lab is the same for all kernels; the selftests themselves, and what
# is only for one of them, are told apart one by one.
MATRIX_OTHER='./\(README.md\|[.]ci/.*\|debian/.*\|tests/\(run\|lab/.*\|host/.*\|static/.*\|selftests/\([a-z]*/\)?[a-z_]*[.]\(sh\|lib\)\)\)'

# Sets MATRIX, where results of this tree are kept: what is built of it, and what the selftests share.
matrix_keep() {
	local key
	key=$(cd "$SRC" && {
		find . -type f ! -regex "$MATRIX_OTHER" -print0
		printf '%s\0' ./tests/selftests/lib.sh ./tests/lab/init ./tests/lab/initramfs-init
	} | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
	MATRIX=$LT_CACHE/matrix/$key
	mkdir -p "$MATRIX"
	find "$LT_CACHE/matrix" -mindepth 1 -maxdepth 1 -mtime "+$MATRIX_DAYS" -exec rm -rf {} +
	touch "$MATRIX"
}

# matrix_enter CELL: everything that follows is about it.
matrix_enter() {
	SUITE=${1%/*} FLAVOUR=
	[[ $1 != */* ]] || FLAVOUR=${1#*/}
	RUN=$RUN/${1/\//-}
	mkdir -p "$RUN"
	trap 'ui_stop; tap_stop' EXIT
	trap 'exit 143' INT TERM HUP
}

# As Debian's package has it, without the package's own revision.
matrix_version() {
	local version
	version=$(dpkg-query --admindir="$ROOTFS/var/lib/dpkg" -Wf '${Version}' "$(<"$ROOTFS/etc/lt-lab/headers")")
	echo "${version%%-*}"
}

# matrix_kept CELL: its results of the kernel that it was run on last, a directory; empty where there are none.
matrix_kept() {
	find "$MATRIX" -mindepth 1 -maxdepth 1 -type d -name "${1/\//-}@*" -printf '%T@ %p\n' |
		sort -n | sed -n '$s/[^ ]* //p'
}

# matrix_result DIR PROGRAM: the file for what it says, as it is now with the libraries that it takes.
matrix_result() {
	local file=$SRC/tests/selftests/$2 lib parts=()
	[[ $2 != */package.sh ]] || mapfile -t parts < <(find "$SRC/debian" -type f | sort)
	for lib in "$SRC"/tests/selftests/{,*/}*.lib; do
		! grep -qsF "/${lib##*/}" "$file" || parts+=("$lib")
	done
	echo "$1/${2##*/}@$(cat "$file" "${parts[@]}" | sha256sum | cut -c1-12)"
}

# matrix_failed TAP
matrix_failed() {
	local failed
	read -r _ failed _ < <(awk -f "$LAB/tap.awk" "$1" 2>/dev/null)
	((failed))
}

# matrix_open DIR AGAIN PROGRAM…: sets OPEN, those that are still to be run.
matrix_open() {
	local program result
	OPEN=()
	for program in "${@:3}"; do
		result=$(matrix_result "$1" "$program")
		[[ -e $result ]] && { [[ -z $2 ]] || ! matrix_failed "$result"; } || OPEN+=("${program##*/}")
	done
}

# matrix_save TAP DIR PROGRAM…: each program's part of it. If the guest has failed without one of them, nobody
# knows whose fault it was: nothing is kept.
matrix_save() {
	local tap=$1 dir=$2 program block bad='' new=$RUN/blocks
	mkdir "$new"
	for program in "${@:3}"; do
		block=$new/$(basename "$(matrix_result "" "$program")")
		grep -qxF "      # Subtest: $program" "$tap" || continue
		matrix_block "$tap" "$program" >"$block"
		! matrix_failed "$block" || bad=1
	done
	if [[ -z $bad ]] && grep -q '^not ok ' "$tap"; then
		ui_line "the guest failed, and no selftest in it: nothing is kept"
		return 1
	fi
	find "$new" -type f -exec mv -t "$dir" {} +
}

# matrix_cell CELL AGAIN PATTERN…: in a process of its own.
matrix_cell() {
	local cell=$1 again=$2 kept OPEN=() programs
	shift 2
	matrix_enter "$cell"
	prepare_rootfs
	kept=$MATRIX/${cell/\//-}@$(guest_kernel)-$ROOTFS_KEY
	mkdir -p "$kept"
	touch "$kept"
	matrix_version >"$kept/version"
	mapfile -t programs < <(matrix_programs "$@")
	matrix_open "$kept" "$again" "${programs[@]}"
	if ((${#OPEN[@]} < ${#programs[@]})); then
		ui_line "$cell, $(guest_kernel): kept are $((${#programs[@]} - ${#OPEN[@]})) of ${#programs[@]} selftests"
		((${#OPEN[@]})) || return 0
		set -- "${OPEN[@]}"
	fi
	prepare_stage
	ui_line "$cell, $(guest_kernel): its results so far: $RUN/tap"
	suite_selftests "$@"
	matrix_save "$RUN/tap" "$kept" "${programs[@]}"
}

# Leaves its verdict in MATRIX.
matrix_next() {
	local kept log version result="build without a warning"
	matrix_enter "$MATRIX_NEXT"
	host_lock "$SUITE"
	guest_rootfs build "$SUITE"
	host_unlock
	kept=$MATRIX/$SUITE@$(guest_kernel).built
	[[ ! -e $kept ]] || return 0
	log=$RUN/modules.log
	ui_try "building modules for $SUITE, $(guest_kernel)" "$log" suite_build "$SUITE"
	if ((UI_RC)); then
		result="do not build"
		ui_tail "$log"
	elif suite_warnings "$log" >"$log.warnings"; then
		result="build, with warnings"
		ui_tail "$log.warnings"
	fi
	version=$(matrix_version)
	echo "$MATRIX_NEXT ($version): the modules $result." >"$kept"
}

# matrix_aside COMMAND…: its failure is not the end of the run.
matrix_aside() {
	local status=0
	("$@") > >(grep --line-buffered -E '^    (not )?ok |^ *not ok |# SKIP') &
	MATRIX_PID=$!
	wait "$MATRIX_PID" || status=$?
	MATRIX_PID=
	((status == 0)) || ui_line "${2:-$MATRIX_NEXT}: no result, exit $status"
}

matrix_stop() {
	[[ -z $MATRIX_PID ]] || kill "$MATRIX_PID" 2>/dev/null || true
}

# matrix_programs PATTERN…: the selftests of this tree that match.
matrix_programs() {
	local program pattern
	for program in "$SRC"/tests/selftests/{,systemd/}*.sh; do
		[[ $program != */lib.sh ]] || continue
		for pattern in "${@:-}"; do
			if [[ ${program##*/} == *"$pattern"* ]]; then
				echo "${program#"$SRC/tests/selftests/"}"
				break
			fi
		done
	done
}

# matrix_block TAP PROGRAM: what it said, as a plan of one.
matrix_block() {
	echo '    1..1'
	awk -v title="      # Subtest: $2" '
	$0 == title { on = 1 }
	on && /^(not )?ok [0-9]/ { exit }
	on { print }
	on && /^    (not )?ok [0-9]/ { exit }' "$1"
}

# matrix_entry BLOCK: sets ENTRY, and adds to NOTES why something was skipped.
matrix_entry() {
	local passed failed skipped why marks=
	read -r passed failed skipped < <(awk -f "$LAB/tap.awk" "$1" 2>/dev/null)
	while IFS= read -r why; do
		if [[ -z ${NOTES[$why]:-} ]]; then
			NOTE_TEXTS+=("$why")
			NOTES[$why]=${#NOTE_TEXTS[@]}
		fi
		marks+=${marks:+,}${NOTES[$why]}
	done < <(sed -n 's/^ *\(ok [0-9]\|1\.\.0 \).*# SKIP \(..*\)/\2/p' "$1" | sort -u)
	if ((failed)); then
		ENTRY="**$failed FAILED**, $passed"
	elif ((passed)); then
		ENTRY=$passed
	else
		ENTRY=skipped
	fi
	((passed + failed == 0 || skipped == 0)) || ENTRY+=" + $skipped"
	[[ -z $marks ]] || ENTRY+=" [$marks]"
}

# matrix_table PATTERN…
matrix_table() {
	local -A NOTES=() kept=()
	local NOTE_TEXTS=() programs ENTRY cell result program head="| cases passed + skipped [why]" line="| ---" rows=() i
	mapfile -t programs < <(matrix_programs "$@")
	for cell in "${MATRIX_CELLS[@]}"; do
		kept[$cell]=$(matrix_kept "$cell")
		head+=" | ${cell/\// }"
		[[ -z ${kept[$cell]} ]] || head+=" $(<"${kept[$cell]}/version")"
		line+=" | ---"
	done
	for program in "${programs[@]}"; do
		rows+=("| ${program%.sh}")
		for cell in "${MATRIX_CELLS[@]}"; do
			result=$(matrix_result "${kept[$cell]}" "$program")
			ENTRY="not run"
			[[ ! -e $result ]] || matrix_entry "$result"
			rows[-1]+=" | $ENTRY"
		done
	done
	printf '%s |\n' "$head" "$line" "${rows[@]}" | column -t -s '|' -o '|' | sed 's/^ *|/|/; s/ *$//'
	((${#NOTE_TEXTS[@]})) || return 0
	printf '\nSkipped:\n\n'
	for i in "${!NOTE_TEXTS[@]}"; do
		echo "$((i + 1)). ${NOTE_TEXTS[i]}"
	done
}

# matrix_sum PATTERN…: everything that was kept as one TAP; a selftest without a result is a failure.
matrix_sum() {
	local cell kept program programs result
	mapfile -t programs < <(matrix_programs "$@")
	TAP_FILE=$RUN/tap
	for cell in "${MATRIX_CELLS[@]}"; do
		kept=$(matrix_kept "$cell")
		for program in "${programs[@]}"; do
			result=$(matrix_result "$kept" "$program")
			if [[ -e $result ]]; then
				cat "$result"
			else
				printf '    1..1\n    not ok 1 - %s has no result on %s\n' "$program" "$cell"
			fi
		done
	done >"$TAP_FILE"
}

run_matrix() {
	local table='' again='' next=1 cell
	while [[ ${1:-} == -* ]]; do
		case $1 in
		--table) table=1 ;;
		--again) again=1 ;;
		*) usage >&2; ui_die "unknown option $1" ;;
		esac
		shift
	done
	# shellcheck disable=SC2153 # what was asked for
	case $GUEST_GIVEN,$SUITE in
	,*) ;;
	*,"$MATRIX_NEXT") MATRIX_CELLS=() ;;
	*) MATRIX_CELLS=("$SUITE${FLAVOUR:+/$FLAVOUR}") next='' ;;
	esac
	host_packages
	build_run_dir
	build_snapshot
	[[ -n $(matrix_programs "$@") ]] || ui_die "no selftest matches: $*"
	matrix_keep
	if [[ -z $table ]]; then
		for cell in "${MATRIX_CELLS[@]}"; do
			matrix_aside matrix_cell "$cell" "$again" "$@"
		done
		[[ -z $next ]] || matrix_aside matrix_next
	fi
	if ((${#MATRIX_CELLS[@]})); then
		matrix_table "$@"
		echo
	fi
	[[ -z $next ]] || cat "$MATRIX/$MATRIX_NEXT"@*.built 2>/dev/null || echo "$MATRIX_NEXT: not built."
	((${#MATRIX_CELLS[@]})) || return 0
	matrix_sum "$@"
	tap_finish
}
