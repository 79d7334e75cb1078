#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Compares what latency-trackerd wrote with what others say, by the description of its files.

snapshots.py journal STATE RECORDS HITS       journal.jsonl = the kernel's records, of which there are HITS
snapshots.py full STATE RECORDS HITS          the same where the disk was full: a snapshot may be absent
snapshots.py rate STATE NS LEAST              all ok but failed ones, LEAST of them, NS between them
snapshots.py trace STATE NAME TEXT SECTOR...  proof.json against the text of the trace
snapshots.py trace_there STATE NAME TEXT SECTOR...  another copy, taken later, has the operations too
snapshots.py stop STATE PID                   waits for a snapshot that is being made, stops its maker
"""

import json
import os
import re
import signal
import sys
import time

import records
from verdict import WRONG, load, run, same, wrong

MS = 10**6
# babeltrace2 --clock-cycles: [00000012345678901234] (+0.1) host name: { cpu_id = 0 }, { dev = 1, ... }
CTF = re.compile(r"\[(\d+)\] (?:\(\S+\) )?(?:\S+ )?(\w+): \{ cpu_id = (\d+) \}(.*)")
# dd-123 [000] d..1. 12.345678: block_rq_issue: 252,0 R 4096 () 8 + 8 none,0,0 [dd]
FTRACE = re.compile(r" *.{1,16}-\d+ +\[(\d+)\] \S+ +(\d+)\.(\d{6}): (\w+): (.*)")
BLOCK_CTF = re.compile(r"\bdev = (\d+), sector = (\d+)")
BLOCK_FTRACE = re.compile(r"(\d+),(\d+) \S+ (?:\d+ )?(?:\(.*?\) )?(\d+) \+ \d+ ")
BEGINS = ("block_rq_insert", "block_rq_issue", "block_bio_queue")
HIT = "latency_tracker_hit"
SEQ = re.compile(r"\bseq ?= ?(\d+)")
ENDS = {"rq": "block_rq_complete", "bio": "block_bio_complete"}


class Event:
    def __init__(self, ts, cpu, name, dev, sector, text):
        self.ts, self.cpu, self.name, self.dev, self.sector = ts, cpu, name, dev, sector
        seq = SEQ.search(text) if name == HIT else None
        self.seq = int(seq[1]) if seq else None


def event(line):
    m = CTF.match(line)
    if m:
        b = BLOCK_CTF.search(m[4]) if m[2].startswith("block_") else None
        dev = f"{int(b[1]) >> 20}:{int(b[1]) & 0xfffff}" if b else None
        return Event(int(m[1]), int(m[3]), m[2], dev, b and int(b[2]), m[4])
    m = FTRACE.match(line)
    if m:
        b = BLOCK_FTRACE.match(m[5]) if m[4].startswith("block_") else None
        dev = f"{b[1]}:{b[2]}" if b else None
        return Event(int(m[2]) * 10**9 + int(m[3]) * 1000, int(m[1]), m[4], dev, b and int(b[3]),
                     m[5])
    return None


def events(path):
    found = []
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            e = event(line)
            if e:
                found.append(e)
            elif not line.startswith("#") and "LOST" not in line and "buffer started" not in line:
                wrong(f"a line of the trace that is not understood: {line.rstrip()}")
    return found


def journal(state):
    """The lines of hits; a line of a failed snapshot is looked at where it stands."""
    with open(os.path.join(state, "journal.jsonl"), encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    for at, line in enumerate(lines):
        if "failed" in line and line["snapshot"] not in [x.get("snapshot") for x in lines[:at]]:
            wrong(f"a snapshot failed that no hit names: {line}")
    return [x for x in lines if "failed" not in x]


def compare_hit(hit, record):
    """An object of hit.json or the journal with the kernel's record."""
    f = {name: records.unescape(value) for name, value in record.fields.items()}
    seq = record.seq
    for name, value in (("seq", seq), ("ts_ns", record.ts), ("begin_ns", record.begin),
                        ("delta_ns", record.delta), ("threshold_ns", record.limit)):
        same(f"hit {seq}: {name}", hit[name], value)
    for name in ("tracker", "reason", "comm"):
        same(f"hit {seq}: {name}", hit[name], f[name])
    for name in ("cpu_begin", "cpu_end", "pid", "tid"):
        same(f"hit {seq}: {name}", hit[name], int(f[name]))
    same(f"hit {seq}: fields", hit["fields"],
         {name: f[name] for name in list(f)[len(records.LEADING):]})


