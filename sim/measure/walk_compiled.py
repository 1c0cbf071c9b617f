"""The walk of visits.py for one truck after the other, compiled. Same answer, for large runs."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measure.moments import Index, Moments
from sim.measure.passages import Passages, offsets
from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import IntArray, Kind, Network, Plan
from sim.trace import Trace

_WORK, _TRAVEL, _LEAVE = int(Kind.WORK), int(Kind.TRAVEL), int(Kind.LEAVE)


class _Given(NamedTuple):
    """What is read: the Trace, the Plan, and where each passage goes."""

    last: Index
    stamps: IntArray
    stamp_at: IntArray
    first: Index
    enters: IntArray
    work: IntArray
    work_at: IntArray
    kind: Index
    stamp: Index
    exit: Index
    slot: Index
    exits: IntArray
    goes_to: Index


def follow(plan: Plan, trace: Trace, p: Passages) -> tuple[Moments, tuple[int, int, int, int] | None]:
    """The moments of every truck, and truck, step, begin and end of the first stay that cannot have been, if any."""
    trucks, steps = plan.trucks, plan.network.steps
    kind, stamp, exit_, slot = (np.ascontiguousarray(steps[name]) for name in ("kind", "stamp", "exit", "work"))
    given = _Given(
        np.ascontiguousarray(trace.step, np.int32), trace.stamps, trucks.stamp_at, trucks.first, trucks.enters,
        trucks.work, trucks.work_at, kind, stamp, exit_, slot, p.first, p.goes_to,
    )  # fmt: skip
    room = _room(plan.network, trucks.program)
    time, passage, at = np.empty(room, np.int64), np.empty(room, np.int32), np.zeros(len(trace.step) + 1, np.int64)
    wrong = _follow(given, p.entry, plan.ends, time, passage, at)
    made = Moments(passages=p, time=time[: at[-1]], passage=passage[: at[-1]], at=at)
    return made, wrong if wrong[0] >= 0 else None


def _room(network: Network, program: npt.NDArray[np.int32]) -> int:
    """How many moments there can be at most: a truck begins no step of its program twice."""
    edges = np.array([0, *(one.last for one in network.layout.programs)], np.int64)
    stops = np.diff(offsets(network.steps["kind"] != Kind.MOVE)[edges])
    return int(stops @ np.bincount(program, minlength=len(stops)))


@inlined
def _over(g: _Given, truck: int, step: int, now: int) -> int:
    """When a stay that is over was over."""
    if g.stamp[step] >= 0:
        return int(g.stamps[g.stamp_at[truck] + g.stamp[step]])
    if g.kind[step] == _WORK or g.kind[step] == _TRAVEL:
        return int(now + g.work[g.work_at[truck] + g.slot[step]])
    return now


@compiled
def _follow(g: _Given, entry: int, ends: int, time: IntArray, made: Index, at: IntArray) -> tuple[int, int, int, int]:
    """The walk itself. Returns what is wrong, or -1 first."""
    n = 0
    for truck in range(len(g.last)):
        last = g.last[truck]
        passage, now, step = entry + g.first[truck], g.enters[truck], -1
        while step != last:
            time[n], made[n] = now, passage
            n += 1
            step = g.goes_to[passage]
            if step != last:
                until = _over(g, truck, step, now)
                if until < now or until >= ends or g.kind[step] == _LEAVE:
                    return truck, step, now, until
                passage = g.exits[step] + (g.stamps[g.stamp_at[truck] + g.exit[step]] if g.exit[step] >= 0 else 0)
                now = until
        at[truck + 1] = n
    return -1, 0, 0, 0
