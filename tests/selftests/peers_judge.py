#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Judges what a tracker and its peer (libbpf-tools) say of the same operations, by two traces of them.

peers_judge.py block|wakeup|softirq|offcpu DIR [ARG]

As in witness.py: trace A was switched on before tracker and peer were attached and trace B after, and
callbacks of a tracepoint are called in the order in which they were attached. So at each point time in
A <= time that tracker and peer took <= time in B, and what each of them took for the latency lies in
between, however slow the machine is: an operation is in one bucket, or in either of two neighbours.
An operation that began or ended while they were being attached may be seen by some of them only, and
then is in A and not in B.
DIR has the traces, a and b, and what tracker and peer have to say. Prints a table of both, "name value"
lines and, with "# ", what is wrong.
"""

import re
import sys

import records
from verdict import WRONG, wrong

INF = float("inf")
LINE = re.compile(r"\[(\d+)\]\s+\S+\s+(\d+)\.(\d{6}): (\w+): (.*)")
ROW = re.compile(r"\s*(\d+) -> (\d+)\s+: (\d+) ")
# A trace prints microseconds, rounded.
ROUNDING = 1000


def expect(what, got, least, most):
    if not least <= got <= most:
        wrong(f"{what}: {got} is not in {least}..{most}")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


# The traces.

def trace(path, parse):
    """[(key, ns)] in order; parse(name, text, cpu) gives the keys of an event."""
    text = read(path)
    m = re.search(r"entries-in-buffer/entries-written: (\d+)/(\d+)", text)
    if m[1] != m[2]:
        raise SystemExit(f"# {path}: {m[1]} of {m[2]} events are left")
    return [(key, int(m[2]) * 10**9 + int(m[3]) * 1000)
            for m in LINE.finditer(text) for key in parse(m[4], m[5], int(m[1]))]


def both(a, b):
    """[(key, low, high)] in the order of A; high is INF for what B has not seen."""
    mine, other = {}, {}
    for times, events in (mine, a), (other, b):
        for key, ns in events:
            times.setdefault(key, []).append(ns)
    for key in other:
        # Those before the first one of B were before B.
        skip = sum(ns <= other[key][0] for ns in mine.get(key, [])) - 1
        other[key] = [INF] * skip + other[key]
    out, seen = [], {}
    for key, ns in a:
        i = seen[key] = seen.get(key, -1) + 1
        high = other.get(key, [])
        out.append((key, ns - ROUNDING, high[i] + ROUNDING if i < len(high) else INF))
    return out


class Operations:
    """The least and the most that each can have taken."""

    def __init__(self):
        self.spans = []

    def add(self, begin, end):
        self.spans.append((max(end[0] - begin[1], 0), end[1] - begin[0]))

    def surely(self):
        return sum(most < INF for _, most in self.spans)

    def below(self, edge):
        """How many are below it, at least and at most."""
        return sum(most < edge for _, most in self.spans), sum(least < edge for least, _ in self.spans)


def block(name, text, _):
    m = re.fullmatch(r"(\d+),(\d+) \w+ (?:\d+ )?\(.*?\) (\d+) \+ .*", text)
    return [(name.removeprefix("block_rq_"), int(m[3]))] if m else []


def requests(events, first):
    """By what begins them: insert or issue."""
    ops, begun = Operations(), {}
    for (what, sector), low, high in events:
        if what == first:
            begun[sector] = low, high
        elif what == "complete" and sector in begun:
            ops.add(begun.pop(sector), (low, high))
    return ops


def sched(name, text, _):
    if name != "sched_switch":
        m = re.match(r"comm=lt-waits pid=(\d+) ", text)
        return [(name.removeprefix("sched_"), int(m[1]))]
    m = re.match(r"prev_comm=(.*) prev_pid=(\d+) prev_prio=\S+ prev_state=(\S+) ==> next_comm=(.*) next_pid=(\d+) ", text)
    keys = []
    if m[1] == "lt-waits":
        keys.append(("preempted" if m[3][0] == "R" else "out", int(m[2])))
    if m[4] == "lt-waits":
        keys.append(("in", int(m[5])))
    return keys


def waits_for_cpu(events):
    """From waking (or being preempted) to running.

    The probe begins with sched_waking, which comes before the task is put into a queue, and runqlat
    with sched_wakeup, after that: the begin is somewhere from the one in A to the other in B.
    """
    ops, begun = Operations(), {}
    for (what, tid), low, high in events:
        if what in ("preempted", "wakeup_new", "waking"):
            begun[tid] = low, high
        elif what == "wakeup" and tid in begun:
            begun[tid] = begun[tid][0], high
        elif what == "in" and tid in begun:
            ops.add(begun.pop(tid), (low, high))
    return ops


def off_cpu(events):
    """tid -> [(out, in)]."""
    spans, begun = {}, {}
    for (what, tid), low, high in events:
        if what in ("out", "preempted"):
            begun[tid] = low, high
        elif what == "in" and tid in begun:
            spans.setdefault(tid, []).append((begun.pop(tid), (low, high)))
    return spans


def softirq(name, text, cpu):
    m = re.match(r"vec=3 ", text)
    return [(name.removeprefix("softirq_"), cpu)] if m else []


def softirq_runs(events):
    ops, begun = Operations(), {}
    for (what, cpu), low, high in events:
        if what == "entry":
            begun[cpu] = low, high
        elif cpu in begun:
            ops.add(begun.pop(cpu), (low, high))
    return ops


# What tracker and peer say.

class Peer:
    """Rows of powers of two, in microseconds without their fraction."""

    def __init__(self, path):
        self.rows = [int(n) for _, _, n in ROW.findall(read(path))]
        self.count = sum(self.rows)

    def below(self, edge):
        n = sum(n for i, n in enumerate(self.rows) if 1000 << (i + 1) <= edge)
        return n, n


class Ours:
    """One series, or several together."""

    def __init__(self, *series):
        self.buckets, self.count, self.sum = [], 0, 0
        for path, name in series:
            on = False
            for line in read(path).splitlines():
                word = line.split(" ")
                if word[0] == "series":
                    on = word[1] == name
                    self.count += on * int(word[3])
                    self.sum += on * int(word[5])
                elif on:
                    self.buckets.append(tuple(map(int, word)))

    def below(self, edge):
        return (sum(n for _, upper, n in self.buckets if upper <= edge),
                sum(n for lower, _, n in self.buckets if lower < edge))


def ledger(path):
    return {k: v for k, v in (line.split(" ") for line in read(path).splitlines())}


def compare(title, ops, ours, peer):
    """Counts, and the distribution at each power of two."""
    surely, all_ = ops.surely(), len(ops.spans)
    expect(f"{title}: count of the peer", peer.count, surely, all_)
    expect(f"{title}: our count", ours.count, surely, all_)
    if surely == all_:
        expect(f"{title}: counts", ours.count, peer.count, peer.count)
    print(f"{title}: below, in us: witnesses, here, peer")
    unsure = apart = 0
    for i in range(1, 30):
        edge = 1000 << i
        (least, most), mine, other = ops.below(edge), ours.below(edge), peer.below(edge)
        if not most or least == all_ == mine[0] == other[0]:
            continue
        print(f"{1 << i:10} {least:5}..{most:<5} {mine[0]:5}..{mine[1]:<5} {other[0]:5}")
        unsure = max(unsure, most - least)
        apart = max(apart, mine[0] - other[0], other[0] - mine[1])
        # Those that raced may be in neither.
        least -= all_ - surely
        if mine[1] < least or mine[0] > most:
            wrong(f"{title}: {mine[0]}..{mine[1]} of ours are below {1 << i} us")
        if not least <= other[0] <= most:
            wrong(f"{title}: {other[0]} of the peer's are below {1 << i} us")
    print(f"{title}: operations {all_} here {ours.count} there {peer.count} raced {all_ - surely} "
          f"unsure {unsure} apart {apart}")


def judge_block(path, events, _):
    stats = ledger(f"{path}/stats")
    total, device = Ours((f"{path}/histogram", "total")), Ours((f"{path}/histogram", "stage:device"))
    compare("insert to complete", requests(events, "insert"), total, Peer(f"{path}/queued"))
    compare("issue to complete", requests(events, "issue"), device, Peer(f"{path}/device"))
    for name in ("matched", "begins"):
        expect(name, int(stats[name]), total.count, total.count)


def judge_wakeup(path, events, _):
    """runqlat counts all waits for a CPU. Ours are two: those of the woken, which end in matched, and those
    of the preempted, which the wakeup probe counts as cancelled or orphan ends and the offcpu probe times."""
    woken, preempted = (f"{path}/wakeup.histogram", "total"), (f"{path}/offcpu.histogram", "state=running")
    compare("waits for a CPU", waits_for_cpu(events), Ours(woken, preempted), Peer(f"{path}/runqlat"))
    print(f"of these: woken {Ours(woken).count} preempted {Ours(preempted).count}")
    expect("matched", int(ledger(f"{path}/wakeup.stats")["matched"]), Ours(woken).count, Ours(woken).count)
    expect("preempted", Ours(preempted).count, *[sum(key[0] == "preempted" for key, _, _ in events)] * 2)


def judge_softirq(path, events, _):
    ops, ours = softirq_runs(events), Ours((f"{path}/histogram", "stage:run"))
    m = re.search(r"^net_rx +(\d+) +(\d+)$", read(f"{path}/softirqs"), re.M)
    ns, count = int(m[1]), int(m[2])
    surely, all_ = ops.surely(), len(ops.spans)
    expect("runs, ours", ours.count, surely, all_)
    expect("runs, the peer's", count, surely, all_)
    least, most = (sum(span[i] for span in ops.spans) for i in (0, 1))
    expect("time, ours", ours.sum, least, most)
    expect("time, the peer's", ns, least, most)
    print(f"NET_RX: runs {all_} here {ours.count} there {count}, ns {least}..{most} here {ours.sum} there {ns}")
    stats = ledger(f"{path}/stats")
    for name in ("begins", "matched"):
        expect(name, int(stats[name]), ours.count, ours.count)


# Stacks.

def sched_text():
    """Functions that the kernel's stack_trace_save_tsk() leaves out, wherever in the stack they are.

    Those of locks are among them: a task is preempted in them when it lets one go.
    """
    symbols = [(name, int(address, 16)) for address, name in
               (line.split()[::2] for line in read("/proc/kallsyms").splitlines() if "[" not in line)]
    at = {name: address for name, address in symbols if re.match("__(sched|lock)_text_", name)}
    return {name for name, address in symbols for kind in ("sched", "lock")
            if at[f"__{kind}_text_start"] <= address < at[f"__{kind}_text_end"]}


class Outside:
    """Stacks without what is inside of the scheduler: there each tracer has frames of its own.

    With kind "begin" it is the hook's frames that go, which are inside of __schedule.
    """

    def __init__(self, kind):
        self.sched = sched_text() if kind == "task" else ()

    def fold(self, comm, frames):
        if "__schedule" in frames:
            frames = frames[frames.index("__schedule"):]
        return ";".join([comm] + [f for f in frames[::-1] if f not in self.sched])


def peer_stacks(path, outside):
    """offcputime's list, as folded stack -> microseconds; frames are the innermost first."""
    stacks, frames = {}, []
    for line in read(path).splitlines():
        m = re.fullmatch(r" +- +(\S+) \(\d+\)", line)
        if m:
            # forky's writes a part of the program's name once more behind it.
            key = outside.fold(re.sub(r"^lt-waits\S+", "lt-waits", m[1]), frames)
        elif re.fullmatch(r" {8}\d+", line):
            stacks[key] = stacks.get(key, 0) + int(line)
            frames = []
        elif re.fullmatch(r" {4}\S.*", line):
            frames.append(line.strip())
    return stacks


