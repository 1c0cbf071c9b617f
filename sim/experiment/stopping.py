"""When replications are enough: the smallest number of them at which every interval asked for is narrow enough.

The decision is taken on replications 0 to n - 1 for n growing one by one, so that it depends neither on workers nor
on how many runs were started meanwhile.

Reference: Law, Simulation Modeling and Analysis, sec. 9.4.1; Chow and Robbins, Ann. Math. Statist. 36 (1965).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from sim.experiment.sweep_metrics import Cell, by_cell
from sim.experiment.until import Criterion, measured
from sim.measure.axes import DIRECTIONS
from sim.measure.bootstrap import median_of_medians_bounds
from sim.measure.metrics import RunMeasures
from sim.measure.precision import KINDS, halfwidth
from sim.measure.rows import Row, frame, schema
from sim.measure.statistics import mean, mean_interval, quantile, quantile_bounds
from sim.measure.summary import summary
from sim.planning.plan import IntArray
from sim.scenario.faults import Place, ScenarioFaults, Text, fault

MOST = 200  # replications, unless another limit is stated
Value = float | IntArray | str | None  # of one replication; the text says that no run has such a number
_NO_SUCH = "no such number"
_COLUMNS = (
    "metric:s place:s gate:s direction:s cargo:s unit:s asked:f asked_is_share:i value:f halfwidth:f share:f n:i "
    "replications:i least:i most:i met:i"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How narrow the interval of one criterion has become."""

    criterion: Criterion
    value: float | None
    halfwidth: float | None  # None = no interval yet
    n: int  # replications that have a value

    @property
    def width(self) -> float | None:
        """The half-width in the terms of the criterion."""
        if self.halfwidth is None or self.value is None or not self.criterion.is_share:
            return self.halfwidth
        if self.value == 0:
            return 0.0 if self.halfwidth == 0 else math.inf
        return self.halfwidth / abs(self.value)

    @property
    def is_met(self) -> bool:
        """Whether it is as narrow as was asked."""
        return self.width is not None and self.width <= self.criterion.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """Why the replications ended where they did."""

    reached: tuple[Reached, ...]
    n: int
    least: int
    most: int

    @property
    def is_met(self) -> bool:
        """Whether every criterion is met."""
        return all(reached.is_met for reached in self.reached)

    def sentence(self) -> str:
        """What a run says about it."""
        parts = "; ".join(_part(reached) for reached in self.reached)
        if self.is_met and self.n >= self.least:
            return f"stopped at {self.n} replications: {parts}"
        how = (
            f"the limit of {self.most} was reached" if self.n >= self.most else f"interrupted at {self.n} replications"
        )
        return f"{how}: {parts}"

    def table(self) -> pl.DataFrame:
        """One row for each criterion."""
        rows: list[Row] = []
        for found in self.reached:
            key = dict(zip(("metric", "place", "gate", "direction", "cargo"), found.criterion.cell, strict=True))
            share = found.halfwidth / abs(found.value) if found.halfwidth is not None and found.value else None
            rows.append(
                key | {"unit": found.criterion.unit, "asked": found.criterion.width,
                "asked_is_share": int(found.criterion.is_share), "value": found.value, "halfwidth": found.halfwidth,
                "share": share, "n": found.n, "replications": self.n, "least": self.least, "most": self.most,
                "met": int(found.is_met)}
            )  # fmt: skip
        return frame(rows, schema(_COLUMNS), 5)


def _part(found: Reached) -> str:
    asked = found.criterion
    if found.n == 0:
        return f"{asked.name} was never observed"
    if found.width is None:
        return f"{asked.name} was observed in {found.n} only, too few for an interval"
    is_ = "is" if found.is_met else "is not"
    return f"the 95 % interval of {asked.name} {is_} within {asked.asked} ({measured(found.width, asked)})"


