"""Intervals by resampling replications, where Student's rests on a symmetry that the values need not have.

Reference: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 12 (studentised) and 13 (percentile);
Hesterberg, The American Statistician 69 (2015), sec. 5 (widened percentiles).
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from sim.measure.statistics import LEVEL, Bounds, Floats, mean, quantiles_of_sorted, student_quantile, variance
from sim.planning.resamples import resamples

FEWEST = 6  # replications; the sixth is also the first from which on order statistics bound a median at 95 %


def studentised_bounds(values: Floats, *, level: float = LEVEL) -> Bounds | None:
    """Interval for the mean of independent values whose law may be skewed, such as costs; None if they are too few.

    The quantiles of (mean of a resample - mean) / its standard error take the place of Student's.
    """
    data = np.asarray(values, np.float64)
    n = len(data)
    if n < FEWEST or not variance(data):
        return None
    middle, se = mean(data), math.sqrt(variance(data) / n)
    away = data - middle
    found = []
    for counts in resamples(n):
        total, squares = np.zeros(len(counts)), np.zeros(len(counts))
        for number in range(n):  # one after the other, so that sums do not depend on the processor
            total += counts[:, number] * away[number]
            squares += counts[:, number] * (away[number] * away[number])
        spread = np.maximum(squares - total * total / n, 0.0) / (n - 1) / n
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(np.where(total == 0, 0.0, total / n / np.sqrt(spread)))
    ordered = np.sort(np.concatenate(found))
    tail = (1 - level) / 2
    first, last = (ordered[math.ceil(share * (len(ordered) + 1)) - 1] for share in (tail, 1 - tail))
    low, high = middle - last * se, middle - first * se
    return (float(low), float(high)) if math.isfinite(low) and math.isfinite(high) else None


def median_of_medians_bounds(values: npt.NDArray[np.integer], *, level: float = LEVEL) -> Bounds | None:
    """Interval for the median over columns of the median over replications, by resampling whole replications.

    shape (n_replications, n_columns); None if there are too few. Percentiles are widened as Student's quantile and the
    divisor n - 1 would do it, since resamples of few values spread too little.
    """
    n, width = values.shape
    if n < FEWEST or not width:
        return None
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0).astype(np.float64)
    found = []
    for counts in resamples(n):
        medians = np.empty((len(counts), width))
        for column in range(width):
            reached = np.cumsum(counts[:, order[:, column]], axis=1)
            middle = [ordered[(reached > rank).argmax(axis=1), column] for rank in ((n - 1) // 2, n // 2)]
            medians[:, column] = (middle[0] + middle[1]) / 2
        medians.sort(axis=1)
        found.append((medians[:, (width - 1) // 2] + medians[:, width // 2]) / 2)
    tail = float(ndtr(-math.sqrt(n / (n - 1)) * student_quantile(n - 1, level)))
    low, high = quantiles_of_sorted(np.sort(np.concatenate(found)), np.array([tail, 1 - tail]))
    return float(low), float(high)
