# shellcheck shell=sh
# Files as the modules make them, for scripts that need no module. For sh.

# tree_stats TRACKER NUMBER [NAME=VALUE]...: a stats file, with this number where nothing else is said.
tree_stats() {
	echo "tracker $1"
	echo "module latency_tracker_$1"
	tree_number=$2
	shift 2
	for tree_name in enabled threshold_ns timeout_ns max_events capacity begins matched replaced \
			dropped_full dropped_busy cancelled aborted_gc aborted_clear in_flight \
			timed_out orphan_ends negative_deltas hits suppressed_wakes ratcheted \
			lost_hits seen filtered missed_hooks; do
		tree_value=$tree_number
		for tree_word; do
			case $tree_word in
			"$tree_name="*) tree_value=${tree_word#*=} ;;
			esac
		done
		echo "$tree_name $tree_value"
	done
}
