"""Points of a design in the unit cube: what a sweep or a study draws, as a plan draws trucks, from one seed.

Samplers are given a generator, never a seed: SALib takes a seed of 0 for none.
"""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import qmc

from sim.planning.keyed import FloatArray, stream, uniforms
from sim.planning.plan import IntArray

STEPS = 4  # levels that a trajectory knows of a continuous factor; it goes from one to the next but one


def unit_points(kind: str, *, points: int, dimensions: int, seed: int) -> FloatArray:
    """Points in [0, 1) of a Latin hypercube ("latin-hypercube") or a scrambled Sobol' sequence ("sobol").

    shape (points, dimensions). The first points of a longer Sobol' sequence are those of a shorter one.
    """
    if kind == "latin-hypercube":
        sampler: qmc.QMCEngine = qmc.LatinHypercube(dimensions, rng=seed)
    else:
        sampler = qmc.Sobol(dimensions, rng=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The balance properties", UserWarning)  # said where the sweep is read
        return np.asarray(sampler.random(points), np.float64)


def saltelli_points(*, points: int, dimensions: int, seed: int, second: bool) -> FloatArray:
    """Blocks of points in [0, 1): A, A with each column of B in turn, with `second` B with each column of A, and B.

    shape (points, dimensions + 2 or 2 * dimensions + 2, dimensions). The first blocks do not depend on how many.
    Reference: Saltelli et al. (2010), Computer Physics Communications 181.
    """
    from SALib.sample.sobol import sample  # type: ignore[import-untyped]  # noqa: PLC0415 -- takes a second

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The balance properties", UserWarning)
        rows = sample(_problem(dimensions), points, calc_second_order=second, seed=np.random.default_rng(seed))
    return np.asarray(rows, np.float64).reshape(points, -1, dimensions)


def trajectories(*, count: int, sizes: Sequence[int | None], are_ordered: Sequence[bool], seed: int) -> FloatArray:
    """Morris's trajectories: from each point to the next one factor alone moves, to another value of it.

    `sizes` says how many values each factor has, None of a continuous one. A continuous factor moves between four
    levels, 0, 1/3, 2/3 and 1, by two of them. One with k values that are in an order moves in the same way between
    min(4, k) of them, first and last included; one without order from any value to any other. Values i of k stand
    at (i + 1/2) / k, the middle of equal bins. shape (count, factors + 1, factors)

    Reference: Morris (1991), Technometrics 33; the trajectories are those of SALib.
    """
    from SALib.sample.morris import sample  # type: ignore[import-untyped]  # noqa: PLC0415 -- takes a second

    found = sample(_problem(len(sizes)), count, num_levels=STEPS, seed=np.random.default_rng(seed))
    levels = np.rint(np.asarray(found) * (STEPS - 1)).astype(np.int64).reshape(count, len(sizes) + 1, len(sizes))
    places = levels / (STEPS - 1)
    for axis, (size, is_ordered) in enumerate(zip(sizes, are_ordered, strict=True)):
        if size is not None:
            level = levels[:, :, axis]
            value = _in_order(level, size) if is_ordered else _of_names(level, size, seed, axis)
            places[:, :, axis] = (value + 0.5) / size
    return np.asarray(places, np.float64)


def _in_order(level: IntArray, size: int) -> IntArray:
    """Values for levels 0 to 3, of which each row has two, two apart: they stay apart and in the same order."""
    steps = min(STEPS, size)
    is_upper = level == level.max(axis=1, keepdims=True)
    lower = level.min(axis=1, keepdims=True)  # 0 or 1
    step = level if steps == STEPS else is_upper + (lower if steps == 3 else 0)
    return np.asarray(np.rint(step * (size - 1) / max(steps - 1, 1)), np.int64)


def _of_names(level: IntArray, size: int, seed: int, axis: int) -> IntArray:
    """Two different values for the two levels of each row, every pair equally likely."""
    ids = np.arange(len(level), dtype=np.int64)
    key = stream(seed, 0, f"names of factor {axis}")
    first = np.minimum((uniforms(key, ids) * size).astype(np.int64), size - 1)
    step = np.minimum((uniforms(key, ids, 1) * (size - 1)).astype(np.int64), size - 2)
    second = (first + 1 + step) % size
    is_upper = level == level.max(axis=1, keepdims=True)
    return np.asarray(np.where(is_upper, second[:, None], first[:, None]), np.int64)


def resamples(what: str, *, size: int, count: int, seed: int) -> Iterator[IntArray]:
    """`count` draws with replacement of `size` out of `size` things, for a bootstrap; one after the other."""
    key = stream(seed, 0, f"resamples of {what}")
    for number in range(count):
        drawn = uniforms(key, np.arange(number * size, (number + 1) * size, dtype=np.int64))
        yield np.minimum((drawn * size).astype(np.int64), size - 1)


def shuffles(what: str, *, size: int, count: int, seed: int) -> IntArray:
    """Random orders of `size` things. shape (count, size)"""
    drawn = uniforms(stream(seed, 0, f"shuffles of {what}"), np.arange(count * size, dtype=np.int64))
    return np.argsort(drawn.reshape(count, size), axis=1, kind="stable")


def _problem(dimensions: int) -> dict[str, object]:
    """The unit cube as SALib is told it."""
    names = [str(axis) for axis in range(dimensions)]
    return {"num_vars": dimensions, "names": names, "bounds": [[0.0, 1.0]] * dimensions}
