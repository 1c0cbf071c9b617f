"""Which resources and queues the stations of a scenario amount to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sim.planning.names import stations_of
from sim.planning.plan import UNLIMITED
from sim.scenario import schema


class Part(IntEnum):
    """What a resource is to its station."""

    SERVERS = 0
    RESERVED = 1  # servers kept for some classes
    PLACES = 2  # held from entry to leaving
    WAITING = 3  # held while waiting for a server


class Line(IntEnum):
    """What the trucks of a queue stand for."""

    SERVICE = 0
    ENTRY = 1
    EXIT = 2  # the one file of a road, whatever its head waits for


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Indices of resources and queues by station, in the order of the file."""

    stations: tuple[str, ...]
    resources: dict[tuple[str, Part], int]
    queues: dict[tuple[str, Line], int]

    def part(self, station: str, part: Part) -> int:
        """The resource, or -1 if the station has none of that kind."""
        return self.resources.get((station, part), -1)

    def owner(self, resource: int) -> str:
        """The station a resource belongs to."""
        return list(self.resources)[resource][0]


def catalogue(file: schema.ScenarioFile) -> Catalogue:
    """Resources and queues of a scenario: servers before places, a station's service queue before its entry."""
    counted = counted_stations(file)
    parts = [(key, part) for key, station in file.stations.items() for part in _parts(station, key in counted)]
    lines = [(key, line) for key, station in file.stations.items() for line in _lines(station)]
    return Catalogue(
        stations=tuple(file.stations),
        resources={entry: r for r, entry in enumerate(parts)},
        queues={entry: q for q, entry in enumerate(lines)},
    )


def places_of(station: schema.Station) -> int:
    """Places held from entry to leaving; UNLIMITED if nothing limits them."""
    if station.length is not None and station.spacing is not None:
        return int(station.length * station.lanes / station.spacing + 1e-9)
    return UNLIMITED if station.places in (None, "unlimited") else int(station.places)


def _parts(station: schema.Station, counted: bool) -> Iterator[Part]:
    if station.servers is not None and (station.servers != "unlimited" or counted):
        yield Part.SERVERS
    if station.reserved is not None:
        yield Part.RESERVED
    if places_of(station) != UNLIMITED or (counted and station.servers is None):
        yield Part.PLACES
    if station.waiting_places is not None:
        yield Part.WAITING


def _lines(station: schema.Station) -> Iterator[Line]:
    if station.servers not in (None, "unlimited"):
        yield Line.SERVICE
    if places_of(station) != UNLIMITED or station.waiting_places is not None:
        yield Line.ENTRY
    if station.one_file:
        yield Line.EXIT


def counted_stations(file: schema.ScenarioFile) -> frozenset[str]:
    """Stations whose trucks some rule counts."""
    found: set[str] = set()
    for step in (step for route in file.routes.values() for step in all_steps(route)):
        match step:
            case schema.Threshold():
                found.add(step.unless)
            case schema.Fewest():
                for branch in step.fewest:
                    found |= set(visited(branch.do))
    return frozenset(found)


def all_steps(steps: Sequence[Any]) -> Iterator[Any]:
    """Every step of a route, those inside others included."""
    for step in steps:
        yield step
        for inner in _inner(step):
            yield from all_steps(inner)


def visited(steps: Sequence[Any]) -> list[str]:
    """The stations that a run of steps may visit, each once, in order."""
    found: dict[str, None] = {}
    for step in all_steps(steps):
        match step:
            case schema.At():
                found[step.at] = None
            case schema.In():
                found[step.in_] = None
            case schema.Wander():
                found |= dict.fromkeys(stations_of(step))
    return list(found)


def _inner(step: Any) -> list[Sequence[Any]]:
    match step:
        case schema.In() | schema.Some() | schema.Only() | schema.Repeat():
            return [step.do]
        case schema.OneOf():
            return [branch.do for branch in step.one_of]
        case schema.Fewest():
            return [branch.do for branch in step.fewest]
        case schema.Threshold():
            return [step.do, step.otherwise]
        case _:
            return []
