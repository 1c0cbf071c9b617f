"""Statistics of many groups at once: trucks by gate, direction and cargo, each of them or all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.measure.passages import offsets
from sim.measure.telling import StationStays
from sim.planning.large import compiled_pays
from sim.planning.plan import IntArray
from sim.planning.sorting import distinct, in_order

ALL = -1  # in a key: trucks of any gate, direction, cargo or station
LEVELS = tuple(product((True, False), repeat=3))  # whether gate, direction and cargo are told apart
DAY = 86_400_000
_SHARES = (0.5, 0.9, 0.95)
_MANY = 1_000_000  # keys beyond which only those that occur are given room


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Gate, direction and cargo of each of n things: indices; -1 = no gate. shape (n,)"""

    gate: IntArray
    direction: IntArray
    cargo: IntArray

    @cached_property
    def numbered(self) -> tuple[IntArray, IntArray]:
        """A number for the combination of each thing, in order, and what each means, shape (n_numbers, 3)."""
        columns = [c.astype(np.int64) + 1 for c in (self.gate, self.direction, self.cargo)]
        sizes = [int(c.max(initial=0)) + 1 for c in columns]
        found, number = distinct((columns[0] * sizes[1] + columns[1]) * sizes[2] + columns[2])
        return number, _keys_of(found, sizes)

    def take(self, which: npt.NDArray[np.integer]) -> "Keys":
        """The keys of some of them."""
        return Keys(gate=self.gate[which], direction=self.direction[which], cargo=self.cargo[which])

    def sums(
        self,
        which: npt.NDArray[np.integer],
        before: tuple[npt.NDArray[np.integer], ...] = (),
        after: tuple[npt.NDArray[np.integer], ...] = (),
        value: IntArray | None = None,
    ) -> "Sums":
        """How many of some of them (or the sum of their values) have each key, with columns before and after it."""
        number, groups = self.numbered
        found = sums_by((*before, number[which], *after), value)
        k = len(before)
        key = np.concatenate([found.key[:, :k], groups[found.key[:, k]], found.key[:, k + 1 :]], axis=1)
        return Sums(key=key, value=found.value)


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


def spreads(keys: Keys, stays: Sequence[StationStays]) -> tuple[Spread, Spread]:
    """The spreads of waits and of lengths of stays, by station and by every combination of gate, direction and cargo.

    `keys` are those of all trucks. Totals over gates, directions or cargoes are unions of groups; many of them are the
    same union (all trucks at a station of one gate), so each union is worked out once.
    """
    codes, waits, times = _leaves(keys, stays)
    names, unions = _unions(codes)
    once = {union: k for k, union in enumerate(dict.fromkeys(unions))}
    key, which = np.array(names, np.int64).reshape(-1, 4), np.array([once[u] for u in unions], np.int64)
    return _picked(_of_unions(waits, list(once)), key, which), _picked(_of_unions(times, list(once)), key, which)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """Durations by the finest groups that occur, leaf k those at edges[k]:edges[k + 1], and what they come to."""

    value: npt.NDArray[Any]  # [ms], sorted in each leaf
    edges: IntArray
    total: IntArray  # [ms], shape (n_leaves,)
    censored: IntArray
    over_24h: IntArray


