#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Read metrics with the parsers of prometheus_client, which know nothing of our code, and print one
line for each sample: NAME LABELS-AS-JSON VALUE, and for an exemplar # LABELS-AS-JSON VALUE.

usage: parse_metrics.py text|openmetrics <METRICS

Besides what the parsers refuse, a mistake is: a sample that comes twice, a metric without help or
type, a counter without _total, a histogram whose buckets fall or whose last one is not its count.
Exit status 1 and a line for each.
"""
import json
import sys

from prometheus_client import parser as text
from prometheus_client.openmetrics import parser as openmetrics

PARSERS = {
    "text": text.text_string_to_metric_families,
    "openmetrics": openmetrics.text_string_to_metric_families,
}


def labels_text(labels):
    return json.dumps(labels, sort_keys=True, separators=(",", ":"))


def without_le(sample):
    return labels_text({k: v for k, v in sample.labels.items() if k != "le"})


def judge_histogram(family):
    last, counts = {}, {}
    for sample in family.samples:
        key = without_le(sample)
        if sample.name.endswith("_bucket"):
            if sample.value < last.get(key, 0):
                yield f"{sample.name} {labels_text(sample.labels)} falls"
            last[key] = sample.value
        elif sample.name.endswith("_count"):
            counts[key] = sample.value
    if last != counts:
        yield f"{family.name}: the last buckets are not the counts"


def judge(family, seen):
    if not family.documentation or family.type in ("unknown", "untyped"):
        yield f"{family.name}: no help or no type"
    for sample in family.samples:
        key = sample.name + labels_text(sample.labels)
        if key in seen:
            yield f"twice: {key}"
        seen.add(key)
        if not sample.name.startswith("latency_tracker_"):
            yield f"not ours: {sample.name}"
        if family.type == "counter" and not sample.name.endswith("_total"):
            yield f"a counter without _total: {sample.name}"
    if family.type == "histogram":
        yield from judge_histogram(family)


def show(sample):
    line = f"{sample.name} {labels_text(sample.labels)} {sample.value:.9f}"
    if sample.exemplar:
        line += f" # {labels_text(sample.exemplar.labels)} {sample.exemplar.value:.9f}"
    print(line)


def main():
    try:
        families = list(PARSERS[sys.argv[1]](sys.stdin.read()))
    except Exception as error:  # whatever a parser has against it
        print(f"{sys.argv[1]}: {error!r}", file=sys.stderr)
        return 1
    seen, mistakes = set(), []
    for family in families:
        mistakes += judge(family, seen)
        for sample in family.samples:
            show(sample)
    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    return 1 if mistakes or not seen else 0


sys.exit(main())
