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
from .steady import long_run, mean_service, service_of, station_case, station_measure

_CLOSE = 8.0  # times as many trucks where a promise is kept or broken by a hair


def sweep(entry: Entry, lab: Lab) -> list[Row]:
    """A sweep over the number of servers: its rows, and the smallest number that keeps a promise."""
    p = entry.parameters
    rate, mean = float(number(p["arrival_rate"])), mean_service(p)
    first, last = p["servers"][0], p["servers"][-1]
    rows, seen = [], {}
    for expected in entry.expected["rows"]:
        servers = int(expected["servers"])
        if not first <= servers <= last:
            raise ValueError(f"row of {servers} servers outside the sweep")
        gate = {"servers": servers, "service": service_of(p)}
        metrics = {k: v for k, v in expected.items() if k != "servers"}
        point = replace(entry, expected=metrics)
        part = long_run(
            point, lab, partial(_case, point, gate, f"{servers}"), station_measure(point, servers), rate=rate,
            load=rate * mean / servers, heavy=_CLOSE if _is_close(entry.expected, metrics) else 0.25,
        )  # fmt: skip
        seen[servers] = {row.metric: row for row in part}
        rows += [replace(row, metric=f"c={servers} {row.metric}") for row in part]
    limits = _limits(entry.expected)
    for metric, value in entry.expected.items():
        if metric in limits:
            about, limit = limits[metric]
            points = {c: found[about] for c, found in seen.items()}
            rows.append(_smallest(metric, value, points, limit, is_exact=not lab.is_quick))
        elif metric != "rows":
            rows.append(holds(metric, str(value), ["not computed"]))
    waits = [float(found["Wq"].got) for _, found in sorted(seen.items()) if "Wq" in found]
    falls = np.diff(waits)
    is_right = bool((falls < 0).all() and (np.diff(falls) > 0).all())
    return [*rows, holds("Wq along the sweep", "falling and convex", [] if is_right else [str(waits)])]


def _case(point: Entry, gate: Mapping[str, Any], part: str, length: str) -> Case:
    return station_case(
        point, length, {"gate": gate}, {"rate": per_hour(float(point.parameters["arrival_rate"]))}, part
    )


_PROMISE = r"smallest_c_with_(\w+?)_le_(\d+)(min|pct)"


def _limits(expected: Mapping[str, Any]) -> dict[str, tuple[str, float]]:
    """The promises of a sweep: the metric each is about and the most it may be."""
    found = {name: re.fullmatch(_PROMISE, name) for name in expected}
    return {name: (m[1], float(m[2]) / (60 if m[3] == "min" else 100)) for name, m in found.items() if m}


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
    """The smallest yard that turns away at most one truck in a hundred."""
    p = entry.parameters
    rate, servers = float(number(p["arrival_rate"])), int(p["servers"])
    answer = int(entry.expected["smallest_waiting_places"])

    def lost(yard: int, expected: float) -> Row:
        gate = {"servers": servers, "service": service_of(p), "waiting_places": yard, "when_full": "turn_away"}
        asked = replace(entry, expected={"P_block": expected})
        measure = station_measure(asked, servers)
        return long_run(asked, lab, partial(_case, asked, gate, f"{yard}"), measure, rate=rate, load=0.8)[0]

    known = {"P_block_at_it": answer, "P_block_one_less": answer - 1}
    asked = {metric: yard for metric, yard in known.items() if metric in entry.expected}
    rows = [replace(lost(yard, entry.expected[metric]), metric=metric) for metric, yard in asked.items()]
    shares = {yard: float(lost(yard, 0.01).got) for yard in range(answer - 3, answer + 4) if yard >= 0}
    least = min((yard for yard, share in shares.items() if share <= 0.01), default=-1)
    near = abs(least - answer) <= 1
    return [*rows, holds("smallest_waiting_places", f"{answer} within 1", [] if near else [str(least)])]
