"""Borgonovo's delta: how far the distribution of a metric moves, on average, once an input is known.

References: Borgonovo (2007), Reliability Engineering & System Safety 92; Plischke, Borgonovo and Smith (2013),
European Journal of Operational Research 226, whose estimator from given data this is, but for its classes: theirs are
4 of 256 samples, too few to see an effect that goes up and down twice.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from sim.experiment.sensitivity_noise import Estimates, centred, crossed, mean
from sim.measure.statistics import FloatArray
from sim.planning.designs import shuffles
from sim.planning.plan import IntArray

_GRID = 100  # points at which densities are compared
_MOST_CLASSES = 48
_SHUFFLES = 100
_SHARE = 0.95  # of shuffles that give less than what is said to be none


def deltas(places: FloatArray, values: FloatArray, sizes: Sequence[int | None], weights: FloatArray) -> Estimates:
    """Delta as it comes and (to be bias-reduced) again, and first order indices of the mean response.

    `places` in the unit cube, shape (points, inputs); `values` shape (points, replications).
    """
    seen, own = mean(values, weights), centred(values)
    variance = crossed(own, own, weights).mean()
    classes = [classes_of(places[:, d], size) for d, size in enumerate(sizes)]
    shifts = np.array(list(_shifts(seen, classes)))
    first = np.array([_between(seen, own_) for own_ in classes])
    return {"delta": shifts, "delta_raw": shifts, "S1": first / variance if variance > 0 else first * np.nan}


def none_at_all(places: FloatArray, seen: FloatArray, sizes: Sequence[int | None], *, seed: int) -> FloatArray:
    """The delta that 95 % of inputs without any effect stay below: those that are had by shuffling the values."""
    orders = shuffles("values", size=len(seen), count=_SHUFFLES, seed=seed)
    classes = [classes_of(places[:, d], size) for d, size in enumerate(sizes)]
    found = np.array([list(_shifts(seen[order], classes)) for order in orders])
    return np.asarray(np.quantile(found, _SHARE, axis=0))


def classes_of(places: FloatArray, size: int | None) -> IntArray:
    """The class of each point: the value itself of an input with few values, else one of equally large classes."""
    n = len(places)
    most = min(round(2 * n ** (1 / 3)), _MOST_CLASSES)
    if size is not None and size <= most:
        return np.asarray(np.minimum(places * size, size - 1), np.int64)
    ranks = np.empty(n, np.int64)
    ranks[np.argsort(places, kind="stable")] = np.arange(1, n + 1)
    return np.asarray(np.searchsorted(np.linspace(0, n, most + 1), ranks, side="left") - 1, np.int64)


def _shifts(values: FloatArray, classes: Sequence[IntArray]) -> Iterator[float]:
    """Delta of each input: half the area between the density of all values and that of each class, on average."""
    if np.ptp(values) == 0:
        yield from (np.nan for _ in classes)
        return
    grid = np.linspace(values.min(), values.max(), _GRID)
    every = _density(values, grid)
    for own in classes:
        shift = 0.0
        for number in np.unique(own):
            part = values[own == number]
            if len(part) > 1:
                area = 2.0 if np.ptp(part) == 0 else float(np.trapezoid(np.abs(every - _density(part, grid)), grid))
                shift += len(part) / (2 * len(values)) * area
        yield shift


def _density(values: FloatArray, grid: FloatArray) -> FloatArray:
    """Gaussian kernel estimate with Silverman's bandwidth, at the points of a grid."""
    width = values.std(ddof=1) * (0.75 * len(values)) ** -0.2
    kernels = np.exp(-(((grid[:, None] - values) / width) ** 2) / 2)
    return np.asarray(kernels.sum(axis=1) / (len(values) * width * np.sqrt(2 * np.pi)), np.float64)


def _between(values: FloatArray, classes: IntArray) -> float:
    """Variance of the class means, without what the spread inside classes puts into it."""
    n, k = len(values), int(classes.max()) + 1
    counts = np.bincount(classes, minlength=k)
    sums = np.bincount(classes, values, minlength=k)
    used = counts > 0
    between = (sums[used] ** 2 / counts[used]).sum() - values.sum() ** 2 / n
    within = (values**2).sum() - (sums[used] ** 2 / counts[used]).sum()
    groups = int(used.sum())
    return float(between - (groups - 1) * within / max(n - groups, 1)) / n
