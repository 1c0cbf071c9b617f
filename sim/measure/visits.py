"""Reading the lives of trucks from a Trace: when each came, waited, was worked on, left, and what it held.

A Trace stores only what nothing else implies. Here the rest is put back: trucks go along their route programs,
passage by passage, with the times that the stamps and the drawn works give; all at once in NumPy, or, in a large
run of a program that has Numba loaded anyway, one after the other (walk_compiled.py). Both give the same.
"""

from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.measure.broken import BrokenLaw
from sim.measure.large import compiled_pays
from sim.measure.lives import Fates, Index, Lives, Stays, Units, Visits
from sim.measure.passages import FIELDS, Passages, offsets, passages
from sim.planning.plan import NEVER, IntArray, Kind, Network, Plan, Visit
from sim.trace import Outcome, Trace

LEFT = FIELDS.index("left")
FAR = int(np.iinfo(np.int64).max)  # later than any time
Columns = tuple[npt.NDArray[Any], ...]


def decode(plan: Plan, trace: Trace) -> Lives:
    """The lives of the trucks of a Plan as a Trace tells them. Raises BrokenLaw if a truck got lost on its way."""
    walk = _Walk(plan, trace)
    if compiled_pays(len(trace.step)):
        walk.along_compiled()
    else:
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
        self.parts: dict[Kind, list[Columns]] = {kind: [] for kind in Kind}
        self.handed: list[Columns] = []
        self.kept: dict[Kind, Columns] = {}  # the stays of each kind
        self.changes: Columns = ()  # the units that changed hands
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
        self.kept = {kind: _joined(parts, 6) for kind, parts in self.parts.items()}
        self.changes = _joined(self.handed, 4)

    def along_compiled(self) -> None:
        """The same, truck by truck."""
        from sim.measure.walk_compiled import follow  # noqa: PLC0415 -- needs Numba, which only large runs load

        self.kept, self.changes, wrong = follow(
            self.plan, self.trace, self.passages, self.row_at, self.wait_slot, self.stamps, self.waited, self.left
        )
        if wrong is not None:
            raise self.lost(*wrong)

    def mark(self, truck: IntArray, passage: IntArray, now: IntArray) -> None:
        """Write the stamps of visits that are the moment of this passage; of several, the first counts."""
        p = self.passages
        first = p.mark_at[passage]
        width = p.mark_at[passage + 1] - first
        for k in range(int(width.max(initial=0))):
            has = slice(None) if k < int(width.min()) else np.flatnonzero(width > k)
            entry = first[has] + k
            place = p.mark_field[entry], self.row_at[truck[has]] + p.mark_slot[entry]
            self.stamps[place] = np.where(self.stamps[place] == NEVER, now[has], self.stamps[place])

    def hand_over(self, truck: IntArray, passage: IntArray, now: IntArray) -> None:
        """Note the units that change hands."""
        p = self.passages
        first = p.unit_at[passage]
        width = p.unit_at[passage + 1] - first
        for k in range(int(width.max(initial=0))):
            has = slice(None) if k < int(width.min()) else np.flatnonzero(width > k)
            entry = first[has] + k
            self.handed.append((p.unit[entry], truck[has], now[has], p.taken[entry]))

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
                self.parts[which].append((truck[here], step[here], now[here], until[here], exit_taken[here], row))
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
        if compiled_pays(len(sizes)):
            return self.visits_compiled(stations[: int(first[-1])], first)
        truck = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        slot = np.arange(len(truck)) - self.row_at[:-1][truck]
        came = self.stamps.max(axis=0, initial=NEVER) != NEVER
        kept = slice(None) if came.all() else np.flatnonzero(came)
        self.row_of = np.cumsum(came) - 1
        truck, slot = truck[kept], slot[kept]
        return Visits(
            truck=truck, station=stations[first[program[truck]] + slot], slot=slot.astype(np.int32),
            **{name: self.stamps[k, kept] for k, name in enumerate(FIELDS)}, waited=self.waited[kept],
        )  # fmt: skip

    def visits_compiled(self, stations: Index, first: IntArray) -> Visits:
        """The same in one pass, for many trucks."""
        from sim.measure.walk_compiled import made  # noqa: PLC0415  needs Numba, which only large runs load

        whose, n = self.plan.trucks.program, len(self.waited)
        index, times = np.empty((3, n), np.int32), np.empty((len(FIELDS) + 1, n), np.int64)
        self.row_of = np.empty(n, np.int64)
        size = made(self.row_at, whose, first, stations, self.stamps, self.waited, self.row_of, index, times)
        truck, station, slot = index[:, :size]
        named = dict(zip(FIELDS, times[:, :size], strict=False))
        return Visits(truck=truck, station=station, slot=slot, waited=times[-1, :size], **named)

    def fates(self) -> Fates:
        step = self.trace.step
        done = self.left != NEVER
        outcome = np.where(done, self.steps["outcome"][step], Outcome.INSIDE).astype(np.int8)
        crossed, gates = self._crossings()
        outcome[crossed != NEVER] = Outcome.CROSSED
        reason = np.where(done & (crossed == NEVER), self.steps["reason"][step], -1)
        gate = np.where(outcome == Outcome.CROSSED, gates, -1)
        departed = np.where(crossed != NEVER, crossed, self.left)
        return Fates(
            outcome=outcome, reason=reason.astype(np.int32), departed=departed, gate=gate.astype(np.int32), step=step
        )

    def _crossings(self) -> tuple[IntArray, IntArray]:
        """When each truck crossed, NEVER = it has not, and its gate: that of the crossing it left first."""
        programs, program = self.plan.network.layout.programs, self.plan.trucks.program
        gates = np.array([p.gate for p in programs] or [-1])[program]
        first = np.full(len(program), FAR, np.int64)
        for number in range(max((len(p.crossings) for p in programs), default=0)):
            pairs = [p.crossings[number] if number < len(p.crossings) else (-1, -1) for p in programs]
            visit, gate = np.array(pairs)[program].T
            some = np.flatnonzero(visit >= 0)
            left = self.stamps[LEFT, self.row_at[some] + visit[some]]
            sooner = (left != NEVER) & (left < first[some])
            first[some[sooner]], gates[some[sooner]] = left[sooner], gate[some[sooner]]
        return np.where(first == FAR, NEVER, first), gates

    def stays(self, kind: Kind) -> Stays:
        names = [f.name for f in fields(Stays)]
        columns = dict(zip(names, self.kept[kind], strict=True))
        if kind == Kind.ASK:
            columns["visit"] = self.row_of[columns["visit"]]
        return Stays(**{name: column.astype(_dtype(name), copy=False) for name, column in columns.items()})

    def units(self) -> Units:
        resource, truck, time, taken = self.changes
        resource, truck, taken = (column.astype(np.int32, copy=False) for column in (resource, truck, taken))
        return Units(resource=resource, truck=truck, time=time, taken=taken)


def _dtype(name: str) -> type:
    return np.int64 if name in ("begin", "end") else np.int32


def _joined(parts: list[Columns], width: int) -> Columns:
    return tuple(np.concatenate([part[k] for part in parts]) if parts else np.zeros(0, np.int64) for k in range(width))


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
