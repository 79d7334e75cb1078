#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Ask a Prometheus through its HTTP API.

usage: prometheus_api.py URL COMMAND [ARG]...
  targets               the health of each target, one a line
  query EXPR            one line for each sample: LABELS-AS-JSON VALUE
  within LOW HIGH EXPR  exit status 0 if EXPR is one sample and LOW < value <= HIGH
  exemplars EXPR        one line for each exemplar: LABELS-AS-JSON VALUE
  alerts                names of the alerts that fire; status 1 if a text of one is incomplete
"""
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

# Not through a proxy that the environment may name.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    """What Prometheus says of a query that it does not take."""


def ask(url, path, **params):
    query = urllib.parse.urlencode(params, doseq=True)
    try:
        with OPENER.open(f"{url}/api/v1/{path}?{query}", timeout=20) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        raise Refused(json.load(error)["error"]) from error


def samples(url, expr):
    return ask(url, "query", query=expr)["result"]


def labels_text(labels):
    return json.dumps(labels, sort_keys=True, separators=(",", ":"))


def targets(url):
    for target in ask(url, "targets")["activeTargets"]:
        print(target["health"], target["lastError"])
    return 0


def query(url, expr):
    for sample in samples(url, expr):
        print(labels_text(sample["metric"]), sample["value"][1])
    return 0


def within(url, low, high, expr):
    found = samples(url, expr)
    values = [float(sample["value"][1]) for sample in found]
    if len(values) == 1 and float(low) < values[0] <= float(high):
        return 0
    print(f"{expr} is {values}, not one from {low} to {high}", file=sys.stderr)
    return 1


def exemplars(url, expr):
    now = time.time()
    for series in ask(url, "query_exemplars", query=expr, start=now - 600, end=now + 60):
        for exemplar in series["exemplars"]:
            print(labels_text(exemplar["labels"]), exemplar["value"])
    return 0


def alerts(url):
    firing = [a for a in ask(url, "alerts")["alerts"] if a["state"] == "firing"]
    bad = 0
    for alert in firing:
        notes = alert["annotations"]
        for text in (notes.get("summary", ""), notes.get("description", "")):
            if not text or "<no value>" in text or "error" in text or "{{" in text:
                print(f"{alert['labels']['alertname']}: {text!r}", file=sys.stderr)
                bad = 1
        if alert["labels"].get("severity") not in ("warning", "critical"):
            print(f"{alert['labels']['alertname']}: severity", file=sys.stderr)
            bad = 1
    for name in sorted({alert["labels"]["alertname"] for alert in firing}):
        print(name)
    return bad


COMMANDS = {"targets": targets, "query": query, "within": within, "exemplars": exemplars,
            "alerts": alerts}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[2]](sys.argv[1], *sys.argv[3:]))
