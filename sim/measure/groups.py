"""Statistics of many groups at once: trucks by gate, direction and cargo, each of them or all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.measure.passages import offsets
from sim.planning.plan import IntArray
from sim.planning.sorting import distinct, stable_order

ALL = -1  # in a key: trucks of any gate, direction, cargo or station
LEVELS = tuple(product((True, False), repeat=3))  # whether gate, direction and cargo are told apart
DAY = 86_400_000
Durations = tuple[IntArray, npt.NDArray[np.bool_]]  # [ms], and whether each was cut off by the end of the run
_SHARES = (0.5, 0.9, 0.95)
_MANY = 1_000_000  # keys beyond which only those that occur are given room


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Gate, direction and cargo of each of n things: indices; -1 = no gate. shape (n,)"""

    gate: IntArray
    direction: IntArray
    cargo: IntArray

    def take(self, which: npt.NDArray[np.integer]) -> "Keys":
        """The keys of some of them."""
        return Keys(gate=self.gate[which], direction=self.direction[which], cargo=self.cargo[which])


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How durations are spread in each group that has any. shape (n_groups,)"""

    key: IntArray  # gate, direction, cargo, station: indices or ALL, shape (n_groups, 4)
    n: IntArray
    censored: IntArray
    total: IntArray  # [ms]
    median: npt.NDArray[np.float64]  # [ms]
    p90: npt.NDArray[np.float64]
    p95: npt.NDArray[np.float64]
    over_24h: IntArray  # how many lasted longer than a day


def spreads(keys: Keys, who: IntArray, station: IntArray, durations: Sequence[Durations]) -> list[Spread]:
    """The spreads of durations by station and by every combination of gate, direction and cargo.

    `keys` are those of all trucks; `who` says which of them each duration is of. shape (n,) each

    Totals over gates, directions or cargoes are unions of groups; many of them are the same union (all trucks at a
    station of one gate), so each union is worked out once.
    """
    leaf, leaves = _leaves(keys, who, station)
    order, edges = stable_order(leaf), offsets(np.bincount(leaf, minlength=len(leaves)))
    names, unions = _unions(leaves)
    once = {union: k for k, union in enumerate(dict.fromkeys(unions))}
    key, which = np.array(names, np.int64).reshape(-1, 4), np.array([once[u] for u in unions], np.int64)
    found = [_of_unions(value[order], censored[order], edges, list(once)) for value, censored in durations]
    return [_picked(spread, key, which) for spread in found]


def _leaves(keys: Keys, who: IntArray, station: IntArray) -> tuple[IntArray, list[tuple[int, ...]]]:
    """The finest group of each thing, and gate, direction, cargo, station of each of these groups that occurs."""
    group, of_group = numbered(keys)
    width = int(station.max(initial=-1)) + 2
    found, leaf = distinct(group[who] * width + station + 1)
    return leaf, [(*of_group[code // width].tolist(), code % width - 1) for code in found.tolist()]


def numbered(keys: Keys) -> tuple[IntArray, IntArray]:
    """A number for the gate, direction and cargo of each thing, and what each number means, shape (n_numbers, 3)."""
    columns = [c.astype(np.int64) + 1 for c in (keys.gate, keys.direction, keys.cargo)]
    sizes = [int(c.max(initial=0)) + 1 for c in columns]
    found, number = distinct((columns[0] * sizes[1] + columns[1]) * sizes[2] + columns[2])
    return number, _keys_of(found, sizes)


def _unions(leaves: list[tuple[int, ...]]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Every group and total that occurs, and the finest groups it is made of. A group of no gate is in totals alone."""
    found: dict[tuple[int, ...], list[int]] = {}
    for number, (*group, station) in enumerate(leaves):
        for level in LEVELS:
            if not (level[0] and group[0] < 0):
                name = (*(k if kept else ALL for k, kept in zip(group, level, strict=True)), station)
                found.setdefault(name, []).append(number)
    return list(found), [tuple(members) for members in found.values()]


