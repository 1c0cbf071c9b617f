"""Orders and incidents that act on trucks: stops of intake, other routes, longer services, slower stations.

Stops of intake and other routes are decided by the time at which a truck appears. They give it another route and
leave all else as it was: which trucks come, when, and what each draws at every station.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.planning import draws
from sim.planning.demand import Arrivals, cargo_keys, route_keys
from sim.planning.incidents import Stream, is_for, measures, occurrences, outside
from sim.planning.memory import recent
from sim.planning.network import class_of
from sim.scenario import schema
from sim.scenario.dated import Measure
from sim.scenario.laws import Constant
from sim.scenario.scenario import Scenario
from sim.scenario.spans import listed_names, spans, stations_at

_CROWD = 10_000  # trucks that set off together when a stop ends; the next ones follow in the same instant
_FAR = 2**50  # [ms] beyond any period
Mask = npt.NDArray[np.bool_]  # of trucks, shape (n_trucks,)


def staged(scenario: Scenario, name: Stream, *, starts: int, ends: int) -> Scenario:
    """The scenario with slow times as slowdowns of its stations, and with the routes that orders lead to."""
    slow = tuple(
        (key, at, occurrences(scenario, key, measure, at, name, starts=starts, ends=ends))
        for key, measure in measures(scenario)
        if measure.speed is not None
        for at in stations_at(measure.at, scenario.file.stations)
    )
    file = recent(scenario.file, "staged", slow, lambda: _staged(scenario, slow))
    return scenario if file is None else replace(scenario, file=file)


def _staged(
    scenario: Scenario, slow: Sequence[tuple[str, str, Sequence[tuple[int, int]]]]
) -> schema.ScenarioFile | None:
    """The file of it, None = as it is; `slow` has each measure with a speed at each of its stations, and its times."""
    file, by_key = scenario.file, dict(measures(scenario))
    stations, routes = dict(file.stations), dict(file.routes)
    for key, at, times in slow:
        stations[at] = _slowed(stations[at], by_key[key], times)
    for key, order in file.orders.items():
        if order.intake == "turn-back":
            routes[_turned_back(key)] = (
                schema.Leave(leave="turned_back", reason=(order.title or f"order {key}")[:100]),
            )
        elif order.intake == "wait":
            stations[outside(key)] = schema.Station(
                title=order.title, servers=_CROWD, service=Constant(law="constant", value=0), closing="finish"
            )
            routes |= {_after(key, route): (schema.At(at=outside(key)), *steps) for route, steps in file.routes.items()}
    if stations == file.stations and routes == file.routes:
        return None  # not the file itself: what is remembered of a file must not keep it alive
    return file.model_copy(update={"stations": stations, "routes": routes})


def _turned_back(order: str) -> str:
    return f"turned back by {order}"


def _after(order: str, route: str) -> str:
    return f"{route} after {order}"


def _slowed(station: schema.Station, measure: Measure, times: Sequence[tuple[int, int]]) -> schema.Station:
    slow = tuple(
        schema.Slowdown(from_=max(begin, -_FAR), to=min(end, _FAR), speed=measure.speed or 1.0) for begin, end in times
    )
    acts_on = station.slowdowns_act_on or measure.speed_acts_on
    return station.model_copy(update={"slowdowns": station.slowdowns + slow, "slowdowns_act_on": acts_on})


def rerouted(scenario: Scenario, come: Arrivals, name: Stream) -> Arrivals:
    """The arrivals with the routes that orders give them; of two orders that mean a truck the later one counts."""
    keys = route_keys(scenario)
    route = come.route.copy()
    for key, order in scenario.file.orders.items():
        if order.intake is None and order.reroute is None:
            continue
        who = _meant(scenario, come, order, spans(order, scenario.start, scenario.zone, scenario.length_ms))
        if order.routes:
            who &= np.isin(come.route, [keys.index(r) for r in order.routes])
        if order.intake == "wait":
            for own in np.unique(come.route[who]).tolist():
                route[who & (come.route == own)] = keys.index(_after(key, keys[own]))
            continue
        if order.complies < 1:
            who &= draws.happens(order.complies, stream=name(f"order {key} complies"), ids=come.id)
        route[who] = keys.index(order.reroute or _turned_back(key))
    return replace(come, route=route)


def service_factors(
    scenario: Scenario, come: Arrivals, name: Stream, *, starts: int, ends: int
) -> dict[str, list[tuple[Mask, float]]]:
    """By station: which trucks are served there longer or shorter, and by what factor."""
    found: dict[str, list[tuple[Mask, float]]] = {}
    for key, measure in measures(scenario):
        if measure.service_factor is None:
            continue
        for at in stations_at(measure.at, scenario.file.stations):
            times = occurrences(scenario, key, measure, at, name, starts=starts, ends=ends)
            who = _meant(scenario, come, measure, times, anywhere=True)
            found.setdefault(at, []).append((who, measure.service_factor))
    return found


def _meant(
    scenario: Scenario, come: Arrivals, measure: Measure, times: Sequence[tuple[int, int]], *, anywhere: bool = False
) -> Mask:
    """Which trucks a measure means, by what they are and when they appear; an intake is that of the flows of gates."""
    flows, cargoes = scenario.file.flows, cargo_keys(scenario)
    gates = () if anywhere else listed_names(measure.at)
    kinds = [
        [
            (not gates or flow.gate in gates)
            and is_for(measure, cargo=cargo, cargo_class=class_of(scenario, cargo), direction=flow.direction)
            for cargo in cargoes
        ]
        for flow in flows.values()
    ]
    who: Mask = np.array(kinds, np.bool_).reshape(len(flows), len(cargoes))[come.flow, come.cargo]
    within = [(begin <= come.arrived) & (come.arrived < end) for begin, end in times]
    return who & np.any(within, axis=0) if within else np.zeros(len(come.id), np.bool_)
