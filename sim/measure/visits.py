"""Reading the lives of trucks from a Trace: when each came, waited, was worked on, left, and what it held.

A Trace stores only what nothing else implies. Here the rest is put back: trucks go along their route programs,
passage by passage, with the times that the stamps and the drawn works give; all at once in NumPy, or, in a large
run of a program that has Numba loaded anyway, one after the other (walk_compiled.py). Both give the same.
"""

import numpy as np

from sim.measure.broken import BrokenLaw
from sim.measure.lives import Lives
from sim.measure.moments import Index, Moments
from sim.measure.passages import Passages, offsets, passages
from sim.planning.large import compiled_pays
from sim.planning.plan import NEVER, IntArray, Kind, Network, Plan
from sim.trace import Trace


def decode(plan: Plan, trace: Trace, *, hours: IntArray | None = None) -> Lives:
    """The lives of the trucks of a Plan as a Trace tells them. Raises BrokenLaw if a truck got lost on its way.

    `hours` are instants at which crowds will be asked for: told beforehand, they are counted once.
    """
    p = passages(plan.network)
    if compiled_pays(len(trace.step)):
        from sim.measure.walk_compiled import follow  # noqa: PLC0415 -- needs Numba, which only large runs load

        moments, wrong = follow(plan, trace, p)
        if wrong is not None:
            raise _lost(plan, trace, *wrong)
    else:
        moments = _Walk(plan, trace, p).along()
    return Lives(plan=plan, trace=trace, moments=moments, hours=np.zeros(0, np.int64) if hours is None else hours)


class _Walk:
    """All trucks on their way at once. `now` is when each makes its present passage."""

    def __init__(self, plan: Plan, trace: Trace, p: Passages) -> None:
        self.plan, self.trace, self.steps, self.passages = plan, trace, plan.network.steps, p
        self.columns = {name: np.ascontiguousarray(self.steps[name]) for name in ("kind", "stamp", "exit", "work")}
        self.made: list[tuple[IntArray, IntArray, IntArray]] = [(np.zeros(0, np.int64),) * 3]

    def along(self) -> Moments:
        """Follow every truck that entered until the step it reached last."""
        trucks = self.plan.trucks
        truck = np.flatnonzero(self.trace.step >= 0)
        passage = self.passages.entry + trucks.first[truck].astype(np.int64)
        now = trucks.enters[truck]
        while len(truck):
            self.made.append((truck, passage, now))
            truck, passage, now = self.stay(truck, self.passages.goes_to[passage].astype(np.int64), now)
        truck, passage, now = (np.concatenate(column) for column in zip(*self.made, strict=True))
        order = np.argsort(truck, kind="stable")
        at = offsets(np.bincount(truck, minlength=len(self.trace.step)))
        return Moments(passages=self.passages, time=now[order], passage=passage[order].astype(np.int32), at=at)

    def stay(self, truck: IntArray, step: IntArray, now: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Let the time at each step pass. Returns who goes on, by which passage, and when."""
        kind, goes_on = self.columns["kind"][step], self.trace.step[truck] != step
        truck, step, now, kind = truck[goes_on], step[goes_on], now[goes_on], kind[goes_on]
        until, exit_taken = self.over(truck, step, now, kind)
        wrong = np.flatnonzero((until < now) | (until >= self.plan.ends) | (kind == Kind.LEAVE))
        if len(wrong):
            who = (int(column[wrong[0]]) for column in (truck, step, now, until))
            raise _lost(self.plan, self.trace, *who)
        return truck, self.passages.first[step] + exit_taken, until

    def over(self, truck: IntArray, step: IntArray, now: IntArray, kind: Index) -> tuple[IntArray, IntArray]:
        """When the stay of each truck that goes on is over, and the exit it takes."""
        trucks, trace = self.plan.trucks, self.trace
        until, exit_taken = now.copy(), np.zeros(len(truck), np.int64)
        slot, exit_slot = self.columns["stamp"][step], self.columns["exit"][step]
        stamped = np.flatnonzero(slot >= 0)
        until[stamped] = trace.stamps[trucks.stamp_at[truck[stamped]] + slot[stamped]]
        timed = np.flatnonzero(((kind == Kind.WORK) | (kind == Kind.TRAVEL)) & (slot < 0))
        until[timed] += trucks.work[trucks.work_at[truck[timed]] + self.columns["work"][step[timed]]]
        parts = np.flatnonzero(exit_slot >= 0)
        exit_taken[parts] = trace.stamps[trucks.stamp_at[truck[parts]] + exit_slot[parts]]
        return until, exit_taken


def _lost(plan: Plan, trace: Trace, truck: int, step: int, now: int, until: int) -> BrokenLaw:
    """What to raise about a truck that cannot have left a step at that time."""
    station, who = _station_of(plan.network, step), int(plan.trucks.id[truck])
    if until == NEVER or plan.network.steps["kind"][step] == Kind.LEAVE:
        what = f"it never left step {step} but was last seen at step {trace.step[truck]}"
        return BrokenLaw("trucks conserved", what, station=station, time=now, truck=who)
    law = "no negative wait" if until < now else "nothing happens at or after the end"
    what = f"step {step} began at {now} and was over at {until}"
    return BrokenLaw(law, what, station=station, time=until, truck=who)


def _station_of(network: Network, step: int) -> str:
    layout, row = network.layout, network.steps[step]
    if row["queue"] >= 0:
        return str(layout.stations[layout.queue_station[row["queue"]]])
    return str(layout.stations[layout.resource_station[row["server"]]]) if row["server"] >= 0 else ""