def check_journal(state, ring, hits, full=False):
    lines = journal(state)
    found, lost = records.parse(ring)
    same("lost records", (lost, [x for x in lines if "lost" in x]), (0, []))
    same("lines in the journal", len(lines), int(hits))
    same("numbers in the journal", [x.get("seq") for x in lines], list(range(len(lines))))
    same("records in the kernel", len(found), int(hits))
    for hit, record in zip(lines, found):
        compare_hit(hit, record)
    for hit in lines:
        check_reference(state, hit, full)
    print(f"# {len(lines)} hits in the journal, {sum(x['shared'] for x in lines)} share the "
          f"snapshot of another, {sum(x['snapshot'] is None for x in lines)} have none")


def check_reference(state, hit, full):
    """The snapshot that a line of the journal names."""
    if hit["snapshot"] is None:
        same(f"hit {hit['seq']} shares nothing", hit["shared"], False)
        return
    path = os.path.join(state, "snapshots", hit["snapshot"], "proof.json")
    if not os.path.exists(path):
        if not full:
            wrong(f"hit {hit['seq']}: there is no {path}")
        return
    proof = load(path)
    same(f"hit {hit['seq']}: shared", hit["shared"], proof["hit_seq"] != hit["seq"])
    if proof["status"] == "ok" and hit["ts_ns"] > proof["snapshot_begin_ns"]:
        wrong(f"hit {hit['seq']} came after the snapshot it shares")


def check_rate(state, gap, least):
    proofs = []
    for name in os.listdir(os.path.join(state, "snapshots")):
        proofs.append(load(os.path.join(state, "snapshots", name, "proof.json")))
        if proofs[-1]["status"] != "ok":
            wrong(f"{name}: {proofs[-1]['status']}: {proofs[-1]['error']}")
    wakes = sorted(p["wake_ns"] for p in proofs)
    gaps = [b - a for a, b in zip(wakes, wakes[1:])]
    if len(proofs) < int(least):
        wrong(f"only {len(proofs)} snapshots")
    if gaps and min(gaps) < int(gap):
        wrong(f"two snapshots within {min(gaps)} ns")
    if gaps:
        print(f"# {len(proofs)} snapshots, {min(gaps) // MS} ms between them or more")


def check_sector(hit, sector, found):
    """The events of one operation; the time of its begin."""
    dev, kind = hit["fields"]["dev"], hit["fields"]["kind"]
    mine = [e for e in found if e.dev == dev and e.sector == sector]
    begins = [e for e in mine if e.name in BEGINS]
    ends = [e for e in mine if e.name == ENDS[kind]]
    if not begins or not ends or begins[0].ts > ends[0].ts:
        wrong(f"{dev} sector {sector}: no begin and end in the trace: "
              + " ".join(f"{e.name}@{e.ts}" for e in mine))
        return None
    return begins, ends


def check_trace(state, name, text, *sectors):
    path = os.path.join(state, "snapshots", name)
    hit, proof = load(os.path.join(path, "hit.json")), load(os.path.join(path, "proof.json"))
    lines = {x["fields"]["sector"]: x for x in journal(state) if "seq" in x and x["fields"].get("disk")
             == hit["fields"]["disk"]}
    for field in ("status", "covers_begin", "covers_hit", "error", "discarded"):
        same(field, proof[field], {"status": "ok", "error": None, "discarded": 0}.get(field, True))
    same("hit of the proof", (proof["hit_seq"], proof["begin_ns"], proof["hit_ns"]),
         (hit["seq"], hit["begin_ns"], hit["ts_ns"]))
    order = [proof[x] for x in ("begin_ns", "hit_ns", "snapshot_begin_ns", "snapshot_end_ns")]
    same("order of times", order, sorted(order))
    found = events(text)
    check_numbers(proof, found)
    check_hit_event(proof, found)
    for sector in sectors:
        one = check_sector(lines[sector], int(sector), found)
        if one:
            check_times(proof, lines[sector], *one)
    if not WRONG:
        print(f"# {name}: {len(found)} events, begin {proof['begin_event']['name']} off by "
              f"{proof['begin_event']['ts_ns'] - hit['begin_ns']} ns")


