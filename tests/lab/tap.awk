# Counts the leaves of nested TAP and KTAP: prints "passed failed skipped".
#
# A result line that follows deeper result lines is their summary and does not count, unless it says
# "not ok" while none of them does. A planned case without a result line is a failure, and so are
# results without a plan; plans of streams that follow one another add up. Depth is indentation;
# kselftest marks a nested line with "# " instead.

function count(ok, text) {
	if (text ~ /# *[Ss][Kk][Ii][Pp]/)
		skipped++
	else if (ok)
		passed++
	else
		failed++
}

# Closes every level deeper than depth: sets kids and kids_failed of what was there.
function close_deeper(depth,    d) {
	kids = kids_failed = 0
	for (d = deepest; d > depth; d--) {
		if (!(d in seen) && !(d in plan))
			continue
		if (!(d in plan)) {
			failed++
			kids_failed++
			print "# results without a plan" >"/dev/stderr"
		} else if (plan[d] != seen[d] + 0) {
			missing = plan[d] > seen[d] ? plan[d] - seen[d] : 1
			failed += missing
			kids_failed += missing
			print "# planned " plan[d] " cases, got " seen[d] + 0 >"/dev/stderr"
		}
		kids += seen[d]
		if (d in plan)
			kids += plan[d] > 0
		kids_failed += bad[d]
		delete seen[d]
		delete plan[d]
		delete bad[d]
	}
	deepest = depth
}

function level(line) {
	match(line, /^ */)
	return RLENGTH
}

/^ *# +(not )?ok [0-9]/ || /^ *# +1\.\.[0-9]+/ { sub(/# /, "  ") }

/^ *1\.\.[0-9]+/ {
	depth = level($0)
	sub(/^ *1\.\./, "")
	plan[depth] += $0
	if (depth > deepest)
		deepest = depth
}

/^ *(not )?ok [0-9]+( |$)/ {
	depth = level($0)
	ok = $0 !~ /^ *not ok/
	if (depth < deepest)
		close_deeper(depth)
	else {
		deepest = depth
		kids = kids_failed = 0
	}
	seen[depth]++
	if (!kids)
		count(ok, $0)
	else if (!ok && !kids_failed)
		failed++
	if (!ok && $0 !~ /# *[Ss][Kk][Ii][Pp]/)
		bad[depth]++
}

END {
	close_deeper(-1)
	print passed + 0, failed + 0, skipped + 0
}
