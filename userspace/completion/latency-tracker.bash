# SPDX-License-Identifier: GPL-2.0
# bash completion of latency-tracker and latency-trackerd: commands and options are what their --help says, so that both
# are always of one version; trackers and parameters are those that are loaded.

_latency_tracker_modules() {
	local dir
	for dir in "${LT_SYSFS:-/sys}"/module/latency_tracker_*/; do
		[[ -d $dir ]] && dir=${dir%/} && printf '%s\n' "${dir##*/latency_tracker_}"
	done
}

_latency_tracker_columns() {
	"$1" top --help | sed -n '/^Columns:/,/^$/s/^  \([^ ]*\) .*/\1/p'
}

# _latency_tracker_options PROGRAM [COMMAND]
_latency_tracker_options() {
	"$@" --help | grep -o -e '--[a-z][a-z-]*' | sort -u
}

_latency_tracker_words() {
	local tool=$1 command=$2 probe=$3 file
	case $command in
	"") "$tool" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' ;;
	watch | top | hist | pending | stacks | flamegraph | unload) _latency_tracker_modules ;;
	load)
		find "/lib/modules/$(uname -r)" -name 'latency_tracker_*.ko*' 2>/dev/null |
			sed 's/.*latency_tracker_\([a-z_]*\)\.ko.*/\1/'
		;;
	set)
		[[ -n $probe ]] || { _latency_tracker_modules; return; }
		for file in "${LT_SYSFS:-/sys}/module/latency_tracker_$probe/parameters"/*; do
			[[ -e $file ]] && printf '%s=\n' "${file##*/}"
		done
		;;
	snapshots) printf '%s\n' show path rm ;;
	esac
}

_latency_tracker() {
	local current=${COMP_WORDS[COMP_CWORD]} command='' probe='' i
	((COMP_CWORD == 1)) || command=${COMP_WORDS[1]}
	for ((i = COMP_CWORD - 1; i >= 2; i--)); do
		[[ ${COMP_WORDS[i]} == -* ]] || probe=${COMP_WORDS[i]}
	done
	COMPREPLY=()
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_latency_tracker_options "$1" ${command:+"$command"})" -- "$current")
		return
	fi
	case $command:${COMP_WORDS[COMP_CWORD - 1]} in
	top:-o | top:--sort)
		mapfile -t COMPREPLY < <(compgen -W "$(_latency_tracker_columns "$1")" -- "$current")
		return
		;;
	top:-[dc] | top:--delay | top:--count) return ;;
	*:-c | *:--cgroup)
		mapfile -t COMPREPLY < <(cd "${LT_SYSFS:-/sys}/fs/cgroup" && compgen -d -- "${current#/}" | sed 's,^,/,')
		return
		;;
	watch:-[ptCd] | pending:-[ptCd] | stacks:-[ptCd] | flamegraph:-[ptCd] | hist:-d | *:--pid | *:--tid | \
		*:--comm | *:--disk) return ;;
	esac
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-i | --input | -o | --output | -d | --dir)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	-k | --kind)
		mapfile -t COMPREPLY < <(compgen -W "begin end task switch user" -- "$current")
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$(_latency_tracker_words "$1" "$command" "$probe")" -- "$current")
	[[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace 2>/dev/null
}

_latency_trackerd() {
	local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
	# --output=/var is three words to bash.
	if [[ $current == = ]]; then
		current=
	elif [[ $option == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	case $option in
	--backend) mapfile -t COMPREPLY < <(compgen -W "auto lttng ftrace exec" -- "$current") ;;
	--output) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	--config | --exec) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	*)
		[[ $current != -* ]] ||
			mapfile -t COMPREPLY < <(compgen -W "$(_latency_tracker_options "$1")" -- "$current")
		;;
	esac
}

complete -F _latency_tracker latency-tracker
complete -F _latency_trackerd latency-trackerd