def check_numbers(proof, found):
    """The proof's sums over the trace; the text may be rounded to microseconds, packets be wider."""
    same("events", proof["events"], len(found))
    first, last = min(e.ts for e in found), max(e.ts for e in found)
    if not proof["trace_first_ns"] <= first + 1000 or not last - 1000 <= proof["trace_last_ns"] \
            <= proof["snapshot_end_ns"]:
        wrong(f"trace from {proof['trace_first_ns']} to {proof['trace_last_ns']}, its events from "
              f"{first} to {last}")
    for cpu in proof["per_cpu"]:
        same(f"events of CPU {cpu['cpu']}", cpu["events"], sum(e.cpu == cpu["cpu"] for e in found))
    if proof["covered_since_ns"] > proof["begin_ns"]:
        wrong("covered_since_ns is after begin_ns")


def check_hit_event(proof, found):
    """The hit stands once among the other events, between its own time and the snapshot."""
    event_ = proof["hit_event"]
    mine = [e for e in found if e.name == HIT and e.seq in (None, proof["hit_seq"])]
    if not event_ or not mine:
        wrong(f"hit_event {event_}, events of the hit: {[(e.ts, e.seq) for e in mine]}")
        return
    near = min(mine, key=lambda e: abs(e.ts - event_["ts_ns"]))
    if near.seq is not None:
        same("events of the hit", len(mine), 1)
    if abs(near.ts - event_["ts_ns"]) > 1000 or (near.name, near.cpu) != (event_["name"], event_["cpu"]):
        wrong(f"hit_event {event_} is not in the trace, but {near.name} at {near.ts} on {near.cpu}")
    if not proof["hit_ns"] <= event_["ts_ns"] <= proof["snapshot_begin_ns"]:
        wrong(f"hit at {proof['hit_ns']}, its event at {event_['ts_ns']}")
    others = [e.ts for e in found if e.name != HIT]
    if not min(others) < near.ts < max(others):
        wrong("no events on both sides of the hit")
    print(f"# the hit is in the trace {event_['ts_ns'] - proof['hit_ns']} ns after its time")


def check_times(proof, line, begins, ends):
    near = min(begins, key=lambda e: abs(e.ts - line["begin_ns"]))
    if abs(near.ts - line["begin_ns"]) >= 5 * MS:
        wrong(f"hit {line['seq']} began at {line['begin_ns']}, in the trace at {near.ts}")
    if line["begin_ns"] < proof["covered_since_ns"]:
        wrong(f"hit {line['seq']} began before what the proof covers")
    if ends[0].ts > proof["snapshot_end_ns"] + 1000 or ends[0].ts - near.ts < 10 * MS:
        wrong(f"hit {line['seq']}: ended at {ends[0].ts}, began at {near.ts}")
    if line["seq"] != proof["hit_seq"]:
        return
    event_ = proof["begin_event"]
    if not event_:
        wrong("begin_event is null")
    elif abs(event_["ts_ns"] - line["begin_ns"]) >= 5 * MS or \
            (event_["name"], event_["cpu"]) not in [(e.name, e.cpu) for e in begins
                                                    if abs(e.ts - event_["ts_ns"]) <= 1000]:
        wrong(f"begin_event {event_} is not in the trace")


def check_there(state, name, text, *sectors):
    hit = load(os.path.join(state, "snapshots", name, "hit.json"))
    lines = {x["fields"]["sector"]: x for x in journal(state)
             if x["fields"].get("disk") == hit["fields"]["disk"]}
    found = events(text)
    for sector in sectors:
        check_sector(lines[sector], int(sector), found)
    print(f"# {name}: {len(found)} events in the other copy")


def check_full(state, ring, hits):
    check_journal(state, ring, hits, True)


def stop(state, pid):
    """SIGSTOP as soon as a proof.json says so; whoever calls ends this when none comes."""
    path = os.path.join(state, "snapshots")
    old = set(os.listdir(path))
    print("ready", flush=True)
    while True:
        for name in set(os.listdir(path)) - old:
            try:
                status = load(os.path.join(path, name, "proof.json"))["status"]
            except OSError:
                continue
            if status == "recording":
                os.kill(int(pid), signal.SIGSTOP)
            print(name)
            return
        time.sleep(0.0005)


CHECKS = {"journal": check_journal, "full": check_full, "rate": check_rate, "trace": check_trace,
          "trace_there": check_there,
          "stop": stop}

if __name__ == "__main__":
    run(CHECKS, sys.argv)