def our_stacks(path, outside):
    """The same of flamegraph.pl's format: frames are the outermost first."""
    stacks = {}
    for line in read(path).splitlines():
        text, us = line.rsplit(" ", 1)
        comm, *frames = text.split(";")
        key = outside.fold(comm, frames[::-1])
        stacks[key] = stacks.get(key, 0) + int(us)
    return stacks


def stack_of(hit, kind, outside):
    frames, on = [], False
    for line in hit.lines:
        if line.startswith(" stack="):
            on = line == f" stack={kind}"
        elif on:
            frames.append(re.split("[+ ]", line[1:])[0])
    return outside.fold(hit.fields["comm"], frames)


def witnessed(hits, spans):
    """Each hit with the least and the most that it can have taken."""
    for h in hits:
        fits = [(out, in_) for out, in_ in spans.get(int(h.fields["tid"]), [])
                if out[0] <= h.begin <= out[1] and in_[0] <= h.ts <= in_[1]]
        if len(fits) != 1:
            wrong(f"seq {h.seq}: {len(fits)} switches fit")
            continue
        (out, in_), = fits
        yield h, in_[0] - out[1], in_[1] - out[0]


def missed(peer, folded, sums):
    """The peer's table of stacks has no room for two whose hashes collide: the second has no frames."""
    lost = [key for key in sums if key not in peer]
    if "lt-waits" not in peer or not lost:
        return
    sums["lt-waits"] = [sum(n) for n in zip(*(sums.pop(key) for key in lost))]
    folded["lt-waits"] = sum(folded.pop(key, 0) for key in lost)
    print(f"stacks that the peer has lost: {len(lost)}")


