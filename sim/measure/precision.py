"""How precise the main numbers of a run are, and how many replications would make them precise enough."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from sim.measure.axes import DIRECTIONS, Axes
from sim.measure.bootstrap import studentised_bounds
from sim.measure.groups import Spread
from sim.measure.metrics import RunMeasures
from sim.measure.rows import Row, frame, schema, totals

WANTED = 0.05  # half-width over value that `needed` is an estimate for
COLUMNS = (
    "metric:s place:s gate:s direction:s unit:s value:f low:f high:f kind:s n:i halfwidth:f share:f needed:i "
    "bootstrap_low:f bootstrap_high:f"
)
KINDS = {"backlog_20h_median": "percentile", "backlog_peak_median": "order", "road_peak_km": "order"}
_MAIN = ("throughput_per_day", "wait_mean", "wait_median", "wait_p90", "time_mean", "time_median", "time_p90",
         "backlog_20h_median", "backlog_peak_median", "inside_at_end", "road_peak_km",
         "loss_vnd", "waiting_cost_vnd", "turned_back_loss_vnd")  # fmt: skip
_MINUTE = 60_000
_STATISTICS: Mapping[str, Callable[[Spread, int], float]] = {
    "mean": lambda part, at: part.total[at] / part.n[at], "median": lambda part, at: part.median[at],
    "p90": lambda part, at: part.p90[at],
}  # fmt: skip
_COSTS = ("loss", "waiting_cost", "turned_back_loss")
Cell = tuple[str, str, str]  # metric, gate, direction


def precision(runs: Sequence[RunMeasures], summary: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """One row for each main metric of all cargoes together; empty for one replication.

    `kind` says where low and high come from (docs/statistics.md). `needed` is an estimate: the interval shrinks as the
    square root of the number of replications. Where a law may be skewed there is a bootstrap interval beside.
    """
    values = _values(runs) if len(runs) > 1 else {}
    rows = [
        _row(row, values.get((row["metric"], row["gate"], row["direction"])))
        for row in summary if len(runs) > 1 and row["metric"] in _MAIN and not row["cargo"] and row["value"] is not None
    ]  # fmt: skip
    return frame(rows, schema(COLUMNS), 4)


def _row(row: Mapping[str, Any], values: Sequence[float] | None) -> Row:
    half = halfwidth(row["low"], row["high"])
    first, last = (studentised_bounds(values) if values is not None else None) or (None, None)
    keys = ("metric", "place", "gate", "direction", "unit", "value", "low", "high", "n")
    share = half / abs(row["value"]) if half is not None and row["value"] else None
    return {key: row[key] for key in keys} | {
        "kind": KINDS.get(row["metric"], "student"), "halfwidth": half, "share": share,
        "needed": needed(share, row["n"]), "bootstrap_low": first, "bootstrap_high": last,
    }  # fmt: skip


def halfwidth(low: float | None, high: float | None) -> float | None:
    """Half the length of an interval, if there is one."""
    return None if low is None or high is None else (high - low) / 2


def needed(share: float | None, n: int, wanted: float = WANTED) -> int | None:
    """About how many replications bring the half-width to the wanted share of the value: (t s / (wanted mean))^2."""
    return None if share is None else max(2, math.ceil(n * (share / wanted) ** 2))


def _values(runs: Sequence[RunMeasures]) -> dict[Cell, list[float]]:
    """Values by replication of the metrics whose law may be skewed: waits, times and costs."""
    found: dict[Cell, list[float]] = {}
    for run in runs:
        for measure, part in (("wait", run.waits), ("time", run.times)):
            for at, (gate, direction, cargo, station) in enumerate(part.key.tolist()):
                if cargo < 0 and station < 0:
                    for name, of in _STATISTICS.items():
                        cell = (f"{measure}_{name}", *_named(run.axes, gate, direction))
                        found.setdefault(cell, []).append(float(of(part, at)) / _MINUTE)
    for name in _COSTS:
        sums = totals(runs[0].axes, [getattr(run.money, name) for run in runs], 0, lambda _axes, _rest: [()])
        for (gate_name, direction_name, cargo_name), amounts in sums.items():
            if not cargo_name:
                found[f"{name}_vnd", gate_name, direction_name] = [float(amount) for amount in amounts]
    return found


def _named(axes: Axes, gate: int, direction: int) -> tuple[str, str]:
    return axes.gates[gate] if gate >= 0 else "", DIRECTIONS[direction] if direction >= 0 else ""
