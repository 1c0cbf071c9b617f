"""The pass of telling.py along the trucks, compiled. Same answer, for large runs; and what it notes for the sweep.

Nothing here allocates: the caller brings the room for what comes out.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measure.moments import Index, Moments
from sim.measure.passages import FIELDS, offsets
from sim.measure.reading import Ways
from sim.measure.telling import Fates, StationStays, Told, in_window, observed
from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import NEVER, IntArray, Kind, Plan
from sim.trace import Outcome

if TYPE_CHECKING:
    from sim.measure.lives import Lives

_ASK, _LEAVE = int(Kind.ASK), int(Kind.LEAVE)
_CROSSED, _INSIDE = int(Outcome.CROSSED), int(Outcome.INSIDE)
_JOINED, _ENTERED, _STARTED, _LEFT = (FIELDS.index(name) for name in ("joined", "entered", "started", "left"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goings:
    """Comings and goings at stations that are not as the marks of the passage say, as where a stamp is marked again.

    Shape (n_entries,).
    """

    moment: Index
    code: Index  # 2 x station, + 1 of who comes


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCompiled(Told):
    """With what the compiled sweep goes on with."""

    goings: Goings
    passes: IntArray  # how often each passage was made, shape (n_passages,)


_FATE_TYPES: tuple[Any, ...] = (np.int8, np.int32, np.int64, np.int32, np.int64, np.int32)
_STAY_TYPES: tuple[Any, ...] = (np.int32, np.int32, np.int64, np.int64, np.bool_, np.bool_)


class _Given(NamedTuple):
    """What is read: the moments, and what the Plan says of passages, steps, programs and trucks."""

    time: IntArray
    passage: Index
    at: IntArray
    goes_to: Index
    mark_at: IntArray
    mark_slot: Index
    mark_field: Index
    kind: Index
    outcome: Index
    reason: Index
    wait_slot: Index
    first: IntArray
    station: Index
    enters_by: Index
    crossing_at: IntArray
    crossing_slot: Index
    crossing_gate: Index
    gate: Index
    program: Index
    arrived: Any  # whether in the window
    start: int
    stop: int
    ends: int
    n_stations: int


class _Fates(NamedTuple):
    outcome: npt.NDArray[np.int8]
    reason: Index
    departed: IntArray
    gate: Index
    waited: IntArray
    last_at: Index


class _Stays(NamedTuple):
    truck: Index
    station: Index
    waited: IntArray
    lasted: IntArray
    waits_on: Any
    is_there: Any


class _Sums(NamedTuple):
    inside: IntArray
    in_step: IntArray
    passes: IntArray
    counts: IntArray  # stays, entries, ms waited by those that arrived in the window


class _Room(NamedTuple):
    """Of the truck at hand."""

    stamp: Index  # the moment of each stamp of each visit, shape (n_visits, n_fields); -1 = none
    waited: IntArray  # for each visit
    so_far: IntArray  # all that it had waited before each of its moments


class _Goings(NamedTuple):
    moment: Index
    code: Index


def told_compiled(lives: "Lives") -> ToldCompiled:
    """The same as telling.told()."""
    moments, trace = lives.moments, lives.trace
    given = _given(lives.plan, moments, lives.ways)
    n_trucks, n_moments, n_stations = len(trace.step), len(moments.time), given.n_stations
    n_visits = np.diff(given.first)[given.program]
    n_rows = int(n_visits.sum())
    fates = _Fates(*(np.empty(n_trucks, t) for t in _FATE_TYPES))
    stays = _Stays(*(np.empty(n_rows, t) for t in _STAY_TYPES))
    sums = _Sums(*(np.zeros(n, np.int64) for n in (n_stations, len(given.kind), len(given.goes_to), 3)))
    widest, longest = int(n_visits.max(initial=0)), int(np.diff(moments.at).max(initial=0))
    room = _Room(np.empty((widest, len(FIELDS)), np.int32), np.empty(widest, np.int64), np.empty(longest, np.int64))
    most = n_moments * int(np.diff(moments.passages.mark_at).max(initial=0)) + 2 * n_rows
    goings = _Goings(*(np.empty(most, np.int32) for _ in range(2)))
    _tell(given, fates, stays, sums, room, goings)
    n, entries, waited = sums.counts.tolist()
    outcome, reason, departed, gate, waited_each, last_at = fates
    return ToldCompiled(
        fates=Fates(outcome=outcome, reason=reason, departed=departed, gate=gate, step=trace.step),
        waited=waited_each, last_at=last_at,
        stays=StationStays(**{name: column[:n] for name, column in stays._asdict().items()}),
        spent_inside=sums.inside, spent_in_step=sums.in_step, waited_ms=waited,
        goings=Goings(moment=goings.moment[:entries], code=goings.code[:entries]),
        passes=sums.passes,
    )  # fmt: skip


def _given(plan: Plan, moments: Moments, paths: Ways) -> _Given:
    p, steps, programs = moments.passages, plan.network.steps, plan.network.layout.programs
    kind, outcome, reason = (np.ascontiguousarray(steps[name]) for name in ("kind", "outcome", "reason"))
    crossings = np.array([pair for one in programs for pair in one.crossings], np.int32).reshape(-1, 2)
    return _Given(
        moments.time, moments.passage, moments.at, p.goes_to, p.mark_at, p.mark_slot, p.mark_field,
        kind, outcome, reason, paths.wait_slot, paths.first, paths.station, paths.enters_by,
        offsets(np.array([len(one.crossings) for one in programs], np.int64)),
        np.ascontiguousarray(crossings[:, 0]), np.ascontiguousarray(crossings[:, 1]),
        np.array([one.gate for one in programs], np.int32), plan.trucks.program, in_window(plan), *observed(plan),
        plan.ends, len(plan.network.layout.stations),
    )  # fmt: skip


@inlined
def _along(g: _Given, truck: int, n_visits: int, room: _Room, sums: _Sums, goings: _Goings) -> int:
    """Go through the moments of a truck. Returns the visit for which it stands waiting at the end; -1 = none."""
    for v in range(n_visits):
        room.waited[v] = 0
        for field in range(len(FIELDS)):
            room.stamp[v, field] = -1
    begin, end, total, stands = g.at[truck], g.at[truck + 1], np.int64(0), -1
    row = g.first[g.program[truck]]
    for m in range(begin, end):
        passage, now, is_last = g.passage[m], g.time[m], m + 1 == end
        room.so_far[m - begin] = total
        for k in range(g.mark_at[passage], g.mark_at[passage + 1]):
            slot, field = g.mark_slot[k], g.mark_field[k]
            if room.stamp[slot, field] < 0:
                room.stamp[slot, field] = m
            elif field == _LEFT or field == g.enters_by[row + slot]:  # of several steps the first counts
                _note(goings, sums.counts, m, 2 * g.station[row + slot] + (field == _LEFT))
        step = g.goes_to[passage]
        until = g.stop if is_last else g.time[m + 1]
        sums.passes[passage] += 1
        sums.in_step[step] += min(max(until, g.start), g.stop) - min(max(now, g.start), g.stop)
        if g.kind[step] == _ASK:
            length = (g.ends if is_last else until) - now
            room.waited[g.wait_slot[step]] += length
            total += length
            if is_last:
                stands = g.wait_slot[step]
    return stands


@compiled
def _tell(g: _Given, fates: _Fates, stays: _Stays, sums: _Sums, room: _Room, goings: _Goings) -> None:
    """The pass itself."""
    for truck in range(len(g.program)):
        of_program = g.program[truck]
        row, n_visits = g.first[of_program], g.first[of_program + 1] - g.first[of_program]
        stands = _along(g, truck, n_visits, room, sums, goings)
        _fate(g, truck, n_visits, room, fates)
        latest = np.int64(NEVER)
        if stands >= 0:
            fates.last_at[truck] = g.station[row + stands]
        for v in range(n_visits):
            station, stamp = g.station[row + v], room.stamp[v]
            since = stamp[_ENTERED] if stamp[_ENTERED] >= 0 else stamp[_STARTED]
            if since >= 0:
                came, gone = g.time[since], g.time[stamp[_LEFT]] if stamp[_LEFT] >= 0 else g.stop
                sums.inside[station] += min(max(gone, g.start), g.stop) - min(max(came, g.start), g.stop)
                if stamp[g.enters_by[row + v]] < 0:
                    _note(goings, sums.counts, since, 2 * station + 1)
                if stamp[_LEFT] < 0 and came >= latest:
                    latest, fates.last_at[truck] = came, station
            elif stamp[_LEFT] >= 0:
                _note(goings, sums.counts, stamp[_LEFT], 2 * station + 1)
            if g.arrived[truck]:
                _stay(g, truck, station, stamp, room.waited[v], stands == v, since >= 0, stays, sums.counts)
        if fates.outcome[truck] != _INSIDE:
            fates.last_at[truck] = g.n_stations


@inlined
def _fate(g: _Given, truck: int, n_visits: int, room: _Room, fates: _Fates) -> None:
    """What became of a truck."""
    begin, end, of_program = g.at[truck], g.at[truck + 1], g.program[truck]
    outcome, reason, departed, gate, until = _INSIDE, -1, np.int64(NEVER), -1, np.int64(-1)
    step = g.goes_to[g.passage[end - 1]] if end > begin else -1
    if step >= 0 and g.kind[step] == _LEAVE:
        outcome, reason, departed = g.outcome[step], g.reason[step], g.time[end - 1]
        gate = g.gate[of_program] if outcome == _CROSSED else -1
    for k in range(g.crossing_at[of_program], g.crossing_at[of_program + 1]):
        m = room.stamp[g.crossing_slot[k], _LEFT]
        if m >= 0 and (until < 0 or g.time[m] < g.time[until]):
            until, gate = m, g.crossing_gate[k]
    if until >= 0:
        outcome, reason, departed = _CROSSED, -1, g.time[until]
    total = np.int64(0)
    if until >= 0:
        total = room.so_far[until - begin]
    else:
        for v in range(n_visits):
            total += room.waited[v]
    fates.outcome[truck], fates.reason[truck], fates.departed[truck] = outcome, reason, departed
    fates.gate[truck], fates.waited[truck], fates.last_at[truck] = gate, total, g.n_stations


@inlined
def _note(goings: _Goings, counts: IntArray, moment: int, code: int) -> None:
    """Add an entry."""
    n = counts[1]
    goings.moment[n], goings.code[n] = moment, code
    counts[1] = n + 1


@inlined
def _stay(
    g: _Given, truck: int, station: int, stamp: Index, waited: int, stands: bool, got_in: bool, stays: _Stays,
    counts: IntArray,
) -> None:  # fmt: skip
    """Write down a visit if it counts."""
    joined, left, n = stamp[_JOINED], stamp[_LEFT], counts[0]
    there = got_in or stands
    counts[2] += waited
    if joined >= 0 and (there or waited > 0):
        until = g.ends if there else g.time[joined] + waited
        if left >= 0:
            until = g.time[left]
        stays.truck[n], stays.station[n], stays.waited[n] = truck, station, waited
        stays.lasted[n], stays.waits_on[n], stays.is_there[n] = until - g.time[joined], stands or not there, left < 0
        counts[0] = n + 1
