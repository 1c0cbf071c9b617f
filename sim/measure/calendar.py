"""Servers on duty over time, from the Plan."""

import numpy as np

from sim.measure.counts import Count, instants
from sim.planning.plan import Change, Network, Plan


def capacities(plan: Plan) -> list[Count]:
    """Units of each resource over time, from the first instant of the run."""
    network: Network = plan.network
    sets = np.isin(network.changes["what"], (Change.CAPACITY, Change.SHIFT))
    changes = network.changes[sets]
    found = []
    for resource, row in enumerate(network.resources):
        own = changes[changes["target"] == resource]
        time = np.append(np.int64(plan.starts), own["time"])
        value = np.append(row["capacity"], own["value"])
        final = np.append(time[1:] != time[:-1], True)
        found.append(Count(time=time[final], value=value[final]))
    return found


def together(counts: list[Count]) -> Count:
    """The sum of several counts."""
    time = instants(*(count.time for count in counts))
    return Count(time=time, value=np.sum([count.at(time) for count in counts], axis=0))
