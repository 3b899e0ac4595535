# SPDX-License-Identifier: MIT
"""checks.py - what the checkers and makers of runs share: claims, numbers, files, the path

One module, since each of them needs all of it, and Python finds what lies beside a program.
Nothing here is shared with the programs that wrote the files: it is the second source.
"""
import csv
import json
import math
import re
import sys
import zlib

PERCENTILES = {"p50_ns": 50, "p95_ns": 95, "p99_ns": 99, "p999_ns": 99.9}
LATENCY = ("count", "min_ns", "max_ns", "total_ns", "mean_ns", *PERCENTILES)

# -- claims

_held = []


def claim(text, faults):
    """One TAP line. faults: what contradicts the claim, if anything."""
    faults = list(faults)
    _held.append(not faults)
    print(f"{'not ok' if faults else 'ok'} {len(_held)} - {text}")
    for fault in faults[:5]:
        print(f"#   {str(fault)[:300]}")
    if len(faults) > 5:
        print(f"#   ... and {len(faults) - 5} more")


def finish():
    """The plan, and the exit status: 1 if a claim is false."""
    print(f"1..{len(_held)}")
    sys.exit(0 if all(_held) else 1)


class Wrong(Exception):
    """What is not to be: a fault that ends a claim."""


def check(what, text):
    if not what:
        raise Wrong(text)


def claim_that(text, what, *args):
    """Claim that what() finds nothing wrong. Returns what it does, or None."""
    try:
        result = what(*args)
    except Wrong as wrong:
        claim(text, [wrong])
        return None
    claim(text, [])
    return result


# -- numbers


