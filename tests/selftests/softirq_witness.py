#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Judges the hits of the softirq probe by two traces of softirq_raise, _entry and _exit.

softirq_witness.py HITS THRESHOLD_NS TRACE_A TRACE_B [VECTOR]

As in witness.py: trace A was switched on before the probe was loaded, trace B after, so that at each
point time in A <= time that the probe took <= time in B. Which raise a run belongs to can be seen in
the trace but for one case, since the kernel clears its bits for all vectors at once and the trace does
not say when: a vector raised again before it is entered runs once or twice. Then any of these raises
may be its begin, and the run is judged only if that makes no difference.
Prints "name value" lines and, with "# ", what is wrong.
"""

import re
import sys

import records

EVENT = re.compile(r"\[(\d+)\]\s+\S+\s+(\d+)\.(\d{6}): softirq_(raise|entry|exit): vec=(\d+) \[action=(\w+)\]")
# A trace prints microseconds, rounded.
ROUNDING = 1000
KINDS = ("raise", "entry", "exit")


def trace(path):
    """(cpu, vector) -> [(what, ns)] in order, and how many events were lost."""
    events = {}
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    m = re.search(r"entries-in-buffer/entries-written: (\d+)/(\d+)", text)
    if m[1] != m[2]:
        raise SystemExit(f"# {path}: {m[1]} of {m[2]} events are left")
    for m in EVENT.finditer(text):
        ns = int(m[2]) * 10**9 + int(m[3]) * 1000
        events.setdefault((int(m[1]), m[6]), []).append((m[4], ns))
    return events


def both(a, b):
    """Events that both have seen, as (what, least, most), in the order of A.

    A and B may have begun and ended at different times, and an interrupt between the two may raise the
    vector, so that B has the raise first; but events of one kind are in the same order in both.
    """
    out = []
    for what in KINDS:
        mine = [(i, ns) for i, (w, ns) in enumerate(a) if w == what]
        other = [ns for w, ns in b if w == what]
        if not other:
            continue
        skip = sum(ns <= other[0] for _, ns in mine) - 1
        for (i, low), high in zip(mine[max(skip, 0):], other[max(-skip, 0):]):
            out.append((i, what, low - ROUNDING, high + ROUNDING))
    return [e[1:] for e in sorted(out)]


def runs(events):
    """Each run as (raises that may be its begin, entry, exit)."""
    out, before, since, entry, begin = [], None, [], None, None
    for ev in events:
        if ev[0] == "raise":
            since.append(ev)
        elif ev[0] == "entry":
            # What was left over by the entry before may be this run's too; of the first run nobody knows.
            begin = [] if before is None else before[1:] + since[:1]
            before, since, entry = since, [], ev
        elif entry:
            out.append((begin, entry, ev))
            entry = None
    return out


class Judge:
    def __init__(self, threshold):
        self.threshold = threshold
        self.runs = self.slow = self.unsure = self.late = self.wrong = 0

    def fail(self, where, why):
        self.wrong += 1
        print(f"# {where}: {why}")

    def run(self, where, run, hits):
        begin, entry, end = run
        hits = [h for h in hits if end[1] <= h.ts <= end[2]]
        self.runs += 1
        if len(hits) > 1:
            self.fail(where, f"{len(hits)} hits of one run")
        if not begin:
            # Raised before both were looking, or raised by a bit alone.
            self.unsure += 1
            return hits
        least = end[1] - max(r[2] for r in begin)
        most = end[2] - min(r[1] for r in begin)
        self.slow += least > self.threshold
        self.late += entry[1] - max(r[2] for r in begin) > self.threshold
        self.unsure += least <= self.threshold < most
        if least > self.threshold and not hits:
            self.fail(where, f"no hit, the witnesses say {least}..{most} ns: {run}")
        for h in hits:
            self.hit(where, run, h)
        return hits

    def hit(self, where, run, h):
        fits = [r for r in run[0] if r[1] <= h.begin <= r[2]]
        if not fits:
            self.fail(where, f"begin {h.begin}, but raised at {run[0]}")
        elif not run[1][1] - fits[-1][2] <= h.micros("raise_us") <= run[1][2] - fits[0][1]:
            self.fail(where, f"raise_us={h.fields['raise_us']}, the witnesses say {run}")
        elif not run[2][1] - run[1][2] <= h.micros("run_us") <= run[2][2] - run[1][1]:
            self.fail(where, f"run_us={h.fields['run_us']}, the witnesses say {run}")


def complete(events):
    """From when and until when it surely had events of all kinds: they are switched on and off in turn."""
    times = [[ns for of in events.values() for what, ns in of if what == kind] for kind in KINDS]
    return max(map(min, times)), min(map(max, times))


def main(argv):
    a, b = trace(argv[3]), trace(argv[4])
    judge = Judge(int(argv[2]))
    hits = [h for h in records.parse(argv[1])[0] if h.fields["tracker"] == "softirq"]
    left = {h.seq: h for h in hits}
    for where in sorted(b):
        if len(argv) > 5 and where[1] != argv[5]:
            continue
        mine = [h for h in hits if (int(h.fields["cpu_end"]), h.fields["name"]) == where]
        for run in runs(both(a.get(where, []), b[where])):
            for h in judge.run(where, run, mine):
                left.pop(h.seq, None)
    # Those that began before B was looking or ended when A was no more cannot be judged.
    first, last = complete(b)
    last = min(last, complete(a)[1])
    for h in left.values():
        if h.begin > first and h.ts < last:
            judge.fail((h.fields["cpu_end"], h.fields["name"]), f"a hit without a run: seq {h.seq}")
    print(f"runs {judge.runs}\nslow {judge.slow}\nlate {judge.late}\nunsure {judge.unsure}\nhits {len(hits)}")
    return judge.wrong != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
