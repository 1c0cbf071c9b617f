"""Metrics a sweep can tabulate: the rows of summary.json, by name and what they must be narrowed to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.measure.causes import CAUSES
from sim.scenario.faults import Fault, did_you_mean, fault, quoted
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile, Wanted

Cell = tuple[str, str, str, str, str]  # metric, place, gate, direction, cargo
DIRECTIONS = ("export", "import")
_GROUPED = ("gate", "direction", "cargo")
# What may narrow a metric, and what must.
METRICS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "throughput_per_day": (("gate", "direction"), ()),
    **{f"{what}_{statistic}": (_GROUPED, ()) for what in ("wait", "time") for statistic in ("mean", "median", "p90")},
    "backlog_20h_median": (("gate",), ()),
    "backlog_peak_median": (("gate", "direction"), ("direction",)),
    "utilisation": (("place",), ("place",)),
    "load": (("gate",), ("gate",)),
    "road_peak_km": (("place",), ("place",)),
    "inside_at_end": (("gate", "direction"), ()),
    "waited_hours": (("place", "gate"), ("place",)),
}
USUAL = ("throughput_per_day", "wait_mean", "wait_p90", "backlog_20h_median", "inside_at_end")


def wanted(sweep: SweepFile) -> tuple[Wanted, ...]:
    """The metrics of a sweep's tables: those its file names, or the usual ones."""
    return sweep.metrics or tuple(
        Wanted(metric=name, place_="", gate="", direction="", cargo="", place=sweep.place) for name in USUAL
    )


def cells(summary: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The summary of one replication as it is kept: [metric, place, gate, direction, cargo, unit, value] each.

    The place of a gate's load, its busiest station, is left out: it may differ from point to point.
    """
    keys = ("metric", "place", "gate", "direction", "cargo", "unit", "value")
    rows = [[row[key] for key in keys] for row in summary]
    for row in rows:
        if row[0] == "load":
            row[1] = ""
    return rows


def cell(metric: Wanted) -> Cell:
    """Where a metric is found among the cells."""
    direction = "export" if metric.metric == "backlog_20h_median" else metric.direction
    return metric.metric, metric.place_, metric.gate, direction, metric.cargo


def unit_of(metric: str) -> str:
    """The unit that the values of a metric have in every table."""
    named = {"throughput_per_day": "trucks/day", "utilisation": "1", "load": "1", "road_peak_km": "km",
             "waited_hours": "h"}  # fmt: skip
    return named.get(metric, "min" if metric.startswith(("wait_", "time_")) else "trucks")


def check_metrics(sweep: SweepFile, base: Scenario) -> Iterator[Fault]:
    """Faults of metrics of a sweep that no run of the base would have."""
    return metric_faults(sweep.metrics, base)


def metric_faults(metrics: Sequence[Wanted], base: Scenario) -> Iterator[Fault]:
    """Faults of metrics that no run of a scenario would have."""
    file = base.file
    known = {"place": list(file.stations), "gate": list(file.gates), "direction": list(DIRECTIONS),
             "cargo": list(file.cargoes)}  # fmt: skip
    for metric in metrics:
        if metric.metric not in METRICS:
            hint = did_you_mean(metric.metric, list(METRICS), what="metrics")
            yield fault(metric.place, f"no metric {quoted(metric.metric)}", path="metrics", hint=hint)
            continue
        allowed, needed = METRICS[metric.metric]
        said = {"place": metric.place_, "gate": metric.gate, "direction": metric.direction, "cargo": metric.cargo}
        places = {**known, "place": list(CAUSES)} if metric.metric == "waited_hours" else known
        for key, value in said.items():
            if value and key not in allowed:
                message = f"{metric.metric} is not given by {key}"
                yield fault(metric.place, message, path="metrics", hint=f"it is by {' and '.join(allowed)}")
            elif value and value not in places[key]:
                hint = did_you_mean(value, places[key])
                yield fault(metric.place, f"no {key} {quoted(value)}", path="metrics", hint=hint)
            elif not value and key in needed:
                hint = f"{{metric: {metric.metric}, {key}: {next(iter(places[key]), key.upper())}}}"
                yield fault(metric.place, f"{metric.metric} must say its {key}", path="metrics", hint=hint)
