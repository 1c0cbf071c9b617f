"""Statistics of many groups at once: trucks by gate, direction and cargo, each of them or all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from sim.planning.plan import IntArray

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


def spreads(keys: Keys, station: IntArray, durations: Sequence[Durations]) -> list[Spread]:
    """The spreads of durations by station and by every combination of gate, direction and cargo. shape (n,) each

    Totals over gates, directions or cargoes are unions of groups; many of them are the same union (all trucks at a
    station of one gate), so each union is worked out once.
    """
    leaf, leaves = _leaves(keys, station)
    names, unions = _unions(leaves)
    distinct = {union: k for k, union in enumerate(dict.fromkeys(unions))}
    key, which = np.array(names, np.int64).reshape(-1, 4), np.array([distinct[u] for u in unions], np.int64)
    return [_picked(_of_unions(leaf, len(leaves), list(distinct), *one), key, which) for one in durations]


def _of_unions(
    leaf: IntArray, n_leaves: int, unions: list[tuple[int, ...]], value: IntArray, censored: npt.NDArray[np.bool_]
) -> Spread:
    bits = max(int(value.max(initial=0)), DAY).bit_length()
    packed = (leaf << (bits + 1)) | (value << 1) | censored
    packed.sort()
    edges = np.searchsorted(packed, np.arange(n_leaves + 1, dtype=np.int64) << (bits + 1))
    packed &= (1 << (bits + 1)) - 1
    runs = [packed[edges[k] : edges[k + 1]] for union in unions for k in union]
    owner = np.repeat(np.arange(len(unions)), [len(union) for union in unions])
    whose = np.repeat(owner, [len(run) for run in runs])
    together = np.concatenate([np.zeros(0, np.int64), *runs]) | (whose << (bits + 1))
    together.sort()
    return _spread(together, bits, len(unions))


def _leaves(keys: Keys, station: IntArray) -> tuple[IntArray, list[tuple[int, ...]]]:
    """The finest group of each thing, and gate, direction, cargo, station of each of these groups that occurs."""
    columns = [c.astype(np.int64) + 1 for c in (keys.gate, keys.direction, keys.cargo, station)]
    sizes = [int(c.max(initial=0)) + 1 for c in columns]
    code = np.zeros(len(station), np.int64)
    for column, size in zip(columns, sizes, strict=True):
        code = code * size + column
    counts = np.bincount(code) if len(code) else np.zeros(0, np.int64)
    found = np.flatnonzero(counts)
    number = np.cumsum(counts > 0) - 1
    return number[code], [tuple(key) for key in _keys_of(found, sizes).tolist()]


def _unions(leaves: list[tuple[int, ...]]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Every group and total that occurs, and the finest groups it is made of. A group of no gate is in totals alone."""
    found: dict[tuple[int, ...], list[int]] = {}
    for number, (*group, station) in enumerate(leaves):
        for level in LEVELS:
            if not (level[0] and group[0] < 0):
                name = (*(k if kept else ALL for k, kept in zip(group, level, strict=True)), station)
                found.setdefault(name, []).append(number)
    return list(found), [tuple(members) for members in found.values()]


def _spread(packed: IntArray, bits: int, n_groups: int) -> Spread:
    """The spread of each group of (group, value, censored) packed and sorted. All groups have something."""
    values = (packed >> 1) & ((1 << bits) - 1)
    groups = np.arange(n_groups, dtype=np.int64) << (bits + 1)
    first = np.searchsorted(packed, groups)
    n = np.diff(np.append(first, len(packed)))
    up_to_a_day = np.searchsorted(packed, groups | (DAY << 1) | 1, side="right") - first
    median, p90, p95 = (_quantile(values, first, n, share) for share in _SHARES)
    total, censored = (np.add.reduceat(v, first) if n_groups else n for v in (values, packed & 1))
    return Spread(
        key=np.zeros((n_groups, 4), np.int64), n=n, censored=censored, total=total, median=median, p90=p90, p95=p95,
        over_24h=n - up_to_a_day,
    )  # fmt: skip


def _picked(found: Spread, names: IntArray, which: IntArray) -> Spread:
    columns = {name: getattr(found, name)[which] for name in Spread.__slots__ if name != "key"}
    return Spread(key=names, **columns)


def _quantile(values: IntArray, first: IntArray, n: IntArray, share: float) -> npt.NDArray[np.float64]:
    """Type 7 quantile of each run of sorted values."""
    place = share * (n - 1)
    below = np.floor(place).astype(np.int64)
    low, high = values[first + below], values[first + np.minimum(below + 1, n - 1)]
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