def nearest_rank(values, percent):
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def bucket(ns):
    """Lower and upper bound of the bucket of ns: 64 to each power of two, from 2^36 on one."""
    if ns >= 1 << 36:
        return (1 << 36, None)
    width = 1 << max(0, ns.bit_length() - 1 - 6)
    return (ns // width * width, ns // width * width + width)


def percentile(values, percent):
    """As a histogram knows it: the middle of the bucket, within the range."""
    lower, upper = bucket(nearest_rank(values, percent))
    return max(values) if upper is None else min(max(values), max(min(values), lower + (upper - lower) // 2))


def latency_faults(told, values):
    """Of what is told, ns or None where unknown: exact where it is kept so, else within a bucket's 1 %."""
    if not values:
        return [(k, v) for k, v in told.items() if v not in ((0,) if k == "count" else (None,))]
    right = {
        "count": len(values),
        "min_ns": min(values),
        "max_ns": max(values),
        "total_ns": sum(values),
        "mean_ns": sum(values) // len(values),
    }
    faults = [(k, told[k], v) for k, v in right.items() if k in told and told[k] != v]
    for key, percent in PERCENTILES.items():
        value = nearest_rank(values, percent)
        if told[key] is None or abs(told[key] - value) > value / 100:
            faults.append((key, told[key], value))
    return faults


# -- files


def number(row, column):
    """None where it is unknown."""
    return int(row[column]) if row[column] != "" else None


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def header(path):
    """The names of the columns, of which rows() has the last one where one is there twice."""
    with open(path, newline="") as file:
        return next(csv.reader(file), [])


def table(path):
    """The same with numbers as numbers and empty cells as None."""
    cell = lambda v: None if v == "" else int(v) if re.fullmatch(r"-?\d+", v) else v
    return [{k: cell(v) for k, v in row.items()} for row in rows(path)]


def load_run(prefix):
    with open(f"{prefix}.run.json", encoding="utf-8") as file:
        return json.load(file)


def file_sum(path):
    """A file as run.json lists it."""
    with open(path, "rb") as file:
        crc, size = 0, 0
        while part := file.read(1 << 20):
            crc, size = zlib.crc32(part, crc), size + len(part)
    return {"bytes": size, "crc32": f"{crc:08x}"}


def run_sum(run):
    """That of run.json itself, however it is laid out."""
    plain = {k: v for k, v in run.items() if k != "crc32"}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{zlib.crc32(text.encode()):08x}"


# -- the path: format 2 of run.json has it, every run before was vpipe's

_POINTS = (
    ("SRC_DONE", "source buffer done (vb2)"),
    ("SRC_DQBUF", "source DQBUF returns"),
    ("QBUF", "OUTPUT QBUF enters"),
    ("QUEUED", "buffer on the m2m queue"),
    ("RUN", "device_run starts"),
    ("COPY_DONE", "copy done"),
    ("CV_DONE", "ROI processed"),
    ("CRC_DONE", "CRC done"),
    ("META", "metadata row written"),
    ("CAP_DONE", "CAPTURE buffer done"),
    ("CAP_DQBUF", "CAPTURE DQBUF returns"),
)
# what a stage is charged to while its carrier runs, while it sleeps, and before it asks for the buffer
_CHARGES = {
    "source": ("transport", "context switches", "buffer queueing"),
    "handoff": ("application", "application", None),
    "submit": ("transport", "transport", None),
    "queue": ("buffer queueing", "buffer queueing", None),
    "copy": ("copies", "copies", None),
    "cv": ("compute", "compute", None),
    "crc": ("integrity", "integrity", None),
    "publish": ("transport", "transport", None),
    "complete": ("transport", "transport", None),
    "pickup": ("transport", "context switches", "buffer queueing"),
}
# where the tables name more than what it is charged to while its carrier runs
_CHARGED_TO = {"source": "context switches", "pickup": "queueing, switches"}
_COSTS = {
    "copies": "copies_ns",
    "compute": "compute_ns",
    "integrity": "integrity_ns",
    "buffer queueing": "queueing_ns",
    "context switches": "switches_ns",
    "scheduler jitter": "jitter_ns",
    "transport": "transport_ns",
    "application": "application_ns",
    "unattributed": "unattributed_ns",
}
VPIPE = {
    "name": "vpipe",
    "points": [point for point, _ in _POINTS],
    "stages": [
        {
            "stage": stage,
            "column": stage + "_ns",
            "from": begin,
            "to": end,
            "charged_to": _CHARGED_TO.get(stage, running),
            "running": running,
            "asleep": asleep,
            "dwell": dwell,
        }
        for (stage, (running, asleep, dwell)), (_, begin), (_, end) in zip(_CHARGES.items(), _POINTS, _POINTS[1:])
    ],
    "costs": [{"cost": cost, "column": column} for cost, column in _COSTS.items()],
}


def path_of(run):
    return run["path"] if run.get("format", 1) >= 2 else VPIPE


def stage_columns(path):
    return [stage["column"] for stage in path["stages"]]


def cost_columns(path):
    return [cost["column"] for cost in path["costs"]]


def timed(frames):
    """Of rows(): those that are in the figures of time; the others are the warm-up."""
    return [r for r in frames if not number(r, "flags") & 4]


def stage_sum_faults(frames, path):
    """Of rows(): those whose stages do not add up; one that is unknown is no part of it."""
    return [r for r in frames if sum(number(r, s) or 0 for s in stage_columns(path)) != number(r, "e2e_ns")]


def cost_sum_faults(frames, path):
    """Those whose costs do not."""
    return [r for r in frames if sum(number(r, c) for c in cost_columns(path)) != number(r, "e2e_ns")]


def path_faults(path):
    """What does not fit together in it, or is not as vpipe's is known here."""
    stages, costs = path["stages"], {c["cost"] for c in path["costs"]}
    named = {s[key] for s in stages for key in ("running", "asleep")} | {s["dwell"] or "unattributed" for s in stages}
    faults = sorted((named | {"scheduler jitter", "unattributed"}) - costs, key=str)
    columns = stage_columns(path) + cost_columns(path)
    faults += sorted({c for c in columns if columns.count(c) > 1})
    faults += [(a["to"], b["from"]) for a, b in zip(stages, stages[1:]) if a["to"] != b["from"]]
    if len(path["points"]) != len(stages) + 1:
        faults.append(path["points"])
    if path["name"] == "vpipe":
        faults += [k for k in ("points", "costs") if path[k] != VPIPE[k]]
        known = VPIPE["stages"]
        faults += [(mine, its) for mine, its in zip(known, stages) if mine != {k: its.get(k) for k in mine}]
        faults += stages[len(known) :] + known[len(stages) :]
    return faults
