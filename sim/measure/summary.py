"""summary.json: the numbers people ask for first, one row each. What `place` means is in docs/outputs.md."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from sim.measure.statistics import LEVEL

Tables = Mapping[str, pl.DataFrame]
Row = dict[str, Any]


def summary(tables: Tables) -> list[Row]:
    """Rows of metric, place, gate, direction, cargo, value, low, high, level, n, unit, from the tables of a run."""
    parts: tuple[Callable[[Tables], Iterator[Row]], ...] = (
        _throughput, _waits, _backlog, _utilisation, _peaks, _inside_at_end, _causes, _money,
    )  # fmt: skip
    return [row for part in parts for row in part(tables)]


def _row(metric: str, unit: str, found: Row, *, value: str = "mean", bounds: str = "", place: str = "") -> Row:
    low, high = found.get(f"{bounds}low"), found.get(f"{bounds}high")
    return {
        "metric": metric, "place": place, "gate": found.get("gate", ""), "direction": found.get("direction", ""),
        "cargo": found.get("cargo", ""), "value": found[value], "low": low, "high": high,
        "level": None if low is None else LEVEL, "n": found["n"], "unit": unit,
    }  # fmt: skip


def _throughput(tables: Tables) -> Iterator[Row]:
    for found in tables["throughput_mean"].filter(cargo="").to_dicts():
        yield _row("throughput_per_day", "trucks/day", found)


def _waits(tables: Tables) -> Iterator[Row]:
    for measure in ("wait", "time"):
        rows = tables["waits"].filter(station="", measure=measure).to_dicts()
        for statistic in ("mean", "median", "p90"):
            for found in rows:
                bounds = "" if statistic == "mean" else f"{statistic}_"
                yield _row(f"{measure}_{statistic}", "min", found, value=statistic, bounds=bounds)


def _backlog(tables: Tables) -> Iterator[Row]:
    """Medians over runs of the evenings and of each run's peak, and by how much the queue grows."""
    for found in tables["backlog_20h_median"].drop_nulls("median").to_dicts():
        yield _row("backlog_20h_median", "trucks", found, value="median")
    for found in tables["peaks_summary"].filter(pl.col("what").str.starts_with("backlog")).to_dicts():
        direction = found["what"].removeprefix("backlog ")
        own = {**found, "gate": found["key"], "direction": direction}
        yield _row("backlog_peak_median", "trucks", own, value="median")
    for found in tables["growth"].drop_nulls("mean").to_dicts():
        yield _row("backlog_growth_per_day", "trucks/day", found)


def _utilisation(tables: Tables) -> Iterator[Row]:
    for found in tables["utilisation"].to_dicts():
        yield _row("utilisation", "1", found, place=found["station"])
    loads: dict[str, Row] = {}
    for found in tables["utilisation"].filter(pl.col("gate") != "", pl.col("mean").is_not_null()).to_dicts():
        if found["gate"] not in loads or found["mean"] > loads[found["gate"]]["mean"]:
            loads[found["gate"]] = found
    for found in loads.values():
        yield _row("load", "1", found, place=found["station"])


def _peaks(tables: Tables) -> Iterator[Row]:
    """Of each run: the most trucks at a station, and the longest the road stood full."""
    for what, metric, unit in (("inside", "inside_peak", "trucks"), ("road km", "road_peak_km", "km")):
        for found in tables["peaks_summary"].filter(what=what).to_dicts():
            yield _row(metric, unit, found, value="median", place=found["key"])


def _inside_at_end(tables: Tables) -> Iterator[Row]:
    for found in tables["inside_at_end"].filter(station="", cargo="").to_dicts():
        yield _row("inside_at_end", "trucks", found)


def _causes(tables: Tables) -> Iterator[Row]:
    for found in tables["causes"].filter(station="", direction="", cargo="").to_dicts():
        yield _row("waited_hours", "h", found, place=found["cause"])


def _money(tables: Tables) -> Iterator[Row]:
    """What waiting cost per replication; it rests on the worth and the decay that the scenario states."""
    for found in tables["money"].filter(pl.col("what").str.ends_with("_vnd")).to_dicts():
        yield _row(found["what"], "VND", found)
