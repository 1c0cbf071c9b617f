"""Checks of stations: parts that need each other, names, places, services."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.scenario import units
from sim.scenario.draft import DIRECTIONS, Draft, hours_of
from sim.scenario.faults import Fault, did_you_mean, quoted
from sim.scenario.laws import mean
from sim.scenario.route_steps import visited
from sim.scenario.schema import Ageing, At, Cycle, Station
from sim.scenario.server_checks import check_servers, check_slowdowns


def check_stations(draft: Draft) -> Iterator[Fault]:
    """Faults of every station."""
    on_route = visited(draft)
    for key, station in draft.stations.items():
        path = f"stations.{key}"
        yield from _names(draft, path, station)
        yield from _places(draft, path, station)
        yield from _service(draft, key, path, station, key in on_route)
        yield from check_servers(draft, path, station, key in on_route)
        yield from check_slowdowns(draft, path, station)


# -------------------------------------------------------------------------------------------- names


def _names(draft: Draft, path: str, station: Station) -> Iterator[Fault]:
    if station.gate is not None:
        yield from draft.unknown(f"{path}.gate", station.gate, "gates", "gate")
    if station.divert_to is not None:
        yield from draft.unknown(f"{path}.divert_to", station.divert_to, "routes", "route")
    many = isinstance(station.hours, tuple)
    for i, word in enumerate(
        station.hours if isinstance(station.hours, tuple) else [station.hours] if station.hours else []
    ):
        yield from _hours_word(draft, f"{path}.hours[{i}]" if many else f"{path}.hours", word)
    special = [*draft.names("flows"), *draft.classes, *DIRECTIONS]
    for key in station.service_for:
        if key not in special:
            hint = did_you_mean(key, special, what="flows, cargoes, classes, directions")
            yield draft.error(
                f"{path}.service_for.{key}", f"no flow, cargo, class or direction {quoted(key)}", hint, at_key=True
            )
    yield from _discipline(draft, path, station.discipline)
    if station.reserved is not None:
        yield from _classes(draft, f"{path}.reserved.classes", station.reserved.classes)


def _discipline(draft: Draft, path: str, discipline: Any) -> Iterator[Fault]:
    """Classes that a rule of order names must exist; those it forgets are warned of."""
    match discipline:
        case tuple():
            yield from _classes(draft, f"{path}.discipline", discipline)
            yield from _forgotten(draft, path, discipline)
        case Cycle():
            for i, name in enumerate(discipline.cycle):
                yield from draft.not_among(f"{path}.discipline.cycle[{i}]", name, draft.classes, "class")
            yield from _forgotten(draft, path, discipline.cycle)
        case Ageing():
            for name in discipline.ageing:
                yield from draft.not_among(f"{path}.discipline.ageing.{name}", name, draft.classes, "class")


def _hours_word(draft: Draft, path: str, word: str) -> Iterator[Fault]:
    if word in draft.names("calendars") or hours_of(word, {}) is not None:
        return
    if ":" in word or "-" in word and word[:1].isdigit() or word.isdigit():
        try:
            units.windows(word)
        except ValueError as error:
            reason, _, hint = str(error).partition("; ")
            yield draft.error(path, f"{reason}, got {quoted(word)}", hint)
        return
    hint = (
        did_you_mean(word, draft.names("calendars"), what="calendars")
        or "write windows such as 07:00-19:00, or declare it under calendars"
    )
    yield draft.error(path, f"unknown calendar {quoted(word)}", hint)


def _classes(draft: Draft, path: str, names: tuple[str, ...]) -> Iterator[Fault]:
    for i, name in enumerate(names):
        yield from draft.not_among(f"{path}[{i}]", name, draft.classes, "class")
        if name in names[:i]:
            yield draft.error(f"{path}[{i}]", f"names {quoted(name)} twice")


def _forgotten(draft: Draft, path: str, named: tuple[str, ...]) -> Iterator[Fault]:
    """A warning if trucks of some class are not named by the priority list."""
    declared = draft.file.cargoes
    missing = []
    for cargo in draft.cargoes:
        its_class = (declared[cargo].class_ if declared.get(cargo) else None) or cargo
        if cargo not in named and its_class not in named:
            missing.append(its_class)
    if missing and not draft.spoilt and all(name in draft.classes for name in named):
        yield draft.warning(f"{path}.discipline", f"does not name {', '.join(dict.fromkeys(missing))}; they come last")


# ------------------------------------------------------------------------------------------- places


def _places(draft: Draft, path: str, s: Station) -> Iterator[Fault]:
    def spoilt(*parts: str) -> bool:
        return draft.is_spoilt(*(f"{path}.{part}" for part in parts))

    if s.places is not None and s.waiting_places is not None:
        hint = "places counts all trucks inside, waiting_places only those not in service"
        yield draft.error(f"{path}.waiting_places", "stands beside places; give one of them", hint, at_key=True)
    if s.length is not None and s.spacing is None and not spoilt("spacing"):
        yield draft.error(f"{path}.length", "needs spacing", "spacing: 18 m", at_key=True)
    if s.length is None and not spoilt("length"):
        for part in ("spacing", "lanes", "one_file"):
            if draft.is_written(f"{path}.{part}"):
                yield draft.error(f"{path}.{part}", "is for a road: it needs length", "length: 12 km", at_key=True)
    if s.length is not None and s.places is not None:
        yield draft.error(f"{path}.places", "stands beside length; a road's places follow from its length", at_key=True)
    if s.waiting_places is not None and s.servers is None and s.places is None and not spoilt("servers"):
        yield draft.error(
            f"{path}.waiting_places", "needs servers; a station that only holds trucks has places", at_key=True
        )
    if s.places == 0:
        yield draft.error(f"{path}.places", "must be at least 1: no truck could ever enter, got 0",
                          "a station where nobody may wait has waiting_places: 0")  # fmt: skip
    yield from _when_full(draft, path, s, spoilt("when_full", "divert_to", "places", "waiting_places", "length"))


def _when_full(draft: Draft, path: str, s: Station, is_unsure: bool) -> Iterator[Fault]:
    if is_unsure:
        return
    if s.when_full == "divert" and s.divert_to is None:
        yield draft.error(f"{path}.when_full", "divert needs divert_to", "divert_to: the route taken instead")
    if s.divert_to is not None and s.when_full != "divert":
        yield draft.error(f"{path}.divert_to", "needs when_full: divert", at_key=True)
    if s.when_full != "block" and s.waiting_places is None and s.length is None and s.places in (None, "unlimited"):
        yield draft.warning(f"{path}.when_full", "can never trigger: the places are unlimited")


# ------------------------------------------------------------------------------------------ service


def _service(draft: Draft, key: str, path: str, s: Station, is_visited: bool) -> Iterator[Fault]:
    if draft.is_spoilt(f"{path}.service", f"{path}.servers", f"{path}.service_for"):
        return
    is_listed = any((s.listed or key) in table.services for table in draft.listed.values())
    bare = [p for p, step in draft.walked if isinstance(step, At) and step.at == key and step.service is None]
    if s.servers is not None and s.service is None and not is_listed and (bare or not is_visited):
        if not s.service_for:
            yield draft.error(f"{path}.servers", "servers need a service", "service: 9 min", at_key=True)
        else:
            yield from _uncovered(draft, path, s)
    for part in ("service", "closing", "hours", "slowdowns", "reserved"):
        if s.servers is None and draft.is_written(f"{path}.{part}"):
            yield draft.error(f"{path}.{part}", "needs servers", "servers: 2", at_key=True)
    if (
        s.servers is None
        and s.places is None
        and s.length is None
        and not draft.is_spoilt(f"{path}.places", f"{path}.length")
        and not draft.is_written(f"{path}.service")
    ):
        yield draft.error(
            path,
            "has neither servers nor places",
            "give servers and a service, or places, or length and spacing",
            at_key=True,
        )
    if s.listed is not None and draft.listed and not is_listed and not draft.spoilt:
        columns = [c for table in draft.listed.values() for c in table.services]
        yield draft.error(
            f"{path}.listed",
            f"no listed file has the column {quoted(s.listed)}",
            did_you_mean(s.listed, columns, what="columns"),
        )
    if is_listed and s.service is None and not s.service_for:
        yield from _empty_cells(draft, path, s.listed or key)
    laws = [law for law in (s.service, *s.service_for.values()) if law is not None]
    if laws and all(mean(law) == 0 for law in laws):
        yield draft.warning(f"{path}.service", "takes no time, so nobody ever waits for a server here")


def _empty_cells(draft: Draft, path: str, column: str) -> Iterator[Fault]:
    """A fault if a listed truck states no duration where none can be drawn."""
    for name, table in draft.listed.items():
        empty = np.flatnonzero(table.services.get(column, np.zeros(0)) < 0)
        if len(empty):
            message = f"truck {empty[0] + 1} of {name} has no duration in column {column}, and there is no service"
            yield draft.error(path, message, "fill the cell, or give the station a service", at_key=True)


def _uncovered(draft: Draft, path: str, s: Station) -> Iterator[Fault]:
    """A fault if some flow finds no law among those given by flow, cargo, class or direction."""
    declared = draft.file.cargoes
    for name, flow in draft.flows.items():
        for cargo in [flow.cargo] if isinstance(flow.cargo, str) else flow.cargo:
            its_class = (declared[cargo].class_ if declared.get(cargo) else None) or cargo
            if not {name, cargo, its_class, flow.direction} & set(s.service_for):
                yield draft.error(
                    f"{path}.service_for",
                    f"has no law for {cargo} of flow {name}, and there is no service",
                    at_key=True,
                )
                return
