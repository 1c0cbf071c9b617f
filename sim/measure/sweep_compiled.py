"""The moments of all trucks in order of time, compiled: every number of trucks and of units in use, in one pass.

While it counts it sees whether laws are broken; which one, where and when is left to laws.py to say.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measure.moments import Index
from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import called, inlined
from sim.planning.plan import NEVER, IntArray

FAR = int(np.iinfo(np.int64).max)  # later than any time
# What is known of a counter: how many there are now, and since when; whether any came then; the sum and the peak in the
# window; the next hour to be noted; most that may be, until when that is so, and the row that says so; whether more may
# be that came before; until when none of these need be looked at again; where the next number is written down, whether
# it is, whether also if it equals the last, and that; the largest number that is told from others.
(VALUE, SINCE, CAME, TOTAL, PEAK, PEAK_AT, HOUR, MOST, UNTIL, LIMIT, LENIENT, QUIET, PLACE, KEPT, ALL, LAST, SHOWN,
 WIDTH) = range(18)  # fmt: skip


class Given(NamedTuple):
    """The moments, and what each passage changes."""

    time: IntArray
    passage: Index
    at: IntArray
    goes_to: Index
    entry: int  # passages from here on are the first of a truck
    file_left: Index  # the file that is left with each passage, in which first come holds; the last file = none
    file: Index  # by step: the file that a truck stands in meanwhile
    change_at: IntArray  # changes of passage p: of the step that is left, on the way and of the step begun, from 3 p on
    change: Index  # 2 x counter, + 1 of what comes
    other_first: Index  # the first other change at each moment, which no passage like it implies; -1 = none, empty = no
    other_moment: Index  # such change at all. Those of a moment follow one another
    other: Index


class Watched(NamedTuple):
    """When numbers are noted, and where."""

    start: int
    stop: int
    hours: IntArray  # closed by one that never comes
    by_hour: IntArray
    limit_time: IntArray  # how much there may be of each thing, one after the other
    limit: IntArray
    limit_to: IntArray
    time: IntArray  # room to write numbers down
    value: IntArray
    came: npt.NDArray[np.bool_]


@compiled
def sweep(g: Given, w: Watched, counters: IntArray, files: IntArray, order: IntArray, bits: int, base: int) -> bool:
    """The sweep itself. `order` has time and number, in one word, of the first moment of a truck at each instant.

    A truck has stood in a step only if it comes to an instant in it, or goes from it. Whether all is sound. `files` has
    of each file the latest joining of those who have gone on: before a time, at it, and that time.
    """
    sound, mask, nobody, others = True, (np.int64(1) << bits) - 1, len(files) - 1, len(g.other) > 0
    for k in range(len(order)):
        m, now = order[k] & mask, (order[k] >> bits) + base
        first, last = True, False
        while not last:
            passage = g.passage[m]
            file = g.file_left[passage]
            if file != nobody:
                sound &= _in_turn(files[file], g.time[m - 1], now)
            last = m + 1 == len(g.time) or g.passage[m + 1] >= g.entry or g.time[m + 1] != now
            begin, end = 3 * passage + (0 if first else 1), 3 * passage + (3 if last else 2)
            for j in range(g.change_at[begin], g.change_at[end]):
                sound &= _change(w, counters, g.change[j], now)
            if others:
                sound &= _others(g, w, counters, m, now)
            m, first = m + 1, False
    for counter in range(len(counters)):
        sound &= _hold(w, counters[counter], counter, FAR)
    return sound and _nobody_left_behind(g, files)


@called
def _others(g: Given, w: Watched, counters: IntArray, m: int, now: int) -> bool:
    """The other changes of a moment."""
    sound, k = True, g.other_first[m]
    while 0 <= k < len(g.other) and g.other_moment[k] == m:
        sound &= _change(w, counters, g.other[k], now)
        k += 1
    return sound


@inlined
def _change(w: Watched, counters: IntArray, change: int, now: int) -> bool:
    """One more or fewer. Whether as many as there were before might be."""
    counter, comes, sound = change >> 1, change & 1, True
    c = counters[counter]
    if c[SINCE] != now:
        sound = _hold(w, c, counter, now)
        c[SINCE], c[CAME] = now, 0
    c[VALUE] += 2 * comes - 1
    c[CAME] |= comes
    return sound


@inlined
def _hold(w: Watched, c: IntArray, counter: int, now: int) -> bool:
    """Let a number hold until now. Whether it might."""
    value, since = c[VALUE], c[SINCE]
    if now > c[QUIET]:
        _look(w, c, counter, now)
    else:
        c[TOTAL] += value * (now - since)
        if value > c[PEAK]:
            c[PEAK], c[PEAK_AT] = value, since
    if c[KEPT] > 0:
        shown = min(value, c[SHOWN])
        if (c[ALL] > 0 or shown != c[LAST]) and since != NEVER:
            place = c[PLACE]
            w.time[place], w.value[place], w.came[place] = since, shown, c[CAME]
            c[PLACE], c[LAST] = place + 1, shown
    return bool(value >= 0 and (value <= c[MOST] or c[LENIENT] > c[CAME]))


@called
def _look(w: Watched, c: IntArray, counter: int, now: int) -> None:
    """The same across an hour, an end of the window, or a change of what may be."""
    value, since = c[VALUE], c[SINCE]
    low, high = max(since, w.start), min(now, w.stop)
    if low < high:
        c[TOTAL] += value * (high - low)
        if value > c[PEAK]:
            c[PEAK], c[PEAK_AT] = value, low
    while w.hours[c[HOUR]] < now:
        w.by_hour[counter, c[HOUR]] = value
        c[HOUR] += 1
    while since >= c[UNTIL]:
        row = c[LIMIT] + 1
        c[LIMIT], c[MOST] = row, w.limit[row]
        c[UNTIL] = w.limit_time[row + 1] if row + 1 < w.limit_to[counter] else FAR
    c[QUIET] = min(w.hours[c[HOUR]], c[UNTIL], w.stop) if now >= w.start else NEVER


@inlined
def _in_turn(file: IntArray, begin: int, now: int) -> bool:
    """Whether nobody who joined a file later than one who goes on now has gone on before."""
    if file[2] != now:
        file[2], file[0] = now, max(file[0], file[1])
    file[1] = max(file[1], begin)
    return bool(begin >= file[0])


@inlined
def _nobody_left_behind(g: Given, files: IntArray) -> bool:
    """The same of those who have not gone on."""
    sound, nobody = True, len(files) - 1
    for truck in range(len(g.at) - 1):
        if g.at[truck + 1] > g.at[truck]:
            m = g.at[truck + 1] - 1
            file = g.file[g.goes_to[g.passage[m]]]
            sound &= (g.time[m] >= max(files[file, 0], files[file, 1])) | (file == nobody)
    return sound
