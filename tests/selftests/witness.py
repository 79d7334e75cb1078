#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Judges the hits of a device by two traces of its block_bio_queue and block_bio_complete.

witness.py HITS MAJOR:MINOR THRESHOLD_NS TRACE_A TRACE_B

Callbacks of a tracepoint are called in the order in which they were attached. Trace A was switched
on before the probe was loaded, trace B after, both with the clock "mono", which is the tracker's. So
at each begin and each end: time in A <= time that the probe took <= time in B, and the true delta lies
between (end in A - begin in B) and (end in B - begin in A), however slow the machine is. A bio whose
least time is the threshold must be a hit, one whose most is below must be none.
Prints "name value" lines and, with "# ", what is wrong.
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


class Judge:
    def __init__(self, a, b, threshold):
        self.a, self.b, self.threshold = a, b, threshold
        self.wrong = self.slow = self.unsure = self.widest = 0

    def fail(self, key, why):
        self.wrong += 1
        print(f"# {key[0]} of sector {key[1]}: {why}")

    def bio(self, key, hits):
        begin, end = ("queue", *key), ("complete", *key)
        if any(len(t.get(k, [])) != 1 for t in (self.a, self.b) for k in (begin, end)):
            self.fail(key, "not once in each trace")
            return
        least = self.a[end][0] - self.b[begin][0] - 2 * ROUNDING
        most = self.b[end][0] - self.a[begin][0] + 2 * ROUNDING
        self.widest = max(self.widest, most - least)
        self.slow += least >= self.threshold
        self.unsure += least < self.threshold <= most
        if len(hits) > 1:
            self.fail(key, f"{len(hits)} hits")
        if least >= self.threshold and not hits:
            self.fail(key, f"no hit, the witnesses say {least}..{most} ns")
        if most < self.threshold and hits:
            self.fail(key, f"a hit, the witnesses say {least}..{most} ns")
        for h in hits:
            if not least <= h.delta <= most:
                self.fail(key, f"{h.delta} ns, the witnesses say {least}..{most}")
            first, last = self.a[begin][0] - ROUNDING, self.b[begin][0] + ROUNDING
            if not first <= h.begin <= last:
                self.fail(key, f"begin {h.begin} ns, the witnesses say {first}..{last}")


def main(argv):
    dev, threshold = argv[2], int(argv[3])
    a, b = trace(argv[4], dev), trace(argv[5], dev)
    hits = {}
    for h in records.parse(argv[1])[0]:
        if h.fields.get("dev") == dev:
            hits.setdefault((h.fields["op"], int(h.fields["sector"])), []).append(h)
    judge = Judge(a, b, threshold)
    bios = {k[1:] for t in (a, b) for k in t} | hits.keys()
    for key in sorted(bios):
        judge.bio(key, hits.get(key, []))
    print(f"bios {len(bios)}\nslow {judge.slow}\nunsure {judge.unsure}\nhits {len(hits)}")
    print(f"widest_ns {judge.widest}")
    return judge.wrong != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
