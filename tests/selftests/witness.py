#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the hits of a device with two traces of its block_bio_queue and block_bio_complete.

witness.py HITS MAJOR:MINOR TRACE_A TRACE_B

Callbacks of a tracepoint are called in the order in which they were attached. Trace A was switched
on before the probe was loaded, trace B after, both with the clock "mono", which is the tracker's. So
at each begin and each end: time in A <= time that the probe took <= time in B, and the true delta lies
between (end in A - begin in B) and (end in B - begin in A), however slow the machine is.
"""

import re
import sys

import records

EVENT = re.compile(r"\s(\d+)\.(\d{6}): block_bio_(queue|complete): (\d+),(\d+) (\w+) (\d+) \+ (\d+) ")
# A trace prints microseconds, rounded.
ROUNDING = 1000


def trace(path, dev):
    """(what, op, sector) -> times in order."""
    times = {}
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = EVENT.search(line)
            if m and f"{m[4]}:{m[5]}" == dev:
                op = {"R": "read", "W": "write"}.get(m[6][0])
                ns = int(m[1]) * 10**9 + int(m[2]) * 1000
                times.setdefault((m[3], op, int(m[7])), []).append(ns)
    return times


def main(argv):
    hits, _ = records.parse(argv[1])
    a, b = trace(argv[3], argv[2]), trace(argv[4], argv[2])
    wrong = seen = widest = 0
    for h in hits:
        if h.fields.get("dev") != argv[2]:
            continue
        key = h.fields["op"], int(h.fields["sector"])
        begin, end = ("queue", *key), ("complete", *key)
        if any(len(t.get(k, [])) != 1 for t in (a, b) for k in (begin, end)):
            print(f"# seq {h.seq}: not once in each trace: {key}")
            wrong += 1
            continue
        least = a[end][0] - b[begin][0] - 2 * ROUNDING
        most = b[end][0] - a[begin][0] + 2 * ROUNDING
        seen += 1
        widest = max(widest, most - least)
        if not least <= h.delta <= most:
            print(f"# seq {h.seq}: {h.delta} ns, the witnesses say {least}..{most}")
            wrong += 1
        if not (a[begin][0] - ROUNDING <= h.begin <= b[begin][0] + ROUNDING):
            print(f"# seq {h.seq}: begin {h.begin} ns, the witnesses say {a[begin][0]}..{b[begin][0]}")
            wrong += 1
    print(f"compared {seen}\nwidest_ns {widest}")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