def _leaves(keys: Keys, stays: Sequence[StationStays]) -> tuple[list[tuple[int, ...]], Leaves, Leaves]:
    """Gate, direction, cargo, station of each of the finest groups, and the waits and the lengths of stays in them."""
    group, of_group = keys.numbered
    width = int(max((part.station.max(initial=-1) for part in stays), default=-1)) + 2
    put = _put_compiled if compiled_pays(sum(len(part.truck) for part in stays)) else _put
    n, values, totals = put(group, width, (int(group.max(initial=-1)) + 1) * width, stays)
    found, edges = np.flatnonzero(n), offsets(n[n > 0])
    waits, times = (
        Leaves(value=value, edges=edges, total=total[found], censored=_cut(group, width, stays, cut)[found],
               over_24h=_sorted_each(value, edges))
        for value, total, cut in zip(values, totals, ("waits_on", "is_there"), strict=True)
    )  # fmt: skip
    return [(*of_group[code // width].tolist(), code % width - 1) for code in found.tolist()], waits, times


def _cut(group: IntArray, width: int, stays: Sequence[StationStays], cut: str) -> IntArray:
    """How many stays of each code were cut off."""
    n = np.zeros((int(group.max(initial=-1)) + 1) * width, np.int64)
    for part in stays:
        own = np.flatnonzero(getattr(part, cut))
        n += np.bincount(group[part.truck[own]] * width + part.station[own] + 1, minlength=len(n))
    return n


def _sorted_each(value: npt.NDArray[Any], edges: IntArray) -> IntArray:
    """Sort the durations of each leaf. How many of each are longer than a day."""
    longer, day = [], value.dtype.type(DAY)
    for begin, end in pairwise(edges.tolist()):
        value[begin:end] = in_order(value[begin:end])
        longer.append(end - begin - int(np.searchsorted(value[begin:end], day, side="right")))
    return np.array(longer, np.int64)


Put = tuple[IntArray, npt.NDArray[Any], IntArray]


def _put(group: IntArray, width: int, n_codes: int, stays: Sequence[StationStays]) -> Put:
    """How many stays there are of each code, group x width + station + 1; waits and lengths by code; and their sums."""
    truck, station, waited, lasted = (
        np.concatenate([getattr(part, name) for part in stays]) for name in ("truck", "station", "waited", "lasted")
    )
    code = group[truck] * width + station + 1
    order, totals = np.argsort(code, kind="stable"), np.zeros((2, n_codes), np.int64)
    for total, value in zip(totals, (waited, lasted), strict=True):
        np.add.at(total, code, value)
    return np.bincount(code, minlength=n_codes), np.stack([waited[order], lasted[order]]), totals


def _put_compiled(group: IntArray, width: int, n_codes: int, stays: Sequence[StationStays]) -> Put:
    """The same in two passes, for many stays; in half a word if they fit."""
    from sim.measure.compiled import count_leaves, put_in_leaves  # noqa: PLC0415  needs Numba, which only large runs load

    n, totals = np.zeros(n_codes, np.int64), np.zeros((2, n_codes), np.int64)
    longest = max(int(column.max(initial=0)) for part in stays for column in (part.waited, part.lasted))
    for part in stays:
        count_leaves(group, width, part.truck, part.station, n)
    place = offsets(n)[:-1].copy()
    values = np.empty((2, int(n.sum())), np.uint32 if longest < 1 << 32 else np.int64)
    for part in stays:
        put_in_leaves(values, group, width, part.truck, part.station, part.waited, part.lasted, place, totals)
    return n, values, totals


def _unions(leaves: list[tuple[int, ...]]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Every group and total that occurs, and the finest groups it is made of. A group of no gate is in totals alone."""
    found: dict[tuple[int, ...], list[int]] = {}
    for number, (*group, station) in enumerate(leaves):
        for level in LEVELS:
            if not (level[0] and group[0] < 0):
                name = (*(k if kept else ALL for k, kept in zip(group, level, strict=True)), station)
                found.setdefault(name, []).append(number)
    return list(found), [tuple(members) for members in found.values()]


def _of_unions(leaves: Leaves, unions: list[tuple[int, ...]]) -> Spread:
    """The spreads of unions of leaves."""
    members = np.array([leaf for union in unions for leaf in union], np.int64)
    first = offsets(np.array([len(union) for union in unions], np.int64))[:-1]

    def summed(column: IntArray) -> IntArray:
        return np.add.reduceat(column[members], first) if len(members) else members

    n = summed(np.diff(leaves.edges))
    place = np.outer(n - 1, _SHARES)
    below = np.floor(place).astype(np.int64)
    low, high = _ranked(leaves, members, offsets(np.array([len(union) for union in unions], np.int64)), below)
    median, p90, p95 = (low + (high - low) * (place - below)).T  # type 7 quantiles
    return Spread(
        key=np.zeros((len(unions), 4), np.int64), n=n, censored=summed(leaves.censored), total=summed(leaves.total),
        median=median, p90=p90, p95=p95, over_24h=summed(leaves.over_24h),
    )  # fmt: skip


def _ranked(leaves: Leaves, members: IntArray, at: IntArray, rank: IntArray) -> IntArray:
    """The values of some ranks in each union of leaves, and the next ones. shape (2, n_unions, n_ranks)"""
    found = np.empty((2, *rank.shape), np.int64)
    if compiled_pays(len(leaves.value)):
        from sim.measure.compiled import ranked  # noqa: PLC0415  as above

        room = np.empty((3, int(np.diff(at).max(initial=0))), np.int64)
        ranked(leaves.value, leaves.edges, members, at, rank, room, found)
        return found
    for union, (begin, end) in enumerate(pairwise(at.tolist())):
        own = np.concatenate([leaves.value[leaves.edges[k] : leaves.edges[k + 1]] for k in members[begin:end]])
        own.sort()
        found[:, union] = own[rank[union]], own[np.minimum(rank[union] + 1, len(own) - 1)]
    return found


def _picked(found: Spread, names: IntArray, which: IntArray) -> Spread:
    columns = {name: getattr(found, name)[which] for name in Spread.__slots__ if name != "key"}
    return Spread(key=names, **columns)


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

    def without(self, *columns: int) -> "Sums":
        """The sums over some columns of the key."""
        left = [k for k in range(self.key.shape[1]) if k not in columns]
        return sums_by(tuple(self.key[:, k] for k in left), self.value)


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
