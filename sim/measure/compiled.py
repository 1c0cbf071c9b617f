"""Compiled passes over large columns. Each does what a few lines of NumPy beside its caller do for small runs.

Nothing here allocates: the callers bring the room for what comes out.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import NEVER, IntArray

Index = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]


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


@inlined
def _place(time: IntArray, moment: int, near: int) -> int:
    """The last place in sorted times that is not after a moment, 0 if there is none; sought from one nearby."""
    low, high, stride = near, near + 1, 1
    while low > 0 and time[low] > moment:
        low, high, stride = max(low - stride, 0), low, 2 * stride
    stride = 1
    while high < len(time) and time[high] <= moment:
        low, high, stride = high, min(high + stride, len(time)), 2 * stride
    while high - low > 1:
        middle = (low + high) // 2
        if time[middle] <= moment:
            low = middle
        else:
            high = middle
    return low


@compiled
def split_waits(
    time: IntArray, code: Codes, before: IntArray, own: IntArray, begin: IntArray, end: IntArray, late: IntArray,
    causes: IntArray, can_be_overtaken: Any, overtaken: int, part_of: IntArray, cause: IntArray, length: IntArray,
) -> int:  # fmt: skip
    """Split the waits of one want by the causes of its course. How many parts there are.

    `code` numbers the causes that occur; `before[c, i]` is how long number c had ruled at time[i].
    """
    n, first, last = 0, 0, 0
    for k in own:
        first, last = _place(time, begin[k], first), _place(time, end[k], last)
        turn = min(late[k], end[k])
        middle = _place(time, turn, last) if turn < end[k] else last
        lost = 0
        for c in range(len(before)):
            until = before[c, last] + (end[k] - time[last] if code[last] == c else 0)
            has = until - before[c, first] - (begin[k] - time[first] if code[first] == c else 0)
            if can_be_overtaken[c] and turn < end[k]:
                passed = until - before[c, middle] - (turn - time[middle] if code[middle] == c else 0)
                has, lost = has - passed, lost + passed
            if has > 0:
                part_of[n], cause[n], length[n] = k, causes[c], has
                n += 1
        if lost > 0:
            part_of[n], cause[n], length[n] = k, overtaken, lost
            n += 1
    return n


@compiled
def add_waits(truck: Index, begin: IntArray, end: IntArray, departed: IntArray, ends: int, total: IntArray) -> None:
    """Add each wait that began before its truck departed to the total of the truck."""
    for k in range(len(truck)):
        until = departed[truck[k]]
        if until == NEVER or begin[k] < until:
            total[truck[k]] += (ends if end[k] == NEVER else end[k]) - begin[k]


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
def station_stays(
    truck: Index, joined: IntArray, entered: IntArray, started: IntArray, left: IntArray, waited: IntArray,
    stands: Any, counts: Any, ends: int, visit: Index, lasted: IntArray, waits_on: Any, is_there: Any,
) -> int:  # fmt: skip
    """Which visits count, how long each lasted, whether its wait was not over and whether it was not. How many."""
    n = 0
    for k in range(len(truck)):
        there = entered[k] != NEVER or started[k] != NEVER or stands[k]
        if counts[truck[k]] and joined[k] != NEVER and (there or waited[k] > 0):
            until = ends if there else joined[k] + waited[k]
            if left[k] != NEVER:
                until = left[k]
            visit[n], lasted[n], waits_on[n], is_there[n] = (
                k,
                until - joined[k],
                stands[k] or not there,
                left[k] == NEVER,
            )
            n += 1
    return n
