#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Compares what latency-tracker prints with the files of the kernel, parsed here once more.

cli_check.py list TEXT JSON BEFORE AFTER    stats files read before and after
cli_check.py watch TEXT JSON RECORDS        all hits; TEXT in microseconds
cli_check.py hist NSECS USECS JSON FILE     three outputs about one histogram file
cli_check.py interval TEXT COUNT            COUNT operations in all intervals together
cli_check.py export TEXT HISTOGRAM STATS    of a tracker that is off
cli_check.py snapshots TEXT SHOW JSON DIR   one snapshot, its directory
"""

import json
import os
import re
import sys

import records
from verdict import load, run, same, wrong

CONFIG = ("tracker", "module", "enabled", "threshold_ns", "timeout_ns", "max_events", "capacity",
          "in_flight")
ROW = re.compile(r" *(\d+) -> (\d+) *: (\d+) *\|(\**) *\|")
SUMMARY = re.compile(r"     p50 ([\d.]+), p90 ([\d.]+), p99 ([\d.]+), p99\.9 ([\d.]+), "
                     r"p99\.99 ([\d.]+), max ([\d.]+), count (\d+)")
PPM = {"p50": 500000, "p90": 900000, "p95": 950000, "p99": 990000, "p99.9": 999000,
       "p99.99": 999900}


def lines(path):
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines()


def objects(path):
    return [json.loads(line) for line in lines(path)]


def stats(path):
    return {name: value if name in ("tracker", "module") else int(value)
            for name, value in (line.split(" ") for line in lines(path))}


def duration(text):
    """Nanoseconds of "20.131 ms", cut to three decimals."""
    number, unit = text.split(" ")
    scale = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}[unit]
    return round(float(number) * scale), max(scale // 1000, 1)


def check_list(text, json_path, before, after):
    low, high = stats(before), stats(after)
    one = [x for x in objects(json_path) if x["tracker"] == low["tracker"]]
    same("objects about the tracker", len(one), 1)
    same("names", list(one[0]), list(low))
    one[0]["enabled"] = int(one[0]["enabled"])
    for name, value in one[0].items():
        if name in CONFIG:
            same(name, value, low[name])
        elif not low[name] <= value <= high[name]:
            wrong(f"{name}: {value} is not within {low[name]}..{high[name]}")
    same("headings", lines(text)[0].split(), ["TRACKER", "ENABLED", "THRESHOLD", "BEGINS",
                                              "IN-FLIGHT", "HITS", "DROPPED", "TIMEDOUT"])
    row = [re.split(r"  +", x) for x in lines(text)[1:] if x.startswith(low["tracker"] + " ")]
    same("row", row, [[low["tracker"], "yes" if low["enabled"] else "no", "10 ms",
                       str(low["begins"]), str(low["in_flight"]), str(low["hits"]),
                       str(low["dropped_full"] + low["dropped_busy"]), str(low["timed_out"])]])


def check_watch(text, json_path, ring):
    found, _ = records.parse(ring)
    shown = objects(json_path)
    same("hits as JSON", [(x["seq"], x["ts_ns"], x["begin_ns"], x["delta_ns"], x["pid"], x["fields"])
                          for x in shown],
         [(r.seq, r.ts, r.begin, r.delta, int(r.fields["pid"]),
           {n: records.unescape(r.fields[n]) for n in list(r.fields)[len(records.LEADING):]})
          for r in found])
    rows = lines(text)
    same("headings", rows[0].split(), ["TIME", "TRACKER", "COMM", "TID", "LAT(us)", "DETAILS"])
    same("rows", len(rows) - 1, len(found))
    for row, r in zip(rows[1:], found):
        f = r.fields
        cells = row.split()
        if not re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", cells[0]):
            wrong(f"time: {cells[0]}")
        same(f"hit {r.seq}", cells[1:4], [f["tracker"], f["comm"], f["tid"]])
        if abs(float(cells[4]) * 1000 - r.delta) > 51:
            wrong(f"hit {r.seq} took {r.delta} ns, shown as {cells[4]}")
        same(f"fields of hit {r.seq}", cells[5:],
             [f"{n}={f[n]}" for n in list(f)[len(records.LEADING):]
              if n not in ("cgroup", "node_begin", "node_end")])


def histogram(path):
    """Series name: (count, sum, max, [(lower, upper, count)])."""
    found = {}
    for line in lines(path):
        words = line.split(" ")
        if words[0] == "series":
            buckets = []
            found[words[1]] = (int(words[3]), int(words[5]), int(words[7]), buckets)
        else:
            buckets.append(tuple(int(x) for x in words))
    return {name: s for name, s in found.items() if s[3]}


def bucket_of(buckets, ppm):
    """The bucket that holds this share of the values."""
    total, before = sum(b[2] for b in buckets), 0
    for bucket in buckets:
        before += bucket[2]
        if before * 10**6 >= total * ppm:
            return bucket
    return None


def sections(path):
    """Series name: (rows, percentiles, max, count, unit) of a text."""
    found, name, rows, unit = {}, None, [], None
    for line in lines(path):
        row, summary = ROW.fullmatch(line), SUMMARY.fullmatch(line)
        if line.startswith("series = "):
            name, rows = line[9:].split(" (")[0], []
        elif row:
            rows.append((int(row[1]), int(row[2]), int(row[3]), len(row[4])))
        elif summary:
            found[name] = (rows, summary, unit)
        elif re.fullmatch(r" {5}[num]secs {14} : count    distribution", line):
            unit = line.split()[0]
        elif line and not line.startswith("tracker = "):
            wrong(f"not understood: {line!r}")
    return found


def check_rows(name, rows):
    """Powers of two, none left out, stars in proportion."""
    most = max(r[2] for r in rows)
    for i, (low, high, count, stars) in enumerate(rows):
        if low and (low & (low - 1) or high != 2 * low - 1) or not low and high != 1:
            wrong(f"{name}: row {low} -> {high}")
        if i and low != rows[i - 1][1] + 1:
            wrong(f"{name}: row {low} does not follow {rows[i - 1][1]}")
        same(f"{name}: stars of row {low}", stars, count * 40 // most)


def check_section(name, section, series, scale, digits):
    rows, summary, _ = section
    count, _, largest, buckets = series
    check_rows(name, rows)
    same(f"{name}: sum of rows", sum(r[2] for r in rows), sum(b[2] for b in buckets))
    same(f"{name}: count", int(summary[7]), sum(b[2] for b in buckets))
    same(f"{name}: count of the kernel", count, sum(b[2] for b in buckets))
    half = scale / 10**digits
    if abs(float(summary[6]) * scale - largest) > half:
        wrong(f"{name}: max {summary[6]}, the kernel has {largest} ns")
    for i, percentile in enumerate(("p50", "p90", "p99", "p99.9", "p99.99"), 1):
        low, high, _ = bucket_of(buckets, PPM[percentile])
        if not low - half <= float(summary[i]) * scale <= high + half:
            wrong(f"{name}: {percentile} {summary[i]} is not within {low}..{high} ns")
    if scale > 1:
        return
    for low, high, rowcount, _ in rows:
        same(f"{name}: row {low}", rowcount, sum(b[2] for b in buckets if low <= b[0] <= high))


def check_hist(nsecs, usecs, json_path, path):
    kernel = histogram(path)
    for text, scale, digits, unit in ((nsecs, 1, 0, "nsecs"), (usecs, 1000, 1, "usecs")):
        found = sections(text)
        same("series", list(found), list(kernel))
        for name, section in found.items():
            same("unit", section[2], unit)
            check_section(name, section, kernel[name], scale, digits)
    for x in objects(json_path):
        count, total, largest, buckets = kernel.pop(x["series"])
        same(x["series"], (x["count"], x["sum_ns"], x["max_ns"], x["tracker"]),
             (count, total, largest, "block"))
        same(f"{x['series']}: buckets",
             [(b["lower_ns"], b["upper_ns"], b["count"]) for b in x["buckets"]], buckets)
        for name, ppm in PPM.items():
            low, high, _ = bucket_of(buckets, ppm)
            if not low <= x["percentiles_ns"][name] <= high:
                wrong(f"{x['series']}: {name} {x['percentiles_ns'][name]} is not in its bucket")
    same("series without JSON", list(kernel), [])


def check_interval(text, count):
    counts = [int(m) for m in re.findall(r", count (\d+)$", "\n".join(lines(text)), re.M)]
    same("operations in all intervals", sum(counts), int(count))
    print(f"# by interval: {counts}")


def samples(path):
    """(name, labels): value of all samples in Prometheus' text format."""
    found = {}
    for line in lines(path):
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"(\w+)\{(.*)\} ([\d.]+)", line).groups()
        found[name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels))] = value
    return found


