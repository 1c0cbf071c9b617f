"""What can be told of trucks without regard to each other: their fates, and how long they stayed where."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.measure.counts import time_within
from sim.measure.moments import Index
from sim.measure.passages import offsets
from sim.planning.large import compiled_pays
from sim.planning.plan import NEVER, IntArray, Kind, Plan
from sim.planning.sorting import stable_order
from sim.trace import Outcome

if TYPE_CHECKING:
    from sim.measure.lives import Lives

_FAR = int(np.iinfo(np.int64).max)  # later than any time
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What became of each truck. shape (n_trucks,)"""

    outcome: npt.NDArray[np.int8]  # Outcome; CROSSED from the moment the loaded truck has crossed
    reason: Index  # index into Network.reasons; -1 = none
    departed: IntArray  # [ms] when it crossed, else when it left; NEVER = it is inside
    gate: Index  # gate crossed; -1 = none
    step: Index  # step it reached last; -1 = it never entered

    def standing(self) -> list[tuple[int, int]]:
        """The steps that trucks reached last, and how many did."""
        trucks = np.bincount(self.step + 1)[1:]
        return [(step, int(trucks[step])) for step in np.flatnonzero(trucks).tolist()]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationStays:
    """Visits of trucks that arrived in the window, but for those that passed a full station by. shape (n,)"""

    truck: Index
    station: Index
    waited: IntArray  # [ms]
    lasted: IntArray  # [ms] since it joined
    waits_on: Mask  # its wait was not over
    is_there: Mask  # the visit was not over


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that one pass along the trucks tells. Spent times are those in the window."""

    fates: Fates
    waited: IntArray  # [ms] until it crossed or left, or so far, shape (n_trucks,)
    last_at: Index  # station a truck that is inside was in last, or else waited for; n_stations = none
    stays: StationStays
    spent_inside: IntArray  # [ms] by all trucks in each station, shape (n_stations,)
    spent_in_step: IntArray  # [ms] in each step, shape (n_steps,)
    waited_ms: int  # all waits of trucks that arrived in the window


def told(lives: "Lives") -> Told:
    """What the moments of all trucks tell."""
    if compiled_pays(len(lives.moments.time)):
        from sim.measure.telling_compiled import told_compiled  # noqa: PLC0415  needs Numba, which only large runs load

        return told_compiled(lives)
    fates, moments, visits = _fates(lives), lives.moments, lives.visits
    arrived, (start, stop) = in_window(lives.plan), observed(lives.plan)
    n_stations, n_steps = len(lives.plan.network.layout.stations), len(lives.plan.network.steps)
    return Told(
        fates=fates,
        waited=_waited(lives, fates),
        last_at=_last_at(lives, fates),
        stays=_station_stays(lives),
        spent_inside=time_within(visits.station, visits.inside_from, visits.left, (start, stop), n_stations),
        spent_in_step=time_within(moments.step, moments.time, moments.over, (start, stop), n_steps),
        waited_ms=int(visits.waited[arrived[visits.truck]].sum()),
    )


def in_window(plan: Plan) -> Mask:
    """Whether each truck arrived in the measured window. shape (n_trucks,)"""
    start, end = plan.window
    return (plan.trucks.arrived >= start) & (plan.trucks.arrived < min(end, plan.ends))


def observed(plan: Plan) -> tuple[int, int]:
    """The window as far as the run went. [ms]"""
    start, end = plan.window
    return start, max(start, min(end, plan.ends))


def _fates(lives: "Lives") -> Fates:
    moments, steps, step = lives.moments, lives.plan.network.steps, lives.trace.step
    left = np.full(len(step), NEVER, np.int64)
    gone = moments.last[steps["kind"][moments.step[moments.last]] == Kind.LEAVE]
    left[moments.truck(gone)] = moments.time[gone]
    outcome = np.where(left != NEVER, steps["outcome"][step], Outcome.INSIDE).astype(np.int8)
    crossed, gates = _crossings(lives)
    outcome[crossed != NEVER] = Outcome.CROSSED
    reason = np.where((left != NEVER) & (crossed == NEVER), steps["reason"][step], -1)
    gate = np.where(outcome == Outcome.CROSSED, gates, -1)
    departed = np.where(crossed != NEVER, crossed, left)
    return Fates(
        outcome=outcome, reason=reason.astype(np.int32), departed=departed, gate=gate.astype(np.int32), step=step
    )


def _crossings(lives: "Lives") -> tuple[IntArray, IntArray]:
    """When each truck crossed, NEVER = it has not, and its gate: that of the crossing it left first."""
    programs, program, visits = lives.plan.network.layout.programs, lives.plan.trucks.program, lives.visits
    row_at = offsets(np.array([len(p.visits) for p in programs] or [0], np.int64)[program])
    leaving = np.full(int(row_at[-1]), NEVER, np.int64)
    leaving[row_at[visits.truck] + visits.slot] = visits.left
    gates = np.array([p.gate for p in programs] or [-1])[program]
    first = np.full(len(program), _FAR, np.int64)
    for number in range(max((len(p.crossings) for p in programs), default=0)):
        pairs = [p.crossings[number] if number < len(p.crossings) else (-1, -1) for p in programs]
        visit, gate = np.array(pairs)[program].T
        some = np.flatnonzero(visit >= 0)
        left = leaving[row_at[some] + visit[some]]
        sooner = (left != NEVER) & (left < first[some])
        first[some[sooner]], gates[some[sooner]] = left[sooner], gate[some[sooner]]
    return np.where(first == _FAR, NEVER, first), gates


def _waited(lives: "Lives", fates: Fates) -> IntArray:
    waits, ends = lives.waits, lives.plan.ends
    before = waits.begin < np.where(fates.departed == NEVER, ends, fates.departed)[waits.truck]
    length = (np.where(waits.end == NEVER, ends, waits.end) - waits.begin)[before]
    return np.bincount(waits.truck[before], weights=length, minlength=len(fates.departed)).astype(np.int64)


def _last_at(lives: "Lives", fates: Fates) -> Index:
    visits, n_stations = lives.visits, len(lives.plan.network.layout.stations)
    at = np.full(len(fates.outcome), n_stations, np.int32)
    open_waits = lives.waits.end == NEVER
    at[lives.waits.truck[open_waits]] = visits.station[lives.waits.visit[open_waits]]
    entered = visits.inside_from
    here = np.flatnonzero((entered != NEVER) & (visits.left == NEVER))
    here = here[stable_order(entered[here])]
    at[visits.truck[here]] = visits.station[here]
    return np.where(fates.outcome == Outcome.INSIDE, at, n_stations).astype(np.int32)


def _station_stays(lives: "Lives") -> StationStays:
    visits, ends = lives.visits, lives.plan.ends
    stands = np.zeros(len(visits.truck), np.bool_)
    stands[lives.waits.visit[lives.waits.end == NEVER]] = True
    got_in = (visits.entered != NEVER) | (visits.started != NEVER)
    counts = in_window(lives.plan)[visits.truck] & (got_in | stands | (visits.waited > 0)) & (visits.joined != NEVER)
    visit = np.flatnonzero(counts)
    left, there = visits.left[visit], (got_in | stands)[visit]
    gave_up = visits.joined[visit] + visits.waited[visit]
    until = np.where(left != NEVER, left, np.where(there, ends, gave_up))
    return StationStays(
        truck=visits.truck[visit], station=visits.station[visit], waited=visits.waited[visit],
        lasted=until - visits.joined[visit], waits_on=stands[visit] | ~there, is_there=left == NEVER,
    )  # fmt: skip
