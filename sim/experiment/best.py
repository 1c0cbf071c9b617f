"""The best of the scenarios compared by one metric, on the same trucks, with a stated probability."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl

from sim.experiment.compare import Cell, Comparison, cells_of
from sim.experiment.executors import WorkersDied
from sim.experiment.run import portable
from sim.experiment.selection import Aim, Selection, select, standings
from sim.experiment.spread import Kind, Lost, spread
from sim.experiment.sweep_metrics import UNITS, by_cell, cell
from sim.measure.rows import schema
from sim.measure.statistics import mean
from sim.scenario.goal_schema import Wanted
from sim.scenario.scenario import Scenario

_AHEAD = 5  # one further round for so many that are done: few rounds, and at most a fifth too many runs
_TABLE = "scenario:s verdict:s mean:f n:i dropped_after:i dropped_by:s low:f high:f"


class NoValue(Exception):
    """A scenario has no value of the metric in some replication, so that nothing can be paired."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What is known of the best of several scenarios."""

    metric: str
    unit: str
    is_most: bool  # the most is best; else the least
    probability: float
    aim: Aim | None  # None = no indifference zone: what may be best by the replications there are
    selection: Selection | None
    table: pl.DataFrame  # one row per scenario

    def record(self) -> dict[str, Any]:
        """What compare.json has of it."""
        aim, found = self.aim, self.selection
        ends = {"indifference": aim.indifference, "first": aim.first, "most": aim.most} if aim else {}
        told = {"told": found.best is not None, "replications": found.n} if found else {}
        return {"metric": self.metric, "unit": self.unit, "best_is": "most" if self.is_most else "least",
                "probability": self.probability, **ends, **told, "scenarios": self.table.to_dicts()}  # fmt: skip


def best(
    found: Comparison, metric: Wanted, *, is_most: bool, probability: float, indifference: float | None = None,
    most: int = 500, workers: int, progress: Callable[[int, int], None] | None = None,
) -> Best:  # fmt: skip
    """The best by a metric. With an indifference zone further replications are run of those that may still be it.

    It does not depend on engine or workers: how far is run ahead never decides anything.
    """
    columns = [[_value(found, metric, i, n, cells.cells[i]) for n, cells in enumerate(found.runs)]
               for i in range(len(found.scenarios))]  # fmt: skip
    sign = 1.0 if is_most else -1.0
    plain = Best(metric=metric.name, unit=UNITS[metric.metric], is_most=is_most, probability=probability, aim=None,
                 selection=None, table=pl.DataFrame())  # fmt: skip
    if indifference is None:
        return replace(plain, table=_standing(found, columns, sign, probability))
    aim = Aim(indifference=indifference, probability=probability, first=found.replications, most=most)
    told = partial(_signed, columns, sign)
    while not (selection := select(told(), aim)).is_over:
        done = len(columns[selection.left[0]])
        until = min(most, done + max(1, done // _AHEAD))
        asked = [(i, n) for n in range(done, until) for i in selection.left]
        for (i, n), value in sorted(_further(found, metric, asked, workers).items()):
            assert n == len(columns[i])
            columns[i].append(value)
        if progress is not None:
            progress(until, most)
    return replace(plain, aim=aim, selection=selection, table=_selected(found, columns, sign, selection))


def _signed(columns: Sequence[Sequence[float]], sign: float) -> list[list[float]]:
    return [[sign * value for value in column] for column in columns]


def _further(
    found: Comparison, metric: Wanted, asked: Sequence[tuple[int, int]], workers: int
) -> Mapping[tuple[int, int], float]:
    """Values of (scenario, replication) pairs that have not been run yet."""
    scenarios = [portable(scenario) for scenario in found.scenarios]
    work = partial(_cells, scenarios, seed=found.seed, engine=found.engine)
    kind: Kind = "processes" if found.engine == "simpy" else "threads"
    values = {}
    for (i, n), cells in spread(work, asked, kind=kind, workers=min(workers, len(asked))):
        if isinstance(cells, Lost):
            raise WorkersDied(f"{found.scenarios[i].name}, replication {n}: {cells.reason}")
        values[i, n] = _value(found, metric, i, n, cells)
    return values


def _cells(scenarios: Sequence[Scenario], item: tuple[int, int], *, seed: int, engine: Any) -> dict[Cell, float | None]:
    return cells_of(scenarios[item[0]], item[1], seed=seed, engine=engine)[0]


def _value(found: Comparison, metric: Wanted, scenario: int, replication: int, cells: Mapping[Cell, Any]) -> float:
    names = ("metric", "place", "gate", "direction", "cargo", "unit")
    rows = [dict(zip(names, key, strict=True), value=value) for key, value in cells.items()]
    value = by_cell(rows).get(cell(metric), 0.0 if metric.metric == "waited_hours" else None)
    if value is None:
        name = found.scenarios[scenario].name
        raise NoValue(f"{name} has no {metric.name} in replication {replication}; choose a metric that all have")
    return float(value)


def _selected(
    found: Comparison, columns: Sequence[Sequence[float]], sign: float, selection: Selection
) -> pl.DataFrame:  # fmt: skip
    """The best first, then who is left, then who was dropped, the last dropped first."""
    rows: list[dict[str, Any]] = []
    for i, scenario in enumerate(found.scenarios):
        after, rival = selection.dropped.get(i, (None, None))
        n = selection.n if after is None else after
        left = "may be best" if selection.best is None else "best" if i == selection.best else "equal"
        verdict = "dropped" if after else left
        rows.append({
            "scenario": scenario.name, "verdict": verdict, "mean": mean(columns[i][:n]), "n": n, "dropped_after": after,
            "dropped_by": "" if rival is None else found.scenarios[rival].name, "low": None, "high": None,
        })  # fmt: skip
    order = ("best", "equal", "may be best", "dropped")
    rows.sort(key=lambda row: (order.index(row["verdict"]), -row["n"], -sign * row["mean"]))
    return pl.DataFrame(rows, schema(_TABLE))


def _standing(
    found: Comparison, columns: Sequence[Sequence[float]], sign: float, probability: float
) -> pl.DataFrame:  # fmt: skip
    """How far each is ahead of the best of the others, in the metric's own direction; those that may be best first."""
    if found.replications < 2:
        raise NoValue("one replication cannot tell which is best; --replications 10 can")
    rows: list[dict[str, Any]] = []
    for scenario, own in zip(found.scenarios, standings(_signed(columns, sign), probability=probability), strict=True):
        low, high = sorted((sign * own.low, sign * own.high))
        verdict = "may be best" if own.may_be_best else "not the best"
        rows.append({"scenario": scenario.name, "verdict": verdict, "mean": sign * own.mean, "n": found.replications,
                     "dropped_after": None, "dropped_by": "", "low": low, "high": high})  # fmt: skip
    rows.sort(key=lambda row: (row["verdict"] != "may be best", -sign * row["mean"]))
    return pl.DataFrame(rows, schema(_TABLE))
