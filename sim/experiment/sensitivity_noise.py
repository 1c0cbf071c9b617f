"""Effect told apart from noise: products in which the noise of replications cancels, and intervals by resampling.

Replication r uses the same chance at every point, so it is one function y_r(x) of the point; replications are
independent draws of that function, and what is asked about is their mean f(x). What moves all points alike in a
replication (a busy month) is no noise of comparisons between points and is taken out first. A product of two different
replications has no noise in common: its mean is that of f alone, whether noise is like at neighbouring points or not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sim.measure.statistics import FloatArray
from sim.planning.designs import resamples
from sim.planning.plan import IntArray

LEVEL = 0.95
Product = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
Estimates = dict[str, FloatArray]  # by index: a number for each input, or for whatever the index is of
Estimate = Callable[[IntArray, FloatArray], Estimates]  # of these blocks, with these weights of replications


def mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean over replications, the last axis."""
    return np.asarray((values * weights).sum(axis=-1) / weights.sum())


def crossed(a: FloatArray, b: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean product over all pairs of different replications (the last axis): without noise on average.

    A replication that a resample holds several times makes no pair with itself.
    """
    pairs = weights.sum() ** 2 - (weights**2).sum()
    total = (a * weights).sum(axis=-1) * (b * weights).sum(axis=-1)
    return np.asarray((total - (a * b * weights**2).sum(axis=-1)) / pairs)


def plain(a: FloatArray, b: FloatArray, weights: FloatArray) -> FloatArray:
    """Products of the means over replications (the last axis): of what was seen.

    A resample has the noise of as many replications as there are, not of the fewer different ones it happens to hold.
    """
    free = crossed(a, b, weights)
    return np.asarray(free + (mean(a * b, weights) - free) / a.shape[-1])


def centred(values: FloatArray) -> FloatArray:
    """Without what moves all points alike in each replication. shape (points, replications)"""
    return np.asarray(values - values.mean(axis=0))


def noise(values: FloatArray, weights: FloatArray) -> Estimates:
    """Variance over points of the mean response, and the share that noise has in what was seen of it.

    shape of values (points, replications). The share is that of an analysis of variance without the part that
    replications have in common: mean square of (point x replication) / n / variance of the points' means.
    """
    own = centred(values)
    seen, free = (product(own, own, weights).mean() for product in (plain, crossed))
    share = np.clip(1 - free / seen, 0, 1) if seen > 0 else np.nan
    return {"variance": np.array([free]), "noise_share": np.array([share])}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """An index with its interval, for each input or whatever it is of; NaN = cannot be told."""

    value: FloatArray
    low: FloatArray
    high: FloatArray
    rank: IntArray  # 1 = largest by size; 0 = cannot be told
    rank_low: IntArray
    rank_high: IntArray


def with_intervals(
    estimate: Estimate,
    *,
    blocks: int,
    replications: int,
    seed: int,
    count: int,
    reduced: tuple[str, ...] = (),
    sizes: tuple[str, ...] = (),
) -> dict[str, Found]:
    """Every index with 95 % intervals of value and rank: blocks and replications drawn again, both with replacement.

    Of `reduced` indices the bias that resampling shows is taken off, and the interval is turned about them with it.
    `sizes`, means of absolute values, grow with the noise that a resample adds; their intervals are moved back by it.
    Reference: Owen (2007), The pigeonhole bootstrap, Annals of Applied Statistics 1.
    """
    every = estimate(np.arange(blocks), np.ones(replications))
    own = resamples("blocks", size=blocks, count=count, seed=seed)
    again = [estimate(row, weights) for row, weights in zip(own, _weights(replications, count, seed), strict=True)]
    found = {}
    for name, value in every.items():
        drawn = np.stack([other[name] for other in again])
        if name in reduced:
            drawn = 2 * value - drawn
            value = drawn.mean(axis=0)
        elif name in sizes:
            drawn = np.maximum(drawn - drawn.mean(axis=0) + value, 0)
        found[name] = _found(value, drawn)
    return found


def _weights(replications: int, count: int, seed: int) -> FloatArray:
    """How often each replication is in each resample; at least two different ones are. shape (count, replications)"""
    drawn = resamples("replications", size=replications, count=8 * count, seed=seed)
    weights = np.array([np.bincount(row, minlength=replications) for row in drawn], np.float64)
    enough = weights[(weights > 0).sum(axis=1) > 1]
    return np.asarray(np.resize(enough, (count, replications)))


def _found(value: FloatArray, drawn: FloatArray) -> Found:
    """Percentile intervals; none where more resamples than an end leaves out could not tell."""
    tail = (1 - LEVEL) / 2
    ends = np.full((2, value.size), np.nan)
    told = np.isfinite(value) & (np.isnan(drawn).mean(axis=0) <= tail)
    if told.any():
        ends[:, told] = np.nanquantile(drawn[:, told], [tail, 1 - tail], axis=0)
    rank, others = ranks(value), np.stack([ranks(row) for row in drawn])
    whole = others[(others > 0).all(axis=1)]
    if not whole.size or not rank.all():
        none = np.zeros(value.size, np.int64)
        return Found(value=value, low=ends[0], high=ends[1], rank=rank, rank_low=none, rank_high=none)
    low, high = (np.quantile(whole, share, axis=0, method="inverted_cdf") for share in (tail, 1 - tail))
    return Found(
        value=value, low=ends[0], high=ends[1], rank=rank,
        rank_low=np.minimum(low, rank).astype(np.int64), rank_high=np.maximum(high, rank).astype(np.int64),
    )  # fmt: skip


def ranks(values: FloatArray) -> IntArray:
    """1 for the largest by size; equals share the better rank; 0 for all if one cannot be told."""
    if not np.isfinite(values).all():
        return np.zeros(values.size, np.int64)
    sizes = np.abs(values)
    return np.asarray((sizes[None, :] > sizes[:, None]).sum(axis=1) + 1, np.int64)


def merged(*parts: Mapping[str, FloatArray]) -> Estimates:
    """Estimates of several kinds as one."""
    return {name: value for part in parts for name, value in part.items()}
