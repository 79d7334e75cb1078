#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Judges the hits of the backlog probe by what sender and receiver of numbered packets say.

backlog_judge.py HITS THRESHOLD_NS FROM UNTIL SENT RECEIVED

Softirqs were disabled on the receiving CPU from FROM until UNTIL. A packet that was sent meanwhile waits
in the backlog at least from after the call that sent it until UNTIL, and each takes at most from before
that call until its receiver has it: what must be longer than the threshold is a hit, what must be
shorter is none. Prints "name value" lines and, with "# ", what is wrong.
"""

import sys

import records


def lines(path):
    with open(path, encoding="ascii") as f:
        return [[int(n) for n in line.split()] for line in f if line[0].isdigit()]


def judge(hit, sent, received, since, until, threshold):
    """What is wrong with a packet, or None; and whether it had to wait."""
    before, after = sent
    inside = before >= since and after <= until
    least = until - after if inside else 0
    most = received - before
    if hit is None:
        return (f"no hit after {least} ns" if least > threshold else None), least > threshold
    if most <= threshold:
        return f"a hit after at most {most} ns", False
    if not least <= hit.delta <= most:
        return f"{hit.delta} ns, but it was {least}..{most}", False
    if not before <= hit.begin <= after:
        return f"begin {hit.begin}, but sent in {before}..{after}", False
    if inside and hit.micros("queue_us") < least:
        return f"queue_us={hit.fields['queue_us']}, but it was {least} ns at least", False
    if inside and hit.micros("receive_us") > received - until:
        return f"receive_us={hit.fields['receive_us']}, but it was {received - until} ns at most", False
    return None, least > threshold


def main(argv):
    threshold, since, until = int(argv[2]), int(argv[3]), int(argv[4])
    sent = {n: times for n, *times in lines(argv[5])}
    received = dict(lines(argv[6]))
    hits = {}
    wrong = slow = fast = 0
    for h in records.parse(argv[1])[0]:
        sport = int(h.fields.get("sport", 0))
        if sport in sent:
            wrong += sport in hits
            hits[sport] = h
    for n, times in sent.items():
        if n not in received:
            wrong += 1
            print(f"# packet {n} did not arrive")
            continue
        why, waited = judge(hits.get(n), times, received[n], since, until, threshold)
        slow += waited
        fast += received[n] - times[0] <= threshold
        if why:
            wrong += 1
            print(f"# packet {n}: {why}")
    print(f"sent {len(sent)}\nslow {slow}\nfast {fast}\nhits {len(hits)}")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