def judge_offcpu(path, events, kind):
    """Total time of each stack, with the microsecond that each of the peer's may have lost by rounding."""
    hits, lost = records.parse(f"{path}/hits")
    hits = [h for h in hits if h.fields["tracker"] == "offcpu"]
    outside, spans, sums = Outside(kind), off_cpu(events), {}
    peer, folded = peer_stacks(f"{path}/offcputime", outside), our_stacks(f"{path}/folded.{kind}", outside)
    expect("hits", len(hits), *[sum(map(len, spans.values()))] * 2)
    expect("lost hits", lost, 0, 0)
    expect("matched", int(ledger(f"{path}/offcpu.stats")["matched"]), len(hits), len(hits))
    for h, least, most in witnessed(hits, spans):
        key = stack_of(h, kind, outside)
        sums[key] = [sum(n) for n in zip(sums.get(key, (0, 0, 0, 0)), (1, h.delta, least, most))]
    missed(peer, folded, sums)
    for key in sorted(peer.keys() | folded.keys() | sums.keys()):
        if not (key in peer and key in folded and key in sums):
            wrong(f"peer {peer.get(key)}, folded {folded.get(key)}, hits {sums.get(key)}: {key}")
            continue
        n, ours, least, most = sums[key]
        # One line of the command's may be several of these, which differ within the scheduler.
        expect(f"folded {key}", folded[key], ours // 1000 - n, ours // 1000)
        expect(f"peer's {key}", peer[key], least // 1000 - n, most // 1000)
    print(f"{kind}: stacks {len(sums)} hits {len(hits)} us here {sum(folded.values())} there {sum(peer.values())}")
    for key in sorted(sums, key=lambda k: -folded.get(k, 0))[:4]:
        print(f"{sums[key][0]} hits, us here {folded.get(key)} there {peer.get(key)}: {key}")


JUDGES = {
    "block": (block, judge_block), "wakeup": (sched, judge_wakeup),
    "softirq": (softirq, judge_softirq), "offcpu": (sched, judge_offcpu),
}


def main(argv):
    parse, judge = JUDGES[argv[1]]
    path = argv[2]
    judge(path, both(trace(f"{path}/a", parse), trace(f"{path}/b", parse)), argv[3] if len(argv) > 3 else None)
    return bool(WRONG)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