def observed(criteria: Sequence[Criterion], measures: RunMeasures) -> tuple[Value, ...]:
    """What one replication says on each criterion; trucks at 20:00 of each evening where their median is asked for."""
    if not criteria:
        return ()
    found = by_cell(summary([measures]))
    return tuple(_observed(criterion, found, measures) for criterion in criteria)


def _observed(criterion: Criterion, found: Mapping[Cell, float | None], measures: RunMeasures) -> Value:
    if criterion.cell in found and KINDS.get(criterion.cell[0]) == "percentile":
        return _evenings(criterion, measures)
    without = 0.0 if criterion.cell[0] == "waited_hours" else _NO_SUCH  # a cause that held up nobody has no row
    return found.get(criterion.cell, without)


def _evenings(criterion: Criterion, measures: RunMeasures) -> IntArray:
    axes, gate = measures.axes, criterion.cell[2]
    own = measures.backlog[:, DIRECTIONS.index("export")]
    own = own if not gate else own[[axes.gates.index(gate)]]
    return np.asarray(own.sum(axis=0)[[time[11:] == "20:00" for time in axes.local(axes.hours)]], np.int64)


def refuse_unknown(criteria: Sequence[Criterion], values: Sequence[Value]) -> None:
    """Raise ScenarioFaults if the first replication shows that no run has what a criterion asks for."""
    faults = [
        fault(Place(Text("--until")), f"no run of this scenario has {criterion.name}",
              hint="summary.json of a run lists what there is")
        for criterion, value in zip(criteria, values, strict=True) if isinstance(value, str)
    ]  # fmt: skip
    if faults:
        raise ScenarioFaults(faults)


def stopping(criteria: Sequence[Criterion], values: Sequence[Sequence[Value]], *, least: int, most: int) -> Stopping:
    """The state after all of these replications. values: by replication, then by criterion."""
    found = tuple(_reached(criterion, [row[k] for row in values]) for k, criterion in enumerate(criteria))
    return Stopping(reached=found, n=len(values), least=least, most=most)


def decided(
    criteria: Sequence[Criterion], values: Sequence[Sequence[Value]], *, least: int, most: int, looked_at: int = 0
) -> Stopping | None:
    """The end, if these replications hold it: at the smallest n that meets every criterion, or at the limit.

    No n up to `looked_at` is asked again.
    """
    for n in range(max(least, looked_at + 1), len(values) + 1):
        state = stopping(criteria, values[:n], least=least, most=most)
        if state.is_met or n == most:
            return state
    return None


def still_to_run(state: Stopping, workers: int) -> int:
    """About how many replications are missing, so that few are run in vain; it has no part in the decision."""
    shares = [r.width / r.criterion.width for r in state.reached if r.width is not None and math.isfinite(r.width)]
    guess = math.ceil(state.n * (max(shares, default=1.0) ** 2 - 1) * 0.9)
    return max(1, min(max(guess, workers), 4 * state.n, state.most - state.n))


def _reached(criterion: Criterion, values: Sequence[Value]) -> Reached:
    """The interval that summary.json would give for these replications."""
    kind = KINDS.get(criterion.cell[0], "student")
    if kind == "percentile":
        evenings = np.stack([value for value in values if isinstance(value, np.ndarray)])
        if not evenings.shape[1]:
            return Reached(criterion=criterion, value=None, halfwidth=None, n=0)
        value = float(np.median(np.median(evenings, axis=0)))
        half = halfwidth(*(median_of_medians_bounds(evenings) or (None, None)))
        return Reached(criterion=criterion, value=value, halfwidth=half, n=len(evenings))
    known = [float(value) for value in values if isinstance(value, int | float)]
    if not known:
        return Reached(criterion=criterion, value=None, halfwidth=None, n=0)
    if kind == "order":
        half = halfwidth(*(quantile_bounds(known, 0.5) or (None, None)))
        return Reached(criterion=criterion, value=quantile(known, 0.5), halfwidth=half, n=len(known))
    return Reached(criterion=criterion, value=mean(known), halfwidth=mean_interval(known).halfwidth, n=len(known))
