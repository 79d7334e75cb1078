#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A strict reader of /proc/latency_tracker's text, written from the format's description alone.

records.py check FILE           syntax, numbering, arithmetic; prints "records N lost N"
records.py list FILE FIELD...   one line for each record, fields separated by tabs, "-" if absent
"""

import re
import sys

LEADING = ["seq", "ts", "tracker", "reason", "delta_us", "begin", "threshold_us",
           "cpu_begin", "cpu_end", "pid", "tid", "comm"]
REASONS = {"threshold", "timeout", "replaced", "gc"}

VALUE = r"(?:[^\x00-\x20=\"'\\\x7f]|\\x[0-9a-f]{2})*"
NUMBER = re.compile(r"0|[1-9][0-9]*")
TIME = re.compile(r"(0|[1-9][0-9]*)\.([0-9]{9})")
MICROS = re.compile(r"(0|[1-9][0-9]*)\.([0-9]{3})")
PAIR = re.compile(r"([a-z][a-z0-9_]*)=(" + VALUE + ")")
STACK = re.compile(r" stack=(begin|end|task|switch|user)")
FRAME = re.compile(r" (?:[A-Za-z_.$][\w.$]*\+0x[0-9a-f]+/0x[0-9a-f]+(?: \[[\w-]+\])?|0x[0-9a-f]+)")


class Bad(Exception):
    pass


def unescape(value):
    raw = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), value)
    return raw.encode("latin-1").decode("utf-8", "replace")


def number(text):
    if not NUMBER.fullmatch(text):
        raise Bad(f"not a number: {text!r}")
    return int(text)


def nanoseconds(text, pattern, unit):
    m = pattern.fullmatch(text)
    if not m:
        raise Bad(f"not a time: {text!r}")
    return int(m[1]) * unit + int(m[2])


class Record:
    """One hit; .fields has the values as they stand there, and times in integer nanoseconds."""

    def __init__(self, line):
        self.fields = {}
        for part in line.split(" "):
            m = PAIR.fullmatch(part)
            if not m:
                raise Bad(f"not name=value: {part!r}")
            if m[1] in self.fields:
                raise Bad(f"{m[1]} is there twice")
            self.fields[m[1]] = m[2]
        if list(self.fields)[:len(LEADING)] != LEADING:
            raise Bad("leading fields are not as described")
        self.lines = []
        self.seq = number(self.fields["seq"])
        self.ts = nanoseconds(self.fields["ts"], TIME, 10**9)
        self.begin = nanoseconds(self.fields["begin"], TIME, 10**9)
        self.delta = nanoseconds(self.fields["delta_us"], MICROS, 1000)
        self.limit = nanoseconds(self.fields["threshold_us"], MICROS, 1000)
        for name in ("cpu_begin", "cpu_end", "pid", "tid"):
            number(self.fields[name])
        self.check()

    def check(self):
        if self.fields["reason"] not in REASONS:
            raise Bad("unknown reason")
        if self.ts - self.begin != self.delta:
            raise Bad("ts - begin is not delta_us")
        if self.fields["reason"] == "threshold" and self.delta <= self.limit:
            raise Bad("not above its threshold")
        for name in self.fields:
            if name.endswith("_us"):
                nanoseconds(self.fields[name], MICROS, 1000)

    def micros(self, name):
        return nanoseconds(self.fields[name], MICROS, 1000)

    def add(self, line):
        if not (FRAME if self.lines else STACK).fullmatch(line):
            if not STACK.fullmatch(line):
                raise Bad(f"neither a frame nor the head of a stack: {line!r}")
        self.lines.append(line)


def parse_line(line, records, state):
    m = re.fullmatch(r"lost n=([1-9][0-9]*)", line)
    if m:
        state["lost"] += int(m[1])
        if state["next"] is not None:
            state["next"] += int(m[1])
        return
    if line.startswith(" "):
        if not records:
            raise Bad("a continuation of nothing")
        records[-1].add(line)
        return
    record = Record(line)
    if state["next"] not in (None, record.seq):
        raise Bad(f"seq {record.seq} where {state['next']} is due")
    state["next"] = record.seq + 1
    records.append(record)


def parse(path):
    """Returns the records and how many were lost; raises Bad."""
    with open(path, "rb") as f:
        data = f.read()
    if data and not data.endswith(b"\n"):
        raise Bad("the last line is not whole")
    records = []
    state = {"next": None, "lost": 0}
    for nr, line in enumerate(data.decode("latin-1").split("\n")[:-1], 1):
        try:
            parse_line(line, records, state)
        except Bad as e:
            raise Bad(f"line {nr}: {e}: {line!r}") from None
    return records, state["lost"]


def main(argv):
    try:
        records, lost = parse(argv[2])
    except Bad as e:
        print(f"# {argv[2]}: {e}")
        return 1
    if argv[1] == "check":
        print(f"records {len(records)} lost {lost}")
    else:
        for r in records:
            print("\t".join(unescape(r.fields.get(name, "-")) for name in argv[3:]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
