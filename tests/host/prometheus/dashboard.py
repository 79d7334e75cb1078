#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Put every query of a Grafana dashboard to a Prometheus: each must be taken and have an answer.

usage: dashboard.py URL DASHBOARD

Variables get the value that Grafana gives them for "All", or the first that their query finds. A
query must bring a number (not only NaN), and each label that its legend names. Prints what is
wrong; the last line says how many queries there were. Exit status 1 if something is wrong.
"""
import json
import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).parents[2] / "selftests"))
import prometheus_api as api  # noqa: E402

INTERVAL = "1m"
COLUMNS = 24


def label_values(url, text):
    match = re.fullmatch(r"label_values\((.*), (\w+)\)", text)
    return api.ask(url, f"label/{match[2]}/values", **{"match[]": match[1]})


def substitute(text, values):
    for name in sorted(values, key=len, reverse=True):
        text = text.replace("${" + name + "}", values[name]).replace("$" + name, values[name])
    return text


def resolve(url, variables):
    """The value of each variable, in their order, and what is wrong with them."""
    values, wrong = {"__rate_interval": INTERVAL, "__range": INTERVAL}, []
    for variable in variables:
        if variable["type"] != "query":
            continue
        found = label_values(url, substitute(variable["query"]["query"], values))
        if variable["regex"]:
            pattern = re.compile(variable["regex"].strip("/"))
            found = [m[1] for m in map(pattern.search, found) if m]
        if not found:
            wrong.append(f"variable {variable['name']} finds nothing")
        values[variable["name"]] = ".*" if variable["includeAll"] else (found or [""])[0]
    return values, wrong


def judge_answer(legend, found):
    if all(sample["value"][1] == "NaN" for sample in found):
        yield f"has no answer among {len(found)} samples"
    for label in re.findall(r"{{(\w+)}}", legend):
        if any(label not in sample["metric"] for sample in found):
            yield f"has no label {label} for its legend"


def judge_query(url, target, values):
    expr = substitute(target["expr"], values)
    if "$" in expr:
        yield f"a variable that is not there: {expr}"
        return
    try:
        found = api.samples(url, expr)
    except api.Refused as refused:
        yield f"{expr}: {refused}"
        return
    for mistake in judge_answer(target["legendFormat"], found):
        yield f"{expr} {mistake}"


def cells(panel):
    grid = panel["gridPos"]
    return {(x, y) for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])}


def judge_layout(panels):
    taken = set()
    if len({panel["id"] for panel in panels}) != len(panels):
        yield "two panels have one id"
    for panel in panels:
        if taken & cells(panel) or max(x for x, _ in cells(panel)) >= COLUMNS:
            yield f"{panel['title']}: overlaps, or is too wide"
        taken |= cells(panel)
        refs = [target["refId"] for target in panel.get("targets", [])]
        if panel["type"] != "row" and (not refs or len(set(refs)) != len(refs)):
            yield f"{panel['title']}: no query, or two of one name"
        if panel["type"] != "row" and not panel.get("description"):
            yield f"{panel['title']}: no description"


def judge_sources(node):
    """Every data source is the variable, so that the file fits every Grafana."""
    if isinstance(node, dict):
        source = node.get("datasource")
        if source and source.get("type") == "prometheus" and source["uid"] != "${datasource}":
            yield f"a data source of its own: {source}"
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from judge_sources(child)


def main():
    url = sys.argv[1]
    with open(sys.argv[2], encoding="utf-8") as file:
        dashboard = json.load(file)
    panels = dashboard["panels"]
    values, wrong = resolve(url, dashboard["templating"]["list"])
    targets = [target for panel in panels for target in panel.get("targets", [])]
    for target in targets:
        wrong += judge_query(url, target, values)
    wrong += judge_layout(panels)
    wrong += judge_sources(dashboard)
    for mistake in wrong:
        print(mistake)
    print(f"{len(targets)} queries, {len(wrong)} mistakes")
    return 1 if wrong or not targets else 0


sys.exit(main())
