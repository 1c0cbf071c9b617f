"""Compiled passes over large columns. Each does what a few lines of NumPy beside its caller do for small runs.

Nothing here allocates: the callers bring the room for what comes out.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import NEVER, IntArray

Index = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]


@compiled
def pack_moments(time: IntArray, passage: Index, entry: int, base: int, bits: int, words: IntArray) -> int:
    """Time since `base` and number of each moment that is the first of its truck at an instant, in one word.

    How many there are. Passages from `entry` on are the first of a truck.
    """
    n = 0
    for k in range(len(time)):
        words[n] = ((time[k] - base) << bits) | k
        n += passage[k] >= entry or time[k] != time[k - 1]
    return n


@compiled
def pack_changes(index: Index, time: IntArray, sign: Index, base: int, shift: int, key: IntArray) -> None:
    """Index, time since `base` and direction of each change in one word."""
    for k in range(len(index)):
        key[k] = (np.int64(index[k]) << shift) | ((time[k] - base) << 1) | (sign[k] > 0)


@compiled
def pack_spans(index: Index, begin: IntArray, end: IntArray, base: int, shift: int, key: IntArray) -> int:
    """The same for both ends of spans, as far as they have come. How many there are."""
    n = 0
    for k in range(len(index)):
        if begin[k] != NEVER:
            which = np.int64(index[k]) << shift
            key[n] = which | ((begin[k] - base) << 1) | 1
            n += 1
            if end[k] != NEVER:
                key[n] = which | ((end[k] - base) << 1)
                n += 1
    return n


@compiled
def count_changes(key: IntArray, base: int, shift: int, edges: IntArray, value: IntArray, came: Any) -> None:
    """Turn sorted changes into counts: `key` becomes the times of all of them; those of i are edges[i]:edges[i + 1]."""
    which, n, total, mask = 0, 0, 0, (1 << shift) - 1
    edges[0] = 0
    for k in range(len(key)):
        word = key[k]
        while which < word >> shift:
            which, total = which + 1, 0
            edges[which] = n
        comes = word & 1
        total += 2 * comes - 1
        if k + 1 == len(key) or key[k + 1] >> 1 != word >> 1:
            key[n], value[n], came[n] = ((word & mask) >> 1) + base, total, comes
            n += 1
    for k in range(which + 1, len(edges)):
        edges[k] = n


@compiled
def compare(
    a_time: IntArray, a_value: IntArray, b_time: IntArray, b_value: IntArray, time: IntArray, value: IntArray
) -> int:
    """Where one step function is above another: the instants at which that changes. How many there are."""
    i, j, n, a, b = 0, 0, 0, 0, 0
    while i < len(a_time) or j < len(b_time):
        now = a_time[i] if j == len(b_time) or (i < len(a_time) and a_time[i] <= b_time[j]) else b_time[j]
        if i < len(a_time) and a_time[i] == now:
            a, i = a_value[i], i + 1
        if j < len(b_time) and b_time[j] == now:
            b, j = b_value[j], j + 1
        if n == 0 or value[n - 1] != (a > b):
            time[n], value[n] = now, a > b
            n += 1
    return n


@compiled
def add_within(index: Index, begin: IntArray, end: IntArray, start: int, stop: int, total: IntArray) -> None:
    """Add the part of each span that lies in [start, stop) to the total of its index."""
    for k in range(len(index)):
        if begin[k] != NEVER and index[k] >= 0:
            until = stop if end[k] == NEVER else end[k]
            total[index[k]] += min(max(until, start), stop) - min(max(begin[k], start), stop)


@compiled
def first_overtaking(order: IntArray, joined: IntArray, over: IntArray) -> int:
    """The first in order of joining that goes on before one that joined earlier; -1 = none does."""
    latest, latest_before = np.int64(-1), np.int64(-1)  # of all so far, and of those that joined earlier
    for place in range(len(order)):
        k = order[place]
        if place > 0 and joined[k] != joined[order[place - 1]]:
            latest_before = latest
        if latest_before > over[k]:
            return place
        latest = max(latest, over[k])
    return -1


@compiled
def count_leaves(group: IntArray, width: int, truck: Index, station: Index, n: IntArray) -> None:
    """Count stays by the group of their truck and by station."""
    for k in range(len(truck)):
        n[group[truck[k]] * width + station[k] + 1] += 1


def _of_any_size(function: Callable[..., Any]) -> Callable[..., Any]:
    """A pass compiled for values of half a word, which sort twice as fast, and for those of a whole one."""
    half, whole = compiled(function), compiled(function)

    @wraps(function)
    def call(value: Any, *rest: Any) -> Any:
        return (half if value.dtype == np.uint32 else whole)(value, *rest)

    return call


@_of_any_size
def put_in_leaves(
    value: Any, group: IntArray, width: int, truck: Index, station: Index, waited: IntArray, lasted: IntArray,
    place: IntArray, total: IntArray,
) -> None:  # fmt: skip
    """Put waits and lengths of stays where those of their group and station are, and add them up."""
    for k in range(len(truck)):
        leaf = group[truck[k]] * width + station[k] + 1
        value[0, place[leaf]], value[1, place[leaf]] = waited[k], lasted[k]
        place[leaf] += 1
        total[0, leaf] += waited[k]
        total[1, leaf] += lasted[k]


@inlined
def _up_to(value: Any, low: int, high: int, most: int) -> int:
    """How far those of sorted value[low:high] go that are not above a number."""
    while low < high:
        middle = (low + high) // 2
        if value[middle] <= most:
            low = middle + 1
        else:
            high = middle
    return low


@_of_any_size
def ranked(
    value: Any, edges: IntArray, member: IntArray, member_at: IntArray, rank: IntArray, room: IntArray, found: IntArray
) -> None:
    """Values of some ranks in each union of sorted leaves, and the next value after each, which may be the same.

    Found by halving the numbers between which a value lies, and with them the places in each leaf. `room` has of each
    leaf the first and the last of these, and how far those not above the middle go.
    """
    low, high, half = room[0], room[1], room[2]
    for union in range(len(member_at) - 1):
        own = member[member_at[union] : member_at[union + 1]]
        for r in range(rank.shape[1]):
            least, most = np.int64(value[edges[own[0]]]), np.int64(0)
            for k in range(len(own)):
                low[k], high[k] = edges[own[k]], edges[own[k] + 1]
                least, most = min(least, np.int64(value[low[k]])), max(most, np.int64(value[high[k] - 1]))
            while least < most:
                middle, n = (least + most) // 2, np.int64(0)
                for k in range(len(own)):
                    half[k] = _up_to(value, low[k], high[k], int(middle))
                    n += half[k] - edges[own[k]]
                enough = n > rank[union, r]
                least, most = (least, middle) if enough else (middle + 1, most)
                for k in range(len(own)):
                    if enough:
                        high[k] = half[k]
                    else:
                        low[k] = half[k]
            n, after = np.int64(0), np.int64(NEVER)
            for k in range(len(own)):
                n += high[k] - edges[own[k]]
                if high[k] < edges[own[k] + 1] and (after == NEVER or value[high[k]] < after):
                    after = np.int64(value[high[k]])
            found[0, union, r] = least
            found[1, union, r] = least if n > rank[union, r] + 1 or after == NEVER else after


@inlined
def _top(start: int, stop: int, now: int, counter: int, sign: int, since: IntArray, value: IntArray, peak: Any) -> None:
    """Let a number hold until now, then change it; `peak` has the largest in [start, stop), and when it was reached."""
    low = max(since[counter], start)
    if low < min(now, stop) and value[counter] > peak[0, counter]:
        peak[0, counter], peak[1, counter] = value[counter], low
    since[counter] = now
    value[counter] += sign


@compiled
def crowd_peaks(
    words: IntArray, shift: int, base: int, start: int, stop: int, n_directions: int, since: IntArray, value: IntArray,
    peak: IntArray,
) -> None:  # fmt: skip
    """The peaks of groups and, after these, of both directions, from sorted comings and goings.

    A word holds the time since `base`, the group, and 1 for what comes; the direction of group g is g % n_directions.
    """
    totals = len(value) - n_directions
    for k in range(len(words)):
        now, sign = (words[k] >> shift) + base, 2 * (words[k] & 1) - 1
        group = (words[k] & ((1 << shift) - 1)) >> 1
        _top(start, stop, now, group, sign, since, value, peak)
        _top(start, stop, now, totals + group % n_directions, sign, since, value, peak)
    for counter in range(len(value)):
        _top(start, stop, stop, counter, 0, since, value, peak)
