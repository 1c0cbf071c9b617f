"""Runs that are held against what failing means: of one setting in many futures, or of a sweep that was run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from sim.experiment import store
from sim.experiment.designs import Point
from sim.experiment.discovery import Known
from sim.experiment.futures import more_futures, point_of
from sim.experiment.goal_units import in_unit
from sim.experiment.levers import Levels
from sim.experiment.runs import Request, Runs
from sim.experiment.sweep_metrics import UNITS, check_metric
from sim.experiment.sweep_points import key_of
from sim.experiment.sweep_tables import RunTable, is_numeric
from sim.scenario.faults import Fault, fault, quoted
from sim.scenario.goal_schema import Wanted
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import Factor, SweepFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """When a run fails, in the unit of its metric."""

    wanted: Wanted
    is_above: bool
    bound: float
    futures: int

    @property
    def column(self) -> str:
        """The metric as tables name it."""
        return self.wanted.name

    def failing(self, value: pl.Expr) -> pl.Expr:
        """Whether a value of the metric is a failure."""
        return value > self.bound if self.is_above else value < self.bound


def failing(file: SweepFile, base: Scenario) -> tuple[Failing | None, list[Fault]]:
    """What failing means in a file, and what is wrong with it."""
    fails = file.fails
    if fails is None:
        return None, []
    faults = list(check_metric(fails.wanted, base, "fails"))
    if faults:
        return None, faults
    unit = UNITS[fails.wanted.metric]
    try:
        bound = in_unit(fails.bound.text, unit)
    except ValueError as error:
        said = f"{error}, got {quoted(fails.bound.text)}"
        return None, [fault(fails.bound.place, said, path="fails", hint=f"{fails.wanted.metric} is in {unit}")]
    return Failing(wanted=fails.wanted, is_above=fails.is_above, bound=bound, futures=fails.futures), []


def failures_of(file: SweepFile, fails: Failing, levers: Levels, runs: Runs) -> tuple[pl.DataFrame, Sequence[Known]]:
    """One run of a setting in each of many futures, and the factors in which these differ."""
    unknown = tuple(factor for factor in file.factors if factor.role == "uncertainty")
    ahead = more_futures(file, fails.futures)
    requests = []
    for number, future in enumerate(ahead):
        point = point_of(file, levers, future, number)
        key = key_of(runs.scenario_at(point), seed=runs.seed, version=store.VERSION)
        requests.append(Request(point=point, key=key, replications=range(1)))
    table = RunTable.of(replace(file, factors=unknown), (fails.wanted,))
    for request, replication, run in runs.complete(lambda: iter(requests)):
        future = ahead[request.point.number]
        own = Point(number=request.point.number, levels=tuple(future[factor.name] for factor in unknown))
        table.add(own, replication, run)
    return table.frame(), [known_factor(factor) for factor in unknown]


def known_factor(factor: Factor) -> Known:
    """A factor as boxes tell of it."""
    return Known(name=factor.name, title=factor.title, unit=factor.unit, is_number=is_numeric(factor))
