"""Boxes in which failures gather, found by patient rule induction.

From all points, a small share is peeled off again and again where the fewest failures lie; the box kept on the way is
the one nearest to holding all failures and nothing else; restrictions that chance explains are given up again.
References: Friedman and Fisher (1999), Statistics and Computing 9; Bryant and Lempert (2010), Technological Forecasting
and Social Change 77, for coverage, density and quasi-p-values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
PEEL = 0.05  # share of the points in the box that one step takes away
LEAST = 0.05  # share of all points, below which a box is not made smaller
LEAST_POINTS = 10
DOUBT = 0.05  # quasi-p-value from which on a restriction may be chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A factor over all points: numbers, or categories by their index."""

    values: Floats  # shape (n,)
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """What a box keeps of one factor: numbers from low to high, or these categories."""

    column: int
    low: float  # of numbers; -inf = no bound
    high: float
    kept: frozenset[int]  # of categories

    def holds(self, column: Column) -> Bools:
        """Which points it keeps."""
        if column.is_number:
            return (column.values >= self.low) & (column.values <= self.high)
        return np.isin(column.values, sorted(self.kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box and how well it tells failures from the rest."""

    restrictions: tuple[Restriction, ...]  # in the order of the columns
    coverage: float  # share of all failures that lie in it
    density: float  # share of failures among what lies in it
    mass: float  # share of all points that lie in it
    n: int  # points in it
    quasi_p: tuple[float, ...]  # of each restriction


def prim(columns: Sequence[Column], fails: Floats) -> Box | None:
    """The box of failures; `fails` is the share of failures at each point. None if no restriction beats chance.

    The order of the points does not matter.
    """
    if not len(fails) or not 0 < fails.sum() < len(fails):
        return None
    everything = tuple(
        Restriction(column=k, low=-np.inf, high=np.inf, kept=frozenset(int(v) for v in np.unique(column.values)))
        for k, column in enumerate(columns)
    )
    path = [everything, *_peeled(columns, fails, everything)]
    nearest = min(path, key=lambda box: _distance(columns, fails, box))
    box = _pasted(columns, fails, nearest)
    return _significant(columns, fails, box, everything)


def boxes(columns: Sequence[Column], fails: Floats, most: int) -> Iterator[tuple[Box, Bools]]:
    """One box after the other, each of the points that are in none before it, and which points these were."""
    left = np.ones(len(fails), np.bool_)
    for _ in range(most):
        own = [Column(values=column.values[left], is_number=column.is_number) for column in columns]
        found = prim(own, fails[left])
        if found is None:
            return
        yield found, left.copy()
        left = left & ~inside(columns, found.restrictions)


def inside(columns: Sequence[Column], box: Sequence[Restriction]) -> Bools:
    """Which points lie in a box."""
    held = np.ones(len(columns[0].values), np.bool_)
    for restriction in box:
        held &= restriction.holds(columns[restriction.column])
    return held


Shape = tuple[Restriction, ...]


def _peeled(columns: Sequence[Column], fails: Floats, box: Shape) -> Iterator[Shape]:
    """Ever smaller boxes, each without the part of the one before whose loss lifts the share of failures most.

    The rise is counted for each point that is lost, as a category takes more points with it than a peel of numbers.
    """
    least = max(LEAST * len(fails), min(LEAST_POINTS, len(fails)))
    while True:
        held = inside(columns, box)
        size, share = int(held.sum()), float(fails[held].mean())
        best: tuple[float, int, Shape] | None = None
        for k, column in enumerate(columns):
            for cut in _cuts(column, box[k], held):
                kept = held & cut.holds(column)
                n = int(kept.sum())
                if least <= n < size:
                    rise = round((float(fails[kept].mean()) - share) / (size - n), 15)
                    if best is None or (rise, n) > best[:2]:
                        best = rise, n, (*box[:k], cut, *box[k + 1 :])
        if best is None or best[0] < 0 or share == 1:
            return
        box = best[2]
        yield box


def _cuts(column: Column, own: Restriction, held: Bools) -> Iterator[Restriction]:
    """The restriction with a little less at either end, or without one of its categories."""
    if not column.is_number:
        if len(own.kept) > 1:
            yield from (replace(own, kept=own.kept - {one}) for one in sorted(own.kept))
        return
    values = np.sort(column.values[held])
    distinct = np.unique(values)
    if len(distinct) < 2:
        return
    away = max(1, int(PEEL * len(values)))
    low = distinct[distinct > values[away - 1]]
    high = distinct[distinct < values[-away]]
    if len(low):
        yield replace(own, low=_between(column.values, float(low[0]), below=True))
    if len(high):
        yield replace(own, high=_between(column.values, float(high[-1]), below=False))


def _between(values: Floats, edge: float, *, below: bool) -> float:
    """Half-way from the last value that is kept to the next one outside."""
    outside = values[values < edge] if below else values[values > edge]
    if not len(outside):
        return -np.inf if below else np.inf
    return (edge + float(outside.max() if below else outside.min())) / 2


def _distance(columns: Sequence[Column], fails: Floats, box: Shape) -> tuple[float, int]:
    """How far a box is from all failures and nothing else; of two as near, the one with fewer restrictions."""
    held = inside(columns, box)
    coverage, density = float(fails[held].sum() / fails.sum()), float(fails[held].mean())
    return round((1 - coverage) ** 2 + (1 - density) ** 2, 12), _restricted(box)


def _restricted(box: Shape) -> int:
    return sum(np.isfinite(r.low) + np.isfinite(r.high) for r in box)


def _pasted(columns: Sequence[Column], fails: Floats, box: Shape) -> Shape:
    """The box with its edges moved, out or in, as long as that brings it nearer to all failures and nothing else."""
    while True:
        found = min(_moved(columns, box), key=lambda moved: _distance(columns, fails, moved), default=box)
        if _distance(columns, fails, found) >= _distance(columns, fails, box):
            return box
        box = found


def _moved(columns: Sequence[Column], box: Shape) -> Iterator[Shape]:
    """The box with a category more, or with one edge moved over 1, 2, 4, ... of the points beside it."""
    reaches = [2**k for k in range(len(columns[0].values).bit_length())]
    for k, column in enumerate(columns):
        own, rest = box[k], (*box[:k], *box[k + 1 :])
        if not column.is_number:
            for one in sorted({int(v) for v in np.unique(column.values)} - own.kept):
                yield (*box[:k], replace(own, kept=own.kept | {one}), *box[k + 1 :])
            continue
        beside = np.unique(column.values[inside(columns, rest)])  # points that only this factor keeps in or out
        held = np.flatnonzero((beside >= own.low) & (beside <= own.high))
        if not len(held):
            continue
        first, last = int(held[0]), int(held[-1])
        for reach in reaches:
            for place in sorted({max(0, first - reach), min(last, first + reach)} - {first}):
                low = _between(column.values, float(beside[place]), below=True)
                yield (*box[:k], replace(own, low=low), *box[k + 1 :])
            for place in sorted({min(len(beside) - 1, last + reach), max(first, last - reach)} - {last}):
                high = _between(column.values, float(beside[place]), below=False)
                yield (*box[:k], replace(own, high=high), *box[k + 1 :])


def _significant(columns: Sequence[Column], fails: Floats, box: Shape, everything: Shape) -> Box | None:
    """The box without the restrictions that chance explains, the least telling given up first; None if none is left."""
    while True:
        used = [k for k, own in enumerate(box) if own != everything[k]]
        if not used:
            return None
        doubts = {k: quasi_p(columns, fails, box, everything, k) for k in used}
        worst = max(used, key=lambda k: (doubts[k], k))
        if doubts[worst] <= DOUBT:
            held = inside(columns, box)
            return Box(
                restrictions=tuple(box[k] for k in used), coverage=float(fails[held].sum() / fails.sum()),
                density=float(fails[held].mean()), mass=float(held.mean()), n=int(held.sum()),
                quasi_p=tuple(doubts[k] for k in used),
            )  # fmt: skip
        box = (*box[:worst], everything[worst], *box[worst + 1 :])


def quasi_p(columns: Sequence[Column], fails: Floats, box: Shape, everything: Shape, k: int) -> float:
    """The chance that as many failures lie in the box, had each point those odds which hold without a restriction.

    A point counts as failed if at least half of its runs do, so that runs of one point are not taken for independent.
    """
    failed = fails >= 0.5
    held = inside(columns, box)
    wider = inside(columns, (*box[:k], everything[k], *box[k + 1 :]))
    odds, n, count = float(failed[wider].mean()), int(held.sum()), int(failed[held].sum())
    return 1.0 if count == 0 else float(bdtrc(count - 1, n, odds)) if odds < 1 else 1.0
