"""The waits of all trucks split by cause and added up, compiled; what causes.py does for small runs part by part."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measure.chain import CAUSES, FAR, OVERTAKEN, OWN, Course
from sim.measure.moments import Index
from sim.measure.passages import offsets
from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import IntArray, Kind
from sim.planning.sorting import stable_order

if TYPE_CHECKING:
    from sim.measure.lives import Lives

_NEVER = int(np.iinfo(np.int64).max)
_ASK, _FAR, _OWN, _OVERTAKEN = int(Kind.ASK), FAR, OWN, OVERTAKEN


class _Given(NamedTuple):
    """The moments, and what the steps mean that trucks wait in."""

    time: IntArray
    passage: Index
    at: IntArray
    goes_to: Index
    kind: Index
    options: Index
    exits: IntArray
    file: Index
    want: Index
    station: Index
    ends: int


class _Courses(NamedTuple):
    """The courses of all wants, one after the other, and the causes that rule in each."""

    at: IntArray
    time: IntArray
    code: npt.NDArray[np.uint8]
    before: IntArray  # how long each cause had ruled by then, shape (n_times, n_causes)
    ruling_at: IntArray
    ruling: IntArray


class _Rivals(NamedTuple):
    """The files whose trucks may be taken before those of each file though they came later."""

    at: IntArray
    file: IntArray


def added_up(
    lives: "Lives", found: Mapping[int, Course], rivals: Mapping[int, Sequence[int]], group: IntArray, n_groups: int
) -> IntArray:
    """Ms waited by group of trucks (-1 = of none), station and cause. shape (n_groups, n_stations, n_causes)"""
    network, moments = lives.plan.network, lives.moments
    steps = network.steps
    kind, file, to, from_ = (np.ascontiguousarray(steps[name]) for name in ("kind", "file", "option_to", "option_from"))
    given = _Given(
        moments.time, moments.passage, moments.at, moments.passages.goes_to, kind, to - from_, moments.passages.first,
        file, lives.wants[1], lives.ways.wait_station, lives.plan.ends,
    )  # fmt: skip
    sums = np.zeros((n_groups, len(network.layout.stations), len(CAUSES)), np.int64)
    own = [rivals.get(k, ()) for k in range(len(network.files))]
    contest = _Rivals(
        offsets(np.array([len(o) for o in own], np.int64)), np.array([k for o in own for k in o], np.int64)
    )
    late = np.empty(len(moments.time) if rivals else 0, np.int64)
    if rivals:
        contested = (kind == Kind.ASK) & np.isin(file, [*rivals, *contest.file.tolist()])
        here = np.empty(len(moments.time), np.int64)
        here = here[: _find(moments.passage, contested[moments.passages.goes_to], here)]
        order = here[stable_order(moments.time[here])]
        _find_late(given, contest, order, np.full((3, len(own)), _NEVER), late)
    courses = _courses(found, len(lives.wants[0]))
    _split(given, courses, contest, late, group, np.zeros((2, len(lives.wants[0])), np.int64), sums)
    return sums


def _courses(found: Mapping[int, Course], n_wants: int) -> _Courses:
    none = Course(time=np.zeros(0, np.int64), code=np.zeros(0, np.uint8))
    own = [found.get(want, none) for want in range(n_wants)]
    time, code = (np.concatenate([getattr(course, name) for course in own]) for name in ("time", "code"))
    at = offsets(np.array([len(course.time) for course in own], np.int64))
    before, rules = np.empty((len(time), len(CAUSES)), np.int64), np.zeros((n_wants, len(CAUSES)), np.bool_)
    _add_up_before(at, time, code, before, rules)
    return _Courses(at, time, code, before, offsets(rules.sum(axis=1)), np.nonzero(rules)[1])


@compiled
def _find(passage: Index, which: Any, found: IntArray) -> int:
    """The moments at which some of the passages are made. How many there are."""
    n = 0
    for m in range(len(passage)):
        found[n] = m
        n += which[passage[m]]
    return n


@compiled
def _add_up_before(at: IntArray, time: IntArray, code: npt.NDArray[np.uint8], before: IntArray, rules: Any) -> None:
    """How long each cause had ruled before each time of its course, and whether it ever does."""
    for want in range(len(at) - 1):
        for i in range(at[want], at[want + 1]):
            rules[want, code[i]] = True
            for c in range(before.shape[1]):
                before[i, c] = before[i - 1, c] if i > at[want] else 0
            if i > at[want]:
                before[i, code[i - 1]] += time[i] - time[i - 1]


@compiled
def _find_late(g: _Given, rivals: _Rivals, order: IntArray, soonest: IntArray, late: IntArray) -> None:
    """When a truck of a rival file that joined later was first taken before each; goes back through time.

    `order` has the moments of joining these files. `soonest` has of each file
    the joining seen last, and the soonest taking of those that joined after it, and from it on.
    """
    since, after, ever = soonest[0], soonest[1], soonest[2]
    for k in range(len(order) - 1, -1, -1):
        m = order[k]
        step = g.goes_to[g.passage[m]]
        own, begin, turn = g.file[step], g.time[m], np.int64(_NEVER)
        for j in range(rivals.at[own], rivals.at[own + 1]):
            other = rivals.file[j]
            turn = min(turn, after[other] if since[other] == begin else ever[other])
        late[m] = turn
        if since[own] != begin:
            since[own], after[own] = begin, ever[own]
        if m + 1 < len(g.time):
            by = g.passage[m + 1] - g.exits[step]  # an exit of the step, unless that moment is another truck's first
            if 0 <= by < g.options[step]:
                ever[own] = min(ever[own], g.time[m + 1])


@inlined
def _place(time: IntArray, moment: int, near: int, first: int, end: int) -> int:
    """The last place in sorted times[first:end] that is not after a moment, else the first; sought from one nearby."""
    low, high, stride = near, near + 1, 1
    while low > first and time[low] > moment:
        low, high, stride = max(low - stride, first), low, 2 * stride
    stride = 1
    while high < end and time[high] <= moment:
        low, high, stride = high, min(high + stride, end), 2 * stride
    while high - low > 1:
        middle = (low + high) // 2
        if time[middle] <= moment:
            low = middle
        else:
            high = middle
    return low


@inlined
def _up_to(courses: _Courses, cause: int, place: int, moment: int) -> int:
    """How long a cause had ruled at a moment."""
    on = moment - courses.time[place] if courses.code[place] == cause else 0
    return int(courses.before[place, cause] + on)


@compiled
def _split(
    g: _Given, courses: _Courses, rivals: _Rivals, late: IntArray, group: IntArray, near: IntArray, sums: IntArray
) -> None:
    """Split every wait by what its want waited for, and by when its truck was overtaken."""
    for want in range(len(courses.at) - 1):
        near[0, want] = near[1, want] = courses.at[want]
    for truck in range(len(group)):
        if group[truck] < 0:
            continue
        for m in range(g.at[truck], g.at[truck + 1]):
            step = g.goes_to[g.passage[m]]
            if g.kind[step] != _ASK:
                continue
            begin, end = g.time[m], g.time[m + 1] if m + 1 < g.at[truck + 1] else g.ends
            if end == begin:
                continue
            want, station = g.want[step], g.station[step]
            a, b = courses.at[want], courses.at[want + 1]
            first = _place(courses.time, begin, near[0, want], a, b)
            near[0, want], file, turn = first, g.file[step], end
            if rivals.at[file + 1] > rivals.at[file]:
                turn = min(late[m], end)
            row = sums[group[truck], station]
            if first + 1 == b or end < courses.time[first + 1]:  # one cause all the time, as of nearly all waits
                lost = end - turn if _turns(courses.code[first]) else 0
                row[courses.code[first]] += end - begin - lost
                row[_OVERTAKEN] += lost
            else:
                last = near[1, want] = _place(courses.time, end, near[1, want], a, b)
                middle = _place(courses.time, turn, last, a, b) if turn < end else last
                _across(courses, want, (first, begin), (middle, turn), (last, end), row)


@inlined
def _turns(cause: int) -> bool:
    """Whether who is overtaken waits for that, rather than for the cause, from then on."""
    return bool(cause == _FAR or cause == _OWN)  # noqa: PLR1714, SIM109  what Numba compiles to the least


@inlined
def _across(
    courses: _Courses, want: int, first: tuple[int, int], turn: tuple[int, int], last: tuple[int, int], row: IntArray
) -> None:
    """Split a wait in which causes change; places in the course of its want, and times."""
    for k in range(courses.ruling_at[want], courses.ruling_at[want + 1]):
        cause = courses.ruling[k]
        until = _up_to(courses, cause, *last)
        lost = until - _up_to(courses, cause, *turn) if turn[1] < last[1] and _turns(cause) else 0
        row[cause] += until - _up_to(courses, cause, *first) - lost
        row[_OVERTAKEN] += lost