def _of_unions(
    value: IntArray, censored: npt.NDArray[np.bool_], edges: IntArray, unions: list[tuple[int, ...]]
) -> Spread:
    """The spreads of unions of leaves; those of leaf k are value[edges[k]:edges[k + 1]], and it has some."""
    members = np.array([leaf for union in unions for leaf in union], np.int64)
    first = offsets(np.array([len(union) for union in unions], np.int64))[:-1]

    def summed(column: npt.NDArray[Any]) -> IntArray:
        of_leaf = np.add.reduceat(column, edges[:-1], dtype=np.int64) if len(members) else members
        return np.add.reduceat(of_leaf[members], first) if len(members) else members

    n = np.add.reduceat(np.diff(edges)[members], first) if len(members) else members
    begins = offsets(n)
    values = _sorted_unions(value, edges, unions, begins)
    median, p90, p95 = (_quantile(values, begins[:-1], n, share) for share in _SHARES)
    return Spread(
        key=np.zeros((len(unions), 4), np.int64), n=n, censored=summed(censored), total=summed(value),
        median=median, p90=p90, p95=p95, over_24h=summed(value > DAY),
    )  # fmt: skip


def _sorted_unions(
    value: IntArray, edges: IntArray, unions: list[tuple[int, ...]], begins: IntArray
) -> npt.NDArray[Any]:
    """The values of each union sorted, one union after the other; in half a word if they fit, to sort twice as fast."""
    small = value.astype(np.uint32) if int(value.max(initial=0)) < 1 << 32 else value
    values = np.empty(int(begins[-1]), small.dtype)
    for union, begin, end in zip(unions, begins[:-1].tolist(), begins[1:].tolist(), strict=True):
        np.concatenate([small[edges[leaf] : edges[leaf + 1]] for leaf in union], out=values[begin:end])
        values[begin:end].sort()
    return values


def _picked(found: Spread, names: IntArray, which: IntArray) -> Spread:
    columns = {name: getattr(found, name)[which] for name in Spread.__slots__ if name != "key"}
    return Spread(key=names, **columns)


def _quantile(values: npt.NDArray[Any], first: IntArray, n: IntArray, share: float) -> npt.NDArray[np.float64]:
    """Type 7 quantile of each run of sorted values."""
    place = share * (n - 1)
    below = np.floor(place).astype(np.int64)
    low, high = (values[first + k].astype(np.int64) for k in (below, np.minimum(below + 1, n - 1)))
    return np.asarray(low + (high - low) * (place - below))


def _keys_of(code: IntArray, sizes: list[int]) -> IntArray:
    columns = []
    for size in reversed(sizes[1:]):
        columns.append(code % size - 1)
        code = code // size
    return np.stack([code - 1, *reversed(columns)], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Whole numbers by key, only where there is something. shape (n_rows, n_columns) and (n_rows,)"""

    key: IntArray
    value: IntArray


def sums_by(columns: tuple[npt.NDArray[np.integer], ...], value: IntArray | None = None) -> Sums:
    """How many things (or the sum of their values) have each key that occurs. Key columns may hold -1."""
    n = len(columns[0])
    shifted = [c.astype(np.int64) + 1 for c in columns]
    sizes = [int(c.max(initial=0)) + 1 for c in shifted]
    code = np.zeros(n, np.int64)
    for column, size in zip(shifted, sizes, strict=True):
        code = code * size + column
    if np.prod(sizes, dtype=np.float64) > _MANY:
        found, code = np.unique(code, return_inverse=True)
    else:
        found = np.arange(int(np.prod(sizes)))
    counts = np.bincount(code, minlength=len(found))
    total = counts if value is None else np.zeros(len(found), np.int64)
    if value is not None:
        np.add.at(total, code, value)  # exact, where weights of bincount would be rounded beyond 2**53
    there = np.flatnonzero(counts)
    return Sums(key=_keys_of(found[there], sizes), value=total[there])
