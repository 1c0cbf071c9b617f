"""The lives of trucks, read from a Trace: when each came, waited, was worked on, left, and what it held.

A Trace stores only what nothing else implies. Here the rest is put back: all trucks go along their route
programs at once, passage by passage, with the times that the stamps and the drawn works give.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.measure.broken import BrokenLaw
from sim.measure.counts import Count, tally
from sim.measure.occupancy import Occupancy, occupancy
from sim.measure.passages import FIELDS, Passages, offsets, passages
from sim.planning.plan import NEVER, IntArray, Kind, Network, Plan, Visit
from sim.trace import Outcome, Trace

Index = npt.NDArray[np.int32]
LEFT = FIELDS.index("left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """One row per truck and station visit that came about, in order of trucks. shape (n_visits,); NEVER = not (yet)."""

    truck: Index
    station: Index
    slot: Index  # number of the visit in the truck's program
    joined: IntArray  # [ms] it stood waiting for the station
    entered: IntArray  # [ms] it had a place
    started: IntArray
    ended: IntArray
    left: IntArray
    waited: IntArray  # [ms] time it stood waiting for this station, up to the end of the run

    @property
    def inside_from(self) -> IntArray:
        """When the truck was in the station: it had a place, or a server where there are no places. [ms]"""
        return np.where(self.entered != NEVER, self.entered, self.started)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What became of each truck. shape (n_trucks,)"""

    outcome: npt.NDArray[np.int8]  # Outcome; CROSSED from the moment the loaded truck has crossed
    reason: Index  # index into Network.reasons; -1 = none
    departed: IntArray  # [ms] when it crossed, else when it left; NEVER = it is inside
    gate: Index  # gate crossed; -1 = none
    step: Index  # step it reached last; -1 = it never entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Times trucks spent in steps of one kind. shape (n_stays,)"""

    truck: Index
    step: Index
    begin: IntArray  # [ms]
    end: IntArray  # [ms]; NEVER = it was there when the run ended
    exit: Index  # exit by which it went on, as Passages counts them; -1 = it did not
    visit: Index  # of a wait: the visit for which the truck stood waiting, a row of Visits; -1 otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Every unit that changed hands. shape (n_changes,)"""

    resource: Index
    truck: Index
    time: IntArray  # [ms]
    taken: npt.NDArray[np.int32]  # 1 taken, -1 given up
    granted: npt.NDArray[np.bool_]  # taken because it was granted, not by a MOVE


@dataclass(frozen=True, kw_only=True)
class Lives:
    """All that happened, in the order of the Plan's trucks."""

    plan: Plan
    trace: Trace
    visits: Visits
    fates: Fates
    waits: Stays  # in an ASK
    works: Stays  # in a WORK
    travels: Stays  # in a TRAVEL
    units: Units

    @cached_property
    def occupancy(self) -> Occupancy:
        """How many trucks were at each station, at every instant."""
        return occupancy(self)

    @cached_property
    def in_use(self) -> list[Count]:
        """Units of each resource that trucks held, at every instant."""
        return tally(self.units.resource, self.units.time, self.units.taken, len(self.plan.network.resources))


def decode(plan: Plan, trace: Trace) -> Lives:
    """The lives of the trucks of a Plan as a Trace tells them. Raises BrokenLaw if a truck got lost on its way."""
    walk = _Walk(plan, trace)
    walk.along()
    return Lives(
        plan=plan,
        trace=trace,
        visits=walk.visits(),
        fates=walk.fates(),
        waits=walk.stays(Kind.ASK),
        works=walk.stays(Kind.WORK),
        travels=walk.stays(Kind.TRAVEL),
        units=walk.units(),
    )


