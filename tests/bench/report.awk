# The table of `tests/run bench` from the "name value" lines of bench/measure.

function added(load, who) {
	return value[load "." who] - value[load ".nothing"]
}

# The peer that adds least to a load.
function cheapest(load, peers,    i, n, name, least) {
	n = split(peers, name, " ")
	least = 0
	for (i = 1; i <= n; i++)
		if ((load "." name[i]) in value && (!least || added(load, name[i]) < least))
			least = added(load, name[i])
	return least
}

function row(load, who, least) {
	if (!((load "." who) in value))
		return
	printf "  %-32s %10.1f %10.1f", who, value[load "." who], added(load, who)
	if (least)
		printf " %10.2f", added(load, who) / least
	printf "\n"
}

function table(title, load, us, peers,    i, n, name, least) {
	if (!((load ".nothing") in value))
		return
	print title
	printf "  %-32s %10s %10s %10s\n", "attached", "all", "added", "x cheapest"
	printf "  %-32s %10.1f\n", "nothing", value[load ".nothing"]
	least = cheapest(load, peers)
	row(load, us, least)
	row(load, us "_enabled=0", least)
	n = split(peers, name, " ")
	for (i = 1; i <= n; i++)
		row(load, name[i], least)
	row(load, "nothing_again", 0)
	print ""
}

function part(text, instructions) {
	printf "  %-52s %8.1f\n", text, instructions
	sum += instructions
}

function parts(    begin, end) {
	begin = value["part.prepare"] + value["part.commit_int"]
	end = value["part.end_int"]
	print "Where they go: one wake-up and one switch with latency_tracker_wakeup"
	part("begin: clock", value["part.clock"])
	part("begin: freelist, take", value["part.freelist_get"])
	part("begin: hash table, find nothing and insert", value["part.insert"])
	part("begin: calls, hash, ledger", begin - value["part.clock"] - value["part.freelist_get"] - value["part.insert"])
	part("end: hash table, find and claim", value["part.find_claim"])
	part("end: hash table, unlink", value["part.unlink"])
	part("end: freelist, give back", value["part.freelist_put"])
	part("end: clock", value["part.clock"])
	part("end: histogram, ledger, threshold", end - value["part.cancel_int"] - value["part.clock"])
	part("end: calls, hash", value["part.cancel_int"] - value["part.find_claim"] - value["part.unlink"] - value["part.freelist_put"])
	part("probe: dispatch, filter, names of the tasks", added("batch", "latency_tracker_wakeup") - begin - end)
	printf "  %-52s %8.1f\n\n", "sum", sum
	print "Calls of the API that find nothing"
	printf "  %-52s %8.1f\n", "end without a begin", value["part.end_int_orphan"]
	printf "  %-52s %8.1f\n\n", "cancel without a begin", value["part.cancel_int_none"]
}

!/^#/ && NF == 2 { value[$1] = $2 }

END {
	printf "Instructions per operation, kernel %s, %s\n\n", value["kernel"], value["compiler"]
	table("A wake-up and the switch to the woken task", "batch", "latency_tracker_wakeup",
	      "runqslower runqlat ftrace_synthetic lttng_flight_recorder")
	table("perf bench sched pipe: a word to another process; six in ten need a wake-up", "pipe",
	      "latency_tracker_wakeup", "runqslower runqlat ftrace_synthetic lttng_flight_recorder")
	table("The same: the task that sleeps until it is switched to", "batch", "latency_tracker_offcpu",
	      "cpudist offcputime")
	table("A system call, getppid", "syscall", "latency_tracker_syscall", "syscount")
	table("A packet over the loopback device, and its softirq", "packet", "latency_tracker_softirq", "softirqs")
	table("The same; no peer times the backlog", "packet", "latency_tracker_backlog", "")
	table("A direct read of 4 KiB from null_blk", "read", "latency_tracker_block", "biolatency biosnoop")
	if ("part.clock" in value)
		parts()
	print "Method: see tests/bench/README.md"
}
