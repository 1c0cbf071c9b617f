"""The walk of visits.py for one truck after the other, compiled. Same answer, for large runs."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.measure.passages import Passages, offsets
from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import NEVER, IntArray, Kind, Network, Plan
from sim.trace import Trace

_ASK, _WORK, _TRAVEL, _LEAVE = int(Kind.ASK), int(Kind.WORK), int(Kind.TRAVEL), int(Kind.LEAVE)
_KINDS = (Kind.ASK, Kind.WORK, Kind.TRAVEL)
Columns = tuple[npt.NDArray[Any], ...]


class _Given(NamedTuple):
    """What is read: the Trace, the Plan, and what each passage means."""

    last: npt.NDArray[np.int32]
    stamps: IntArray
    stamp_at: IntArray
    first: npt.NDArray[np.int32]
    enters: IntArray
    work: IntArray
    work_at: IntArray
    row_at: IntArray
    kind: npt.NDArray[np.int32]
    stamp: npt.NDArray[np.int32]
    exit: npt.NDArray[np.int32]
    slot: npt.NDArray[np.int32]
    wait_slot: npt.NDArray[np.int32]
    exits: IntArray
    goes_to: npt.NDArray[np.int32]
    mark_at: IntArray
    mark_slot: npt.NDArray[np.int32]
    mark_field: npt.NDArray[np.int32]
    unit_at: IntArray
    unit: npt.NDArray[np.int32]
    taken: npt.NDArray[np.int32]


class _Stays(NamedTuple):
    """Room for the stays of one kind, column by column."""

    truck: npt.NDArray[np.int32]
    step: npt.NDArray[np.int32]
    begin: IntArray
    end: IntArray
    exit: npt.NDArray[np.int32]
    row: IntArray


class _Units(NamedTuple):
    """Room for the units that change hands, column by column."""

    resource: npt.NDArray[np.int32]
    truck: npt.NDArray[np.int32]
    time: IntArray
    taken: npt.NDArray[np.int32]


def follow(
    plan: Plan, trace: Trace, p: Passages, row_at: IntArray, wait_slot: npt.NDArray[np.int32],
    stamps: IntArray, waited: IntArray, left: IntArray,
) -> tuple[dict[Kind, Columns], Columns, tuple[int, int, int, int] | None]:  # fmt: skip
    """Follow every truck, writing stamps, waits and leaving times into the arrays given.

    Returns the stays of each kind, the units that changed hands, and truck, step, begin and end of the first stay that
    cannot have been, if there is one.
    """
    trucks, steps = plan.trucks, plan.network.steps
    kind, stamp, exit_, slot = (np.ascontiguousarray(steps[name]) for name in ("kind", "stamp", "exit", "work"))
    given = _Given(
        np.ascontiguousarray(trace.step, np.int32), trace.stamps, trucks.stamp_at, trucks.first, trucks.enters,
        trucks.work, trucks.work_at, row_at,
        kind, stamp, exit_, slot, wait_slot, p.first, p.goes_to, p.mark_at, p.mark_slot, p.mark_field, p.unit_at,
        p.unit, p.taken,
    )  # fmt: skip
    n_stays, n_units = _room(plan.network, p, trucks.program)
    asks, works, travels = (_Stays(*(np.empty(n, t) for t in _STAY_TYPES)) for n in n_stays)
    units = _Units(*(np.empty(n_units, t) for t in _UNIT_TYPES))
    count = np.zeros(4, np.int64)
    wrong = _follow(given, p.entry, plan.ends, stamps, waited, left, asks, works, travels, units, count)
    kept: dict[Kind, Columns] = {
        k: tuple(c[:n] for c in room)
        for k, room, n in zip(_KINDS, (asks, works, travels), count.tolist(), strict=False)
    }
    return kept, tuple(column[: count[3]] for column in units), wrong if wrong[0] >= 0 else None


_STAY_TYPES: tuple[Any, ...] = (np.int32, np.int32, np.int64, np.int64, np.int32, np.int64)
_UNIT_TYPES: tuple[Any, ...] = (np.int32, np.int32, np.int64, np.int32)


def _room(network: Network, p: Passages, program: npt.NDArray[np.int32]) -> tuple[list[int], int]:
    """How many stays of each kind, and changes of units, there can be at most."""
    trucks = np.bincount(program, minlength=len(network.layout.programs))
    edges = np.array([0, *(one.last for one in network.layout.programs)], np.int64)
    width = np.diff(p.unit_at)
    of_step = np.add.reduceat(np.append(width[: p.entry], 0), np.append(p.first, p.entry))[:-1]
    of_step = np.where(np.diff(np.append(p.first, p.entry)) > 0, of_step, 0) + width[p.entry :]

    def most(each: IntArray) -> int:
        return int(np.diff(offsets(each)[edges]) @ trucks)

    return [most(network.steps["kind"] == kind) for kind in _KINDS], most(of_step)


@inlined
def _put(stays: _Stays, n: int, truck: int, step: int, now: int, until: int, exit_taken: int, row: int) -> int:
    """Write down a stay. How many there are now."""
    stays.truck[n], stays.step[n], stays.begin[n] = truck, step, now
    stays.end[n], stays.exit[n], stays.row[n] = until, exit_taken, row
    return n + 1


@inlined
def _pass(g: _Given, passage: int, truck: int, now: int, stamps: IntArray, units: _Units, n: int) -> int:
    """Write the stamps of a passage and the units that change hands. How many of these there are now."""
    for k in range(g.mark_at[passage], g.mark_at[passage + 1]):
        place = g.mark_field[k], g.row_at[truck] + g.mark_slot[k]
        if stamps[place] == NEVER:  # of several steps the first counts
            stamps[place] = now
    for k in range(g.unit_at[passage], g.unit_at[passage + 1]):
        units.resource[n], units.truck[n], units.time[n], units.taken[n] = g.unit[k], truck, now, g.taken[k]
        n += 1
    return n


@inlined
def _over(g: _Given, truck: int, step: int, now: int) -> int:
    """When a stay that is over was over."""
    if g.stamp[step] >= 0:
        return int(g.stamps[g.stamp_at[truck] + g.stamp[step]])
    if g.kind[step] == _WORK or g.kind[step] == _TRAVEL:
        return int(now + g.work[g.work_at[truck] + g.slot[step]])
    return now


@compiled
def _follow(
    g: _Given, entry: int, ends: int, stamps: IntArray, waited: IntArray, left: IntArray,
    asks: _Stays, works: _Stays, travels: _Stays, units: _Units, count: IntArray,
) -> tuple[int, int, int, int]:  # fmt: skip
    """The walk itself. `count`: stays of each kind, then units. Returns what is wrong, or -1 first."""
    for truck in range(len(g.last)):
        if g.last[truck] < 0:
            continue
        passage, now, goes_on = entry + g.first[truck], g.enters[truck], True
        while goes_on:
            count[3] = _pass(g, passage, truck, now, stamps, units, count[3])
            step = g.goes_to[passage]
            kind, goes_on = g.kind[step], g.last[truck] != step
            until, exit_taken = NEVER, -1
            if goes_on:
                until = _over(g, truck, step, now)
                if until < now or until >= ends or kind == _LEAVE:
                    return truck, step, now, until
                exit_taken = g.stamps[g.stamp_at[truck] + g.exit[step]] if g.exit[step] >= 0 else 0
            if kind == _ASK:
                row = g.row_at[truck] + g.wait_slot[step]
                waited[row] += (until if goes_on else ends) - now
                count[0] = _put(asks, count[0], truck, step, now, until, exit_taken, row)
            elif kind == _WORK:
                count[1] = _put(works, count[1], truck, step, now, until, exit_taken, -1)
            elif kind == _TRAVEL:
                count[2] = _put(travels, count[2], truck, step, now, until, exit_taken, -1)
            elif kind == _LEAVE:
                left[truck] = now
            passage, now = g.exits[step] + exit_taken, until
    return -1, 0, 0, 0


@compiled
def made(
    row_at: IntArray, program: npt.NDArray[np.int32], first: IntArray, stations: npt.NDArray[np.int32],
    stamps: IntArray, waited: IntArray, row_of: IntArray, index: npt.NDArray[np.int32], times: IntArray,
) -> int:  # fmt: skip
    """The visits that came about, one after the other: truck, station and slot, stamps and waits. How many."""
    n = 0
    for truck in range(len(program)):
        for row in range(row_at[truck], row_at[truck + 1]):
            row_of[row] = n
            slot, came = row - row_at[truck], False
            for k in range(len(stamps)):
                times[k, n] = stamps[k, row]
                came |= stamps[k, row] != NEVER
            times[len(stamps), n] = waited[row]
            index[0, n], index[1, n], index[2, n] = truck, stations[first[program[truck]] + slot], slot
            n += came
    return n
