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
    reached = whole.where(whole.joined != NEVER)
    ordered = reached.where(np.lexsort((reached.number, reached.truck)))
    return Seen(plan=plan, stays=ordered, out=out, outcome=outcome, paused=trace.paused, unit=float(unit))


def _first(times: list[IntArray]) -> IntArray:
    """The earliest of some times that have come; NEVER if none has."""
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
    who = np.flatnonzero(trace.step >= 0)
    step, now = trucks.first[who].astype(np.int64), trucks.enters[who]
    while len(who):
        begins[base[who] + step] = now
        step, now, goes_on = _after(plan, trace, who, step, now)
        who, step, now = who[goes_on], step[goes_on], now[goes_on]
    return begins, at


def _after(plan: Plan, trace: Trace, who: IntArray, step: IntArray, now: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """The step after the one that each truck is at, when it begins, and which trucks come that far."""
    trucks, network = plan.trucks, plan.network
    rows = network.steps[step]

    def cell(column: str, values: IntArray, first: IntArray) -> IntArray:
        slot = rows[column]
        found: IntArray = np.where(slot >= 0, values[np.minimum(first[who] + np.maximum(slot, 0), len(values) - 1)], NEVER)
        return found

    kind = rows["kind"]
    work = cell("work", trucks.work, trucks.work_at) if len(trucks.work) else np.zeros(len(who), np.int64)
    stamp = cell("stamp", trace.stamps, trucks.stamp_at) if len(trace.stamps) else np.full(len(who), NEVER)
    exits = cell("exit", trace.stamps, trucks.stamp_at) if len(trace.stamps) else np.zeros(len(who), np.int64)
    exits = np.where((rows["exit"] >= 0), exits, 0)
    passes = np.isin(kind, (Kind.WORK, Kind.TRAVEL)) & (rows["stamp"] < 0)
    waits = np.isin(kind, (Kind.WORK, Kind.ASK)) & (rows["stamp"] >= 0)
    over = np.where(waits, stamp, np.where(passes, now + _pace(plan, rows, now, work), now))
    going = rows["next"].astype(np.int64)
    asks = np.flatnonzero((kind == Kind.ASK) & (over != NEVER))
    count = rows["option_to"][asks] - rows["option_from"][asks]
    granted = asks[exits[asks] < count]
    going[granted] = network.options["next"][rows["option_from"][granted] + exits[granted]]
    refused = asks[exits[asks] >= count]
    going[refused] = np.where(
        (exits[asks] == count)[exits[asks] >= count], rows["otherwise"][refused], rows["impatient"][refused]
    )
    choice = np.flatnonzero((kind == Kind.CHOOSE) & (exits != NEVER))
    going[choice] = network.branches["next"][network.rules["branch_from"][rows["rule"][choice]] + exits[choice]]
    known = (kind != Kind.LEAVE) & (over != NEVER) & (over < plan.ends) & (step != trace.step[who])
    return going, over, known


def _pace(plan: Plan, rows: npt.NDArray[np.void], now: IntArray, work: IntArray) -> IntArray:
    """How long a work of unstamped end takes: longer where the speed counts at the start of a service."""
    if not len(plan.network.resources):
        return work
    slows = (rows["server"] >= 0) & (plan.network.resources["slows_new"][np.maximum(rows["server"], 0)] > 0)
    speed = np.full(len(now), FULL_SPEED)
    for resource in np.unique(rows["server"][slows]):
        changes = plan.network.changes
        mine = changes[(changes["what"] == Change.SPEED) & (changes["target"] == resource)]
        paces = np.concatenate([[plan.network.resources["speed"][resource]], mine["value"]])
        here = slows & (rows["server"] == resource)
        speed[here] = paces[np.searchsorted(mine["time"], now[here], side="right")]
    found: IntArray = -(-work * FULL_SPEED // speed)
    return found
