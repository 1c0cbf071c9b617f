"""What is known of a run once the moments of its trucks have been read: visits, waits, works, units held.

Each of these is made when it is first asked for: a large run that is measured and not kept asks for few of them.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.measure import reading
from sim.measure.calendar import capacities
from sim.measure.counts import Count, tally
from sim.measure.crowds import Crowds, crowds
from sim.measure.moments import Index, Moments
from sim.measure.occupancy import Occupancy, occupancy
from sim.measure.reading import Stays, Units, Visits, Ways
from sim.measure.telling import Fates, Told, told
from sim.measure.wants import Waiting, Want, waiting, wants
from sim.planning.plan import IntArray, Kind, Plan
from sim.trace import Trace

__all__ = ["Fates", "Index", "Lives", "Stays", "Units", "Visits"]


@dataclass(frozen=True, kw_only=True)
class Lives:
    """All that happened, in the order of the Plan's trucks."""

    plan: Plan
    trace: Trace
    moments: Moments
    hours: IntArray  # [ms] when crowds are counted

    @cached_property
    def ways(self) -> Ways:
        """What programs say of visits."""
        return reading.ways(self.plan.network)

    @cached_property
    def wants(self) -> tuple[list[Want], Index]:
        """All wants, and which of them each step has."""
        return wants(self.plan.network)

    @cached_property
    def capacity(self) -> list[Count]:
        """Units of each resource over time."""
        return capacities(self.plan)

    @cached_property
    def visits(self) -> Visits:
        """The visits that came about."""
        return reading.visits(self.plan, self.moments, self.ways)

    @cached_property
    def waits(self) -> Stays:
        """Stays in an ASK."""
        found = self._stays(Kind.ASK)
        return replace(found, visit=reading.visits_waited_for(self.plan, found, self.visits, self.ways))

    @cached_property
    def works(self) -> Stays:
        """Stays in a WORK."""
        return self._stays(Kind.WORK)

    def _stays(self, kind: Kind) -> Stays:
        return reading.stays(self.moments, self.plan.network.steps["kind"] == kind)

    @cached_property
    def units(self) -> Units:
        """The units that changed hands."""
        return reading.units_of(self.moments, np.ones(len(self.plan.network.resources), np.bool_))

    @cached_property
    def told(self) -> Told:
        """What became of the trucks, and what can be added up along their ways."""
        return told(self)

    @property
    def fates(self) -> Fates:
        """What became of each truck."""
        return self.told.fates

    @property
    def waited(self) -> IntArray:
        """How long each truck waited until it crossed or left, or so far. [ms], shape (n_trucks,)"""
        return self.told.waited

    @cached_property
    def waiting(self) -> Waiting:
        """The waits that took time, with what was wanted."""
        return waiting(self, self.wants[1])

    @cached_property
    def crowds(self) -> Crowds:
        """How many trucks were where, in short."""
        return crowds(self)

    @cached_property
    def occupancy(self) -> Occupancy:
        """How many trucks were at each station, at every instant."""
        return occupancy(self)

    @cached_property
    def in_use(self) -> list[Count]:
        """Units of each resource that trucks held, at every instant."""
        return tally(self.units.resource, self.units.time, self.units.taken, len(self.plan.network.resources))