class _Walk:
    """All trucks on their way at once. `now` is when each makes its present passage."""

    def __init__(self, plan: Plan, trace: Trace) -> None:
        self.plan, self.trace, self.steps = plan, trace, plan.network.steps
        self.passages: Passages = passages(plan.network)
        self.columns = {name: np.ascontiguousarray(self.steps[name]) for name in ("kind", "stamp", "exit", "work")}
        sizes = np.array([len(p.visits) for p in plan.network.layout.programs] or [0], np.int64)
        self.row_at = offsets(sizes[plan.trucks.program])
        self.stamps = np.full((len(FIELDS), int(self.row_at[-1])), NEVER, np.int64)
        self.waited = np.zeros(int(self.row_at[-1]), np.int64)
        self.wait_slot = visit_waited_for(plan.network)
        self.left = np.full(len(trace.step), NEVER, np.int64)
        self.kept: dict[Kind, list[tuple[npt.NDArray[Any], ...]]] = {kind: [] for kind in Kind}
        self.changes: list[tuple[npt.NDArray[Any], ...]] = []
        self.row_of = np.zeros(0, np.int64)  # row in Visits of each visit that a truck could have made

    def along(self) -> None:
        """Follow every truck that entered until the step it reached last."""
        trucks = self.plan.trucks
        truck = np.flatnonzero(self.trace.step >= 0)
        passage = self.passages.entry + trucks.first[truck].astype(np.int64)
        now = trucks.enters[truck]
        while len(truck):
            self.mark(truck, passage, now)
            self.hand_over(truck, passage, now)
            truck, passage, now = self.stay(truck, self.passages.goes_to[passage].astype(np.int64), now)

    def mark(self, truck: IntArray, passage: IntArray, now: IntArray) -> None:
        """Write the stamps of visits that are the moment of this passage."""
        p = self.passages
        first = p.mark_at[passage]
        width = p.mark_at[passage + 1] - first
        for k in range(int(width.max(initial=0))):
            has = slice(None) if k < int(width.min()) else np.flatnonzero(width > k)
            entry = first[has] + k
            self.stamps[p.mark_field[entry], self.row_at[truck[has]] + p.mark_slot[entry]] = now[has]

    def hand_over(self, truck: IntArray, passage: IntArray, now: IntArray) -> None:
        """Note the units that change hands."""
        p = self.passages
        first = p.unit_at[passage]
        width = p.unit_at[passage + 1] - first
        for k in range(int(width.max(initial=0))):
            has = slice(None) if k < int(width.min()) else np.flatnonzero(width > k)
            entry = first[has] + k
            self.changes.append((p.unit[entry], truck[has], now[has], p.taken[entry], p.granted[entry]))

    def stay(self, truck: IntArray, step: IntArray, now: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Let the time at each step pass. Returns who goes on, by which passage, and when."""
        kind, last = self.columns["kind"][step], self.trace.step[truck] == step
        until, exit_taken = self.over(truck, step, now, kind, last)
        exit_taken[last] = -1
        goes_on = ~last
        wrong = np.flatnonzero(goes_on & ((until < now) | (until >= self.plan.ends) | (kind == Kind.LEAVE)))
        if len(wrong):
            raise self.lost(*(int(column[wrong[0]]) for column in (truck, step, now, until)))
        for which in (Kind.ASK, Kind.WORK, Kind.TRAVEL):
            here = np.flatnonzero(kind == which)
            if len(here):
                row = self.waits(truck, step, now, until, here) if which == Kind.ASK else np.full(len(here), -1)
                self.kept[which].append((truck[here], step[here], now[here], until[here], exit_taken[here], row))
        left = kind == Kind.LEAVE
        self.left[truck[left]] = now[left]
        return truck[goes_on], self.passages.first[step[goes_on]] + exit_taken[goes_on], until[goes_on]

    def over(
        self, truck: IntArray, step: IntArray, now: IntArray, kind: Index, last: npt.NDArray[np.bool_]
    ) -> tuple[IntArray, IntArray]:
        """When the stay of each truck is over (NEVER if it is there still), and the exit it takes."""
        trucks, trace = self.plan.trucks, self.trace
        until = np.where(last, NEVER, now)
        slot = self.columns["stamp"][step]
        stamped = np.flatnonzero((slot >= 0) & ~last)
        until[stamped] = trace.stamps[trucks.stamp_at[truck[stamped]] + slot[stamped]]
        timed = np.flatnonzero(((kind == Kind.WORK) | (kind == Kind.TRAVEL)) & (slot < 0) & ~last)
        until[timed] += trucks.work[trucks.work_at[truck[timed]] + self.columns["work"][step[timed]]]
        exit_slot = self.columns["exit"][step]
        exit_taken = np.zeros(len(truck), np.int64)
        parts = np.flatnonzero((exit_slot >= 0) & ~last)
        exit_taken[parts] = trace.stamps[trucks.stamp_at[truck[parts]] + exit_slot[parts]]
        return until, exit_taken

    def waits(self, truck: IntArray, step: IntArray, now: IntArray, until: IntArray, here: IntArray) -> IntArray:
        """Add the waits to the visits they belong to, and return the rows of these."""
        row = self.row_at[truck[here]] + self.wait_slot[step[here]]
        end = until[here]
        self.waited[row] += np.where(end == NEVER, self.plan.ends, end) - now[here]
        return row

    def lost(self, truck: int, step: int, now: int, until: int) -> BrokenLaw:
        """What to raise about a truck that cannot have left a step at that time."""
        station, who = _station_of(self.plan.network, step), int(self.plan.trucks.id[truck])
        if until == NEVER or self.steps["kind"][step] == Kind.LEAVE:
            what = f"it never left step {step} but was last seen at step {self.trace.step[truck]}"
            return BrokenLaw("trucks conserved", what, station=station, time=now, truck=who)
        law = "no negative wait" if until < now else "nothing happens at or after the end"
        what = f"step {step} began at {now} and was over at {until}"
        return BrokenLaw(law, what, station=station, time=until, truck=who)

    # ----------------------------------------------------------------------------------- what comes out

    def visits(self) -> Visits:
        """The visits that came about; to be called before stays()."""
        programs, program = self.plan.network.layout.programs, self.plan.trucks.program
        stations = np.array([v.station for p in programs for v in p.visits], np.int32)
        first = offsets(np.array([len(p.visits) for p in programs] or [0]))
        sizes = np.diff(self.row_at)
        truck = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        slot = np.arange(len(truck)) - self.row_at[:-1][truck]
        came = np.any(self.stamps != NEVER, axis=0)
        kept = slice(None) if came.all() else np.flatnonzero(came)
        self.row_of = np.cumsum(came) - 1
        truck, slot = truck[kept], slot[kept]
        return Visits(
            truck=truck, station=stations[first[program[truck]] + slot], slot=slot.astype(np.int32),
            **{name: self.stamps[k, kept] for k, name in enumerate(FIELDS)}, waited=self.waited[kept],
        )  # fmt: skip

    def fates(self) -> Fates:
        step, program = self.trace.step, self.plan.trucks.program
        programs = self.plan.network.layout.programs
        crossing = np.array([p.crossing for p in programs] or [-1])[program]
        gates = np.array([p.gate for p in programs] or [-1])[program]
        done = self.left != NEVER
        outcome = np.where(done, self.steps["outcome"][step], Outcome.INSIDE).astype(np.int8)
        crosses = np.flatnonzero(crossing >= 0)
        crossed = np.full(len(step), NEVER, np.int64)
        crossed[crosses] = self.stamps[LEFT, self.row_at[crosses] + crossing[crosses]]
        outcome[crossed != NEVER] = Outcome.CROSSED
        reason = np.where(done & (crossed == NEVER), self.steps["reason"][step], -1)
        gate = np.where(outcome == Outcome.CROSSED, gates, -1)
        departed = np.where(crossed != NEVER, crossed, self.left)
        return Fates(
            outcome=outcome, reason=reason.astype(np.int32), departed=departed, gate=gate.astype(np.int32), step=step
        )

    def stays(self, kind: Kind) -> Stays:
        names = [f.name for f in fields(Stays)]
        columns = dict(zip(names, _joined(self.kept[kind], 6), strict=True))
        if kind == Kind.ASK:
            columns["visit"] = self.row_of[columns["visit"]]
        return Stays(**{name: column.astype(_dtype(name)) for name, column in columns.items()})

    def units(self) -> Units:
        resource, truck, time, taken, granted = _joined(self.changes, 5)
        return Units(
            resource=resource.astype(np.int32), truck=truck.astype(np.int32), time=time, taken=taken.astype(np.int32),
            granted=granted.astype(np.bool_),
        )  # fmt: skip


def _dtype(name: str) -> type:
    return np.int64 if name in ("begin", "end") else np.int32


def _joined(parts: list[tuple[npt.NDArray[Any], ...]], width: int) -> list[npt.NDArray[Any]]:
    return [np.concatenate([part[k] for part in parts]) if parts else np.zeros(0, np.int64) for k in range(width)]


def _station_of(network: Network, step: int) -> str:
    layout, row = network.layout, network.steps[step]
    if row["queue"] >= 0:
        return str(layout.stations[layout.queue_station[row["queue"]]])
    return str(layout.stations[layout.resource_station[row["server"]]]) if row["server"] >= 0 else ""


def visit_waited_for(network: Network) -> Index:
    """The visit of its program for which a truck waits in each ASK. shape (n_steps,); 0 where a step is no ASK.

    The visit that is joined or entered with the ASK; a truck that waits to leave the file of a road waits for the road.
    """
    found = np.full(len(network.steps), -1, np.int32)
    asks, first = network.steps["kind"] == Kind.ASK, 0
    for program in network.layout.programs:
        for slot, visit in enumerate(program.visits):
            found[list(visit.entered)] = slot
        for slot, visit in enumerate(program.visits):
            found[list(visit.joined)] = slot
        for step in np.flatnonzero(asks[first : program.last] & (found[first : program.last] < 0)).tolist():
            found[first + step] = _visit_of_queue(network, program.visits, first + step)
        first = program.last
    return np.where(asks, found, 0).astype(np.int32)


def _visit_of_queue(network: Network, visits: tuple[Visit, ...], step: int) -> int:
    station = network.layout.queue_station[network.steps["queue"][step]]
    before = [k for k, v in enumerate(visits) if v.station == station and min((*v.joined, step + 1)) <= step]
    return before[-1] if before else 0