def check_export_series(found, name, labels, series):
    count, total, _, buckets = series
    prefix = "latency_tracker_" + name
    same(f"{name} count", found.pop((prefix + "_count", frozenset(labels))), str(count))
    same(f"{name} sum", found.pop((prefix + "_sum", frozenset(labels))),
         f"{total // 10**9}.{total % 10**9:09}")
    for order in range(10, 38):
        le = f"0.{2**order - 1:09}" if order < 30 else \
            f"{(2**order - 1) // 10**9}.{(2**order - 1) % 10**9:09}"
        same(f"{name} below 2^{order}",
             found.pop((prefix + "_bucket", frozenset(labels | {("le", le)}))),
             str(sum(b[2] for b in buckets if b[1] <= 2**order)))
    same(f"{name} in all", found.pop((prefix + "_bucket", frozenset(labels | {("le", "+Inf")}))),
         str(count))


def check_export(text, path, stats_path):
    found, ledger = samples(text), stats(stats_path)
    tracker = ("tracker", ledger["tracker"])
    for name, value in ledger.items():
        if name.endswith("_ns"):
            same(name, found[f"latency_tracker_{name[:-3]}_seconds", frozenset({tracker})],
                 f"{value // 10**9}.{value % 10**9:09}")
        elif name not in CONFIG:
            same(name, found[f"latency_tracker_{name}_total", frozenset({tracker})], str(value))
    for name, series in histogram(path).items():
        if name == "total":
            check_export_series(found, "latency_seconds", {tracker}, series)
        elif name.startswith("stage:"):
            check_export_series(found, "stage_seconds", {tracker, ("stage", name[6:])}, series)
        else:
            check_export_series(found, "series_seconds",
                                {tracker, ("series", records.unescape(name))}, series)
    same("other histograms that are not empty",
         [n for n, value in found.items() if "_seconds_" in n[0] and float(value)], [])


