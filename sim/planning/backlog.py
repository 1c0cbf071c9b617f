"""Trucks that are there at the first instant: where they stand, how long they have been there, what lies before them.

They enter at the first instant, the oldest first, before every truck that comes. Truck n of a flow, place and cargo
is the same whatever else the backlog holds, so that a longer queue only adds trucks.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from sim.planning import draws
from sim.planning.demand import Arrivals, cargo_keys, route_keys
from sim.planning.memory import remembered
from sim.planning.plan import IntArray
from sim.planning.sorting import stable_order
from sim.scenario.dated import Standing
from sim.scenario.onward import onward
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Flow, ScenarioFile

Stream = Callable[[str], int]  # key of the named stream
_MARK_BITS, _TRUCK_BITS = 23, 40  # of an id: which flow, place and cargo; which truck of it


def with_onward_routes(scenario: Scenario) -> Scenario:
    """The scenario with a route for each part of its backlog: what still lies before those trucks."""
    if not scenario.file.start_with:
        return scenario
    return replace(scenario, file=remembered(scenario.file, "onward routes", partial(_onward_file, scenario.file)))


def _onward_file(file: ScenarioFile) -> ScenarioFile:
    routes = dict(file.routes)
    for standing in file.start_with:
        found = onward(file.routes[route_of(file, standing)], standing.at)
        assert found is not None  # a check refuses a backlog at a station that its route does not visit
        routes[_onward_key(file, standing)] = found
    return file.model_copy(update={"routes": routes})


def route_of(file: ScenarioFile, standing: Standing) -> str:
    """The route that a part of the backlog is on: its own, or the first of its flow that visits the place."""
    known = routes_of(standing.flow, file.flows[standing.flow])
    first = next((r for r in known if onward(file.routes.get(r, ()), standing.at) is not None), known[0])
    return standing.route or first


def routes_of(key: str, flow: Flow) -> tuple[str, ...]:
    """The routes of a flow."""
    return tuple(flow.route) if isinstance(flow.route, dict) else (flow.route or key,)


def _onward_key(file: ScenarioFile, standing: Standing) -> str:
    return f"{route_of(file, standing)} from {standing.at}"


def with_backlog(scenario: Scenario, come: Arrivals, name: Stream) -> Arrivals:
    """The trucks that are there, oldest first, and then those that come. What is there arrived in the past."""
    if not scenario.file.start_with:
        return come
    seen: dict[str, int] = {}
    parts = [_standing(scenario, standing, seen, name) for standing in scenario.file.start_with]
    _refuse_twins([come.id, *(part.id for part in parts)])
    columns = {c: np.concatenate([getattr(part, c) for part in [*parts, come]]) for c in Arrivals.__slots__}
    order = stable_order(columns["arrived"])
    return Arrivals(**{c: column[order] for c, column in columns.items()})


def is_there(scenario: Scenario, come: Arrivals) -> npt.NDArray[np.bool_]:
    """Which trucks are there at the first instant: those on what is left of a route. shape (n_trucks,)"""
    keys, file = route_keys(scenario), scenario.file
    left = [keys.index(_onward_key(file, standing)) for standing in file.start_with]
    return np.isin(come.route, np.array(left, np.int16))


def entered(scenario: Scenario, come: Arrivals, enters: IntArray) -> IntArray:
    """When trucks reach their first step: those of the backlog at the first instant, however old they are. [ms]"""
    if not scenario.file.start_with:
        return enters
    return np.where(is_there(scenario, come), enters - come.arrived, enters)


def _standing(scenario: Scenario, standing: Standing, seen: dict[str, int], name: Stream) -> Arrivals:
    file, cargoes = scenario.file, cargo_keys(scenario)
    what = f"{standing.flow} at {standing.at} with {standing.cargo or 'any cargo'}"
    first = seen.get(what, 0)
    seen[what] = first + standing.trucks
    digest = int.from_bytes(hashlib.blake2b(what.encode(), digest_size=8, person=b"cuakhau").digest(), "little")
    mark = digest >> (64 - _MARK_BITS) << _TRUCK_BITS
    ids = mark | np.arange(first, first + standing.trucks, dtype=np.int64)
    ages = np.zeros(ids.size, np.int64)
    if standing.age is not None:
        ages = draws.durations(standing.age, stream=name("backlog age"), ids=ids)
    route = route_keys(scenario).index(_onward_key(file, standing))
    return Arrivals(
        id=ids,
        arrived=-ages,
        flow=np.full(ids.size, list(file.flows).index(standing.flow), np.int16),
        cargo=_cargo(standing, file.flows[standing.flow], cargoes, ids, name),
        route=np.full(ids.size, route, np.int16),
    )


def _cargo(
    standing: Standing, flow: Flow, cargoes: tuple[str, ...], ids: IntArray, name: Stream
) -> npt.NDArray[np.int16]:
    """What each carries: the cargo stated, or a draw by the flow's shares."""
    shares = (
        {standing.cargo: 1.0} if standing.cargo else {flow.cargo: 1.0} if isinstance(flow.cargo, str) else flow.cargo
    )
    keys = sorted(shares)
    drawn = draws.choices([shares[key] for key in keys], stream=name("demand/cargo"), ids=ids)
    return np.array([cargoes.index(key) for key in keys], np.int16)[drawn]


def _refuse_twins(ids: list[IntArray]) -> None:
    """Two hashes of 23 bits may be one: then trucks of two flows, or of two places, could not be told apart."""
    every = np.concatenate(ids)
    if np.unique(every).size < every.size:
        raise ValueError("trucks of start_with would have the numbers of others; rename the flow of one of them")
