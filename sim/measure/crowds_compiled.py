"""What the compiled sweep is given, and the crowds that come out of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.measure.calendar import together
from sim.measure.compiled import pack_moments
from sim.measure.counts import Count
from sim.measure.crowds import Crowds, Levels, fully
from sim.measure.moments import Index, Moments
from sim.measure.occupancy import roads_stood_on
from sim.measure.passages import FIELDS, offsets
from sim.measure.sweep_compiled import (
    ALL,
    FAR,
    KEPT,
    LENIENT,
    LIMIT,
    MOST,
    PEAK,
    PEAK_AT,
    PLACE,
    QUIET,
    SHOWN,
    SINCE,
    TOTAL,
    UNTIL,
    VALUE,
    WIDTH,
    Given,
    Watched,
    sweep,
)  # fmt: skip
from sim.measure.telling import observed
from sim.measure.telling_compiled import ToldCompiled
from sim.planning.plan import NEVER, UNLIMITED, Closing, IntArray, Kind
from sim.planning.sorting import in_order

if TYPE_CHECKING:
    from sim.measure.lives import Lives

_LEFT = FIELDS.index("left")
_LEAVING, _GOING, _BEGINNING = range(3)  # what a passage changes: of the step left, on the way, of the step begun


def swept(lives: "Lives", resources: Sequence[int]) -> Crowds:
    """The crowds of a run, the units of some resources over time, and whether its laws hold.

    Counters are those of resources, of trucks inside stations, of those on roads, and of each kind of waits. A station
    in which as many trucks are as hold units of a resource, at all times, needs no counter of its own.
    """
    n_stations, n_resources = len(lives.plan.network.layout.stations), len(lives.plan.network.resources)
    kinds, wait = _waits(lives)
    first_wait = n_resources + 2 * n_stations
    by, change = _changes(lives, np.where(wait >= 0, first_wait + wait, -1))
    counts = _counts(lives, by, change, first_wait + len(kinds))
    own = counts[change >> 1] == change >> 1
    by, change = by[own], change[own]
    counters, edges = _counters(lives, by // 3, change, kinds[:, 0], first_wait, resources)
    watched = _watched(lives, len(counters), int(edges[-1]))
    order, bits, base = _in_order_of_time(lives.moments)
    given, files = _given(lives, by, change), np.full((len(lives.plan.network.files) + 1, 3), NEVER)
    sound = sweep(given, watched, counters, files, order, bits, base)
    written = [slice(a, b) for a, b in zip(edges.tolist(), counters[:, PLACE].tolist(), strict=False)]
    wants = [Count(time=watched.time[part], value=watched.value[part]) for part in written[first_wait:]]
    in_use = {r: Count(time=watched.time[written[r]], value=watched.value[written[r]], came=watched.came[written[r]])
              for r in resources}  # fmt: skip
    inside, standing, waits = (
        Levels(total=counters[k, TOTAL], peak=counters[k, PEAK], peak_at=counters[k, PEAK_AT],
               by_hour=watched.by_hour[k])
        for k in np.split(counts, (n_resources, n_resources + n_stations, first_wait))[1:]
    )  # fmt: skip
    return Crowds(
        waiting=_by_station(waits, kinds[:, 1], n_stations), inside=inside, standing=standing,
        wants=_by_want(wants, kinds[:, 0], len(lives.wants[0])), in_use=in_use,
        taken_at_end=counters[:n_resources, VALUE], sound=bool(sound),
    )  # fmt: skip


def _waits(lives: "Lives") -> tuple[IntArray, Index]:
    """The kinds of waits, want and station of each, shape (n_kinds, 2); and that of each step, -1 = none."""
    of_step, station = lives.wants[1], lives.ways.wait_station
    asks = np.flatnonzero(of_step >= 0)
    kinds, number = np.unique(np.stack([of_step[asks], station[asks]], axis=1), axis=0, return_inverse=True)
    found = np.full(len(of_step), -1, np.int32)
    found[asks] = number.reshape(-1)
    return kinds.astype(np.int64).reshape(-1, 2), found


def _changes(lives: "Lives", wait: IntArray) -> tuple[IntArray, IntArray]:
    """What passages change: 3 x passage + _LEAVING, _GOING or _BEGINNING, and 2 x counter + 1 of what comes; in order.

    Of passages that were made.
    """
    network, p, paths, told = lives.plan.network, lives.moments.passages, lives.ways, lives.told
    assert isinstance(told, ToldCompiled)
    first_inside, n_stations = len(network.resources), len(network.layout.stations)
    road = roads_stood_on(network)
    road = np.where(road >= 0, first_inside + n_stations + road, -1)
    into, out_of = p.goes_to, _steps_left(lives)
    handed = np.repeat(np.arange(len(into)), np.diff(p.unit_at))
    parts: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = [(3 * handed + _GOING, 2 * p.unit + (p.taken > 0))]
    for counter in (wait, road):
        for step, when, comes in ((into, _BEGINNING, 1), (out_of, _LEAVING, 0)):
            own = np.flatnonzero((step >= 0) & (counter[step] >= 0))
            parts.append((3 * own + when, 2 * counter[step[own]] + comes))
    marking = np.repeat(np.arange(len(into)), np.diff(p.mark_at))
    row = paths.first[paths.program[into[marking]]] + p.mark_slot
    inside = first_inside + paths.station[row]
    for marked, comes in ((p.mark_field == paths.enters_by[row], 1), (p.mark_field == _LEFT, 0)):
        own = np.flatnonzero(marked)
        parts.append((3 * marking[own] + _GOING, 2 * inside[own] + comes))
    by, change = (np.concatenate(column) for column in zip(*parts, strict=True))
    made = told.passes[by // 3] > 0
    by, change = by[made], change[made]
    order = np.lexsort((change, by))
    return by[order], change[order]


def _counts(lives: "Lives", by: IntArray, change: IntArray, n: int) -> IntArray:
    """The counter that tells of each: its own, but that of a resource where this changes as a station does inside."""
    told, n_resources = lives.told, len(lives.plan.network.resources)
    assert isinstance(told, ToldCompiled)
    order = np.argsort(change >> 1, kind="stable")
    edges = np.cumsum(np.bincount(change >> 1, minlength=n))[:-1]
    ways = [part.tobytes() for part in np.split(2 * by[order] + (change[order] & 1), edges)]
    resource, found = {way: k for k, way in enumerate(ways[:n_resources])}, np.arange(n)
    others = set((told.goings.code >> 1).tolist())
    for station in range(len(lives.plan.network.layout.stations)):
        counter = n_resources + station
        if station not in others:
            found[counter] = resource.get(ways[counter], counter)
    return found


def _steps_left(lives: "Lives") -> IntArray:
    """The step that each passage leads out of; -1 where a truck enters the network."""
    p, n_steps = lives.moments.passages, len(lives.plan.network.steps)
    return np.append(np.repeat(np.arange(n_steps), np.diff(np.append(p.first, p.entry))), np.full(n_steps, -1))


def _given(lives: "Lives", by: IntArray, change: IntArray) -> Given:
    network, moments, told = lives.plan.network, lives.moments, lives.told
    assert isinstance(told, ToldCompiled)
    p, steps, nobody = moments.passages, network.steps, len(network.files)
    file = np.where((steps["kind"] == Kind.ASK) & (steps["key"] < 0), steps["file"], nobody).astype(np.int32)
    out_of = _steps_left(lives)
    patient = np.arange(len(out_of)) - p.first[out_of] <= (steps["option_to"] - steps["option_from"])[out_of]
    file_left = np.where((out_of >= 0) & patient, file[out_of], nobody).astype(np.int32)  # the last exit: of patience
    at = offsets(np.bincount(by, minlength=3 * len(p.goes_to)))
    return Given(
        moments.time, moments.passage, moments.at, p.goes_to, p.entry, file_left, file, at, change.astype(np.int32),
        *_others(lives),
    )  # fmt: skip


def _others(lives: "Lives") -> tuple[Index, Index, Index]:
    """Where the comings and goings of each moment begin that its passage does not imply, these moments, and changes."""
    told = lives.told
    assert isinstance(told, ToldCompiled)
    moment, order = told.goings.moment, np.argsort(told.goings.moment, kind="stable")
    first = np.full(len(lives.moments.time) if len(moment) else 0, -1, np.int32)
    first[moment[order[::-1]]] = np.arange(len(moment), dtype=np.int32)[::-1]
    return first, moment[order], told.goings.code[order] + np.int32(2 * len(lives.plan.network.resources))


def _counters(
    lives: "Lives", by: IntArray, change: IntArray, wants: IntArray, first_wait: int, resources: Sequence[int]
) -> tuple[IntArray, IntArray]:
    """Counters of nothing yet, and where the room begins in which the numbers of each are written down."""
    told, row, n = lives.told, lives.plan.network.resources, first_wait + len(wants)
    assert isinstance(told, ToldCompiled)
    counters, most = np.zeros((n, WIDTH), np.int64), np.zeros(n, np.int64)
    np.add.at(most, change >> 1, told.passes[by])
    counters[:, [SINCE, PEAK, QUIET]], counters[:, [MOST, UNTIL]] = NEVER, FAR
    counters[first_wait:, KEPT], counters[list(resources), KEPT], counters[list(resources), ALL] = 1, 1, 1
    capacity = lives.capacity
    at = offsets(np.array([len(count.time) for count in capacity], np.int64))
    limited = [int(count.value.max()) < UNLIMITED for count in capacity]
    simple = np.flatnonzero(limited & ~np.isin(row["closing"], (Closing.HANDOVER, Closing.PAUSE)))
    counters[simple, LIMIT], counters[simple, MOST] = at[simple] - 1, 0
    counters[simple, UNTIL] = [int(capacity[r].time[0]) for r in simple]
    counters[simple, LENIENT] = lives.plan.network.layout.resource_is_server[simple]
    counters[:, SHOWN] = FAR
    counters[first_wait:, SHOWN] = np.where(np.isin(wants, list(fully(lives))), FAR, 1)
    edges = offsets(np.where(counters[:, KEPT] > 0, most + 1, 0))  # the next number is always written down
    counters[:, PLACE] = np.where(counters[:, KEPT] > 0, edges[:-1], edges[-1])
    return counters, edges


def _watched(lives: "Lives", n: int, room: int) -> Watched:
    capacity, (start, stop) = lives.capacity, observed(lives.plan)
    time, limit = (
        np.concatenate([np.zeros(0, np.int64), *(getattr(count, name) for count in capacity)])
        for name in ("time", "value")
    )
    to = np.zeros(n, np.int64)
    to[: len(capacity)] = np.cumsum([len(count.time) for count in capacity])
    return Watched(
        start, stop, np.append(lives.hours, FAR), np.zeros((n, len(lives.hours)), np.int64), time, limit, to,
        np.empty(room + 1, np.int64), np.empty(room + 1, np.int64), np.empty(room + 1, np.bool_),
    )  # fmt: skip


def _in_order_of_time(moments: Moments) -> tuple[IntArray, int, int]:
    """Time and number of each truck's first moment at an instant in one word, sorted.

    And the bits of the number, and what the time counts from.
    """
    time = moments.time
    base, bits = int(time.min(initial=0)), len(time).bit_length()
    words = np.empty(len(time), np.int64)
    words = words[: pack_moments(time, moments.passage, moments.passages.entry, base, bits, words)]
    return in_order(words, low=bits), bits, base


def _by_station(waits: Levels, station: IntArray, n: int) -> Levels:
    total, by_hour = np.zeros(n, np.int64), np.zeros((n, waits.by_hour.shape[1]), np.int64)
    np.add.at(total, station, waits.total)
    np.add.at(by_hour, station, waits.by_hour)
    return Levels(total=total, peak=np.zeros(n, np.int64), peak_at=np.zeros(n, np.int64), by_hour=by_hour)


def _by_want(counts: Sequence[Count], want: IntArray, n: int) -> list[Count]:
    """Trucks that wait for different stations may want the same."""
    found = [[count for count, own in zip(counts, want.tolist(), strict=True) if own == k] for k in range(n)]
    return [own[0] if len(own) == 1 else together(own) for own in found]
