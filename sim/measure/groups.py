"""Statistics of many groups at once: trucks by gate, direction and cargo, each of them or all of them."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from sim.planning.plan import IntArray

ALL = -1  # in a key: trucks of any gate, direction, cargo or station
LEVELS = tuple(product((True, False), repeat=3))  # whether gate, direction and cargo are told apart
DAY = 86_400_000
_SHARES = (0.5, 0.9, 0.95)


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


def spread_of(keys: Keys, station: IntArray, value: IntArray, censored: npt.NDArray[np.bool_]) -> Spread:
    """The spread of durations [ms] by station and by every combination of gate, direction and cargo. shape (n,) each"""
    return _stacked([_level(keys, station, value, censored, level) for level in LEVELS])


def _level(
    keys: Keys, station: IntArray, value: IntArray, censored: npt.NDArray[np.bool_], level: tuple[bool, ...]
) -> Spread:
    told = zip((keys.gate, keys.direction, keys.cargo), level, strict=True)
    columns = [column + 1 if kept else np.zeros_like(column) for column, kept in told]
    sizes = [int(c.max(initial=0)) + 1 for c in columns] + [int(station.max(initial=0)) + 2]
    code = ((columns[0] * sizes[1] + columns[1]) * sizes[2] + columns[2]) * sizes[3] + station + 1
    if level[0]:
        named = keys.gate >= 0
        if not named.all():
            code, value, censored = code[named], value[named], censored[named]
    bits = max(int(value.max(initial=0)), DAY).bit_length()
    packed = (code.astype(np.int64) << bits) | value
    packed.sort()
    ordered, values = packed >> bits, packed & ((1 << bits) - 1)
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.int64)
    groups = ordered[first]
    n = np.diff(np.append(first, len(ordered)))
    below_day = np.searchsorted(packed, (groups << bits) | DAY, side="right") - first
    waiting = np.bincount(np.searchsorted(groups, code[censored]), minlength=len(groups))
    median, p90, p95 = (_quantile(values, first, n, share) for share in _SHARES)
    return Spread(
        key=_keys_of(groups, sizes), n=n, censored=waiting, total=np.add.reduceat(values, first) if len(n) else n,
        median=median, p90=p90, p95=p95, over_24h=n - below_day,
    )  # fmt: skip


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


def _stacked(parts: list[Spread]) -> Spread:
    return Spread(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in Spread.__slots__})


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
    found, index = np.unique(code, return_inverse=True)
    total = np.zeros(len(found), np.int64)
    np.add.at(total, index, 1 if value is None else value)
    return Sums(key=_keys_of(found, sizes), value=total)
