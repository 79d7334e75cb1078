#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Sends numbered UDP packets, receives them, and sends frames that are odd.

backlog_send.py send ADDRESS DPORT FIRST COUNT CPU [GAP_MS [HOLD]]
    Packet n has n in its payload, and source port FIRST + n. After a quarter of them HOLD is written to
    the parameter of lt_hold. Prints "SPORT BEFORE AFTER" for each: nanoseconds of CLOCK_MONOTONIC around
    the call that sent it.
backlog_send.py receive ADDRESS DPORT COUNT [SECONDS]
    Prints "ready", then "SPORT AFTER" for each that has come, until all have or none comes for so long (10).
backlog_send.py frames IFNAME COUNT ETHERTYPE
    Ethernet frames with headers that are cut off, lie about their length, or are noise.
"""

import os
import random
import socket
import sys
import threading
import time


def udp(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.socket(family, socket.SOCK_DGRAM)


def hold(what):
    with open("/sys/module/lt_hold/parameters/hold", "w", encoding="ascii") as f:
        f.write(what)


def send(address, dport, first, count, cpu, gap=0, what=""):
    os.sched_setaffinity(0, {int(cpu)})
    socks = []
    for n in range(int(count)):
        s = udp(address)
        s.bind(("", int(first) + n))
        s.connect((address, int(dport)))
        socks.append(s)
    times = []
    holder = threading.Thread(target=hold, args=(what,))
    for n, s in enumerate(socks):
        if what and n == int(count) // 4:
            holder.start()
        before = time.monotonic_ns()
        s.send(b"%d" % n)
        times.append((int(first) + n, before, time.monotonic_ns()))
        if float(gap):
            time.sleep(float(gap) / 1000)
    if what:
        holder.join()
    for t in times:
        print(*t)


def receive(address, dport, count, seconds=10):
    s = udp(address)
    s.bind((address, int(dport)))
    s.settimeout(int(seconds))
    print("ready", flush=True)
    try:
        for _ in range(int(count)):
            _, peer = s.recvfrom(64)
            print(peer[1], time.monotonic_ns(), flush=True)
    except TimeoutError:
        pass


def ipv4(rng):
    ihl = rng.choice([0, 4, 5, 6, 15])
    head = bytes([rng.choice([4, 4, 4, 5, 15]) << 4 | ihl, 0]) + rng.randbytes(7)
    return head + bytes([rng.choice([1, 6, 17, 132, 255])]) + rng.randbytes(rng.choice([0, 9, 10, 11, 13, 14, 60]))


def ipv6(rng):
    kinds = [0, 43, 44, 51, 60]
    head = bytes([0x60]) + rng.randbytes(5) + bytes([rng.choice(kinds + [17, 59]), 64]) + rng.randbytes(32)
    for _ in range(rng.randrange(12)):
        head += bytes([rng.choice(kinds + [17]), rng.choice([0, 0, 1, 255])]) + rng.randbytes(6)
    return head[:rng.choice([len(head), rng.randrange(len(head))])]


def frames(ifname, count, ethertype):
    rng = random.Random(1)
    kind = int(ethertype, 0)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((ifname, 0))
        with open(f"/sys/class/net/{ifname}/address", encoding="ascii") as f:
            mine = bytes.fromhex(f.read().strip().replace(":", ""))
        for _ in range(int(count)):
            body = {0x0800: ipv4, 0x86dd: ipv6}.get(kind, lambda r: r.randbytes(46))(rng)
            # To nobody: IP takes a look at it and drops it, and nobody answers.
            s.send(b"\x02\x00\x00\x00\x00\x01" + mine + kind.to_bytes(2, "big") + body)


if __name__ == "__main__":
    {"send": send, "receive": receive, "frames": frames}[sys.argv[1]](*sys.argv[2:])
