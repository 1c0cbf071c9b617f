"""What is known of a run once the lives of its trucks have been read: visits, waits, works, units held."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.measure.counts import Count, tally
from sim.measure.large import compiled_pays
from sim.measure.occupancy import Occupancy, occupancy
from sim.planning.plan import NEVER, IntArray, Plan
from sim.trace import Trace

Index = npt.NDArray[np.int32]


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
    def waited(self) -> IntArray:
        """How long each truck waited until it crossed or left, or so far. [ms], shape (n_trucks,)"""
        waits, departed, ends = self.waits, self.fates.departed, self.plan.ends
        if compiled_pays(len(waits.truck)):
            from sim.measure.compiled import add_waits  # noqa: PLC0415  needs Numba, which only large runs load

            total = np.zeros(len(departed), np.int64)
            add_waits(waits.truck, waits.begin, waits.end, departed, ends, total)
            return total
        before = waits.begin < np.where(departed == NEVER, ends, departed)[waits.truck]
        length = (np.where(waits.end == NEVER, ends, waits.end) - waits.begin)[before]
        return np.bincount(waits.truck[before], weights=length, minlength=len(departed)).astype(np.int64)

    @cached_property
    def in_use(self) -> list[Count]:
        """Units of each resource that trucks held, at every instant."""
        return tally(self.units.resource, self.units.time, self.units.taken, len(self.plan.network.resources))
