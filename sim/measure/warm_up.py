"""How long the beginning of a series is unlike the rest: MSER-5 on the mean of replications, and Welch's picture.

Reference: White, Simulation 69 (1997); Law, Simulation Modeling and Analysis, sec. 9.5.1 (Welch).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from sim.measure.axes import DIRECTIONS
from sim.measure.growth import growth_table
from sim.measure.metrics import RunMeasures
from sim.measure.rows import groups

FloatArray = npt.NDArray[np.float64]
BATCH = 5  # observations averaged before the truncation point is looked for
DAY = 24  # [h]
_LEAST_KEPT = 0.25  # of the series: a few values of one day vary little by themselves, which proves nothing
_FEWEST = 12  # batches, without which there is nothing to compare


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """Where MSER cuts a series."""

    at: int  # observations to leave out
    statistic: FloatArray  # of each number of batches left out
    is_early: bool  # in the first half; a cut in the second says that no steady part was found


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Trucks by the hour, mean of the replications, and how long they take to settle."""

    gate: str
    direction: str  # "" = both
    what: str  # "inside" or "waiting"
    mean: FloatArray  # shape (n_hours,)
    smooth: FloatArray  # over a day around each hour
    truncation: Truncation | None  # None = fewer than two days
    grows: bool

    @property
    def name(self) -> str:
        """What it counts, in words."""
        return " ".join(part for part in (self.gate or "all gates", self.direction, f"trucks {self.what}") if part)

    @property
    def hours(self) -> int | None:
        """The warm-up it asks for; None if it has no steady part."""
        steady = self.truncation is not None and self.truncation.is_early and not self.grows
        return self.truncation.at if steady and self.truncation is not None else None


def mser(values: FloatArray, *, batch: int = BATCH) -> Truncation | None:
    """The truncation point that minimises the squared standard error of what is kept; None for too few values.

    Batches that are not full are left out at the end.
    """
    n = len(values) // batch
    if n < _FEWEST:
        return None
    means = values[: n * batch].reshape(n, batch).sum(axis=1) / batch
    kept = np.arange(n, math.ceil(_LEAST_KEPT * n) - 1, -1)
    away = means - means[-1]  # small numbers lose least when squares are summed
    total = np.cumsum(away[::-1])[::-1][: len(kept)]
    squares = np.cumsum((away * away)[::-1])[::-1][: len(kept)]
    statistic = np.maximum(squares - total * total / kept, 0.0) / kept**2
    cut = int(np.argmin(statistic))
    return Truncation(at=cut * batch, statistic=statistic, is_early=2 * cut <= n)


def without_cycle(values: FloatArray, *, length: int = DAY) -> FloatArray:
    """The series with the hours of the day made alike: each less its own mean in the second half, plus that of all.

    Opening hours move every series by much more than an empty start does; the second half is the least touched by it.
    """
    cycles = len(values) // (2 * length)
    if not cycles:
        return values
    last = values[-cycles * length :].reshape(cycles, length)
    by_hour = last.sum(axis=0) / cycles
    usual = by_hour.sum() / length
    hour = (np.arange(len(values)) - len(values)) % length
    return np.asarray(values - by_hour[hour] + usual)


def moving_average(values: FloatArray, *, reach: int = DAY // 2) -> FloatArray:
    """Welch's moving average over `reach` values to either side, over fewer near the ends, as many on each side."""
    n = len(values)
    summed = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(n)
    side = np.minimum(np.minimum(at, n - 1 - at), reach)
    return np.asarray((summed[at + side + 1] - summed[at - side]) / (2 * side + 1))


def series_of(runs: Sequence[RunMeasures]) -> list[Series]:
    """The series of a scenario: trucks inside by gate and direction, trucks that wait for stations of each gate."""
    axes = runs[0].axes
    grows = {(row["gate"], row["direction"]): row["grows"] == 1 for row in growth_table(runs).iter_rows(named=True)}
    told_apart = sorted({(g, d) for g, d, _ in groups(axes) if d and (g or not axes.gates)})
    there = np.sum([run.backlog for run in runs], axis=0) / len(runs)
    found = []
    for gate, direction in told_apart:
        part = there[axes.gates.index(gate)] if gate else there.sum(axis=0)
        values = part[DIRECTIONS.index(direction)]
        found.append(_series(values, gate, direction, "inside", grows=grows[gate, direction]))
    waiting = np.sum([run.waiting for run in runs], axis=0) / len(runs)
    for gate in sorted(axes.gates):
        own = [k for k, of in enumerate(axes.station_gate) if of == gate]
        if own:
            values = waiting[own].sum(axis=0)
            found.append(_series(values, gate, "", "waiting", grows=grows.get((gate, ""), False)))
    return found


def _series(values: FloatArray, gate: str, direction: str, what: str, *, grows: bool) -> Series:
    truncation = mser(without_cycle(values)) if len(values) >= 2 * DAY else None
    return Series(
        gate=gate, direction=direction, what=what, mean=values, smooth=moving_average(values), truncation=truncation,
        grows=grows,
    )  # fmt: skip


def series_table(found: Sequence[Series], time: Sequence[str]) -> pl.DataFrame:
    """Every number of the picture: one row for each series and hour."""
    frames = [
        pl.DataFrame({"gate": [s.gate] * len(time), "direction": [s.direction] * len(time),
                      "what": [s.what] * len(time), "time": time, "mean": s.mean, "moving_average": s.smooth,
                      "warm_up_hours": pl.Series([s.hours] * len(time), dtype=pl.Int64)})
        for s in found
    ]  # fmt: skip
    return pl.concat(frames)
