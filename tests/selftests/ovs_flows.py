#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Sends packets each of which is a flow of its own, and judges what the probe says of their upcalls.

ovs_flows.py now
    Nanoseconds of CLOCK_MONOTONIC.
ovs_flows.py send ADDRESS DPORT FIRST COUNT GAP_MS
    UDP packet n has source port FIRST + n. Prints "SPORT LENGTH" of each, with the length of its frame,
    which is another one for each of 1,000 ports in a row.
ovs_flows.py load ADDRESS DPORT
    Packets from one port after the other, until it is killed.
ovs_flows.py judge HITS THRESHOLD_NS UNTIL TRACE_A TRACE_B FAST STOPPED RECEIVED
    FAST and STOPPED are what "send" printed while ovs-vswitchd ran, and while it was stopped: until
    UNTIL at least. RECEIVED is what "backlog_send.py receive" printed. Trace A of ovs_dp_upcall was
    switched on before the probe was attached, trace B after: at each upcall time in A <= time that the
    probe took <= time in B. An upcall takes at least from B to UNTIL, if its packet was sent while
    vswitchd was stopped, and at most from A to when the packet was received: what must be longer than
    the threshold is a hit, what must be shorter is none. Prints "name value" lines and, with "# ",
    what is wrong.
"""

import itertools
import re
import socket
import sys
import time

import records

EVENT = re.compile(r"\s(\d+)\.(\d{6}): ovs_dp_upcall: .* len=(\d+) ")
# A trace prints microseconds, rounded.
ROUNDING = 1000
# Of Ethernet, IPv4 and UDP.
HEADERS = 42


def emit(address, dport, sport, payload):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", sport))
        s.connect((address, int(dport)))
        s.send(bytes(payload))


def now():
    print(time.monotonic_ns())


def send(address, dport, first, count, gap):
    for sport in range(int(first), int(first) + int(count)):
        payload = 100 + sport % 1000
        emit(address, dport, sport, payload)
        print(sport, payload + HEADERS)
        time.sleep(int(gap) / 1000)


def load(address, dport):
    for sport in itertools.cycle(range(30000, 60000)):
        try:
            emit(address, dport, sport, 18)
        except ConnectionRefusedError:
            pass
        time.sleep(0.001)


def lines(path):
    with open(path, encoding="ascii") as f:
        return [[int(n) for n in line.split()] for line in f if line[0].isdigit()]


def trace(path):
    """Length of the frame -> times of its upcalls."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    m = re.search(r"entries-in-buffer/entries-written: (\d+)/(\d+)", text)
    if m[1] != m[2]:
        raise SystemExit(f"# {path}: {m[1]} of {m[2]} events are left")
    upcalls = {}
    for m in EVENT.finditer(text):
        upcalls.setdefault(int(m[3]), []).append(int(m[1]) * 10**9 + int(m[2]) * 1000)
    return upcalls


class Upcall:
    """What is known of a flow's upcall without the probe."""

    def __init__(self, low, high, until, received):
        self.low, self.high = low - ROUNDING, high + ROUNDING
        self.least = max(until - self.high, 0)
        self.most = received - self.low

    def wrong(self, hits, threshold):
        if not hits:
            return f"no hit after {self.least} ns" if self.least > threshold else None
        hit = hits[0]
        if len(hits) > 1:
            return f"{len(hits)} hits"
        if self.most <= threshold:
            return f"a hit after at most {self.most} ns"
        if not self.least <= hit.delta <= self.most:
            return f"{hit.delta} ns, but it was {self.least}..{self.most}"
        if not self.low <= hit.begin <= self.high:
            return f"begin {hit.begin}, but it was in {self.low}..{self.high}"
        # Without a flow that was installed for it there is one time, of the way as a whole.
        if "install_us" in hit.fields and hit.micros("install_us") < self.least:
            return f"install_us={hit.fields['install_us']}, but it was {self.least} ns at least"
        return None


def judge(path, threshold, until, trace_a, trace_b, fast, stopped, received):
    threshold, until = int(threshold), int(until)
    a, b, received = trace(trace_a), trace(trace_b), dict(lines(received))
    hits = {}
    for h in records.parse(path)[0]:
        hits.setdefault(int(h.fields.get("sport", 0)), []).append(h)
    wrong = slow = quick = installed = 0
    both = [(*flow, 0) for flow in lines(fast)] + [(*flow, until) for flow in lines(stopped)]
    for sport, length, until_ in both:
        mine = hits.get(sport, [])
        if len(a.get(length, [])) != 1 or len(b.get(length, [])) != 1 or sport not in received:
            wrong += 1
            print(f"# {sport}: upcalls {a.get(length)} {b.get(length)}, received {received.get(sport)}")
            continue
        upcall = Upcall(a[length][0], b[length][0], until_, received[sport])
        slow += upcall.least > threshold
        quick += upcall.most <= threshold
        installed += any("install_us" in h.fields for h in mine)
        why = upcall.wrong(mine, threshold)
        if why:
            wrong += 1
            print(f"# {sport}: {why}")
    print(f"flows {len(both)}\nslow {slow}\nfast {quick}\nhits {len(hits)}\ninstalled {installed}")
    return wrong != 0


if __name__ == "__main__":
    sys.exit({"now": now, "send": send, "load": load, "judge": judge}[sys.argv[1]](*sys.argv[2:]))
