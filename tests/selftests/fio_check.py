#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Compares hits with what fio itself measured for each I/O of the same run.

fio_check.py [--some] HITS FLOOR_NS DEV LOG [DEV=LOG...]

DEV (MAJOR:MINOR) is the slow device, LOG fio's latency log of it (with offsets): each I/O in the log
must be one hit whose delta is at least FLOOR_NS, the device's delay within its own error, and at most
what fio saw, since fio looks at its clock before and after the kernel. With --some an I/O may have no
hit: where the device's delay is not exact, witness.py knows which must have one. Further DEV=LOG are fast
devices: a hit there is right only if fio saw that I/O take as long. With "-" as LOG of a further
device its hits are let pass: the device below the slow one, which fio does not see.
Hits of devices that are not named are only counted: the machine's own disk may be slow, too.
Prints "name value" lines and, with "# ", what is wrong.
"""

import sys

import records

OPS = {0: "read", 1: "write"}


def fio_log(path):
    """(op, first byte) -> (bytes, ns); fio's random map gives each block once."""
    ios = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            _, ns, ddir, size, offset = (int(x, 0) for x in line.split(",")[:5])
            key = OPS[ddir], offset
            if key in ios:
                raise SystemExit(f"# fio did {key} twice, the test cannot tell them apart")
            ios[key] = size, ns
    return ios


class Check:
    def __init__(self):
        self.wrong = 0

    def fail(self, record, why):
        self.wrong += 1
        if self.wrong <= 10:
            print(f"# seq {record.seq}: {why}" if record else f"# {why}")


def of_device(hits, dev):
    return [h for h in hits if h.fields.get("dev") == dev]


def matched(check, hits, ios, floor):
    """Compares the hits of one device with its log; returns the I/Os that were hits."""
    found = set()
    for h in hits:
        key = h.fields["op"], int(h.fields["sector"]) * 512
        if key not in ios or key in found:
            check.fail(h, "hit twice" if key in found else f"fio did no such I/O: {key}")
            continue
        found.add(key)
        size, ns = ios[key]
        if int(h.fields["bytes"]) != size:
            check.fail(h, f"{h.fields['bytes']} bytes, fio says {size}")
        if h.delta > ns:
            check.fail(h, f"{h.delta} ns, but fio saw {ns}")
        if h.delta < floor:
            check.fail(h, f"{h.delta} ns, but the device takes {floor}")
    return found


def main(argv):
    some = argv[1] == "--some"
    if some:
        del argv[1]
    hits, lost = records.parse(argv[1])
    floor, dev, ios = int(argv[2]), argv[3], fio_log(argv[4])
    slow = of_device(hits, dev)
    check = Check()
    if lost:
        check.fail(None, f"{lost} records lost")
    missing = ios.keys() - matched(check, slow, ios, floor)
    for key in set() if some else missing:
        check.fail(None, f"{key} took fio {ios[key][1]} ns and is no hit")
    known, fast = len(slow), 0
    for dev, log in (arg.split("=") for arg in argv[5:]):
        others = of_device(hits, dev)
        known += len(others)
        if log != "-":
            fast += len(matched(check, others, fio_log(log), 0))
    print(f"ios {len(ios)}\nhits {len(slow)}\nfast {fast}\nelsewhere {len(hits) - known}")
    if slow:
        deltas = [h.delta for h in slow]
        print(f"min_ns {min(deltas)}\nmax_ns {max(deltas)}")
        seen = [ns for _, ns in ios.values()]
        print(f"fio_min_ns {min(seen)}\nfio_max_ns {max(seen)}")
    return check.wrong != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
