"""Sweeps with known answers: their rows, and the smallest number that keeps a promise."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .case import Case, per_hour
from .entries import Entry, Row, holds, number, unknown
from .lab import Lab
from .steady import long_run, mean_service, rate_of, service_of, station_case, station_measure

_CLOSE = 8.0  # times as many trucks where a promise is kept or broken by a hair


def sweep(entry: Entry, lab: Lab) -> list[Row]:
    """A sweep over the number of servers: its rows, and the smallest number that keeps a promise."""
    p = entry.parameters
    rate, mean = rate_of(p), mean_service(p)
    first, last = int(p["servers"][0]), int(p["servers"][-1])
    rows, seen = [], {}
    limits = _limits(entry.expected)
    for expected in entry.expected["rows"]:
        servers = int(expected["servers"])
        if not first <= servers <= last:
            raise ValueError(f"row of {servers} servers outside the sweep")
        gate = {"servers": servers, "service": service_of(p)}
        metrics = {k: v for k, v in expected.items() if k != "servers"}
        # what only a promise is about is measured too, and compared with its limit alone
        promised = {about: limit for about, limit in limits.values() if about not in metrics}
        point = replace(entry, expected=promised | metrics)
        part = long_run(
            point, lab, partial(_case, point, gate, f"{servers}", rate), station_measure(point, servers), rate=rate,
            load=rate * mean / servers, heavy=_CLOSE if _is_close(entry.expected, metrics) else 0.25,
        )  # fmt: skip
        seen[servers] = {row.metric: row for row in part}
        rows += [replace(row, metric=f"c={servers} {row.metric}") for row in part if row.metric not in promised]
    for metric, value in entry.expected.items():
        if metric in limits:
            about, limit = limits[metric]
            points = {c: found[about] for c, found in seen.items()}
            rows.append(_smallest(metric, value, points, limit, is_exact=not lab.is_quick))
        elif metric != "rows":
            rows.append(unknown(entry, metric, value, "rows, smallest_c_with_METRIC_le_NUMBER(min, h, s or pct)"))
    waits = [float(found["Wq"].got) for _, found in sorted(seen.items()) if "Wq" in found]
    falls = np.diff(waits)
    is_right = bool((falls < 0).all() and (np.diff(falls) > 0).all())
    return [*rows, holds("Wq along the sweep", "falling and convex", [] if is_right else [str(waits)])]


def _case(point: Entry, gate: Mapping[str, Any], part: str, rate: float, length: str) -> Case:
    return station_case(point, length, {"gate": gate}, {"rate": per_hour(rate)}, part)


_PROMISE = r"smallest_(?:c|servers)_with_(\w+?)_(?:le|at_most|below)_([\d.]+)(min|h|s|pct|%)?"
_UNITS = {"min": 60, "h": 1, "s": 3600, "pct": 100, "%": 100, None: 1}


def _limits(expected: Mapping[str, Any]) -> dict[str, tuple[str, float]]:
    """The promises of a sweep: the metric each is about and the most it may be."""
    found = {name: re.fullmatch(_PROMISE, name) for name in expected}
    return {name: (m[1], float(m[2]) / _UNITS[m[3]]) for name, m in found.items() if m}


def _is_close(expected: Mapping[str, Any], row: Mapping[str, float]) -> bool:
    """Whether a promise is kept or broken by a few per cent here, so that it takes a long run to tell."""
    return any(abs(row[metric] / limit - 1) < 0.05 for metric, limit in _limits(expected).values() if metric in row)


def _smallest(metric: str, value: int, rows: Mapping[int, Row], limit: float, *, is_exact: bool) -> Row:
    """The smallest number of servers that keeps a promise; in a short run any that the intervals leave open."""
    slack = {c: 0.0 if is_exact else row.half_width for c, row in rows.items()}
    possible = [
        c for c in rows
        if float(rows[c].got) - slack[c] <= limit and all(float(rows[k].got) + slack[k] > limit for k in rows if k < c)
    ]  # fmt: skip
    said = str(value) if is_exact else f"{value} possible"
    return holds(metric, said, [] if value in possible else [str(possible)])


def sweep_yard(entry: Entry, lab: Lab) -> list[Row]:
    """The smallest yard that turns away at most so many trucks in a hundred."""
    p = entry.parameters
    rate, servers, most = rate_of(p), int(p["servers"]), _most_lost(entry)
    answer = int(entry.expected["smallest_waiting_places"])

    def lost(yard: int, expected: float, heavy: float | None = None) -> Row:
        gate = {"servers": servers, "service": service_of(p), "waiting_places": yard, "when_full": "turn_away"}
        asked = replace(entry, expected={"P_block": expected})
        measure = station_measure(asked, servers)
        part = partial(_case, asked, gate, f"{yard}", rate)
        return long_run(asked, lab, part, measure, rate=rate, load=0.8, heavy=heavy)[0]

    known = {"P_block_at_it": answer, "P_block_one_less": answer - 1, "P_block_one_more": answer + 1}
    rows = [
        replace(lost(known[metric], value), metric=metric)
        if metric in known
        else unknown(entry, metric, value, ["smallest_waiting_places", *known])
        for metric, value in entry.expected.items()
        if metric != "smallest_waiting_places"
    ]
    scan = 1.0 if lab.is_quick else 0.1  # neighbours differ by a tenth
    shares = {yard: float(lost(yard, most, scan).got) for yard in range(answer - 3, answer + 4) if yard >= 0}
    least = min((yard for yard, share in shares.items() if share <= most), default=-1)
    near = abs(least - answer) <= 1
    return [*rows, holds("smallest_waiting_places", f"{answer} within 1", [] if near else [str(least)])]


def _most_lost(entry: Entry) -> float:
    """The largest share that may be turned away: by a parameter, by the words of the system, or 1 %."""
    names = ("max_block", "max_P_block", "max_share", "target", "limit", "max_turned_away", "P_block_max")
    stated = next((entry.parameters[name] for name in names if name in entry.parameters), None)
    words = re.search(r"at most ([\d.]+) ?%", entry.system)
    if stated is None:
        return float(words[1]) / 100 if words else 0.01
    return float(number(stated)) / (100 if number(stated) > 1 else 1)
