"""The words of the program builder: what a truck holds, what is still to be done, what a program amounts to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.planning.names import Seen
from sim.planning.plan import Visit
from sim.scenario import schema
from sim.scenario.laws import Law

Stood = tuple[int, int]  # a resource (-1 = nothing that is counted) and the visit that is left with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a truck holds at a point of its way."""

    standing: tuple[Stood, ...] = ()  # given up when it is granted a place to go to, or goes where it needs none
    kept: tuple[Stood, ...] = ()  # places of blocks that have ended, kept until a place or a server is granted
    blocks: tuple[tuple[str, Stood], ...] = ()  # places held over steps, outermost first
    promised: tuple[tuple[str, int], ...] = ()  # places granted ahead, not yet entered
    crossed: bool = False  # it has left the border behind
    road: str = ""  # the one-file road it stands on

    @property
    def stood(self) -> tuple[Stood, ...]:
        """All that it gives up when it moves on."""
        return (*self.standing, *self.kept)

    def resources(self) -> tuple[int, ...]:
        held = [r for r, _ in self.stood] + [r for _, (r, _) in self.blocks] + [r for _, r in self.promised]
        return tuple(r for r in held if r >= 0)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Todo:
    """What is still to be done: one step or the end of a block, and then the rest."""

    step: Any  # a schema step, or the key of the station whose block ends
    following: Sequence[Any]
    seen: Seen
    prefix: str
    diverted: frozenset[str]
    rest: "Todo | None"


@dataclass(slots=True, kw_only=True)
class Loose:
    """An end to be tied to the next row: the table cell that will point at it, and the stamps it gives."""

    row: dict[str, Any]
    cell: str
    marks: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSlot:
    """What fills a slot of work: a law of durations, or a draw that breaks ties or says who complies."""

    name: str
    law: Law | None
    station: str = ""
    from_arrival: bool = False  # an instant: the truck's arrival + the draw; without a law, far beyond any run


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A program with its rows still as mappings; step and slot numbers are its own."""

    rows: tuple[dict[str, Any], ...]
    first: int
    slots: tuple[WorkSlot, ...]
    n_stamps: int
    visits: tuple[Visit, ...]
    crossings: tuple[int, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """What of a truck decides how it is treated."""

    flow: str
    cargo: str
    cargo_class: str
    direction: str

    def level(self, discipline: Any) -> int:
        """Its level under a discipline: the place of its class among those that it names, else behind them."""
        order = named_classes(discipline)
        return next((k for k, name in enumerate(order) if name in (self.cargo, self.cargo_class)), len(order))

    def among(self, names: Sequence[str]) -> bool:
        """Whether its cargo or class is named, or nobody is."""
        return not names or self.cargo in names or self.cargo_class in names

    def law(self, station: schema.Station, own: Law | None) -> Law | None:
        """The law of its service: the step's, or the station's for its flow, cargo, class or direction, or for all."""
        names = (self.flow, self.cargo, self.cargo_class, self.direction)
        return own or next((station.service_for[n] for n in names if n in station.service_for), station.service)


def named_classes(discipline: Any) -> tuple[str, ...]:
    """The classes that a discipline tells apart, in order."""
    match discipline:
        case str():
            return ()
        case schema.Ageing():
            return tuple(discipline.ageing)
        case schema.Cycle():
            return tuple(dict.fromkeys(discipline.cycle))
        case _:
            return tuple(discipline)


def ranks_entry(station: schema.Station) -> bool:
    """Whether the discipline counts among trucks that want in, not only among those that are."""
    return station.entry == "by-class"
