"""The tables of a sweep: one row a run, one row a point and metric with its interval, and what each lever changes."""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from sys import intern
from typing import Any

import numpy as np
import polars as pl

from sim.experiment.adaptive import Goal
from sim.experiment.designs import Point
from sim.experiment.output import csv, parquet
from sim.experiment.ranking import ranking
from sim.experiment.store import Run
from sim.experiment.sweep_metrics import Cell, cell
from sim.measure.statistics import mean_interval
from sim.scenario.goal_schema import Wanted
from sim.scenario.sweep_schema import Factor, SweepFile

Value = float | str | None
_PACKED: Mapping[Any, str] = {pl.Int64: "q", pl.Float64: "d"}  # NaN = no value
_AT_A_TIME = 10_000
_HEAD = ("point", "replication", "status", "reason", "trucks")


@dataclass(slots=True)
class RunTable:
    """The rows of a sweep, gathered run by run and column by column."""

    sweep: SweepFile
    wanted: tuple[Wanted, ...]
    columns: dict[str, Any]  # numbers packed, as there may be a million rows
    units: dict[str, str]
    goal: Goal | None  # of the replications of each point, if their number is not fixed

    @classmethod
    def of(cls, sweep: SweepFile, wanted: tuple[Wanted, ...], goal: Goal | None = None) -> "RunTable":
        """A table without rows."""
        table = cls(sweep, wanted, {}, {}, goal)
        types = table.types()
        table.columns = {name: [] if kind == pl.String else array(_PACKED[kind]) for name, kind in types.items()}
        return table

    def add(self, point: Point, replication: int, run: Run) -> None:
        """Append the row of a run. Metrics it has no value for are left empty."""
        found: dict[Cell, tuple[str, float | None]] = {tuple(row[:5]): (row[5], row[6]) for row in run.cells}
        row: dict[str, Any] = {
            "point": point.number, "replication": replication, "status": run.status, "reason": run.reason,
            "trucks": run.trucks,
        }  # fmt: skip
        row |= {f.name: shown(f, level) for f, level in zip(self.sweep.factors, point.levels, strict=True)}
        for metric in self.wanted:
            unit, row[metric.name] = found.get(cell(metric), ("", None))
            self.units.setdefault(metric.name, unit)
            self.units[metric.name] = self.units[metric.name] or unit
        for name, value in row.items():
            self.columns[name].append(math.nan if value is None else intern(value) if isinstance(value, str) else value)

    def values(self, metric: str, places: Sequence[int]) -> list[float | None]:
        """The values of a metric in these rows; None where a run has none."""
        column = self.columns[metric]
        return [None if math.isnan(value := column[place]) else value for place in places]

    def frame(self) -> pl.DataFrame:
        """One row per point and replication, in this order."""
        packed = {name: kept if isinstance(kept, list) else np.frombuffer(kept, kept.typecode) if kept else []
                  for name, kept in self.columns.items()}  # fmt: skip
        return pl.DataFrame(packed, self.types()).with_columns(pl.col(pl.Float64).fill_nan(None))

    def points(self) -> pl.DataFrame:
        """One row per point and metric: mean and Student interval over the replications that have a value."""
        known = {"point": pl.Int64, **self.factor_types(), "metric": pl.String, "unit": pl.String, "value": pl.Float64,
                 "low": pl.Float64, "high": pl.Float64, "n": pl.Int64, "half_width": pl.Float64,
                 "aim_met": pl.Boolean}  # fmt: skip
        return in_parts(self._point_rows(), known)

    def types(self) -> dict[str, Any]:
        """Types of all columns."""
        head = {name: pl.String if name in ("status", "reason") else pl.Int64 for name in _HEAD}
        return head | self.factor_types() | {metric.name: pl.Float64 for metric in self.wanted}

    def ranking(self) -> pl.DataFrame:
        """One row per metric and setting of the levers, the best first."""
        names = {role: [f.name for f in self.sweep.factors if f.role == role] for role in ("lever", "uncertainty")}
        metrics = [(w.name, w.metric, self.units.get(w.name, "")) for w in self.wanted]
        return ranking(self.frame(), names["lever"], names["uncertainty"], metrics)

    def factor_types(self) -> dict[str, Any]:
        """Types of the columns of factors."""
        return {f.name: pl.Float64 if is_numeric(f) else pl.String for f in self.sweep.factors}

    @property
    def met(self) -> Mapping[int, bool]:
        """Whether the mean that is aimed at is known well enough, by point."""
        if self.goal is None:
            return {}
        name = next(metric.name for metric in self.wanted if cell(metric) == self.goal.cell)
        return {number: self.goal.width.is_met(self.values(name, places)) for number, places in self.places()}

    def places(self) -> Iterator[tuple[int, range]]:
        """Number and rows of each point; the rows of a point follow each other."""
        column, first = self.columns["point"], 0
        while first < len(column):
            last = bisect_right(column, column[first], first)
            yield column[first], range(first, last)
            first = last

    def _point_rows(self) -> Iterator[tuple[Value, ...]]:
        names, met = [f.name for f in self.sweep.factors], self.met
        for number, places in self.places():
            levels = [self.columns[name][places[0]] for name in names]
            for metric in self.wanted:
                values = [value for value in self.values(metric.name, places) if value is not None]
                aim = met[number] if self.goal and cell(metric) == self.goal.cell else None
                head = (number, *levels, metric.name, self.units.get(metric.name, ""))
                if not values:
                    yield (*head, None, None, None, 0, None, aim)
                    continue
                found = mean_interval(values)
                yield (*head, found.mean, found.low, found.high, found.n, found.halfwidth, aim)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of every file of tables."""
        named = (("sweep", self.frame()), ("points", self.points()), ("differences", differences(self)),
                 ("ranking", self.ranking()))  # fmt: skip
        for name, frame in named:
            yield f"{name}.parquet", parquet(frame)
            yield f"{name}.csv", csv(frame)


def in_parts(rows: Iterator[tuple[Value, ...]], types: Mapping[str, Any]) -> pl.DataFrame:
    """The rows as a frame, without holding them all as objects."""
    parts = [pl.DataFrame([], types)]
    while some := list(islice(rows, _AT_A_TIME)):
        parts.append(pl.DataFrame(some, types, orient="row"))
    return pl.concat(parts)


def differences(table: RunTable) -> pl.DataFrame:
    """What each lever changes: every point minus the one with the lever's first level and all else equal.

    Paired by replication, which share their trucks; a row per point, lever and metric, with Student's interval.
    Levers that take their values side by side are one lever.
    """
    known = {"point": pl.Int64, "lever": pl.String, **table.factor_types(), "reference": pl.Int64, "metric": pl.String,
             "unit": pl.String, "difference": pl.Float64, "low": pl.Float64, "high": pl.Float64,
             "n": pl.Int64}  # fmt: skip
    return in_parts(_difference_rows(table), known)


def _difference_rows(table: RunTable) -> Iterator[tuple[Value, ...]]:
    names, rows = [factor.name for factor in table.sweep.factors], dict(table.places())
    levels = {number: tuple(table.columns[name][own[0]] for name in names) for number, own in rows.items()}
    numbers = {own: number for number, own in reversed(levels.items())}  # the first of equal points
    for group in levers(table.sweep):
        at = [names.index(factor.name) for factor in group]
        first = [shown(factor, factor.levels[0]) for factor in group]
        lever = " + ".join(factor.name for factor in group)
        for number, own in levels.items():
            wanted = list(own)
            for place, value in zip(at, first, strict=True):
                wanted[place] = value
            reference = numbers.get(tuple(wanted))
            if tuple(wanted) == own or reference is None:
                continue
            for metric in table.wanted:
                ours, theirs = (table.values(metric.name, rows[k]) for k in (number, reference))
                pairs = zip(ours, theirs, strict=False)  # as many as both have
                apart = [a - b for a, b in pairs if a is not None and b is not None]
                if apart:
                    found = mean_interval(apart)
                    yield (number, lever, *own, reference, metric.name, table.units.get(metric.name, ""),
                           found.mean, found.low, found.high, found.n)  # fmt: skip


def levers(sweep: SweepFile) -> list[tuple[Factor, ...]]:
    """The levers that have a first level, those that take their values side by side together."""
    group = {name: names for names in sweep.zipped for name in names}
    own = {factor.name: factor for factor in sweep.factors if factor.role == "lever" and factor.levels}
    names = dict.fromkeys(group.get(name, (name,)) for name in own)
    return [tuple(own[name] for name in of) for of in names if all(name in own for name in of)]


def is_numeric(factor: Factor) -> bool:
    """Whether every level is a number of one unit."""
    return factor.span is not None or all(level.number is not None for level in factor.levels)


def shown(factor: Factor, level: Any) -> Value:
    """What a table has for a level."""
    return float(level.number) if is_numeric(factor) else str(level.label)


def described(factors: Sequence[Factor], table: RunTable) -> Mapping[str, Any]:
    """Factors and metrics as the manifest has them."""
    return {
        "factors": [{"name": f.name, "title": f.title, "role": f.role, "unit": f.unit, "is_number": is_numeric(f),
                     "levels": [level.label for level in f.levels]} for f in factors],
        "metrics": [{"name": w.name, "metric": w.metric, "unit": table.units.get(w.name, ""), "place": w.place_,
                     "gate": w.gate, "direction": w.direction, "cargo": w.cargo} for w in table.wanted],
    }  # fmt: skip
