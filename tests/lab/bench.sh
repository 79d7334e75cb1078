# shellcheck shell=bash disable=SC2034,SC2154 # variables of VM are declared and read by vm.sh
# `tests/run bench`: costs as counts of instructions, from a guest whose clock counts them.

BENCH_COUNTS=tests/bench/counts
# In percent: with the kernel and compiler that `counts` names, and with others.
BENCH_LIKE=2
BENCH_OTHER=5
# What of our code is checked by itself.
BENCH_PARTS="prepare commit_int end_int cancel_int end_int_orphan cancel_int_none"

# bench_guest our|all: sets FIGURES.
bench_guest() {
	build_share /share/src/tests/bench/measure "$1"
	vm_defaults 1800
	VM[accel]=tcg,thread=single VM[smp]=1
	VM_EXTRA=(-icount "shift=0,sleep=off")
	FIGURES=$SHARE/out/figures
	vm_run "$2" bench_line
}

# Progress only: the table comes at the end.
bench_line() {
	[[ $1 != '#'* ]] || ui_line "${1#\# }"
}

bench_compare() {
	awk -v LIKE="$BENCH_LIKE" -v OTHER="$BENCH_OTHER" -v PARTS="$BENCH_PARTS" \
		-f "$SRC/tests/bench/check.awk" "$SRC/$BENCH_COUNTS" "$FIGURES"
}

bench_save() {
	{
		echo "# Made by tests/run bench --save: instructions per operation, see README.md."
		cat "$FIGURES"
	} >"$TOP/$BENCH_COUNTS"
	ui_line "saved as $BENCH_COUNTS"
}

run_bench() {
	local check='' save='' what=all
	while (($#)); do
		case $1 in
		--check) check=1 what=our ;;
		--save) save=1 ;;
		*) usage >&2; ui_die "unknown option $1" ;;
		esac
		shift
	done
	[[ -z $check || -z $save ]] || ui_die "--check compares with what --save has saved: take one of them"
	prepare
	if [[ -n $check && ! -e $SRC/$BENCH_COUNTS ]]; then
		ui_die "there is no $BENCH_COUNTS to compare with: tests/run bench --save makes it"
	fi
	bench_guest "$what" "counting instructions in the guest"
	if [[ -n $VM_WHY ]]; then
		vm_explain
		ui_tail "$SHARE/out/log"
		exit 1
	fi
	if [[ -n $check ]]; then
		bench_compare
		return
	fi
	awk -f "$SRC/tests/bench/report.awk" "$FIGURES"
	[[ -z $save ]] || bench_save
}

# One case of `tests/run test`.
suite_bench() {
	local name="costs of our code as in $BENCH_COUNTS"
	bench_guest our "$name"
	if [[ -n $VM_WHY ]]; then
		vm_explain
		tap_out "# $VM_WHY"
		tap_result 1 "$name" "$SHARE/out/log"
	else
		tap_case "$name" bench_compare
	fi
}
