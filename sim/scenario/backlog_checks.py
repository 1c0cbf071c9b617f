"""Checks of a starting backlog: names, ways, and whether so many trucks find a place where they are said to stand."""

from collections.abc import Iterator

from sim.scenario.dated import Standing
from sim.scenario.draft import Draft, each
from sim.scenario.faults import Fault, quoted
from sim.scenario.onward import holds, onward
from sim.scenario.schema import Station


def check_backlog(draft: Draft) -> Iterator[Fault]:
    """Faults of `start_with`."""
    there: dict[str, int] = {}
    for i, standing in each(draft.file.start_with):
        path = f"start_with[{i}]"
        faults = list(_names(draft, path, standing))
        yield from faults
        if faults or draft.is_spoilt(path, "routes"):
            continue
        way = _way(draft, standing)
        if way is None:
            routes = [standing.route] if standing.route else routes_of(draft, standing.flow)
            message = f"no truck of {standing.flow} comes by {quoted(standing.at)}: not on route {', '.join(routes)}"
            yield draft.error(f"{path}.at", message, "route: the route they are on")
            continue
        for at in holds(way):
            before = there.get(at, 0)
            there[at] = before + standing.trucks
            room = room_of(draft.stations[at])
            if room is not None and before <= room < there[at]:
                place = draft.line(f"stations.{at}")
                message = f"{there[at]:,} trucks are said to stand at {at}, which holds {room:,} ({place})"
                yield draft.error(f"{path}.trucks", message, "put the others where they wait for it")


def _names(draft: Draft, path: str, standing: Standing) -> Iterator[Fault]:
    yield from draft.unknown(f"{path}.at", standing.at, "stations", "station")
    yield from draft.unknown(f"{path}.flow", standing.flow, "flows", "flow")
    if standing.route is not None:
        yield from draft.unknown(f"{path}.route", standing.route, "routes", "route")
    if standing.cargo is not None:
        yield from draft.not_among(f"{path}.cargo", standing.cargo, draft.cargoes, "cargo")


def routes_of(draft: Draft, flow: str) -> list[str]:
    """The routes of a flow."""
    found = draft.flows[flow].route if flow in draft.flows else ""
    return list(found) if isinstance(found, dict) else [found or flow]


def _way(draft: Draft, standing: Standing) -> tuple[object, ...] | None:
    """What lies before them, by the first route that comes by."""
    routes = [standing.route] if standing.route else routes_of(draft, standing.flow)
    ways = (onward(draft.file.routes.get(route, ()), standing.at) for route in routes)
    return next((way for way in ways if way is not None), None)


def room_of(station: Station) -> int | None:
    """How many trucks a station holds, those in service with them; None if there is no end to it."""
    if station.length is not None and station.spacing is not None:
        return int(station.length * station.lanes / station.spacing + 1e-9)
    if station.waiting_places is not None:
        if isinstance(station.servers, tuple):
            return station.waiting_places + max((e.servers for e in station.servers if e is not None), default=0)
        return station.waiting_places + station.servers if isinstance(station.servers, int) else None
    return station.places if isinstance(station.places, int) else None
