"""Indices of sensitivity from the values of a metric at every point and replication of a design."""

from itertools import combinations

import numpy as np

from sim.experiment.sensitivity_delta import deltas, none_at_all
from sim.experiment.sensitivity_design import Design, Method, steps_of
from sim.experiment.sensitivity_noise import (
    Estimates,
    Found,
    centred,
    crossed,
    mean,
    merged,
    noise,
    plain,
    with_intervals,
)
from sim.measure.statistics import FloatArray
from sim.planning.plan import IntArray

MAIN: dict[Method, str] = {"morris": "mu_star", "sobol": "ST", "delta": "delta"}  # what inputs are ranked by
RESAMPLES: dict[Method, int] = {"morris": 1000, "sobol": 1000, "delta": 200}


def indices(design: Design, kept: IntArray, values: FloatArray, *, seed: int) -> dict[str, Found]:
    """Every index with its intervals. `values` are those of the blocks `kept`, shape (blocks, points, replications)."""
    blocks, _, replications = values.shape
    method = design.method
    if method == "morris":
        moved, ways = steps_of(design)
        effects = effects_of(values, moved[kept], ways[kept])
    places = design.rows[kept]

    def estimate(rows: IntArray, weights: FloatArray) -> Estimates:
        own = values[rows]
        if method == "morris":
            return merged(morris(effects[rows], weights), noise(own.reshape(-1, replications), weights))
        if method == "sobol":
            return sobol(own, weights, len(design.inputs), second=design.has_second)
        sizes = [one.size for one in design.inputs]
        flat = own[:, 0, :]
        return merged(deltas(places[rows, 0, :], flat, sizes, weights), noise(flat, weights))

    found = with_intervals(estimate, blocks=blocks, replications=replications, seed=seed, count=RESAMPLES[method],
                           reduced=("delta",), sizes=("mu_star",))  # fmt: skip
    if method == "delta":
        sizes = [one.size for one in design.inputs]
        found["delta_none"] = alone(none_at_all(places[:, 0, :], values[:, 0, :].mean(axis=1), sizes, seed=seed))
    return found


def alone(value: FloatArray) -> Found:
    """An index without interval or rank."""
    nothing, zero = np.full(value.size, np.nan), np.zeros(value.size, np.int64)
    return Found(value=value, low=nothing, high=nothing, rank=zero, rank_low=zero, rank_high=zero)


def matters(method: Method, found: dict[str, Found]) -> list[bool]:
    """Whether each input is told apart from one that has no effect at all."""
    if method == "morris":
        return [bool(low > 0) for low in found["square"].low]
    if method == "sobol":
        return [bool(low > 0) for low in found["ST"].low]
    return [bool(a > b) for a, b in zip(found["delta_raw"].value, found["delta_none"].value, strict=True)]


# ---------------------------------------------------------------------------------------------- Morris


def effects_of(values: FloatArray, moved: IntArray, ways: FloatArray) -> FloatArray:
    """Elementary effects: change of the metric by the share of its way that the input went.

    shape (blocks, inputs, replications) from values of shape (blocks, inputs + 1, replications).
    """
    changes = np.diff(values, axis=1) / ways[:, :, None]
    effects = np.empty_like(changes)
    np.put_along_axis(effects, moved[:, :, None], changes, axis=1)
    return effects


def morris(effects: FloatArray, weights: FloatArray) -> Estimates:
    """mu, mu*, sigma without the noise in it, the mu* that noise alone would give, and the mean square without noise.

    References: Morris (1991), Technometrics 33; Campolongo et al. (2007), Environmental Modelling & Software 22.
    """
    n, seen = len(effects), mean(effects, weights)
    free = crossed(effects, effects, weights)  # squares without noise, shape (blocks, inputs)
    total = effects.sum(axis=0)
    pairs = crossed(total, total, weights) - free.sum(axis=0)  # products of different trajectories
    variance = free.mean(axis=0) - pairs / (n * (n - 1))
    noise_ = (plain(effects, effects, weights) - free).mean(axis=0)
    return {
        "mu_star": np.abs(seen).mean(axis=0),
        "mu": seen.mean(axis=0),
        "sigma": np.sqrt(np.maximum(variance, 0)),
        "square": free.mean(axis=0),
        "mu_star_none": np.sqrt(2 / np.pi * np.maximum(noise_, 0)),  # E|N(0, s)| = s sqrt(2 / pi)
    }


# ---------------------------------------------------------------------------------------------- Sobol'


def sobol(values: FloatArray, weights: FloatArray, inputs: int, *, second: bool) -> Estimates:
    """First order, total and second order indices, of the mean response and (..._seen) of what was seen.

    The variance that noise has in the means over replications is in the latter, so that they add up to less than 1
    even of a sum of effects. Reference: Saltelli et al. (2010), Computer Physics Communications 181, (b) and (f).
    """
    replications = values.shape[-1]
    ends = values[:, [0, -1]].reshape(-1, replications)
    own = values - ends.mean(axis=0)
    a, b, ab, ba = own[:, :1], own[:, -1:], own[:, 1 : inputs + 1], own[:, inputs + 1 : -1]
    found = noise(ends, weights)
    base = centred(ends)
    for name, product in (("", crossed), ("_seen", plain)):
        variance = product(base, base, weights).mean()
        variance = variance if variance > 0 else np.nan
        found[f"S1{name}"] = first = product(b, ab - a, weights).mean(axis=0) / variance
        found[f"ST{name}"] = product(ab - a, ab - a, weights).mean(axis=0) / 2 / variance
        if second:
            both = [(product(ba[:, j], ab[:, k], weights) - product(a[:, 0], b[:, 0], weights)).mean() / variance
                    for j, k in combinations(range(inputs), 2)]  # fmt: skip
            alone_ = [first[j] + first[k] for j, k in combinations(range(inputs), 2)]
            found[f"S2{name}"] = np.array(both) - np.array(alone_)
    return found
