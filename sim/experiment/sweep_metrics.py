"""Metrics a sweep can tabulate: the rows of summary.json, by name and what they must be narrowed to."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.experiment.precision import Width
from sim.measure.causes import CAUSES
from sim.scenario.amounts import amount
from sim.scenario.faults import Fault, did_you_mean, fault, quoted
from sim.scenario.goal_schema import Wanted
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile, Until
from sim.scenario.units import share

Cell = tuple[str, str, str, str, str]  # metric, place, gate, direction, cargo
DIRECTIONS = ("export", "import")
_GROUPED = ("gate", "direction", "cargo")
_MONEY = ("waiting_cost_vnd", "loss_vnd", "turned_back_loss_vnd")
# What may narrow a metric, and what must.
METRICS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "throughput_per_day": (("gate", "direction"), ()),
    **{f"{what}_{statistic}": (_GROUPED, ()) for what in ("wait", "time") for statistic in ("mean", "median", "p90")},
    "backlog_20h_median": (("gate",), ()),
    "backlog_peak_median": (("gate", "direction"), ("direction",)),
    "utilisation": (("place",), ("place",)),
    "load": (("gate",), ("gate",)),
    "inside_peak": (("place",), ("place",)),
    "road_peak_km": (("place",), ("place",)),
    "inside_at_end": (("gate", "direction"), ()),
    "waited_hours": (("place", "gate"), ()),
    **dict.fromkeys(_MONEY, (_GROUPED, ())),
}
UNITS: Mapping[str, str] = {
    "throughput_per_day": "trucks/day", "utilisation": "1", "load": "1", "road_peak_km": "km", "waited_hours": "h",
    **dict.fromkeys(("backlog_20h_median", "backlog_peak_median", "inside_peak", "inside_at_end"), "trucks"),
    **{name: "min" for name in METRICS if name.startswith(("wait_", "time_"))}, **dict.fromkeys(_MONEY, "VND"),
}  # fmt: skip
USUAL = ("throughput_per_day", "wait_mean", "wait_p90", "backlog_20h_median", "inside_at_end")


def wanted(sweep: SweepFile) -> tuple[Wanted, ...]:
    """The metrics of a sweep's tables: those its file names, or the usual ones, and the one its replications aim at."""
    found = sweep.metrics or tuple(
        Wanted(metric=name, place_="", gate="", direction="", cargo="", place=sweep.place) for name in USUAL
    )
    is_missing = sweep.until is not None and sweep.until.metric.name not in {metric.name for metric in found}
    return (*found, sweep.until.metric) if sweep.until is not None and is_missing else found


def cells(summary: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The summary of one replication as it is kept: [metric, place, gate, direction, cargo, unit, value] each.

    The place of a gate's load, its busiest station, is left out: it may differ from point to point. So is the gate of
    a station's utilisation, which its place implies. The hours waited by cause get their sums.
    """
    keys = ("metric", "place", "gate", "direction", "cargo", "unit", "value")
    rows = [[row[key] for key in keys] for row in summary]
    hours: dict[str, list[float]] = {}
    for row in rows:
        if row[0] == "load":
            row[1] = ""
        elif row[0] == "utilisation":
            row[2] = ""
        elif row[0] == "waited_hours":
            hours.setdefault(row[2], []).append(row[6])
    return rows + [["waited_hours", "", gate, "", "", "h", math.fsum(found)] for gate, found in hours.items()]


def by_cell(summary: Sequence[Mapping[str, Any]]) -> dict[Cell, float | None]:
    """The same by where each stands. A cause that held up nobody has no row."""
    return {(row[0], row[1], row[2], row[3], row[4]): row[6] for row in cells(summary)}


def cell(metric: Wanted) -> Cell:
    """Where a metric is found among the cells."""
    direction = "export" if metric.metric == "backlog_20h_median" else metric.direction
    return metric.metric, metric.place_, metric.gate, direction, metric.cargo


def check_metrics(sweep: SweepFile, base: Scenario) -> Iterator[Fault]:
    """Faults of metrics of a sweep that no run of the base would have, and of the width one of them is to have."""
    yield from metric_faults(sweep.metrics, base)
    until = sweep.until
    if until is None:
        return
    faults = list(metric_faults([until.metric], base))
    yield from (replace(found, path="replications.until") for found in faults)
    if not faults:
        try:
            width_of(until)
        except ValueError as error:
            reason, _, hint = str(error).partition("; ")
            message = f"{reason}, got {quoted(until.within)}"
            yield fault(until.place, message, path="replications.until.within", hint=hint)


def width_of(until: Until) -> Width:
    """The half-width that is aimed at. Raises ValueError with the reason and a hint."""
    if until.within.strip().endswith("%"):
        most = share(until.within)
        if not 0 < most < 1:
            raise ValueError("must be a share of the mean above 0 and below 100 %; write for example 5 %")
        return Width(most=most, is_relative=True)
    return Width(most=amount(until.within, UNITS[until.metric.metric]), is_relative=False)


def metric_faults(metrics: Sequence[Wanted], base: Scenario) -> Iterator[Fault]:
    """Faults of metrics that no run of a scenario would have."""
    for metric in metrics:
        yield from check_metric(metric, base, "metrics")


def check_metric(metric: Wanted, base: Scenario, path: str, *, each: str = "") -> Iterator[Fault]:
    """Faults of one metric; `each` may stand in it for every value there is."""
    file = base.file
    known = {"place": list(file.stations), "gate": list(file.gates), "direction": list(DIRECTIONS),
             "cargo": list(file.cargoes)}  # fmt: skip
    if metric.metric not in METRICS:
        hint = did_you_mean(metric.metric, list(METRICS), what="metrics")
        yield fault(metric.place, f"no metric {quoted(metric.metric)}", path=path, hint=hint)
        return
    allowed, needed = METRICS[metric.metric]
    said = {"place": metric.place_, "gate": metric.gate, "direction": metric.direction, "cargo": metric.cargo}
    places = {**known, "place": list(CAUSES)} if metric.metric == "waited_hours" else known
    for key, value in said.items():
        if value and key not in allowed:
            message = f"{metric.metric} is not given by {key}"
            yield fault(metric.place, message, path=path, hint=f"it is by {' and '.join(allowed)}")
        elif value and value not in places[key] and not (each and value == each):
            hint = did_you_mean(value, places[key])
            yield fault(metric.place, f"no {key} {quoted(value)}", path=path, hint=hint)
        elif not value and key in needed:
            hint = f"{{metric: {metric.metric}, {key}: {next(iter(places[key]), key.upper())}}}"
            yield fault(metric.place, f"{metric.metric} must say its {key}", path=path, hint=hint)
