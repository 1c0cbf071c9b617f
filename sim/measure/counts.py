"""How many there are at each time: step functions counted from comings and goings."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sim.planning.plan import IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """value[i] from time[i] to time[i + 1], the last for ever; 0 before the first. Times rise strictly. shape (n,)"""

    time: IntArray  # [ms]
    value: IntArray
    came: npt.NDArray[np.bool_] | None = None  # of a tally: whether something came at that time

    def at(self, times: IntArray) -> IntArray:
        """The count at each time, changes at that very time included."""
        place = np.searchsorted(self.time, times, side="right")
        return np.concatenate([np.zeros(1, np.int64), self.value])[place]

    def integral(self, start: int, end: int) -> int:
        """The count added up over [start, end). [ms]"""
        edges = np.clip(np.append(self.time, end), start, max(start, end))
        return int(np.dot(np.diff(edges), self.value))

    def peak(self, start: int, end: int) -> tuple[int, int]:
        """The largest count in [start, end), and the first time it was reached. [ms]"""
        first, last = np.searchsorted(self.time, (start, end), side="right").tolist()
        last = int(np.searchsorted(self.time, end, side="left"))
        before = int(self.value[first - 1]) if first else 0
        if last <= first:
            return before, start
        best = int(np.argmax(self.value[first:last])) + first
        return (int(self.value[best]), int(self.time[best])) if self.value[best] > before else (before, start)


def tally(index: npt.NDArray[np.integer], time: IntArray, sign: npt.NDArray[np.integer], n: int) -> list[Count]:
    """For each of n things, the count of its changes: `index` changes by `sign`, 1 or -1, at `time`. shape (n,)"""
    base = int(time.min(initial=0))
    shift = (int(time.max(initial=0)) - base).bit_length() + 1
    key = (index.astype(np.int64) << shift) | ((time - base) << 1) | (sign > 0)
    key.sort()
    edges = np.searchsorted(key, np.arange(n + 1, dtype=np.int64) << shift)
    return [_count(key[a:b] & ((1 << shift) - 1), base) for a, b in pairwise(edges.tolist())]


def _count(key: IntArray, base: int) -> Count:
    came = (key & 1).astype(np.bool_)
    time = key >> 1
    final = np.flatnonzero(np.append(time[1:] != time[:-1], True)) if len(time) else np.zeros(0, np.int64)
    value = 2 * np.cumsum(came)[final] - final - 1
    return Count(time=time[final] + base, value=value, came=came[final])  # what goes is sorted before what comes
