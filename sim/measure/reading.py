"""From moments to columns: the visits of trucks, their stays in steps, the units that changed hands."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.measure.moments import Index, Moments
from sim.measure.passages import FIELDS, offsets, spread
from sim.planning.plan import NEVER, IntArray, Kind, Network, Plan, Visit

_FAR = int(np.iinfo(np.int64).max)  # later than any time
ENTERED, STARTED = FIELDS.index("entered"), FIELDS.index("started")


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
class Stays:
    """Times trucks spent in steps of one kind, in order of trucks and of time. shape (n_stays,)"""

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
    taken: Index  # 1 taken, -1 given up


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What programs say of the visits of trucks. Visit `slot` of a truck of program p has row first[p] + slot."""

    first: IntArray  # shape (n_programs + 1,)
    station: Index  # of each visit of each program
    enters_by: Index  # the stamp, an index into FIELDS, from which on a truck is inside in each visit
    program: Index  # of each step, shape (n_steps,)
    wait_slot: Index  # visit for which a truck waits in each ASK, shape (n_steps,); 0 where a step is no ASK
    wait_station: Index  # its station; -1 where a step is no ASK


def ways(network: Network) -> Ways:
    """The visits of all programs of a network."""
    programs = network.layout.programs
    first = offsets(np.array([len(p.visits) for p in programs], np.int64))
    station = np.array([v.station for p in programs for v in p.visits], np.int32)
    slot = _visits_waited_for(network)
    enters_by = [ENTERED if v.entered else STARTED for p in programs for v in p.visits]
    of_step = np.repeat(np.arange(len(programs), dtype=np.int32), np.diff([0, *(p.last for p in programs)]))
    asks = np.flatnonzero(network.steps["kind"] == Kind.ASK)
    wait_station = np.full(len(slot), -1, np.int32)
    wait_station[asks] = station[first[of_step[asks]] + slot[asks]]
    return Ways(
        first=first, station=station, enters_by=np.array(enters_by, np.int32), program=of_step, wait_slot=slot,
        wait_station=wait_station,
    )  # fmt: skip


def _visits_waited_for(network: Network) -> Index:
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


def visits(plan: Plan, moments: Moments, paths: Ways) -> Visits:
    """The visits that came about."""
    p, program = moments.passages, plan.trucks.program
    row_at = offsets(np.diff(paths.first)[program])
    stamps = np.full((len(FIELDS), int(row_at[-1])), _FAR, np.int64)
    which, mark = spread(p.mark_at[moments.passage], p.mark_at[moments.passage + 1])
    rows = row_at[moments.truck(which)] + p.mark_slot[mark]
    np.minimum.at(stamps, (p.mark_field[mark], rows), moments.time[which])  # of several steps the first counts
    stamps[stamps == _FAR] = NEVER
    waits = np.flatnonzero(plan.network.steps["kind"][moments.step] == Kind.ASK)
    waited = np.zeros(int(row_at[-1]), np.int64)
    over = moments.over[waits]
    length = np.where(over == NEVER, plan.ends, over) - moments.time[waits]
    np.add.at(waited, row_at[moments.truck(waits)] + paths.wait_slot[moments.step[waits]], length)
    kept = np.flatnonzero(stamps.max(axis=0, initial=NEVER) != NEVER)
    truck = (np.searchsorted(row_at, kept, side="right") - 1).astype(np.int32)
    slot = kept - row_at[truck]
    return Visits(
        truck=truck, station=paths.station[paths.first[program[truck]] + slot], slot=slot.astype(np.int32),
        **{name: stamps[k, kept] for k, name in enumerate(FIELDS)}, waited=waited[kept],
    )  # fmt: skip


def stays(moments: Moments, steps: npt.NDArray[np.bool_]) -> Stays:
    """The stays in some of the steps; those of waits are not told their visits."""
    p = moments.passages
    here = np.flatnonzero(steps[p.goes_to][moments.passage]) if steps.any() else np.zeros(0, np.int64)
    after = np.minimum(here + 1, len(moments.time) - 1)
    step, later = p.goes_to[moments.passage[here]], moments.passage[after]
    stays_on = (later >= p.entry) | (after == here)  # what follows is the first moment of another truck, or nothing
    return Stays(
        truck=moments.truck(here), step=step, begin=moments.time[here],
        end=np.where(stays_on, NEVER, moments.time[after]),
        exit=np.where(stays_on, -1, later - p.first[step]).astype(np.int32), visit=np.full(len(here), -1, np.int32),
    )  # fmt: skip


def visits_waited_for(plan: Plan, waits: Stays, found: Visits, paths: Ways) -> Index:
    """The row of the visit that each wait belongs to."""
    row_at = offsets(np.diff(paths.first)[plan.trucks.program])
    kept = row_at[found.truck] + found.slot
    own = row_at[waits.truck] + paths.wait_slot[waits.step]
    return (np.searchsorted(kept, own, side="right") - 1).astype(np.int32)


def units_of(moments: Moments, resources: npt.NDArray[np.bool_]) -> Units:
    """The units of some of the resources that changed hands, in order of trucks and of time."""
    p = moments.passages
    entries = np.flatnonzero(resources[p.unit])
    kept = offsets(np.bincount(np.searchsorted(p.unit_at, entries, side="right") - 1, minlength=len(p.goes_to)))
    here = np.flatnonzero(np.diff(kept)[moments.passage])
    which, entry = spread(kept[moments.passage[here]], kept[moments.passage[here] + 1])
    which, entry = here[which], entries[entry]
    return Units(resource=p.unit[entry], truck=moments.truck(which), time=moments.time[which], taken=p.taken[entry])
