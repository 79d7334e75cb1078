# SPDX-License-Identifier: GPL-2.0
"""What a check that goes on after a difference has found wrong."""

import json
import sys

WRONG = []


def wrong(text):
    WRONG.append(text)
    print("# " + text)


def same(what, got, wanted):
    if got != wanted:
        wrong(f"{what}: expected {wanted!r}, got {got!r}")


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def run(checks, argv):
    """Calls the check that the first argument names; the exit status is whether anything was wrong."""
    checks[argv[1]](*argv[2:])
    sys.exit(bool(WRONG))
