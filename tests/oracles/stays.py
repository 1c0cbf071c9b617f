"""What a run left behind as visits of trucks at stations, decoded from the Plan and the Trace alone.

It is written apart from the tables of sim.measure on purpose: an answer that both give is right twice.
"""

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.planning.plan import FULL_SPEED, NEVER, Change, Kind, Plan
from sim.trace import Trace

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
_STAMPS = ("joined", "entered", "started", "ended", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Visits, one a row, in the order of (truck, visit). Times in ms, NEVER = not in this run."""

    truck: IntArray  # index into the Plan's trucks
    number: IntArray  # which visit of its way, from 0
    station: IntArray  # index into the stations
    joined: IntArray
    entered: IntArray
    started: IntArray
    ended: IntArray
    left: IntArray

    def where(self, mask: npt.NDArray[Any]) -> "Stays":
        return Stays(**{f.name: getattr(self, f.name)[mask] for f in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run: its Plan, its visits and how its trucks ended."""

    plan: Plan
    stays: Stays
    out: IntArray  # when each truck left the network, shape (n_trucks,)
    outcome: IntArray  # of trucks that left; -1 = inside, shape (n_trucks,)
    paused: IntArray  # rows (truck, resource, from, to)
    unit: float  # [ms] of one unit of the entry

    def at(self, station: str) -> Stays:
        """The visits of one station."""
        return self.stays.where(self.stays.station == self.plan.network.layout.stations.index(station))

    def flow(self, trucks: IntArray) -> npt.NDArray[np.str_]:
        """Key of the flow of each of some trucks."""
        return np.array(self.plan.network.layout.flows)[self.plan.trucks.flow[trucks]]

    def units(self, times: IntArray) -> FloatArray:
        """Times in units of the entry; nan = never."""
        found: FloatArray = np.where(times == NEVER, np.nan, times / self.unit)
        return found


def seen(plan: Plan, trace: Trace, unit: Fraction) -> Seen:
    """The visits of a run."""
    bases = np.array([0, *(program.last for program in plan.network.layout.programs)])
    begins, at = _begins(plan, trace, bases)
    order = np.argsort(plan.trucks.program, kind="stable")
    ends = np.searchsorted(plan.trucks.program[order], np.arange(len(bases)))
    columns: dict[str, list[IntArray]] = {f.name: [np.empty(0, np.int64)] for f in fields(Stays)}
    out, outcome = np.full(len(at), NEVER), np.full(len(at), -1)
    for p, program in enumerate(plan.network.layout.programs):
        who = order[ends[p] : ends[p + 1]]
        first = at[who] - bases[p]
        for number, visit in enumerate(program.visits):
            columns["truck"].append(who)
            columns["number"].append(np.full(len(who), number))
            columns["station"].append(np.full(len(who), visit.station))
            for name in _STAMPS:
                times = [begins[first + step] for step in getattr(visit, name)]
                columns[name].append(_first(times) if times else np.full(len(who), NEVER))
        for step in np.flatnonzero(plan.network.steps["kind"][bases[p] : program.last] == Kind.LEAVE) + bases[p]:
            left = begins[first + step]
            out[who] = np.maximum(out[who], left)
            outcome[who[left != NEVER]] = plan.network.steps["outcome"][step]
    whole = Stays(**{name: np.concatenate(parts) for name, parts in columns.items()})
    whole = whole if (whole.joined != NEVER).all() else whole.where(whole.joined != NEVER)
    ordered = whole if _in_order(whole) else whole.where(np.lexsort((whole.number, whole.truck)))
    return Seen(plan=plan, stays=ordered, out=out, outcome=outcome, paused=trace.paused, unit=float(unit))


def _in_order(stays: Stays) -> bool:
    """Whether visits stand by truck already, one each at most."""
    return bool((np.diff(stays.truck) > 0).all())


def _first(times: list[IntArray]) -> IntArray:
    """The earliest of some times that have come; NEVER if none has."""
    if len(times) == 1:
        return times[0]
    late = np.iinfo(np.int64).max
    earliest = np.min([np.where(t == NEVER, late, t) for t in times], axis=0)
    found: IntArray = np.where(earliest == late, NEVER, earliest)
    return found


def _begins(plan: Plan, trace: Trace, bases: IntArray) -> tuple[IntArray, IntArray]:
    """When each truck begins each step of its program, and where the steps of each truck begin in that list."""
    trucks, steps = plan.trucks, plan.network.steps
    widths = np.diff(bases)[trucks.program]
    at = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype(np.int64) if len(widths) else np.zeros(0, np.int64)
    begins = np.full(int(widths.sum()), NEVER)
    base = at - bases[trucks.program]
    entered = np.flatnonzero(trace.step >= 0)
    who, step, times = entered, trucks.first[entered].astype(np.int64), trucks.enters[entered]
    while len(who):
        begins[base[who] + step] = times
        goes_on = (trace.step[who] != step) & (steps["kind"][step] != Kind.LEAVE)
        who, step, times = who[goes_on], step[goes_on], times[goes_on]
        step, times = _after(plan, trace, who, step, times)
    return begins, at


def _after(plan: Plan, trace: Trace, who: IntArray, step: IntArray, begun: IntArray) -> tuple[IntArray, IntArray]:
    """The steps at which trucks go on that have done a step, and when."""
    trucks, network, steps = plan.trucks, plan.network, plan.network.steps
    kind, stamp, exit_slot = (steps[name][step].astype(np.int64) for name in ("kind", "stamp", "exit"))
    over, taken = begun.copy(), np.zeros(len(who), np.int64)
    stamped = np.flatnonzero(stamp >= 0)
    over[stamped] = trace.stamps[trucks.stamp_at[who[stamped]] + stamp[stamped]]
    timed = np.flatnonzero((stamp < 0) & ((kind == Kind.WORK) | (kind == Kind.TRAVEL)))
    work = trucks.work[trucks.work_at[who[timed]] + steps["work"][step[timed]]]
    server = steps["server"][step[timed]]
    for number in np.unique(server).tolist():
        own = server == number
        work[own] = _slowed(plan, number, begun[timed[own]], work[own])
    over[timed] += work
    parts = np.flatnonzero(exit_slot >= 0)
    taken[parts] = trace.stamps[trucks.stamp_at[who[parts]] + exit_slot[parts]]
    going = steps["next"][step].astype(np.int64)
    asks, chooses = np.flatnonzero(kind == Kind.ASK), np.flatnonzero(kind == Kind.CHOOSE)
    first, count = steps["option_from"][step[asks]], (steps["option_to"] - steps["option_from"])[step[asks]]
    elsewhere = np.where(taken[asks] == count, steps["otherwise"][step[asks]], steps["impatient"][step[asks]])
    option = np.minimum(first + np.minimum(taken[asks], count - 1), len(network.options) - 1)
    going[asks] = np.where(taken[asks] < count, network.options["next"][option], elsewhere)
    rule = steps["rule"][step[chooses]]
    going[chooses] = network.branches["next"][network.rules["branch_from"][rule] + taken[chooses]]
    return going, over


def _slowed(plan: Plan, server: int, begun: IntArray, work: IntArray) -> IntArray:
    """How long a service of unstamped end takes: longer where the speed counts at its start."""
    if server < 0 or not plan.network.resources["slows_new"][server]:
        return work
    changes = plan.network.changes
    mine = changes[(changes["what"] == Change.SPEED) & (changes["target"] == server)]
    speeds = np.concatenate([[plan.network.resources["speed"][server]], mine["value"]])
    found: IntArray = -(-work * FULL_SPEED // speeds[np.searchsorted(mine["time"], begun, side="right")])
    return found
