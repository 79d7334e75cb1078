# Compares what our code adds with what was committed: check.awk counts figures. Prints a line a case;
# the exit status says whether all were within the tolerance, in percent, given as LIKE for the same kernel and
# compiler, OTHER for any other.

FNR == 1 { file++ }
!/^#/ && NF == 2 { value[file, $1] = $2 }

function figure(file, name,    load) {
	if (name ~ /^part\./)
		return value[file, name]
	load = name
	sub(/\..*/, "", load)
	return value[file, name] - value[file, load ".nothing"]
}

function compare(name,    was, is, change, ok) {
	cases++
	if (!((1, name) in value) || !((2, name) in value)) {
		printf "FAILED %s: not in %s\n", name, (1, name) in value ? "this run" : "tests/bench/counts"
		failed++
		return
	}
	was = figure(1, name)
	is = figure(2, name)
	change = was ? (is - was) * 100 / was : 100
	ok = change <= tolerance && change >= -tolerance
	failed += !ok
	printf "%-6s %-32s %8.2f committed, %8.2f now, %+.1f %%\n", ok ? "ok" : "FAILED", name, was, is, change
}

END {
	tolerance = LIKE
	if (value[1, "kernel"] != value[2, "kernel"] || value[1, "compiler"] != value[2, "compiler"]) {
		tolerance = OTHER
		printf "counted with %s, %s; this is %s, %s: %d %% are allowed instead of %d %%\n", value[1, "kernel"],
			value[1, "compiler"], value[2, "kernel"], value[2, "compiler"], OTHER, LIKE
	}
	compare("batch.latency_tracker_wakeup")
	compare("batch.latency_tracker_offcpu")
	compare("read.latency_tracker_block")
	compare("syscall.latency_tracker_syscall")
	compare("packet.latency_tracker_softirq")
	compare("packet.latency_tracker_backlog")
	n = split(PARTS, part, " ")
	for (i = 1; i <= n; i++)
		compare("part." part[i])
	if (failed)
		printf "%d of %d cases differ by more than %d %%. If that is meant: tests/run bench --save\n", failed, cases, tolerance
	exit failed > 0
}
