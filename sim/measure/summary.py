"""summary.json: the numbers people ask for first, one row each. What `place` means is in docs/outputs.md."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from sim.measure.growth import growth_rows
from sim.measure.metrics import RunMeasures
from sim.measure.money import money_rows
from sim.measure.rows import Row
from sim.measure.shared_rows import (
    cause_rows,
    cause_sums,
    inside_rows,
    peak_rows,
    per_day_rows,
    usual_evenings,
    utilisation_rows,
    wait_rows,
)
from sim.measure.statistics import LEVEL

Runs = Sequence[RunMeasures]


def summary(runs: Runs) -> list[Row]:
    """Rows of metric, place, gate, direction, cargo, value, low, high, level, n, unit, from the measures of a run.

    They are rows of the tables, in the same order; made without the tables, as a sweep asks for nothing else.
    """
    runs = sorted(runs, key=lambda run: run.replication)
    parts: tuple[Callable[[Runs], Iterator[Row]], ...] = (
        _throughput, _waits, _backlog, _utilisation, _peaks, _inside_at_end, _causes, _money,
    )  # fmt: skip
    return [row for part in parts for row in part(runs)]


def _row(metric: str, unit: str, found: Row, *, value: str = "mean", bounds: str = "", place: str = "") -> Row:
    low, high = found.get(f"{bounds}low"), found.get(f"{bounds}high")
    return {
        "metric": metric, "place": place, "gate": found.get("gate", ""), "direction": found.get("direction", ""),
        "cargo": found.get("cargo", ""), "value": found[value], "low": low, "high": high,
        "level": None if low is None else LEVEL, "n": found["n"], "unit": unit,
    }  # fmt: skip


def _throughput(runs: Runs) -> Iterator[Row]:
    for found in per_day_rows(runs):
        if not found["cargo"]:
            yield _row("throughput_per_day", "trucks/day", found)


def _waits(runs: Runs) -> Iterator[Row]:
    rows = sorted(wait_rows(runs, stations=False), key=itemgetter("gate", "direction", "cargo"))
    for measure in ("wait", "time"):
        own = [found for found in rows if found["measure"] == measure]
        for statistic in ("mean", "median", "p90"):
            for found in own:
                bounds = "" if statistic == "mean" else f"{statistic}_"
                yield _row(f"{measure}_{statistic}", "min", found, value=statistic, bounds=bounds)


def _backlog(runs: Runs) -> Iterator[Row]:
    """Medians over runs of the evenings and of each run's peak, and by how much the queue grows."""
    for found in usual_evenings(runs):
        if found["median"] is not None:
            yield _row("backlog_20h_median", "trucks", found, value="median")
    for found in sorted(peak_rows(runs), key=itemgetter("what", "key")):
        what = str(found["what"])
        if what.startswith("backlog"):
            own = {**found, "gate": found["key"], "direction": what.removeprefix("backlog ")}
            yield _row("backlog_peak_median", "trucks", own, value="median")
    for found in growth_rows(runs):
        if found["mean"] is not None:
            yield _row("backlog_growth_per_day", "trucks/day", found)


def _utilisation(runs: Runs) -> Iterator[Row]:
    rows = sorted(utilisation_rows(runs), key=itemgetter("station", "gate"))
    for found in rows:
        yield _row("utilisation", "1", found, place=found["station"])
    loads: dict[str, Row] = {}
    for found in rows:
        gate, load = found["gate"], found["mean"]
        if gate and load is not None and (gate not in loads or load > loads[gate]["mean"]):
            loads[gate] = found
    for found in loads.values():
        yield _row("load", "1", found, place=found["station"])


def _peaks(runs: Runs) -> Iterator[Row]:
    """Of each run: the most trucks at a station, and the longest the road stood full."""
    rows = sorted(peak_rows(runs), key=itemgetter("key"))
    for what, metric, unit in (("inside", "inside_peak", "trucks"), ("road km", "road_peak_km", "km")):
        for found in rows:
            if found["what"] == what:
                yield _row(metric, unit, found, value="median", place=found["key"])


def _inside_at_end(runs: Runs) -> Iterator[Row]:
    for found in sorted(inside_rows(runs, stations=False), key=itemgetter("gate", "direction")):
        if not found["cargo"]:
            yield _row("inside_at_end", "trucks", found)


def _causes(runs: Runs) -> Iterator[Row]:
    for found in sorted(cause_rows(cause_sums(runs, stations=False)), key=itemgetter("gate", "cause")):
        if not found["direction"] and not found["cargo"]:
            yield _row("waited_hours", "h", found, place=found["cause"])


def _money(runs: Runs) -> Iterator[Row]:
    """What waiting cost per replication; it rests on the worth and the decay that the scenario states."""
    rows = money_rows(runs[0].axes, [run.money for run in runs])
    for found in sorted(rows, key=itemgetter("gate", "direction", "cargo", "what")):
        if found["what"].endswith("_vnd"):
            yield _row(found["what"], "VND", found)
