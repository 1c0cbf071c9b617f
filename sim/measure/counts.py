"""How many there are at each time: step functions counted from comings and goings."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sim.planning.large import compiled_pays
from sim.planning.plan import NEVER, IntArray
from sim.planning.sorting import in_order


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
    base, shift = _room(time, time)
    if compiled_pays(len(time)):
        from sim.measure.compiled import pack_changes  # noqa: PLC0415  needs Numba, which only large runs load

        key = np.empty(len(time), np.int64)
        pack_changes(index.astype(np.int32, copy=False), time, sign.astype(np.int32, copy=False), base, shift, key)
    else:
        key = (index.astype(np.int64) << shift) | ((time - base) << 1) | (sign > 0)
    return _counts(key, base, shift, n)


def counted(index: npt.NDArray[np.integer], begin: IntArray, end: IntArray, n: int) -> list[Count]:
    """How many of the spans [begin, end) of each of n things there are at each time; NEVER = does not begin or end."""
    if compiled_pays(len(index)):
        from sim.measure.compiled import pack_spans  # noqa: PLC0415  as above

        base, shift = _room(begin, np.maximum(begin, end))
        key = np.empty(2 * len(index), np.int64)
        size = pack_spans(index.astype(np.int32, copy=False), begin, end, base, shift, key)
        return _counts(key[:size], base, shift, n)
    begun = np.flatnonzero(begin != NEVER)
    over = begun[end[begun] != NEVER]
    sign = np.repeat(np.array([1, -1]), (len(begun), len(over)))
    return tally(index[np.concatenate([begun, over])], np.concatenate([begin[begun], end[over]]), sign, n)


def time_within(
    index: npt.NDArray[np.integer], begin: IntArray, end: IntArray, window: tuple[int, int], n: int
) -> IntArray:
    """How long the spans [begin, end) of each of n things lay in the window; NEVER = as in `counted`. [ms], shape (n,)

    Spans of index -1 are of nothing.
    """
    if compiled_pays(len(index)):
        from sim.measure.compiled import add_within  # noqa: PLC0415  as above

        total = np.zeros(n, np.int64)
        add_within(index.astype(np.int32, copy=False), begin, end, *window, total)
        return total
    begun = np.flatnonzero((begin != NEVER) & (index >= 0))
    until = np.where(end[begun] == NEVER, window[1], end[begun])
    length = np.clip(until, *window) - np.clip(begin[begun], *window)
    return np.bincount(index[begun], weights=length, minlength=n).astype(np.int64)


def peaks(
    group: IntArray, time: IntArray, n_came: int, window: tuple[int, int], n_groups: int, n_kinds: int
) -> list[tuple[int, int]]:
    """The peaks of groups of what comes (the first `n_came`) and goes, and of each kind, group % n_kinds."""
    if compiled_pays(len(time)) and window[0] < window[1]:
        from sim.measure.compiled import crowd_peaks  # noqa: PLC0415  as above

        base, shift = int(time.min()), (2 * n_groups - 1).bit_length()
        words = ((time - base) << shift) + (group << 1)
        words[:n_came] += 1
        words = in_order(words)
        since, value = np.full(n_groups + n_kinds, NEVER), np.zeros(n_groups + n_kinds, np.int64)
        peak = np.stack([np.full(n_groups + n_kinds, NEVER), value])
        crowd_peaks(words, shift, base, *window, n_kinds, since, value, peak)
        return [(top, at) for top, at in peak.T.tolist()]
    sign = np.repeat(np.array([1, -1]), (n_came, len(time) - n_came))
    counts = [*tally(group, time, sign, n_groups), *tally(group % n_kinds, time, sign, n_kinds)]
    return [count.peak(*window) for count in counts]


def instants(*times: IntArray) -> IntArray:
    """All the times that occur, sorted, each once."""
    found = np.concatenate(times)
    found.sort()
    return found[np.append(True, found[1:] != found[:-1])] if len(found) else found


def above(a: Count, b: Count) -> Count:
    """1 while a > b, else 0, from the first time of either."""
    if compiled_pays(len(a.time) + len(b.time)):
        from sim.measure.compiled import compare  # noqa: PLC0415  as above

        time, value = (np.empty(len(a.time) + len(b.time), np.int64) for _ in range(2))
        size = compare(a.time, a.value, b.time, b.value, time, value)
        return Count(time=time[:size].copy(), value=value[:size].copy())
    time = instants(a.time, b.time)
    return changes(time, (a.at(time) > b.at(time)).astype(np.int64))


def changes(time: IntArray, value: IntArray) -> Count:
    """The count that has these values from these times on, without the times at which it does not change."""
    new = np.flatnonzero(np.append(True, value[1:] != value[:-1])) if len(value) else np.zeros(0, np.int64)
    return Count(time=time[new], value=value[new])


def _room(begin: IntArray, end: IntArray) -> tuple[int, int]:
    """The earliest of the times that have come, and the bits that a time since then and a direction take."""
    base = int(np.min(begin, initial=0, where=begin != NEVER)) if len(begin) else 0
    return base, (int(end.max(initial=0)) - base).bit_length() + 1


def _counts(key: IntArray, base: int, shift: int, n: int) -> list[Count]:
    """The counts of n things from their changes in one word each: index, time, and 1 for what comes."""
    key.sort()
    if compiled_pays(len(key)):
        from sim.measure.compiled import count_changes  # noqa: PLC0415  as above

        value, came, edges = np.empty(len(key), np.int64), np.empty(len(key), np.bool_), np.empty(n + 1, np.int64)
        count_changes(key, base, shift, edges, value, came)
        parts = [slice(a, b) for a, b in pairwise(edges.tolist())]
        return [Count(time=key[part], value=value[part], came=came[part]) for part in parts]
    edges = np.searchsorted(key, np.arange(n + 1, dtype=np.int64) << shift)
    return [_count(key[a:b] & ((1 << shift) - 1), base) for a, b in pairwise(edges.tolist())]


def _count(key: IntArray, base: int) -> Count:
    came = (key & 1).astype(np.bool_)
    time = key >> 1
    final = np.flatnonzero(np.append(time[1:] != time[:-1], True)) if len(time) else np.zeros(0, np.int64)
    value = 2 * np.cumsum(came)[final] - final - 1
    return Count(time=time[final] + base, value=value, came=came[final])  # what goes is sorted before what comes
