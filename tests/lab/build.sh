# shellcheck shell=bash
# From the working tree to the directory that the guest sees as /share: a snapshot of the tree,
# built in the chroot of the guest, and the private copy that one run of the guest gets.

BUILD_KEEP=8

# What git would commit, as it stands now, including files not yet added.
build_files() {
	local file
	git -c safe.directory="$TOP" -C "$TOP" ls-files -co --exclude-standard -z |
		while IFS= read -r -d '' file; do
			[[ ! -e $TOP/$file && ! -L $TOP/$file ]] || printf '%s\0' "$file"
		done
}

# build_snapshot: one picture of the tree for the whole run, however the tree changes meanwhile.
build_snapshot() {
	SRC=$RUN/src
	mkdir -p "$SRC"
	build_files | tar -C "$TOP" --null --no-recursion -T - -cf - | tar -C "$SRC" -xf -
	SRC_KEY=$(tar -C "$SRC" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . |
		sha256sum | cut -c1-12)
}

# build_scratch NAME: a copy of the snapshot to build in; prints where.
build_scratch() {
	cp -a "$SRC" "$RUN/$1"
	echo "$RUN/$1"
}

build_prune() {
	local dir
	find "$LT_CACHE/build" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn |
		tail -n "+$BUILD_KEEP" | while read -r _ dir; do
		rm -rf --one-file-system -- "$dir"
	done
}

build_make() {
	local tools
	mapfile -t tools < <(cross_tools "$ARCH")
	guest_chroot "$ROOTFS" "$1" "$2" env "KVER=$(guest_kernel)" "GUEST=${ROOTFS_GUEST#"$ROOTFS"}" "${tools[@]}" \
		bash -s <"$LAB/build-in-chroot"
}

# build_stage SUITE: modules, tools and selftests for ROOTFS; sets STAGE.
build_stage() {
	local dir log
	dir=$LT_CACHE/build/$1-$(guest_kernel)-$ROOTFS_KEY-$SRC_KEY
	STAGE=$dir/stage
	if [[ -e $dir/made ]]; then
		touch "$dir"
		return 0
	fi
	rm -rf --one-file-system -- "$dir"
	mkdir -p "$STAGE"
	build_prune
	cp -a "$SRC" "$dir/work"
	log=$LT_CACHE/log/build-$1.log
	ui_step "building modules and tools for $1, $(guest_kernel)" "$log" build_make "$dir/work" "$STAGE"
	rm -rf "$dir/work"
	cp -a "$SRC" "$STAGE/src"
	touch "$dir/made"
}

# build_share COMMAND…: what this run's guest finds in /share, with COMMAND as its job; sets SHARE.
build_share() {
	SHARE=$RUN/share
	# Each guest of a run gets another one, also those that run beside each other.
	until mkdir "$SHARE" 2>/dev/null; do
		[[ -e $SHARE ]] || ui_die "cannot make $SHARE"
		SHARE+=+
	done
	cp -a "$STAGE/." "$SHARE/"
	cp -a "$SRC/tests/lab" "$SHARE/lab"
	mkdir "$SHARE/out"
	printf '#!/bin/bash\nexec %s\n' "${*@Q}" >"$SHARE/job"
	chmod +x "$SHARE/job"
}

# Newest first; a run that still lives keeps its directory.
build_run_prune() {
	local dir pid
	find "$LT_CACHE/run" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn |
		tail -n +13 | while read -r _ dir; do
		pid=${dir##*-}
		[[ -d /proc/$pid ]] || rm -rf --one-file-system -- "$dir"
	done
}

# Sets RUN, the directory of this run's files and logs.
build_run_dir() {
	build_run_prune
	RUN=$LT_CACHE/run/$(date +%Y%m%d-%H%M%S)-$$
	mkdir -p "$RUN"
}