def check_snapshots(text, show, json_path, path):
    hit, proof = load(os.path.join(path, "hit.json")), load(os.path.join(path, "proof.json"))
    name = os.path.basename(path)
    one, = objects(json_path)
    same("JSON", (one["name"], one["path"], one["covers"], one["hit"], one["proof"]),
         (name, path, proof["covers_begin"], hit, proof))
    rows = lines(text)
    same("headings", rows[0].split(), ["NAME", "TRACKER", "DELAY", "BACKEND", "STATUS", "COVERS",
                                       "SIZE"])
    cells = re.split(r"  +", rows[1])
    same("row", cells[:2] + cells[3:6], [name, hit["tracker"], proof["backend"], proof["status"],
                                         "yes" if proof["covers_begin"] else "no"])
    ns, step = duration(cells[2])
    if not 0 <= hit["delta_ns"] - ns < step:
        wrong(f"delay {cells[2]}, the hit has {hit['delta_ns']} ns")
    shown = "\n".join(lines(show))
    for what in (f"snapshot {name}", f"path     {path}", f"trace    {path}/{proof['trace']}",
                 rf"  sector +{hit['fields']['sector']}", rf"  begin event +{proof['begin_event']['name']}",
                 rf"  hit event +{proof['hit_event']['name']}",
                 r"  covers begin +yes", rf"  events +{proof['events']}"):
        if not re.search(f"^{what}$", shown, re.M):
            wrong(f"show says nothing like {what!r}")


CHECKS = {"list": check_list, "watch": check_watch, "hist": check_hist, "interval": check_interval,
          "export": check_export, "snapshots": check_snapshots}

if __name__ == "__main__":
    run(CHECKS, sys.argv)
