"""How many trucks wait for each station, are in it, or stand on it, at every instant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.measure.counts import Count, counted
from sim.planning.plan import NEVER, IntArray, Kind, Network

if TYPE_CHECKING:
    from sim.measure.lives import Lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Step functions, one for each station."""

    waiting: list[Count]  # trucks that stand waiting for it
    inside: list[Count]  # trucks that have got a place, or else a server, and have not left
    standing: list[Count]  # trucks that stand on it, if it is a road: they hold a place of it and wait


def occupancy(lives: "Lives") -> Occupancy:
    """The occupancies of a run."""
    network, visits, waits = lives.plan.network, lives.visits, lives.waits
    n = len(network.layout.stations)
    stood = np.flatnonzero((waits.end == NEVER) | (waits.end > waits.begin))
    begin, end, step = waits.begin[stood], waits.end[stood], waits.step[stood]
    road = roads_stood_on(network)[step]
    on_road = np.flatnonzero(road >= 0)
    return Occupancy(
        waiting=counted(visits.station[waits.visit[stood]], begin, end, n),
        inside=counted(visits.station, visits.inside_from, visits.left, n),
        standing=counted(road[on_road], begin[on_road], end[on_road], n),
    )


def roads_stood_on(network: Network) -> IntArray:
    """The road on which a truck stands while it waits in each step. shape (n_steps,); -1 = on none"""
    layout, steps = network.layout, network.steps
    is_road = (layout.road_km[layout.resource_station] > 0) & ~layout.resource_is_server
    found = np.full(len(steps), -1, np.int64)
    if not is_road.any():
        return found
    for step in np.flatnonzero(steps["kind"] == Kind.ASK).tolist():
        on = [r for r in layout.held[step] if is_road[r]]
        if on:
            found[step] = layout.resource_station[on[-1]]
    return found
