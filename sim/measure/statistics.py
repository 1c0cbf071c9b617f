"""Intervals and estimators. Sums by math.fsum, so that the order of the values does not matter."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, stdtrit

from sim.planning.plan import IntArray

LEVEL = 0.95
FloatArray = npt.NDArray[np.float64]
Floats = Sequence[float] | FloatArray
Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its confidence interval. Spread and bounds are None where one value alone cannot tell."""

    mean: float
    sd: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int
    level: float

    @property
    def halfwidth(self) -> float | None:
        """Half the length of the interval."""
        return None if self.high is None else self.high - self.mean


def mean(values: Floats) -> float:
    """Arithmetic mean of at least one value."""
    return math.fsum(values) / len(values)


def variance(values: Floats) -> float:
    """Sample variance (n - 1) of at least two values."""
    middle = mean(values)
    return math.fsum((v - middle) ** 2 for v in values) / (len(values) - 1)


def mean_interval(values: Floats, *, level: float = LEVEL) -> Interval:
    """Student's interval for the mean of independent values, such as one statistic of each replication.

    Reference: Law, Simulation Modeling and Analysis, ch. 9.
    """
    values = [float(v) for v in values]
    n, middle = len(values), mean(values)
    if n < 2:
        return Interval(mean=middle, sd=None, se=None, low=None, high=None, n=n, level=level)
    sd = math.sqrt(variance(values))
    return _interval(middle, sd, sd / math.sqrt(n), n, n - 1, level)


def paired_interval(ours: Floats, theirs: Floats, *, level: float = LEVEL) -> Interval:
    """Student's interval for the mean of ours - theirs, pair by pair: runs that share their random numbers.

    Reference: Law, Simulation Modeling and Analysis, ch. 10.
    """
    return mean_interval([a - b for a, b in zip(ours, theirs, strict=True)], level=level)


def welch_interval(ours: Floats, theirs: Floats, *, level: float = LEVEL) -> Interval:
    """Interval for the difference of the means of two independent samples of at least two values each.

    Reference: Welch (1938); degrees of freedom by Satterthwaite. `n` counts the values of both.
    """
    a, b = variance(ours) / len(ours), variance(theirs) / len(theirs)
    difference, se, n = mean(ours) - mean(theirs), math.sqrt(a + b), len(ours) + len(theirs)
    if se == 0:
        return Interval(mean=difference, sd=None, se=0.0, low=difference, high=difference, n=n, level=level)
    freedom = (a + b) ** 2 / (a**2 / (len(ours) - 1) + b**2 / (len(theirs) - 1))
    reach = student_quantile(freedom, level) * se
    return Interval(mean=difference, sd=None, se=se, low=difference - reach, high=difference + reach, n=n, level=level)


def correlation(ours: Floats, theirs: Floats) -> float | None:
    """Pearson's correlation of pairs; None if one side does not vary."""
    a, b = mean(ours), mean(theirs)
    spread = math.sqrt(math.fsum((x - a) ** 2 for x in ours) * math.fsum((y - b) ** 2 for y in theirs))
    return math.fsum((x - a) * (y - b) for x, y in zip(ours, theirs, strict=True)) / spread if spread else None


def quantile(values: Floats, share: float) -> float:
    """The value below which a share of the values lies, linear between neighbours (Hyndman and Fan's type 7)."""
    ordered = np.sort(np.asarray(values, np.float64))
    return float(quantiles_of_sorted(ordered, np.array([share]))[0])


def quantiles_of_sorted(ordered: npt.NDArray[Any], shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Type 7 quantiles of sorted values, at least one. shape (n_shares, ...) for values of shape (n, ...)"""
    place = shares * (len(ordered) - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, len(ordered) - 1)
    part = (place - below).reshape(-1, *([1] * (ordered.ndim - 1)))
    return np.asarray(ordered[below] + (ordered[above] - ordered[below]) * part)


def quantile_bounds(values: Floats, share: float, *, level: float = LEVEL) -> Bounds | None:
    """Two of the values between which the quantile of their law lies at this level or more, whatever the law.

    None if there are too few: a median needs 6 values at 95 %.
    Reference: David and Nagaraja, Order Statistics, sec. 7.1; the number of values below it is binomial.
    """
    n, tail = len(values), (1 - level) / 2
    ranks = np.arange(1, n + 1)
    below = bdtr(ranks - 1, n, share)  # chance that fewer than `rank` values lie below the quantile
    lows, highs = ranks[below <= tail], ranks[below >= 1 - tail]
    if not len(lows) or not len(highs):
        return None
    ordered = np.sort(np.asarray(values, np.float64))
    return float(ordered[lows[-1] - 1]), float(ordered[highs[0] - 1])


def time_average(times: IntArray, values: npt.NDArray[np.float64] | IntArray, *, start: float, end: float) -> float:
    """Mean over [start, end) of what has values[i] from times[i] to times[i + 1], and 0 before the first time.

    Times are sorted and in the unit of start and end; shape (n,) both.
    """
    edges = np.clip(np.append(np.asarray(times, np.float64), max(end, start)), start, end)
    return math.fsum(np.diff(edges) * np.asarray(values, np.float64)) / (end - start)


def student_quantile(freedom: float, level: float) -> float:
    """The t for a two-sided interval of this level."""
    return _student(float(freedom), float(level))


@lru_cache(maxsize=1024)
def _student(freedom: float, level: float) -> float:
    return float(stdtrit(freedom, (1 + level) / 2))


def _interval(middle: float, sd: float, se: float, n: int, freedom: float, level: float) -> Interval:
    reach = student_quantile(freedom, level) * se
    return Interval(mean=middle, sd=sd, se=se, low=middle - reach, high=middle + reach, n=n, level=level)
