"""Checks of meaning: what needs two places of a file at once."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from sim.scenario.faults import Fault
from sim.scenario.scenario import aware
from sim.scenario.schema import ScenarioFile
from sim.scenario.typed import Spot
from sim.scenario.yaml_text import Table


@dataclass(frozen=True)
class Draft:
    """A scenario as far as it could be read."""

    file: ScenarioFile
    spots: Mapping[str, Spot]
    node: Table

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.file.period.zone)

    @cached_property
    def start(self) -> dt.datetime | None:
        start = self.file.period.start
        return aware(start, self.zone) if isinstance(start, dt.datetime) else None

    @cached_property
    def cargoes(self) -> set[str]:
        """Cargo keys that are declared or carried by a flow."""
        carried = {k for f in self.file.flows.values() for k in ([f.cargo] if isinstance(f.cargo, str) else f.cargo)}
        return carried | set(self.file.cargoes)


def checked(draft: Draft) -> Iterator[Fault]:
    """Every fault of meaning."""
    yield from ()
